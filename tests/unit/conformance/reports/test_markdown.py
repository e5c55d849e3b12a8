from dataclasses import replace
from datetime import UTC, date, datetime

from oneinvoice_conformance.engine.report import Report
from oneinvoice_conformance.history.changes import BaselineRef, Change, ChangeSeverity, Drift
from oneinvoice_conformance.http.delivery import Delivery
from oneinvoice_conformance.model.outcome import Outcome
from oneinvoice_conformance.model.result import ExpectedFailure
from oneinvoice_conformance.ratelimit.load_profile import LoadProfile, LoadStep
from oneinvoice_conformance.reports.markdown import markdown_text

from tests.unit.conformance.fakes import BASE, KEYS
from tests.unit.conformance.reports.reporting import answer, redacted, report, result, with_cause


def written(found: Report) -> str:
    return markdown_text(redacted(found))


def test_a_failure_has_its_clause_what_was_seen_and_a_reproducer():
    text = written(
        report(result("MEM-1", Outcome.FAILED, "no list", answer(b'{"a":\n 1}')), result("MEM-2", Outcome.PASSED))
    )
    assert text.startswith(f"## ❌ violations: `{BASE}`\n")
    assert "| MEM | Members | 1 passed, 1 failed |" in text
    assert "### MEM-1 failed\n\nMembers are a JSON list.\n\nSeen: `no list`" in text
    details = text[text.index("<details>") : text.index("</details>")]
    assert "“Returns members for your organisation.” (Members)" in details
    assert '```text\n200 {"a": 1}\n```' in details
    assert "```sh\ncurl -i -H" in details


def test_a_shared_cause_is_told_once():
    text = markdown_text(redacted(with_cause("all of it is @gone", "mend it")))
    assert "### Cause 1, of MEM-1..3\n\nSeen: `all of it is @gone`\n\nTo do: `mend it`\n" in text
    assert "- **MEM-1** failed: `the first reason`\n" in text
    assert "- **MEM-3** inconclusive\n" in text
    assert "### MEM-1" not in text
    assert text.count("@gone") == 1


def test_what_was_not_tested_is_grouped_by_what_to_supply():
    text = written(report(*(result(id, Outcome.NOT_TESTED, "give a | b") for id in ("HOOK-1", "HOOK-2", "VER-1"))))
    assert text.startswith("## ⚠️ incomplete")
    assert "| HOOK-1..2, VER-1 | `give a \\| b` |" in text


def test_expected_failures_and_those_that_do_not_hold():
    known = ExpectedFailure("pages of 20", "api team", date(2026, 12, 31))
    failed = replace(result("MEM-1", Outcome.FAILED), expected=known)
    text = written(report(failed, result("MEM-2", Outcome.PASSED)))
    assert text.startswith("## 🟡 conforms, with 1 expected failure")
    assert "Known: `pages of 20 (api team, until 2026-12-31)`" in text
    outdated = replace(result("MEM-2", Outcome.PASSED), expected=replace(known, problem="it passed"))
    assert "❌ MEM-2 is listed as an expected failure, and `it passed`" in written(report(outdated))


def test_a_delivery_is_shown():
    came = Delivery(1, 0.0, "POST", "/hook", (), b'{"event": 1}')
    found = result("HOOK-2", Outcome.FAILED)
    text = written(report(replace(found, finding=found.finding.with_deliveries(came))))
    assert '```text\nPOST /hook {"event": 1}\n```' in text


def test_what_came_from_the_deployment_is_code_and_no_secret():
    hostile = f"</details> ``` ## h @team\n# x {KEYS['primary']} open-sesame"
    text = written(report(result("MEM-1", Outcome.FAILED, hostile, answer(hostile.encode()))))
    assert "```` </details> ``` ## h @team # x $ONEINVOICE_KEY <X-Gate> ````" in text
    assert "````text\n200 </details> ``` ## h @team # x $ONEINVOICE_KEY <X-Gate>\n````" in text
    assert not [secret for secret in (*KEYS.values(), "open-sesame") if secret[:10] in text]


def test_changes_since_earlier_reports():
    old, new = (BaselineRef(name, datetime(2026, 5, 1, tzinfo=UTC)) for name in ("old|`.json", KEYS["primary"]))
    found = report(result("MEM-1", Outcome.PASSED))
    gone, lost, fresh = (
        Change(kind, f"@team {kind}") for kind in (ChangeSeverity.BREAKING, ChangeSeverity.UNSURE, ChangeSeverity.OTHER)
    )
    text = written(replace(found, drift=Drift((old,), ((old, fresh), (old, gone)))))
    assert (
        "### Changes since `` old|`.json of 2026-05-01 ``\n\n"
        "Breaking:\n\n- `@team breaking`\n\nOther:\n\n- `@team other`\n\n"
    ) in text
    text = written(replace(found, drift=Drift((old, new), ((new, lost),) * 60)))
    assert "### Changes since `2 earlier reports, the first of 2026-05-01`\n\nPerhaps breaking:\n\n" in text
    assert text.count("- `@team unsure` since `$ONEINVOICE_KEY`\n") == 50
    assert "- … and 10 more\n" in text
    assert "of 2026-05-01`\n\nNone.\n" in written(replace(found, drift=Drift((new,))))
    assert "Changes since" not in written(found)


def test_long_answers_are_cut():
    text = written(report(result("MEM-1", Outcome.FAILED, "x" * 5000, answer(b"y" * 5000))))
    assert len(text) < 4000


def test_the_measured_limiter_is_told_and_drawn():
    profile = LoadProfile("60 in a minute", (LoadStep(60, 7), LoadStep(0, 1)))
    text = written(replace(report(), load_profile=profile))
    assert "Rate limit as measured: 60 in a minute.\n\n```text\n0 s █× 4 s" in text
    assert "Rate limit" not in written(report())
