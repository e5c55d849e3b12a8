"""Whose requests they are: keys that are shown, taken out, several, wrong, or in another place."""

import copy
from pathlib import Path
from typing import Any

import pytest
from oneinvoice_conformance.http.recording.senders import Kind, sender_of
from oneinvoice_conformance.model.outcome import Outcome

from tests.miniatures import FAULTS, Deployment
from tests.unit.conformance.browsing import PAGES, browsed, ids, pairs, reason, replayed
from tests.unit.conformance.fakes import KEYS

ENTRIES = browsed(Deployment())
LISTS = ("members", "quotes", "invoices")


def with_headers(entries: list[Any], **headers: str) -> list[Any]:
    """The same with these headers in the place of the key."""
    changed = copy.deepcopy(entries)
    for entry in changed:
        kept = [each for each in entry["request"]["headers"] if each["name"] != "authorization"]
        entry["request"]["headers"] = [*kept, *pairs((name.replace("_", "-"), text) for name, text in headers.items())]
    return changed


SANITISED = with_headers(ENTRIES)


@pytest.mark.parametrize(
    "token",
    ["***", "1iv_****", "[REDACTED]", "xxxxxxxx", "1iv_abc…xyz", "<key>", "{{token}}", "••••"],
)
def test_keys_that_were_taken_out_are_no_key_and_no_open_door(tmp_path: Path, token: str):
    report = replayed(tmp_path / "x.har", with_headers(ENTRIES, authorization=f"Bearer {token}"))
    assert ids(report, Outcome.FAILED) == set()
    assert {"MEM-1", "MEM-2", "QUO-3", "INV-4"} <= ids(report, Outcome.PASSED)
    assert "AUTH-6" not in ids(report, Outcome.PASSED)
    assert [each for each in report.notes if "keys were taken out of the file" in each]


def test_nothing_is_told_of_keys_where_the_browser_took_them_out(tmp_path: Path):
    report = replayed(tmp_path / "x.har", SANITISED)
    assert ids(report, Outcome.FAILED) == set()
    assert len(ids(report, Outcome.PASSED)) >= 15
    assert not {each for each in ids(report, Outcome.PASSED) if each.startswith("AUTH") or each == "DISC-1"}
    assert "doesn't show with which key" in reason(report, "AUTH-6")


def test_the_refusals_of_a_file_without_keys_fail_nothing(tmp_path: Path):
    refused = browsed(Deployment(), key=None)
    report = replayed(tmp_path / "x.har", [*refused, *SANITISED, *refused])
    assert ids(report, Outcome.FAILED) == set()
    assert "MEM-1" in ids(report, Outcome.PASSED)


@pytest.mark.parametrize("count", [1, 2])
def test_a_key_that_is_revoked_meanwhile_fails_nothing(tmp_path: Path, count: int):
    served, refused = browsed(Deployment()), browsed(Deployment(), key=KEYS["revoked"], times=count)
    refused = with_headers(refused, authorization=f"Bearer {KEYS['primary']}")
    for entry in refused:
        entry["startedDateTime"] = entry["startedDateTime"].replace("2026-05-01", "2026-05-02")
    report = replayed(tmp_path / "x.har", served + refused)
    assert ids(report, Outcome.FAILED) == set()
    assert "AUTH-6" in ids(report, Outcome.PASSED)


def test_requests_without_a_key_beside_those_with_one(tmp_path: Path):
    report = replayed(tmp_path / "x.har", ENTRIES + browsed(Deployment(), LISTS, key=None))
    assert "AUTH-1" in ids(report, Outcome.PASSED)
    stripped = replayed(tmp_path / "x.har", [*ENTRIES[:5], *with_headers(ENTRIES[5:8]), *ENTRIES[8:]])
    assert ids(stripped, Outcome.FAILED) == set()
    assert "if no key was taken out of that entry" in reason(stripped, "AUTH-1")
    fault = FAULTS["open-members"].deployment()
    report = replayed(tmp_path / "x.har", ENTRIES + browsed(fault, LISTS, key=None))
    assert "AUTH-1" in ids(report, Outcome.FAILED)


@pytest.mark.parametrize(
    "headers",
    [
        {"cookie": "session=1"},
        {"x_api_key": "k"},
        {"x_auth_token": "t"},
        {"x_csrf_token": "t"},
        {"authorization": "Basic eDp5"},
    ],
)
def test_a_session_or_another_credential_is_no_open_door(tmp_path: Path, headers: dict[str, str]):
    report = replayed(tmp_path / "x.har", ENTRIES + with_headers(browsed(Deployment(), LISTS), **headers))
    assert ids(report, Outcome.FAILED) == set()


def test_a_key_in_the_query_is_no_open_door(tmp_path: Path):
    queries = [f"{each}?access_token=abc" for each in LISTS]
    entries = with_headers(browsed(Deployment(), queries))
    assert ids(replayed(tmp_path / "x.har", ENTRIES + entries), Outcome.FAILED) == set()


def test_a_word_for_nothing_that_is_served_is_an_unknown_key(tmp_path: Path):
    served = with_headers(browsed(Deployment(), LISTS), authorization="Bearer undefined")
    assert "AUTH-2" in ids(replayed(tmp_path / "x.har", ENTRIES + served), Outcome.FAILED)


@pytest.mark.parametrize(
    ("authorization", "id"),
    [
        ("token {}", "AUTH-4"),
        ("Token {}", "AUTH-4"),
        ("ApiKey {}", "AUTH-4"),
        ("Bearer {swapped}", "AUTH-5"),
    ],
)
def test_the_key_in_a_form_that_does_not_count(tmp_path: Path, authorization: str, id: str):
    key = KEYS["primary"]
    header = {"authorization": authorization.format(key, swapped=f"1iv_{key[4:].swapcase()}")}
    served = with_headers(browsed(Deployment(), LISTS, times=1), **header)
    assert id in ids(replayed(tmp_path / "x.har", ENTRIES + served), Outcome.FAILED)


def test_two_keys_with_different_data_leak_nothing(tmp_path: Path):
    other = browsed(Deployment(), key=KEYS["other"], times=1)
    report = replayed(tmp_path / "x.har", ENTRIES + other)
    assert ids(report, Outcome.FAILED) == set()
    assert {"ORG-1", "ORG-2"} <= ids(report, Outcome.PASSED)
    assert {"MEM-1", "MEM-2", "QUO-2", "INV-2"} <= ids(report, Outcome.PASSED)


@pytest.mark.parametrize("key", ["sibling", "other"])
def test_records_that_two_keys_list_are_left_open(tmp_path: Path, key: str):
    fault = FAULTS["filtered-quotes-of-everybody"].deployment() if key == "other" else Deployment()
    entries = browsed(fault, times=1) + browsed(fault, key=KEYS[key], times=1)
    report = replayed(tmp_path / "x.har", entries)
    assert not ids(report, Outcome.PASSED) & {"ORG-1", "ORG-2"}
    assert not ids(report, Outcome.FAILED) & {"ORG-1", "ORG-2"}
    assert "run the suite with --key and --other-key" in reason(report, "ORG-2")


def test_two_callers_in_one_file_without_keys_fail_nothing(tmp_path: Path):
    """Each polls, so that every answer is recorded again on the other side of the other's."""
    deployment = Deployment()
    mine, theirs = (browsed(deployment, PAGES, times=3, key=KEYS[name]) for name in ("primary", "other"))
    report = replayed(
        tmp_path / "x.har", with_headers([each for pair in zip(mine, theirs, strict=True) for each in pair])
    )
    assert ids(report, Outcome.FAILED) == set()
    halves = mine[:5] + theirs[5:20] + mine[20:]
    assert ids(replayed(tmp_path / "y.har", with_headers(halves)), Outcome.FAILED) == set()


@pytest.mark.parametrize(
    ("headers", "kind"),
    [
        ({}, Kind.NOTHING),
        ({"authorization": ""}, Kind.REDACTED),
        (
            {"accept": "*/*", ":authority": "x", "sec-fetch-mode": "cors", "access-control-request-headers": "x"},
            Kind.NOTHING,
        ),
        ({"authorization": "bearer 1iv_abc"}, Kind.BEARER),
        ({"authorization": "Digest x"}, Kind.OTHER),
        ({"cookie": "a=b"}, Kind.OTHER),
        ({"x-session-id": "1"}, Kind.OTHER),
        ({"x-request-id": "1", "user-agent": "x", "referer": "x"}, Kind.NOTHING),
    ],
)
def test_what_tells_who_sent_a_request(headers: dict[str, str], kind: Kind):
    assert sender_of(headers, [], []).kind is kind


def test_no_key_is_shown_of_a_sender():
    assert "1iv_abc" not in repr(sender_of({"authorization": "Bearer 1iv_abc"}, [], []))
