from dataclasses import replace

import pytest
from oneinvoice_conformance.cli.report_options import BADGES, WRITERS
from oneinvoice_conformance.clients.observation import Evidence, ProgramEnd, Readback
from oneinvoice_conformance.clients.report import ClientReport
from oneinvoice_conformance.model.verdict import Verdict
from oneinvoice_conformance.reports.client.builder import hold_of
from oneinvoice_conformance.reports.html.page import html_text

from tests.unit.conformance.fakes import KEYS
from tests.unit.conformance.reports.client.judged import (
    EVIDENCE,
    SECRET,
    STARTED,
    TRIALS,
    asked,
    client_report,
    redacted,
    results,
)
from tests.unit.conformance.reports.planting import planted
from tests.unit.conformance.reports.test_redacted import parts_of, terminal_text

FORMATS = {
    "terminal": terminal_text,
    "html": html_text,
    **{name: WRITERS[name] for name in ("json", "junit", "markdown", "har")},
    **{f"badge{ending}": writer for ending, writer in BADGES.items()},
}


@pytest.mark.parametrize(
    ("headers", "until"),
    [
        ({"Retry-After": "2"}, 3.02),
        ({"retry-after": " 0 "}, 1.02),
        ({"Retry-After": "Thu, 01 Jan 2026 00:00:05 GMT"}, 5.0),
        ({"Retry-After": "Thu, 01 Jan 2026 00:01:05 GMT", "Date": "Thu, 01 Jan 2026 00:01:00 GMT"}, 6.02),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "-1"}, None),
        ({"Retry-After": "Thu, 01 Jan 99999 00:00:05 GMT"}, None),
        ({}, None),
    ],
)
def test_when_a_retry_after_is_over(headers: dict[str, str], until: float | None):
    request = asked(1, 1.0, "quotes", 429, answer_headers=tuple(headers.items()))
    assert hold_of(request, STARTED) == (None if until is None else pytest.approx(until))


def test_an_answer_that_never_came_holds_nothing():
    request = asked(1, 1.0, "quotes", 429, answer_headers=(("Retry-After", "2"),), answered=None)
    assert hold_of(request, STARTED) is None


def test_what_is_seen_is_told_in_lines_with_the_retry_after_that_it_is_in():
    [limited] = next(each for each in redacted().results if each.requirement.id == "CLIENT/PACE-1").observations
    assert limited.lines[0] == (
        "0.84 s  GET /api/v1/quotes?limit=50: 429 (limited), 1.81 s before the Retry-After of request 7 is over"
    )
    assert (limited.title, limited.lines[-1]) == (TRIALS[1].title, "and 5 more")
    [forged] = next(each for each in redacted().results if each.requirement.id == "CLIENT/HOOK-2").observations
    assert forged.lines == ("1.90 s  forged invoice.paid, cut to 32 hex: 200",)


def test_evidence_of_a_scenario_that_was_not_played_does_no_harm():
    report = replace(client_report(), evidence={"CLIENT/KEY-1": (Evidence("gone", (1,)),)})
    [shown] = redacted(report).results[0].observations
    assert (shown.scenario, shown.title, shown.lines) == ("gone", "", ())


def test_bodies_are_kept_of_what_shows_a_finding_or_for_an_archive():
    def with_bodies(*, traffic: bool) -> int:
        shown = redacted(traffic=traffic).client
        assert shown
        return sum(each.body is not None for trial in shown.trials for each in (*trial.requests, *trial.deliveries))

    shown = {(each.scenario, *numbers) for found in EVIDENCE.values() for each in found for numbers in numbered(each)}
    assert with_bodies(traffic=False) == len(shown)
    assert with_bodies(traffic=True) == sum(len(trial.requests) + len(trial.deliveries) for trial in TRIALS)


def numbered(evidence: Evidence) -> list[tuple[str, int]]:
    return [("request", number) for number in evidence.requests] + [("event", n) for n in evidence.deliveries]


def test_what_a_readback_told_in_a_phrase():
    told = {
        "": Readback(),
        "it printed nothing": Readback(problem="it printed nothing"),
        "1 members and effects of 2 events": Readback({"members": {"a": {}}}, {"x": 1, "y": 0}),
        "the error key revoked": Readback(error="key revoked"),
    }
    for words, readback in told.items():
        shown = redacted(client_report(trials=(replace(TRIALS[0], readback=readback),))).client
        assert shown
        assert shown.trials[0].kept == words.replace("1 members", "1 member")


def test_what_a_scenario_knows_becomes_json():
    facts = {"keys": frozenset({"b", "a"}), "at": (1.5, None), "of": {1: b"x"}, "key": f"Bearer {KEYS['primary']}"}
    shown = redacted(client_report(trials=(replace(TRIALS[0], facts=facts),))).client
    assert shown
    assert shown.trials[0].facts == {
        "keys": ["a", "b"],
        "at": [1.5, None],
        "of": {"1": "b'x'"},
        "key": "Bearer $ONEINVOICE_KEY",
    }


def test_the_options_are_hashed_unless_they_were():
    given = redacted(replace(client_report(), configuration={"seed": 1}))
    other = redacted(replace(client_report(), configuration={"seed": 2}))
    assert len({given.configuration["sha256"], other.configuration["sha256"], "0" * 64}) == 3
    assert redacted().configuration["sha256"] == "0" * 64


def planted_report(text: str) -> ClientReport:
    """Return a report with the text in each field that may hold one, and evidence for each result."""
    trial = replace(planted(ClientReport, text).trials[0], program=ProgramEnd(1, 1.0, text))
    requests = tuple(replace(each, status=429, answered=2.0) for each in trial.requests)
    found = [replace(each, finding=replace(each.finding, reason=f"saw {text}")) for each in results()]
    return replace(
        planted(ClientReport, text),
        results=tuple(found),
        trials=(replace(trial, requests=requests),),
        evidence={each.requirement.id: (Evidence(trial.scenario, (1,), (1,)),) for each in found},
    )


# One that no redactor was told of, too: each trial has a key of its own.
@pytest.mark.parametrize(
    "secret", [*KEYS.values(), SECRET, "1iv_zzzz9999zzzz9999zzzz9999", "whsec_nobody_knows_it_0123"]
)
def test_a_secret_in_any_field_is_in_no_format(secret: str):
    report = redacted(planted_report(f"before {secret} after"), traffic=True)
    assert report.verdict is Verdict.VIOLATIONS
    parts = parts_of(secret.removeprefix("whsec_"))
    for name, writer in FORMATS.items():
        written = "".join(writer(report)).lower()
        assert "before" in written or name.startswith("badge"), name
        assert not [part for part in parts if part in written], name
