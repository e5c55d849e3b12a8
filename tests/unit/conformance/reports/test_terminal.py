import io
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from oneinvoice_conformance.engine.report import Report
from oneinvoice_conformance.history.changes import BaselineRef, Change, ChangeSeverity, Drift
from oneinvoice_conformance.http.curl import curl
from oneinvoice_conformance.model.outcome import Outcome
from oneinvoice_conformance.model.result import ExpectedFailure
from oneinvoice_conformance.ratelimit.load_profile import LoadProfile, LoadStep
from oneinvoice_conformance.reports.terminal import Terminal
from rich.console import Console

from tests.unit.conformance.fakes import BASE, KEYS
from tests.unit.conformance.reports.reporting import (
    DEPLOYMENT,
    ROWS,
    answer,
    redacted,
    report,
    result,
    with_cause,
)


def shown(found: Report, *, terminal: bool = False, width: int = 200) -> str:
    out = io.StringIO()
    console = Console(file=out, force_terminal=terminal, width=width, color_system="standard" if terminal else None)
    Terminal(console, Console(file=out)).show(redacted(found))
    return out.getvalue()


def test_a_failure_is_told_with_clause_reason_answer_and_reproducer():
    text = shown(report(result("MEM-1", Outcome.FAILED, "no list", answer(b'{"a":\n "b"}', 200))))
    lines = [line.strip() for line in text.splitlines()]
    at = lines.index("✗ MEM-1 failed  Members are a JSON list.")
    assert [line.split(maxsplit=1) for line in lines[at + 1 : at + 5]] == [
        ["clause", "“Returns members for your organisation.” (Members)"],
        ["seen", "no list"],
        ["answer", '200 {"a": "b"}'],
        ["try", curl(DEPLOYMENT, answer([]).request)],
    ]
    assert f"violations  {BASE}" in text
    assert "1 requests (primary 1) in 1.2 s" in text


def test_a_shared_cause_is_told_once_before_everything_else():
    own = result("QUO-1", Outcome.FAILED, "its own reason", answer([]))
    text = shown(with_cause("all of it [is] gone", "mend it", own))
    lines = [line.strip() for line in text.splitlines()]
    at = lines.index("Cause 1, of MEM-1..3")
    assert [" ".join(line.split()) for line in lines[at + 1 : at + 9]] == [
        "seen all of it [is] gone",
        "do mend it",
        "first GET /api/v1/members?limit=7 with the primary key: 200, 1 record in 11 bytes",
        "then GET /api/v1/members?limit=7 with the primary key: 502 gone",
        f"try {curl(DEPLOYMENT, answer([]).request)}",
        "✗ MEM-1 failed the first reason",
        "✗ MEM-2 failed the second reason",
        "? MEM-3 inconclusive",
    ]
    assert text.count("all of it [is] gone") == 1
    assert "the third reason" not in text
    assert lines.index(f"✗ QUO-1 failed  {ROWS['QUO-1'].statement}") > at


def test_an_expected_failure_that_shares_a_cause_says_what_is_known():
    found = with_cause("gone")
    known = ExpectedFailure("pages of 20", "api team", date(2026, 12, 31))
    first, *others = found.results
    text = shown(replace(found, results=(replace(first, expected=known), *others)))
    assert "× MEM-1 failed as expected  the first reason; known: pages of 20 (api team, until 2026-12-31)" in text


def test_what_is_open_is_told_and_what_was_not_tested_is_grouped():
    text = shown(
        report(
            result("MEM-1", Outcome.INCONCLUSIVE, "too few", answer([])),
            *(result(id, Outcome.NOT_TESTED, "give a URL") for id in ("HOOK-1", "HOOK-2", "HOOK-3", "VER-1")),
            result("AUTH-7", Outcome.NOT_APPLICABLE),
            result("DISC-1", Outcome.PASSED),
        )
    )
    assert "? MEM-1 inconclusive" in text
    assert "○ not tested  HOOK-1..3, VER-1: give a URL" in text
    assert f"incomplete  {BASE}" in text
    assert "answer" not in text


def test_a_failure_that_was_expected_is_no_plain_conforms():
    known = ExpectedFailure("pages [of] 20", "api team", date(2026, 12, 31))
    fine, failed = result("MEM-1", Outcome.PASSED), replace(result("MEM-2", Outcome.FAILED), expected=known)
    text = shown(report(fine, failed))
    assert "× MEM-2 failed as expected" in text
    assert "pages [of] 20 (api team, until 2026-12-31)" in text
    assert f"conforms, with 1 expected failure  {BASE}" in text
    assert "✓ 1 passed, × 1 failed as expected" in text


def test_an_expected_failure_with_the_reason_of_another_is_told_apart():
    known = ExpectedFailure("pages of 20", "api team", date(2026, 12, 31))
    failed = replace(result("MEM-2", Outcome.FAILED), expected=known)
    text = shown(report(failed, result("MEM-3", Outcome.FAILED)))
    assert text.index("✗ MEM-3 failed") < text.index("× MEM-2 failed as expected")
    assert "✗ 1 failed, × 1 failed as expected" in text


def test_an_entry_that_does_not_hold_is_told_before_the_verdict():
    outdated = ExpectedFailure("pages of 20", "api team", date(2026, 12, 31), "it passed; remove it")
    text = shown(report(replace(result("MEM-2", Outcome.PASSED), expected=outdated)))
    assert "✗ MEM-2 is listed as an expected failure, and it passed; remove it\n" in text
    assert f"violations  {BASE}" in text


def test_the_verdict_says_what_it_was_narrowed_to():
    text = shown(report(result("MEM-1", Outcome.PASSED), only="MEM", interrupted=True))
    assert "scope: only MEM (interrupted)" in text
    assert f"conforms  {BASE}" in shown(report(result("MEM-1", Outcome.PASSED)))


def test_a_command_is_never_broken_into_lines():
    text = shown(report(result("MEM-1", Outcome.FAILED, "wrong " * 50, answer([]))), terminal=True, width=60)
    assert any("curl -i" in line and "limit=7'" in line for line in text.splitlines())


def test_nothing_that_came_from_a_deployment_is_markup_or_commands_the_terminal():
    hostile = b"[bold]x[/] [/] \x1b[2J\x1b]0;title\x07 \x9b2J"
    text = shown(report(result("MEM-1", Outcome.FAILED, "[red]no[/red] \x1b[1A", answer(hostile))))
    assert "[bold]x[/] [/]" in text
    assert "[red]no[/red]" in text
    assert not {"\x1b", "\x07", "\x9b"} & set(text)


def test_reasons_problems_and_notes_are_no_markup_and_no_commands_either():
    hostile = "[red]x[/] \x1b[2J\x9b\x07"
    outdated = ExpectedFailure("known", "api team", date(2026, 12, 31), hostile)
    untested = result("MEM-1", Outcome.NOT_TESTED, hostile)
    listed = replace(result("MEM-2", Outcome.PASSED), expected=outdated)
    old = BaselineRef(f"{hostile}.json", datetime(2026, 10, 1, tzinfo=UTC))
    text = shown(replace(report(untested, listed), notes=(hostile,), drift=Drift((old,))))
    assert text.count("[red]x[/] \\x1b[2J") == 4
    assert not {"\x1b", "\x07", "\x9b"} & set(text)


def test_what_changed_is_told_with_the_worst_first_and_not_without_end():
    old = BaselineRef("[b]old[/b].json", datetime(2026, 10, 1, tzinfo=UTC))
    changes = [Change(ChangeSeverity.BREAKING, "[red]total\x1b[2J went")] + [
        Change(ChangeSeverity.OTHER, f"new {n}") for n in range(20)
    ]
    found = replace(
        report(result("MEM-1", Outcome.PASSED)), drift=Drift((old,), tuple((old, each) for each in changes))
    )
    lines = [line.strip() for line in shown(found).splitlines()]
    at = lines.index("Changes since [b]old[/b].json of 2026-10-01: 21")
    assert lines[at + 1 : at + 3] == ["✗ [red]total\\x1b[2J went", "+ new 0"]
    assert lines[at + 13] == "and 9 more; --json has them all"
    second = BaselineRef("new.json", datetime(2026, 11, 1, tzinfo=UTC))
    text = shown(replace(found, drift=Drift((old, second), ((second, changes[1]),))))
    assert "Changes since 2 earlier reports, the first of 2026-10-01: 1" in text
    assert "+ new 0 (since new.json)" in text
    assert "Changes since new.json of 2026-11-01: none" in shown(replace(found, drift=Drift((second,))))


def test_no_secret_is_shown():
    echo = f"{KEYS['other']} open-sesame ".encode() * 300
    text = shown(report(result("MEM-1", Outcome.FAILED, f"saw {KEYS['primary']}", answer(echo))))
    assert not [secret for secret in (*KEYS.values(), "open-sesame") if secret[:12] in text]


@pytest.mark.parametrize("is_terminal", [False, True])
def test_progress_stands_on_standard_error_of_a_terminal_alone(is_terminal: bool):
    out, err = io.StringIO(), io.StringIO()
    terminal = Terminal(Console(file=out), Console(file=err, force_terminal=is_terminal))
    with terminal.progress(3) as progress:
        progress.advance(result("MEM-1", Outcome.PASSED))
    assert out.getvalue() == ""
    assert bool(err.getvalue()) is is_terminal


def test_the_measured_limiter_is_told_and_drawn():
    profile = LoadProfile("60 in a minute", (LoadStep(60, 7), LoadStep(0, 1)))
    lines = [line.strip() for line in shown(replace(report(), load_profile=profile)).splitlines()]
    at = lines.index("rate limit as measured: 60 in a minute")
    assert lines[at + 1] == "0 s █× 4 s  (bars served, 60 at most; × refused, 8 in all)"
    assert "as measured" not in shown(report())


def test_lines_in_a_pipe_have_no_spaces_at_their_ends():
    found = with_cause("all of it is gone", "mend it", result("QUO-1", Outcome.FAILED, "its own reason", answer([])))
    assert [line for line in shown(found).splitlines() if line != line.rstrip()] == []
