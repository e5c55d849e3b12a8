from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from datetime import date
from importlib.metadata import version
from pathlib import Path

import pytest
from click.testing import CliRunner
from oneinvoice_conformance.cli.main import main
from oneinvoice_conformance.http.curl import curl
from oneinvoice_conformance.http.delivery import Delivery
from oneinvoice_conformance.http.exchange import Exchange, Request
from oneinvoice_conformance.http.failure import Failure, FailureKind
from oneinvoice_conformance.model.contract import contract_of
from oneinvoice_conformance.model.finding import Finding
from oneinvoice_conformance.model.outcome import Outcome
from oneinvoice_conformance.model.result import ExpectedFailure, Result
from oneinvoice_conformance.ratelimit.load_profile import LoadProfile, LoadStep
from oneinvoice_conformance.reports.html.page import html_text

from tests.unit.conformance.fakes import BASE, KEYS, VALID, exchange
from tests.unit.conformance.reports.html.pages import HOOKED, SECRET, Page, delivery, page
from tests.unit.conformance.reports.reporting import (
    DEPLOYMENT,
    ROWS,
    answer,
    redacted,
    report,
    result,
    with_cause,
)


def told_of(reason: str, seen: Exchange) -> Page:
    return page(report(result("MEM-1", Outcome.FAILED, reason, seen)))


def test_the_verdict_stands_at_the_top_with_its_reason_scope_and_versions():
    shown = page(report(result("MEM-1", Outcome.FAILED), result("MEM-2", Outcome.PASSED), only="MEM"))
    beginning = shown.text.split("Areas")[0]
    for part in (
        "violations",
        "1 of the 2 obligations in scope is broken.",
        BASE,
        "✗ 1 failed",
        "✓ 1 passed",
        "only MEM",
        "2026-01-01 00:00:00 UTC",
        f"{version('oneinvoice-kit')}, contract {contract_of(None).version}",
    ):
        assert part in beginning
    assert shown.contents["title"] == f"✗ violations – {BASE}"


@pytest.mark.parametrize(
    ("outcome", "verdict", "why"),
    [
        (Outcome.PASSED, "conforms", "1 obligation in scope was tested, and it is kept."),
        (Outcome.INCONCLUSIVE, "incomplete", "No obligation was seen to be broken, and 1 of 1 in scope is undecided."),
        (Outcome.ERROR, "incomplete", "1 of 1 in scope is undecided."),
    ],
)
def test_the_other_verdicts(outcome: Outcome, verdict: str, why: str):
    shown = page(report(result("MEM-1", outcome)))
    assert verdict in shown.text
    assert why in shown.text


def test_a_failure_has_clause_expectation_reason_exchange_and_command():
    seen = answer(b'{"a": "b"}')
    shown = told_of("no list", seen)
    for part in (
        "Returns members for your organisation.",
        ROWS["MEM-1"].statement,
        "Seen no list",
        "GET /api/v1/members?limit=7",
        "with the primary key",
        "10 ms · 10 bytes, request 1 of the run",
        "Content-Type: text/x",
        '{ "a": "b" }',
        curl(DEPLOYMENT, seen.request),
    ):
        assert part in shown.text
    assert shown.marked == ["200"]
    assert "open" in shown.of("details", id="MEM-1")[0]


@pytest.mark.parametrize(
    ("reason", "seen", "marked"),
    [
        ("it got 500", answer(b"oops", 500), ["500"]),
        ("it crashes", answer(b"oops", 502), ["502"]),
        ("it is lost", answer(b"", 0, error=Failure(FailureKind.BROKEN, "connection broken")), ["connection broken"]),
        ("a page holds 2 of 50", answer([{"id": 1}, {"id": 2}]), ["2 records"]),
        ("limit=7 is ignored", answer(b"x"), ["limit=7", "200"]),
        ("its Content-Type is odd", answer(b"x"), ["text/x"]),
        ("status is 'weird'", answer([{"status": "weird"}]), ["weird"]),
        ("status is 'weird'", answer(b"." * 5000 + b"weird" + b"." * 9000), ["weird"]),
    ],
)
def test_the_telling_part_is_marked(reason: str, seen: Exchange, marked: list[str]):
    assert told_of(reason, seen).marked == marked


def test_a_body_is_cut_round_what_tells_and_says_how_much_is_missing():
    shown = told_of("status is 'weird'", answer(b"." * 5000 + b"weird" + b"." * 9000))
    assert "4,800 bytes before …" in shown.text
    assert "… 8,005 bytes more" in shown.text
    assert "… 3,800 bytes more" in told_of("no list", answer(b"x" * 5000)).text
    assert "bytes more" not in told_of("no list", answer(b"x" * 900)).text
    assert "The body is empty." in told_of("no list", answer(b"")).text


def test_of_what_passed_only_the_requests_are_told():
    many = [answer([1], number=number) for number in range(1, 9)]
    shown = page(report(result("MEM-1", Outcome.PASSED, "fine", *many)))
    assert shown.text.count("GET /api/v1/members?limit=7") == 5
    assert "… and 3 more exchanges, left out here." in shown.text
    assert "open" not in shown.of("details", id="MEM-1")[0]
    assert not shown.of("pre", **{"class": "body"})


def test_the_matrix_leads_to_each_requirement_and_the_worst_stand_first():
    outcomes = dict(zip(("MEM-1", "MEM-2", "MEM-3", "QUO-1"), (*"pfi", "n"), strict=True))
    kinds = {"p": Outcome.PASSED, "f": Outcome.FAILED, "i": Outcome.INCONCLUSIVE, "n": Outcome.NOT_TESTED}
    shown = page(report(*(result(id, kinds[letter]) for id, letter in outcomes.items())))
    cells = [(a["href"], a["aria-label"]) for tag, a in shown.elements if "cell" in (a.get("class") or "").split()]
    assert cells == [
        ("#MEM-1", "MEM-1 passed"),
        ("#MEM-2", "MEM-2 failed"),
        ("#MEM-3", "MEM-3 inconclusive"),
        ("#QUO-1", "QUO-1 not tested"),
    ]
    assert [a["id"] for a in shown.of("details")] == ["MEM-2", "MEM-3", "QUO-1", "MEM-1"]
    assert "1 failed, 1 inconclusive, 1 passed" in shown.text


def test_a_shared_cause_stands_before_the_areas_and_leads_to_what_it_explains():
    own = result("QUO-1", Outcome.FAILED, "its own reason", answer([]))
    seen = page(with_cause("all of it is <b>gone</b>", "mend it", own))
    assert "One cause of several findings Cause 1 of 3 findings Seen all of it is <b>gone</b> To do Mend it" in (
        seen.text
    )
    assert seen.text.index("One cause of several findings") < seen.text.index("Areas")
    [article] = seen.of("article", id="cause-1")
    assert article["class"] == "cause failed"
    assert [link["href"] for link in seen.of("a") if link["href"] == "#cause-1"] == ["#cause-1"] * 3
    assert "2 exchanges that show it" in seen.text
    details = {row.get("id"): "open" in row for row in seen.of("details")}
    rows = {id: details[id] for id in ("MEM-1", "MEM-2", "MEM-3")}
    assert rows == {"MEM-1": False, "MEM-2": False, "MEM-3": False}
    assert "open" in seen.of("details", id="QUO-1")[0]
    assert "cause" not in page(report(own)).text


def test_what_was_not_tested_is_grouped_by_what_to_supply():
    untested = (result(id, Outcome.NOT_TESTED, "give a URL") for id in ("HOOK-1", "HOOK-2", "VER-1"))
    assert "Not tested, and what to supply HOOK-1..2, VER-1 give a URL" in page(report(*untested)).text
    assert "what to supply" not in page(report(result("MEM-1", Outcome.PASSED))).text


def test_expected_failures_are_told_apart():
    known = ExpectedFailure("pages of 20", "api team", date(2026, 12, 31))
    failed = replace(result("MEM-2", Outcome.FAILED), expected=known)
    excused = page(report(result("MEM-1", Outcome.PASSED), failed))
    for part in ("conforms, with 1 expected failure", "Failed as expected", "pages of 20 (api team, until 2026-12-31)"):
        assert part in excused.text
    outdated = replace(result("MEM-2", Outcome.PASSED), expected=replace(known, problem="it passed; remove it"))
    shown = page(report(outdated))
    assert "1 expected failure does not hold any more." in shown.text
    assert "it passed; remove it" in shown.text
    assert "open" in shown.of("details", id="MEM-2")[0]


def test_an_interrupted_run_and_one_that_saw_nothing():
    interrupted = page(report(result("MEM-1", Outcome.PASSED), interrupted=True))
    assert "The run was interrupted before everything was judged." in interrupted.text
    assert "(interrupted)" in interrupted.text
    empty = page(report())
    assert "incomplete" in empty.text
    assert "Requests over time" not in empty.text


def test_notes_are_shown():
    noted = replace(report(result("MEM-1", Outcome.PASSED)), notes=("look at <the> tunnel",))
    assert "look at <the> tunnel" in page(noted).text


HOSTILE = "</script></pre></style><script>alert(1)</script><img src=x onerror=alert(1)> \x00\x1b[2J \u202e {{ 7*7 }}"


def test_nothing_that_came_from_a_deployment_is_markup():
    request = Request("members", VALID, (("q", HOSTILE),))
    hostile = exchange(HOSTILE.encode(), 200, request, headers=((HOSTILE, HOSTILE),))
    lost = exchange(b"", 0, request, error=Failure(FailureKind.BROKEN, HOSTILE))
    sent = Delivery(1, 0.0, HOSTILE, HOSTILE, (("X-1Invoice-Event", HOSTILE),), HOSTILE.encode())
    failed = Result(ROWS["HOOK-4"], Finding(Outcome.FAILED, HOSTILE, (hostile, lost), deliveries=(sent,)), (hostile,))
    found = replace(report(failed, result("MEM-1", Outcome.NOT_TESTED, HOSTILE)), notes=(HOSTILE,))
    text = html_text(redacted(found, HOOKED))
    shown = Page(text)
    assert len(shown.of("script")) == 1
    assert not shown.of("img")
    assert not [name for _, attributes in shown.elements for name in attributes if name.startswith("on")]
    assert "<img src=x onerror=alert(1)>" in shown.text
    assert "{{ 7*7 }}" in shown.text
    assert not {"\x00", "\x1b", "\u202e"} & set(text)


def test_the_page_asks_for_nothing_and_runs_nothing_but_its_own_script():
    shown = told_of("no list", answer(b"x"))
    for tag, attributes in shown.elements:
        for name in ("src", "href", "action", "srcset"):
            address = attributes.get(name) or ""
            assert address.startswith("#") or (tag, address) in (("link", "data:,"), (tag, "")), (tag, address)
        assert "style" not in attributes
    [policy] = [str(a["content"]) for a in shown.of("meta") if a.get("http-equiv") == "Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; ")
    for tag in ("style", "script"):
        digest = base64.b64encode(hashlib.sha256(shown.contents[tag].encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert not re.search(r"@import|url\(|//", shown.contents["style"])


def test_no_secret_is_in_it():
    echo = f"{KEYS['other']} open-sesame {SECRET} ".encode() * 300
    seen = exchange(echo, 500, Request("members", VALID, (("q", KEYS["primary"]),)), headers=(("X", SECRET),))
    reason = f"saw {KEYS['primary']} and '{KEYS['sibling']}'"
    failed = Result(ROWS["HOOK-4"], Finding(Outcome.FAILED, reason, (seen,), deliveries=(delivery("0", body=echo),)))
    found = replace(report(failed, result("MEM-1", Outcome.PASSED, reason, seen)), notes=(reason,))
    text = html_text(redacted(found, HOOKED))
    assert not [secret for secret in (*KEYS.values(), "open-sesame", SECRET) if secret[:12] in text]
    assert "$ONEINVOICE_WEBHOOK_SECRET" in text


def test_thousands_of_failures_stay_below_a_mebibyte():
    body, headers = b"'\"<&aa</script>" * 3000, tuple((f"X-{number}", "\"'<&" * 300) for number in range(60))
    many = [answer(body, 500, number=number, sent=number / 7.0) for number in range(1, 4000)]
    many = [replace(each, headers=headers) for each in many]
    failures = [result(row.id, Outcome.FAILED, "'aa' and \"'<&" * 200, *many) for row in ROWS.requirements]
    sent = replace(
        failures[0], finding=failures[0].finding.with_deliveries(*(delivery("'" * 9999, n) for n in range(99)))
    )
    text = html_text(redacted(report(sent, *failures[1:]), HOOKED))
    assert len(text.encode()) < 2**20
    shown = Page(text)
    assert len([a for a in shown.of("details") if "data-outcome" in a]) == len(failures)
    assert "3,996 more exchanges, left out here." in shown.text


def test_where_it_can_not_be_written_the_run_does_not_begin(tmp_path: Path):
    done = CliRunner().invoke(main, ["http://unreachable.invalid", "--html", str(tmp_path)])
    assert (done.exit_code, done.stderr.count("\n")) == (2, 1)
    assert "is a folder" in done.stderr


def test_the_measured_limiter_is_told_and_drawn() -> None:
    profile = LoadProfile("60 <in> a minute", (LoadStep(60, 7), LoadStep(0, 1)))
    page = html_text(redacted(replace(report(), load_profile=profile)))
    assert "<strong>60 &lt;in&gt; a minute</strong>" in page
    assert page.count('<path class="bars"') == 1
    assert "The rate limit as measured" not in html_text(redacted(report()))
