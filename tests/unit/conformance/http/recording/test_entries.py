"""What writers of archives do to single entries: none of it fails a requirement or takes the others with it."""

import base64
import copy
import gzip
import json
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from oneinvoice_conformance.http.recording.entries import place_of
from oneinvoice_conformance.model.outcome import Outcome

from tests.miniatures import Deployment
from tests.unit.conformance.browsing import APP, Entry, browsed, ids, replayed

ENTRIES = browsed(Deployment())
Change = Callable[[Entry], Any]


def changed(change: Change) -> Change:
    """The change on a copy; one that returns something else stands in the entry's place."""

    def with_change(entry: Entry) -> Any:
        entry = copy.deepcopy(entry)
        replaced = change(entry)
        return entry if replaced is None else replaced

    return with_change


def content(entry: Entry, **values: Any) -> None:
    entry["response"]["content"] = entry["response"]["content"] | values


def cut(entry: Entry) -> None:
    content(entry, text=entry["response"]["content"]["text"][:40])


def cut_and_unsized(entry: Entry) -> None:
    cut(entry)
    content(entry, size=-1)
    set_header(entry, "content-length", None)


def set_header(entry: Entry, name: str, value: str | None) -> None:
    headers = [each for each in entry["response"]["headers"] if each["name"] != name]
    entry["response"]["headers"] = [*headers, *([{"name": name, "value": value}] if value is not None else [])]


def without_text(entry: Entry) -> None:
    del entry["response"]["content"]["text"]


def put(where: str, value: Any) -> Change:
    *path, last = where.split(".")

    def set_value(entry: Entry) -> None:
        for name in path:
            entry = entry[name]
        entry[last] = value

    return set_value


def drop(where: str) -> Change:
    *path, last = where.split(".")

    def remove(entry: Entry) -> None:
        for name in path:
            entry = entry[name]
        del entry[last]

    return remove


def empty(entry: Entry) -> None:
    """Cached answers whose text would fail whatever looked at it."""
    content(entry, text="[]", size=2)


def cached(mark: str, value: Any) -> Change:
    def set_mark(entry: Entry) -> None:
        empty(entry)
        put(mark, value)(entry)

    return set_mark


def https_redirect(entry: Entry) -> None:
    location = entry["request"]["url"]
    entry["request"]["url"] = location.replace("https:", "http:")
    entry["response"] |= {"status": 307, "content": {"size": 0, "mimeType": ""}, "redirectURL": location}
    set_header(entry, "location", location)
    set_header(entry, "non-authoritative-reason", "HSTS")


def moved_permanently(entry: Entry) -> None:
    https_redirect(entry)
    entry["response"]["status"] = 301
    set_header(entry, "non-authoritative-reason", None)


def page(entry: Entry) -> None:
    entry["request"]["headers"].append({"name": "Accept", "value": "text/html,application/xhtml+xml,*/*;q=0.8"})
    set_header(entry, "content-type", "text/html")
    content(entry, text="<html>", size=6)


def aborted(entry: Entry) -> None:
    put("response.status", 0)(entry)
    put("response._error", "net::ERR_ABORTED")(entry)


def mangled(entry: Entry) -> None:
    content(entry, text="1", encoding="base64")


LEFT_OUT: dict[str, tuple[Change, str]] = {
    "null": (lambda entry: [None], "without a response"),
    "time is null": (put("time", None), "without a response, headers or a time"),
    "time is text": (put("time", "soon"), "a time"),
    "time is huge": (put("time", 1e300), "a time"),
    "no date": (drop("startedDateTime"), "a time"),
    "date is null": (put("startedDateTime", None), "a time"),
    "date is none": (put("startedDateTime", "yesterday"), "a time"),
    "no response": (drop("response"), "without a response"),
    "response is null": (put("response", None), "without a response"),
    "request is null": (put("request", None), "without a response"),
    "url is null": (put("request.url", None), "without a response"),
    "no headers": (drop("response.headers"), "headers"),
    "headers are null": (put("request.headers", None), "headers"),
    "status is null": (put("response.status", None), "without a response"),
    "cut short": (cut, "cut short"),
    "cut short, size unknown": (cut_and_unsized, "cut short"),
    "empty text": (lambda entry: content(entry, text=""), "without the body"),
    "no text": (without_text, "without the body"),
    "no content": (drop("response.content"), "without the body"),
    "content is null": (put("response.content", None), "without the body"),
    "broken base64": (mangled, "cut short"),
    "attached elsewhere": (lambda e: (without_text(e), content(e, _file="../secret.json"))[0], "without the body"),
    "brotli": (lambda entry: content(entry, text="iwOAhZ8D/w==", encoding="base64"), "can't be unpacked"),
    "Chrome's disk cache": (cached("_fromCache", "disk"), "answered by a cache"),
    "Chrome's service worker": (cached("response._fetchedViaServiceWorker", True), "service worker"),
    "WebKit's cache": (cached("_fetchType", "Memory Cache"), "answered by a cache"),
    "chrome-har's cache": (cached("cache", {"beforeRequest": {"eTag": "", "hitCount": 0}}), "answered by a cache"),
    "not modified": (put("response.status", 304), "answered by a cache"),
    "aborted": (aborted, "without an answer"),
    "aborted, with a status": (put("response._error", "net::ERR_FAILED"), "without an answer"),
    "HSTS": (https_redirect, "redirected to the same path elsewhere"),
    "http moved to https": (moved_permanently, "redirected to the same path elsewhere"),
    "page for people": (page, "for a page in the place of JSON"),
    "part": (
        lambda entry: entry["request"]["headers"].append({"name": "Range", "value": "bytes=0-9"}),
        "for a part of an answer",
    ),
}


@pytest.mark.parametrize("kind", LEFT_OUT)
@pytest.mark.parametrize("first", [True, False])
def test_an_entry_that_is_no_answer_is_left_out_with_a_note(tmp_path: Path, kind: str, first: bool):
    change, note = LEFT_OUT[kind]
    odd = [changed(change)(entry) for entry in ENTRIES]
    before = replayed(tmp_path / "whole.har", ENTRIES)
    after = replayed(tmp_path / "odd.har", odd + ENTRIES if first else ENTRIES + odd)
    assert ids(after, Outcome.FAILED) == set()
    assert ids(after, Outcome.PASSED) == ids(before, Outcome.PASSED)
    (told,) = [each for each in after.notes if each.startswith("left out:")]
    assert f"{len(ENTRIES)} entries" in told
    assert note in told


def packed(encoding: str, pack: Callable[[bytes], bytes]) -> Change:
    def set_packed(entry: Entry) -> None:
        data = pack(entry["response"]["content"]["text"].encode())
        content(entry, text=base64.b64encode(data).decode(), encoding="base64")
        set_header(entry, "content-encoding", encoding)

    return set_packed


def as_characters(entry: Entry) -> None:
    content(entry, text=gzip.compress(entry["response"]["content"]["text"].encode()).decode("latin-1"))


def in_base64(entry: Entry) -> None:
    text = base64.encodebytes(entry["response"]["content"]["text"].encode()).decode()
    content(entry, text=text, encoding="base64")


def other_case(entry: Entry) -> None:
    entry["request"]["url"] = entry["request"]["url"].replace(APP, "HTTPS://App.Example.")


def against_caches(entry: Entry) -> None:
    url = entry["request"]["url"]
    entry["request"]["url"] = f"{url}{'&' if '?' in url else '?'}_=1714554000123"


def minimal(entry: Entry) -> None:
    """As Playwright's recordings in the mode `minimal`."""
    content(entry, size=-1)
    entry |= {"time": -1, "timings": {"send": -1, "wait": -1, "receive": -1}}
    del entry["request"]["cookies"], entry["response"]["cookies"]


READ = {
    "port": lambda entry: put("request.url", entry["request"]["url"].replace(APP, f"{APP}:443"))(entry),
    "letter case": other_case,
    "user": lambda entry: put("request.url", entry["request"]["url"].replace("//", "//me@"))(entry),
    "fragment": lambda entry: put("request.url", entry["request"]["url"] + "#top")(entry),
    "base64": in_base64,
    "base64 that is none": lambda entry: content(entry, encoding="base64"),
    "gzip left on it": packed("gzip", gzip.compress),
    "deflate left on it": packed("deflate", zlib.compress),
    "gzip as characters": as_characters,
    "coding told, and undone": lambda entry: set_header(entry, "content-encoding", "br"),
    "size of the compressed body": lambda entry: content(entry, size=80),
    "size with a byte order mark": lambda entry: content(entry, size=entry["response"]["content"]["size"] + 3),
    "parameter against caches": against_caches,
    "minimal": minimal,
    "seven digits and a zone": put("startedDateTime", "2026-05-01T11:00:00.1234567+02:00"),
    "no zone": put("startedDateTime", "2026-05-01T11:00:00"),
    "no time": drop("time"),
    "status as text": lambda entry: put("response.status", str(entry["response"]["status"]))(entry),
    "odd headers": lambda entry: entry["response"]["headers"].extend([None, {"name": None}, {"name": "x", "value": 1}]),
}


@pytest.mark.parametrize("kind", READ)
def test_an_entry_in_another_form_is_read(tmp_path: Path, kind: str):
    once = ENTRIES[: len(ENTRIES) // 2]
    before = replayed(tmp_path / "whole.har", once)
    after = replayed(tmp_path / "other.har", [changed(READ[kind])(entry) for entry in once])
    assert not [each for each in after.notes if each.startswith("left out:")]
    assert after.base == APP
    assert ids(after, Outcome.FAILED) == set()
    assert ids(after, Outcome.PASSED) == ids(before, Outcome.PASSED)


def test_what_a_server_itself_cut_is_no_json(tmp_path: Path):
    """Its Content-Length says that no more was sent."""
    cut_by_server = []
    for entry in (changed(cut_and_unsized)(each) for each in ENTRIES if "/quotes" in each["request"]["url"]):
        set_header(entry, "content-length", str(len(entry["response"]["content"]["text"].encode())))
        cut_by_server.append(entry)
    others = [each for each in ENTRIES if "/quotes" not in each["request"]["url"]]
    assert "QUO-1" in ids(replayed(tmp_path / "x.har", cut_by_server + others), Outcome.FAILED)


def test_the_order_of_the_file_is_not_that_of_time(tmp_path: Path):
    before = replayed(tmp_path / "x.har", ENTRIES)
    assert ids(replayed(tmp_path / "y.har", ENTRIES[::-1]), Outcome.PASSED) == ids(before, Outcome.PASSED)


def test_other_sites_preflights_and_sockets_are_nothing_to_judge(tmp_path: Path):
    others = [
        *map(changed(put("request.url", "https://cdn.example/app.png")), ENTRIES),
        *map(changed(put("request.url", "wss://app.example/api/v1/members")), ENTRIES),
        *map(changed(put("request.url", "data:text/plain,x")), ENTRIES),
        *map(changed(put("request.method", "OPTIONS")), ENTRIES),
        *map(changed(put("request.method", "POST")), ENTRIES),
    ]
    report = replayed(tmp_path / "x.har", others + ENTRIES)
    assert not [each for each in report.notes if "left out" in each]
    assert ids(report, Outcome.PASSED) == ids(replayed(tmp_path / "y.har", ENTRIES), Outcome.PASSED)


def elsewhere(entry: Entry) -> None:
    entry["request"]["url"] = entry["request"]["url"].replace(APP, "https://old.example/v")


def test_another_deployment_in_the_same_file_is_left_out_and_named(tmp_path: Path):
    other = [
        changed(lambda e: put("request.url", e["request"]["url"].replace(APP, "https://old.example/v"))(e))(each)
        for each in ENTRIES[:9]
    ]
    report = replayed(tmp_path / "x.har", other + ENTRIES)
    assert report.base == APP
    assert "9 requests to other deployments are left out: https://old.example/v" in report.notes


def test_no_word_of_python_is_told(tmp_path: Path):
    path = tmp_path / "x.har"
    odd = [changed(change)(ENTRIES[1]) for change, _ in LEFT_OUT.values()]
    told = " ".join(replayed(path, odd + ENTRIES).notes)
    path.write_text(json.dumps({"log": {"entries": [*odd, *ENTRIES], "creator": None}}))
    told += " ".join(replayed(path).notes)
    assert not [word for word in ("KeyError", "NoneType", "None", "object", "Traceback", "int()") if word in told]


@pytest.mark.parametrize(
    ("url", "base"),
    [
        ("https://App.example:443/api/v1/members?x=1", "https://app.example"),
        ("http://app.example:80/api/v1", "http://app.example"),
        ("http://[::1]:8000/base/api/v1/quotes/", "http://[::1]:8000/base"),
        ("https://app.example:8443/a/b/api/v2/invoices", "https://app.example:8443/a/b"),
    ],
)
def test_the_address_of_a_deployment_is_told_in_one_form(url: str, base: str):
    place = place_of(url)
    assert place is not None
    assert place.base == base


@pytest.mark.parametrize("url", ["", "https://[::1/api/v1", "https://a:b/api/v1", "/api/v1", "https://a/api/v1/x"])
def test_what_is_no_url_of_this_api(url: str):
    assert place_of(url) is None
