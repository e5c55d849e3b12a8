from collections.abc import Iterator
from dataclasses import replace

import pytest
from oneinvoice_conformance.engine.report import Report
from oneinvoice_conformance.engine.runner import run
from oneinvoice_conformance.errors import Unreachable, UsageError
from oneinvoice_conformance.model.contract import Contract
from oneinvoice_conformance.model.finding import Finding, failed, inconclusive, passed
from oneinvoice_conformance.model.outcome import Outcome
from oneinvoice_conformance.model.scope import Scope
from oneinvoice_conformance.model.verdict import Verdict
from oneinvoice_conformance.rules import RULES
from oneinvoice_conformance.rules.rule import Rule, Step
from oneinvoice_openapi.register import Level, Requirement, register
from werkzeug.wrappers import Response

from tests.miniatures import FAULTS, FREE, Deployment
from tests.unit.conformance.fakes import CONTRACT, KEYS, NAMES, InProcess

ROWS = register().of("deployment")
SCOPE = Scope.parse(ROWS, "MEM-1", None)
FEWER = (
    "tried on fewer requests than by a run that measures the rate limit too: AUTH-1..5, ORG-1, MEM-4, MEM-8, ERR-1; "
    "have RATE in scope for all of them, or narrow a run to these with --only"
)


def judged(rule, monkeypatch: pytest.MonkeyPatch, miniature: Deployment | None = None) -> tuple[Finding, Report]:
    """What a run makes of MEM-1, judged by the given rule."""
    monkeypatch.setitem(RULES, "MEM-1", Rule("MEM-1", rule, Step.READ))
    report = run(InProcess(miniature or Deployment()), CONTRACT, SCOPE, NAMES)
    [result] = report.results
    return result.finding, report


def readings(*findings: Finding) -> tuple[list[int], object]:
    """A rule that looks at members and says one thing after the other; and how often it was asked."""
    asked: list[int] = []
    left: Iterator[Finding] = iter(findings)

    def rule(context):
        asked.append(context.ask("members").number)
        return next(left)

    return asked, rule


WRONG, CERTAIN, RIGHT = failed("wrong"), failed("wrong", certain=True), passed("right")
OPEN, PASSING = inconclusive("open"), inconclusive("busy", transient=True)


@pytest.mark.parametrize(
    ("said", "outcome", "times"),
    [
        ([RIGHT], Outcome.PASSED, 1),
        ([CERTAIN], Outcome.FAILED, 1),
        ([WRONG, WRONG], Outcome.FAILED, 2),
        ([OPEN], Outcome.INCONCLUSIVE, 1),
        ([PASSING, RIGHT], Outcome.PASSED, 2),
        ([PASSING, PASSING, PASSING], Outcome.INCONCLUSIVE, 3),
        ([WRONG, RIGHT, RIGHT], Outcome.PASSED, 3),
        ([WRONG, RIGHT, WRONG], Outcome.FAILED, 3),
        ([WRONG, OPEN, OPEN], Outcome.INCONCLUSIVE, 3),
        ([PASSING, WRONG, WRONG], Outcome.FAILED, 3),
        ([PASSING, PASSING, WRONG], Outcome.INCONCLUSIVE, 3),
        ([WRONG, CERTAIN], Outcome.FAILED, 2),
    ],
)
def test_a_failure_is_read_again_before_it_counts(
    said: list[Finding], outcome: Outcome, times: int, monkeypatch: pytest.MonkeyPatch
):
    asked, rule = readings(*said)
    finding, _ = judged(rule, monkeypatch)
    assert (finding.outcome, len(asked)) == (outcome, times)


def test_a_result_says_how_long_it_took_to_judge(monkeypatch: pytest.MonkeyPatch):
    def slow(context):
        times.append(10.0)
        return RIGHT

    times = [1.0]
    monkeypatch.setattr("oneinvoice_conformance.engine.runner.time.monotonic", lambda: sum(times))
    _, report = judged(slow, monkeypatch)
    assert [result.seconds for result in report.results] == [10.0]
    assert report.seconds == 10.0


def test_data_that_differs_on_each_reading_leaves_it_open(monkeypatch: pytest.MonkeyPatch):
    asked, rule = readings(WRONG, WRONG, WRONG)
    newest_first = FREE["grows-for-ever-newest-first"].deployment()
    finding, _ = judged(rule, monkeypatch, newest_first)
    assert (finding.outcome, len(asked)) == (Outcome.INCONCLUSIVE, 3)
    assert finding.reason == "the answers differ from one reading to the next; once wrong"


def test_a_second_reading_sends_the_requests_anew(monkeypatch: pytest.MonkeyPatch):
    asked, rule = readings(WRONG, WRONG)
    judged(rule, monkeypatch)
    assert len(set(asked)) == 2


def test_a_second_try_asks_anew_only_what_was_busy(monkeypatch: pytest.MonkeyPatch):
    asked, rule = readings(PASSING, RIGHT)
    judged(rule, monkeypatch)
    assert len(set(asked)) == 1


@pytest.mark.parametrize("status", [429, 500, 503])
def test_what_is_never_served_is_not_asked_for_without_end(status: int):
    class Away(Deployment):
        def answer(self, request):
            return super().answer(request) if request.path == "/api/v1" else self.error(status, "no")

    client = InProcess(Away())
    report = run(client, CONTRACT, Scope.parse(ROWS, None, "HOOK,RATE,NEWS"), NAMES)
    assert report.verdict is not Verdict.CONFORMS
    assert report.requests_by_key["primary"] <= 60, "no more than go out without waiting"
    assert max(client.times_sent(exchange.request) for exchange in report.exchanges) <= 7


@pytest.mark.parametrize("fault", [ZeroDivisionError("by zero"), KeyError("x"), AssertionError()])
def test_a_fault_of_the_kit_is_an_error_and_no_verdict(fault: Exception, monkeypatch: pytest.MonkeyPatch):
    def rule(context):
        raise fault

    finding, report = judged(rule, monkeypatch)
    assert finding.outcome is Outcome.ERROR
    assert type(fault).__name__ in finding.reason
    assert report.verdict is Verdict.INCOMPLETE


def test_a_rule_that_says_nothing_is_an_error(monkeypatch: pytest.MonkeyPatch):
    assert judged(lambda context: None, monkeypatch)[0].outcome is Outcome.ERROR


def test_a_deployment_that_is_gone_decides_nothing(monkeypatch: pytest.MonkeyPatch):
    def rule(context):
        raise Unreachable("it stopped answering")

    finding, report = judged(rule, monkeypatch)
    assert (finding.outcome, finding.reason) == (Outcome.INCONCLUSIVE, "it stopped answering")
    assert report.verdict is Verdict.INCOMPLETE


def test_every_row_in_scope_has_a_result_in_order_and_is_told():
    told = []
    scope = Scope.parse(ROWS, None, None)
    report = run(InProcess(Deployment()), CONTRACT, scope, NAMES, on_result=told.append)
    assert [result.requirement.id for result in report.results] == [row.id for row in scope.requirements(ROWS)]
    assert sorted(told, key=report.results.index) == list(report.results)
    areas = list(dict.fromkeys(result.requirement.area for result in told))
    assert areas.index("RATE") > areas.index("HOOK"), "the rate limit comes after what is served"
    turns = {result.requirement.id: turn for turn, result in enumerate(told)}
    assert turns["RATE-5"] < turns["VER-3"], "and before what may be refused as bad"
    assert turns["VER-3"] < min(turns["ERR-2"], turns["VER-2"]), "what judges the answers to others comes behind them"
    by_id = {result.requirement.id: result for result in report.results}
    assert by_id["AUTH-7"].outcome is Outcome.NOT_APPLICABLE
    assert by_id["RATE-2"].outcome is Outcome.FAILED, "this deployment has no limit"
    assert report.verdict is Verdict.VIOLATIONS
    assert sum(report.requests_by_key.values()) == len(report.exchanges)


@pytest.mark.parametrize("when", [1, 2, 20])
def test_an_interrupted_run_keeps_what_is_known(when: int):
    class Interrupted(Deployment):
        def note(self, request) -> None:
            super().note(request)
            if len(self.log) == when:
                raise KeyboardInterrupt

    scope = Scope.parse(ROWS, None, "HOOK,RATE,NEWS")
    report = run(InProcess(Interrupted()), CONTRACT, scope, NAMES)
    assert report.interrupted
    assert report.verdict is Verdict.INCOMPLETE
    assert len(report.results) == len(scope.requirements(ROWS))
    assert report.results[-2].outcome is Outcome.NOT_TESTED
    assert "interrupted" in report.results[-2].finding.reason
    assert (report.results[0].outcome is Outcome.PASSED) is (when == 20)


def test_a_wrong_key_stops_the_run():
    with pytest.raises(UsageError, match="refuses the key on every endpoint"):
        run(InProcess(Deployment(), KEYS | {"primary": "1iv_wrong"}), CONTRACT, SCOPE, NAMES)


@pytest.mark.parametrize(
    ("only", "skip", "extended"),
    [
        (None, "HOOK", True),
        (None, "HOOK,RATE-1,RATE-2,RATE-3,RATE-4", True),
        ("AUTH", None, True),
        (None, "HOOK,RATE", False),
        (None, "HOOK,RATE,NEWS,SPEC-3", False),
    ],
)
def test_a_run_is_extended_where_it_takes_a_minute_anyway_or_judges_little(
    only: str | None, skip: str | None, extended: bool
):
    report = run(InProcess(Deployment()), CONTRACT, Scope.parse(ROWS, only, skip), NAMES)
    examples = [str(each) for each in report.exchanges if "status=paid with no credentials" in str(each)]
    assert len(examples) == extended
    assert [note for note in report.notes if "tried on fewer requests" in note] == ([] if extended else [FEWER])


def test_a_challenge_that_was_met_once_is_told_though_all_is_decided():
    class Challenging(Deployment):
        def finish(self, request, response):
            if len(self.log) != 3:
                return response
            return Response(
                "<title>Just a moment...</title>", 403, {"cf-mitigated": "challenge"}, content_type="text/html"
            )

    report = run(InProcess(Challenging(), KEYS), CONTRACT, Scope.parse(ROWS, "MEM-1,QUO-1,INV-1", None), NAMES)
    assert report.verdict is Verdict.CONFORMS
    [note] = report.notes
    assert "got the answer of a challenge of Cloudflare in the API's place, as GET /api/v1/" in note


def test_what_a_limit_on_wrong_keys_left_out_is_not_told_as_for_want_of_the_rate_limit():
    class Barring(Deployment):
        wrong = 0

        def refuse(self, reason, resource):
            self.wrong += 1
            return super().refuse(reason, resource) if self.wrong <= 10 else self.error(429, "Too many wrong keys.")

    report = run(InProcess(Barring(), KEYS), CONTRACT, Scope.parse(ROWS, "AUTH", None), NAMES)
    [note] = [note for note in report.notes if "tried on fewer requests" in note]
    assert note.startswith("tried on fewer requests, since those without a valid key were soon answered by 429: AUTH-")
    assert "RATE" not in note


def test_what_failed_needs_no_more_requests():
    report = run(InProcess(FAULTS["open-to-all"].deployment()), CONTRACT, Scope.parse(ROWS, None, "HOOK,RATE"), NAMES)
    [note] = report.notes
    assert "too: AUTH-2..5, " in note


def released(*rows: Requirement) -> Contract:
    """A release that asks for these alone."""
    contract = Contract(CONTRACT.files._replace(version="0.9.0"), is_release=True)
    vars(contract)["register"] = replace(ROWS, requirements=rows)
    return contract


@pytest.mark.parametrize(("level", "verdict"), [("must", Verdict.INCOMPLETE), ("should", Verdict.CONFORMS)])
def test_a_row_of_a_release_that_no_rule_is_left_for_is_not_tested(level: Level, verdict: Verdict):
    contract = released(ROWS["MEM-1"], replace(ROWS["MEM-1"], id="MEM-90", level=level))
    report = run(InProcess(Deployment()), contract, Scope(), NAMES)
    assert [(each.requirement.id, each.outcome) for each in report.results] == [
        ("MEM-1", Outcome.PASSED),
        ("MEM-90", Outcome.NOT_TESTED),
    ]
    assert report.results[1].finding.reason == (
        "this version of the kit has no rule any more for what contract 0.9.0 asks; judge it by hand"
    )
    assert (report.verdict, report.contract) == (verdict, contract)


def test_a_level_is_that_of_the_release():
    contract = released(replace(ROWS["MEM-4"], level="should"))
    report = run(InProcess(FAULTS["maximum-of-500"].deployment()), contract, Scope(("MEM-4",)), NAMES)
    assert [each.outcome for each in report.results] == [Outcome.WARNED]
