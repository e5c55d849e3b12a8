"""Use of keys: records of three kinds, told apart by their content, and what is counted of them."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from oneinvoice_openapi.announce.reach import Requests
from oneinvoice_openapi.announce.usage.keys import UNKNOWN, Usage, usage_of
from oneinvoice_openapi.announce.usage.records import read_usage
from oneinvoice_openapi.references import Unusable

KEY = "1iv_abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTU"
OTHER = "1iv_zyxwvutsrqponmlkjihgfedcba0123456789ABCDEFGHIJKLMNOPQRSTU"
MEMBERS = Requests("GET", "/api/v1/members")
WITH_LIMIT = Requests("GET", "/api/v1/members", "limit")
WITHOUT_LIMIT = Requests("GET", "/api/v1/members", "limit", is_left_out=True)


def asked(
    key: str | None, at: str, query: str = "", path: str = "/api/v1/members", status: int = 200
) -> dict[str, Any]:
    return {"number": 1, "at": at, "method": "GET", "path": path, "query": query, "key": key, "status": status}


def recorded(authorization: str | None, at: str, target: str = "/api/v1/members", **more: Any) -> dict[str, Any]:
    headers = [] if authorization is None else [{"name": "authorization", "value": authorization}]
    request = {"method": "GET", "url": f"https://api.example{target}", "headers": headers}
    return {"startedDateTime": at, "request": request, "response": {"status": 200}} | more


def archive(*entries: Any) -> str:
    return json.dumps({"log": {"version": "1.2", "entries": entries}})


def used(tmp_path: Path, *contents: str | bytes, by: tuple[Requests, ...] = (MEMBERS,)) -> Usage:
    files = []
    for i, content in enumerate(contents):
        path = tmp_path / f"{i}"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        files.append(read_usage(path))
    return usage_of(files, by)


def rows(usage: Usage) -> list[tuple[str, datetime, int]]:
    return [(use.key.label, use.last, use.count) for use in usage.keys]


def at(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, 29, hour, minute, tzinfo=UTC)


def test_a_journal_tells_who_used_it_last_and_how_often(tmp_path: Path) -> None:
    content = [
        asked("Primary", "2026-11-29T10:00:00Z"),
        asked("Primary", "2026-11-29T09:00:00Z"),
        asked("Accounting", "2026-11-29T11:30:00Z"),
        asked("Idle", "2026-11-29T12:00:00Z", path="/api/v1/quotes"),
    ]
    usage = used(tmp_path, json.dumps({"data": content}))
    assert rows(usage) == [("Accounting", at(11, 30), 1), ("Primary", at(10), 2)]
    assert (usage.seen, usage.unreadable, usage.keyless) == (3, 0, 0)


@pytest.mark.parametrize(
    ("by", "labels"),
    [(MEMBERS, ["asks", "asks otherwise"]), (WITH_LIMIT, ["asks"]), (WITHOUT_LIMIT, ["asks otherwise"])],
)
def test_a_parameter_concerns_who_sends_it_or_who_leaves_it_out(
    tmp_path: Path, by: Requests, labels: list[str]
) -> None:
    content = [
        asked("asks", "2026-11-29T10:00:00Z", "status=active&limit="),
        asked("asks otherwise", "2026-11-29T09:00:00Z", "status=limit"),
    ]
    assert [label for label, *_ in rows(used(tmp_path, json.dumps({"data": content}), by=(by,)))] == labels


def test_refused_and_keyless_requests_are_no_use_and_counted(tmp_path: Path) -> None:
    content = [asked(None, "2026-11-29T10:00:00Z"), asked("Revoked", "2026-11-29T10:00:00Z", status=401)]
    usage = used(tmp_path, json.dumps({"data": content}), archive(recorded(f"Bearer {KEY}", "2026-11-29T10:00:00Z",
                                                                           response={"status": 401})))  # fmt: skip
    assert (rows(usage), usage.seen, usage.keyless) == ([], 0, 3)


@pytest.mark.parametrize("is_packed", [False, True])
def test_an_archive_shows_no_key(tmp_path: Path, is_packed: bool) -> None:
    content = archive(
        recorded(f"Bearer {KEY}", "2026-11-29T11:00:00.1234567+01:00", "/below/api/v1/members?limit=1"),
        recorded(f"bearer {KEY}", "2026-11-29T09:00:00Z"),
        recorded(f"Bearer {OTHER}", "2026-11-29T08:00:00Z"),
        recorded("Bearer an-opaque-token", "2026-11-29T07:00:00Z"),
        recorded(None, "2026-11-29T05:00:00Z"),
        recorded("Bearer key-1", "2026-11-29T04:00:00Z"),
        recorded("Bearer $ONEINVOICE_KEY", "2026-11-29T03:00:00Z"),
    )
    usage = used(tmp_path, gzip.compress(content.encode()) if is_packed else content)
    labels = [label for label, *_ in rows(usage)]
    assert labels[:2] == ["1iv_…RSTU", "1iv_…RSTU"]  # two keys, though they look the same
    assert labels[2].startswith("sha256:")
    assert labels[3:] == ["key-1", "$ONEINVOICE_KEY"]
    assert usage.keyless == 1
    assert [count for *_, count in rows(usage)] == [2, 1, 1, 1, 1]
    shown = json.dumps(usage.content())
    assert not [secret for secret in (KEY[:12], OTHER[:12], "opaque") if secret in shown]


@pytest.mark.parametrize("authorization", [None, "Bearer REDACTED", "Bearer 1iv_***", "Bearer …", "xxxxxxxx", ""])
def test_an_archive_may_show_none(tmp_path: Path, authorization: str | None) -> None:
    content = archive(recorded(authorization, "2026-11-29T06:00:00Z"), recorded(authorization, "2026-11-29T05:00:00Z"))
    assert rows(used(tmp_path, content)) == [("keys that the archive doesn't show", at(6), 2)]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_an_export_counts_whatever_was_asked(tmp_path: Path, delimiter: str) -> None:
    lines = [
        "key_id,name,hour,requests",
        'key_1,"Primary",2026-11-29 10:00:00.000000,7',
        "key_1,Primary,2026-11-29T11:00+00,2",
        "key_2,Old,2026-11-28 10:00:00+00,0",
        "key_3,Cut",
    ]
    usage = used(tmp_path, "\n".join(lines).replace(",", delimiter))
    assert rows(usage) == [("Primary", at(11), 9)]
    assert (list(usage.keys[0].by), usage.unreadable) == ([UNKNOWN], 2)


def test_an_export_may_be_json_and_names_no_key_that_stands_in_it(tmp_path: Path) -> None:
    content = [{"name": KEY, "hour": "2026-11-29T10:00:00Z", "requests": 3}]
    assert rows(used(tmp_path, json.dumps(content))) == [("1iv_…RSTU", at(10), 3)]


def test_several_files_are_one_account(tmp_path: Path) -> None:
    journal = json.dumps({"data": [asked("Primary", "2026-11-29T10:00:00Z")]})
    export = json.dumps([{"name": "Primary", "hour": "2026-11-29T12:00:00Z", "requests": 3}])
    usage = used(tmp_path, journal, export)
    assert rows(usage) == [("Primary", at(12), 4)]
    assert list(usage.keys[0].by) == ["GET /api/v1/members", UNKNOWN]


@pytest.mark.parametrize(
    "entry",
    [
        None, 5, "x", [], {}, asked("P", "yesterday"), asked("P", "2026-11-29T10:00:00"),
        asked("P", "0001-01-01T00:00:00+14:00"),
        asked("P", "2026-11-29T10:00:00Z") | {"status": "200"}, asked("P", "2026-11-29T10:00:00Z") | {"path": 5},
        asked("P", "2026-11-29T10:00:00Z") | {"key": 5},
    ],
)  # fmt: skip
def test_entries_that_are_none_are_counted(tmp_path: Path, entry: Any) -> None:
    usage = used(tmp_path, json.dumps({"data": [entry, asked("P", "2026-11-29T10:00:00Z")]}))
    assert (len(usage.keys), usage.unreadable) == (1, 1)


@pytest.mark.parametrize(
    "entry",
    [None, {}, {"request": 5}, recorded(None, "?"), recorded(None, "2026-11-29T10:00:00Z", response={}),
     recorded(None, "2026-11-29T10:00:00Z", "") | {"request": {"method": "GET", "url": "http://[", "headers": []}},
     recorded(None, "2026-11-29T10:00:00Z") | {"request": {"method": "GET", "url": "/", "headers": [{"name": 5}]}}],
)  # fmt: skip
def test_odd_entries_of_an_archive_are_counted(tmp_path: Path, entry: Any) -> None:
    assert used(tmp_path, archive(entry)).unreadable == 1


@pytest.mark.parametrize(
    ("content", "part"),
    [
        ("", "is no record of use"),
        ("hour,requests\n", "is no record of use"),
        ("{", "broken or cut short"),
        ("[" * 100_000, "broken or cut short"),
        ('{"log": {}}', "is no record of use"),
        ('{"data": [{"a": 1}]}', "is no record of use"),
        ('"text"', "is no record of use"),
        (b"\xff\xfe", "is not UTF-8"),
        (gzip.compress(b"{}", mtime=0)[:-4], "is cut short"),
        (b"\x1f\x8bjunk", "is cut short"),
    ],
)
def test_a_file_that_is_none_is_told_in_a_sentence(tmp_path: Path, content: str | bytes, part: str) -> None:
    with pytest.raises(Unusable, match=part):
        used(tmp_path, content)


def test_a_folder_and_nothing_can_not_be_read(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none"):
        with pytest.raises(Unusable, match="can't be read"):
            read_usage(path)


def test_a_cell_that_is_too_long_costs_its_row_alone(tmp_path: Path) -> None:
    row, head = "Primary,2026-11-29 10:00:00,2\n", "name,hour,requests"
    usage = used(tmp_path, f"{head}\n{'x' * 200_000},2026-11-29 10:00:00,1\n{row}", f"{head},{'x' * 200_000}\n")
    assert rows(usage) == [("Primary", at(10), 2)]
    assert usage.unreadable == 1


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_pipe_is_read(pack: Callable[[bytes], bytes]) -> None:
    reader, writer = os.pipe()
    os.write(writer, pack(b"name,hour,requests\nPrimary,2026-11-29 10:00:00,2\n"))
    os.close(writer)
    try:
        assert len(read_usage(Path(f"/dev/fd/{reader}")).records) == 1
    finally:
        os.close(reader)
