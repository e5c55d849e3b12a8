"""Archive of what passed: its entries, and what is redacted later."""

import gzip
import json
from typing import Any

import pytest
from oneinvoice_conformance.http.failure import Failure, FailureKind
from oneinvoice_conformance.http.forwarding.archive import Archive, entry_of
from oneinvoice_conformance.http.forwarding.observed import Observed
from oneinvoice_conformance.http.forwarding.secrets import Secrets
from oneinvoice_conformance.http.transport import BODY_LIMIT

ORIGIN = "https://a.example"


def observed(body: bytes = b"[]", target: str = "/x", **attributes: Any) -> Observed:
    """An exchange that was answered."""
    it = Observed(1, "GET", target, **{"status": 200, "reason": "OK", **attributes})
    it.body.add(body)
    return it


def entry(it: Observed, secrets: Secrets | None = None) -> dict[str, Any]:
    return entry_of(it, ORIGIN, secrets or Secrets())


def test_the_target_stays_as_it_was_but_for_what_no_uri_has():
    assert entry(observed(target="/a%2Fb??x=+&y=%zz#"))["request"]["url"] == f"{ORIGIN}/a%2Fb??x=+&y=%25zz#"


@pytest.mark.parametrize(
    ("coding", "body", "content"),
    [
        ("", b"[1]", {"size": 3, "text": "[1]"}),
        ("gzip", gzip.compress(b"[1]", mtime=0), {"size": 3, "text": "[1]"}),
        ("gzip", b"[1]", {"size": 3, "text": "[1]"}),
        ("br", b"\xff\x00", {"size": 2, "text": "/wA=", "encoding": "base64"}),
    ],
)
def test_bodies_are_unpacked_where_they_can_be(coding: str, body: bytes, content: dict[str, Any]):
    kept = entry(observed(body, headers=(("Content-Encoding", coding),)))["response"]["content"]
    assert {name: kept[name] for name in content} == content


def test_a_long_body_is_kept_in_part():
    it = observed(b"x" * (BODY_LIMIT + 10))
    kept = entry(it)["response"]["content"]
    it.close()
    assert (kept["size"], len(kept["text"])) == (BODY_LIMIT + 10, BODY_LIMIT)


def test_the_body_of_a_request_is_kept():
    it = observed(request_headers=(("content-type", "application/json"),))
    it.request_body.add(b'{"a": 1}')
    assert entry(it)["request"]["postData"] == {"mimeType": "application/json", "text": '{"a": 1}'}


def test_what_has_no_answer_says_why():
    it = observed(b"", status=0, failure=Failure(FailureKind.CONNECT, "connection failed (so)"))
    assert entry(it)["_error"] == "connection failed (so)"
    assert "_error" not in entry(observed())


def test_a_secret_that_is_learnt_later_is_taken_out_of_what_came_before():
    secrets, archive = Secrets(), Archive()
    # As well a secret is the name of a member of HAR, which stays.
    archive.add(entry(observed(b'{"heard": "response"}'), secrets), secrets)
    secrets.learn(Observed(2, "GET", "/", (("Authorization", "Bearer response"),)))
    archive.add(entry(observed(), secrets), secrets)
    log = json.loads("".join(archive.parts(secrets)))["log"]
    assert [each["response"]["content"]["text"] for each in log["entries"]] == ['{"heard": "<key-1>"}', "[]"]
    assert archive.count == 2
    archive.close()


def test_an_archive_that_is_full_keeps_what_it_has(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("oneinvoice_conformance.http.forwarding.archive._MOST_BYTES", 1500)
    secrets, archive = Secrets(), Archive()
    for _ in range(5):
        archive.add(entry(observed(), secrets), secrets)
    assert archive.is_full
    assert 0 < archive.count < 5
    assert len(json.loads("".join(archive.parts(secrets)))["log"]["entries"]) == archive.count
    archive.close()
