from collections.abc import Callable

import pytest
from oneinvoice_conformance.engine.runner import run
from oneinvoice_conformance.fuzz import campaign as module
from oneinvoice_conformance.fuzz.campaign import FuzzCampaign
from oneinvoice_conformance.fuzz.generation import GenerationFailed
from oneinvoice_conformance.http.credentials import NOBODY, Credential, Role
from oneinvoice_conformance.http.exchange import Request
from oneinvoice_conformance.model.finding import Finding, failed, inconclusive, not_tested, passed
from oneinvoice_conformance.model.outcome import Outcome
from oneinvoice_conformance.model.result import Result
from oneinvoice_conformance.model.scope import Scope
from oneinvoice_conformance.model.verdict import Verdict
from oneinvoice_openapi.register import register
from werkzeug.wrappers import Request as Incoming
from werkzeug.wrappers import Response

from tests.miniatures import Deployment, Key
from tests.miniatures.deployment import Abort
from tests.unit.conformance.fakes import CONTRACT, NAMES, VALID, InProcess, Served, Within

ROWS = register().of("deployment")
OPEN = inconclusive("open")
DAMAGED = Credential(Role.GENERATED, "Bearer x", "Bearer x")

Judge = Callable[..., tuple[dict[str, Result], str]]


def members(credential: Credential = VALID, **query: str) -> Request:
    return Request("members", credential, tuple(query.items()), accepts_4xx=True)


@pytest.fixture
def judge(monkeypatch: pytest.MonkeyPatch) -> Judge:
    """Judges the answers to the given requests, which the rules of ERR and AUTH had passed."""

    def judge(
        deployment: Deployment | InProcess,
        *requests: Request,
        budget: int = 100,
        before: Finding | None = None,
        ids: tuple[str, ...] = ("AUTH-1", "AUTH-2", "ERR-1", "ERR-2"),
    ) -> tuple[dict[str, Result], str]:
        monkeypatch.setattr(module, "generate_requests", lambda *_: list(requests))
        client = deployment if isinstance(deployment, InProcess) else InProcess(deployment)
        results = [Result(ROWS[id], before or passed("fine")) for id in ids]
        found, note = FuzzCampaign(budget, 7).judge(client, CONTRACT, results)
        assert len(client.journal) <= budget
        return {result.requirement.id: result for result in found}, note

    return judge


class Crashing(Deployment):
    """Every so many times a limit of 0 gets 500, and a token of one letter is let in."""

    every = 1

    def too_small(self, limit: int) -> int:
        if len([call for call in self.log if "limit=0" in call.target]) % self.every == 0:
            raise Abort(self.error(500, "no luck"))
        return super().too_small(limit)

    def find_key(self, token: str, resource: str) -> Key | None:
        return self.keys["primary"] if len(token) == 1 else super().find_key(token, resource)


class NowAndThen(Crashing):
    """The same at every second request of the kind."""

    every = 2


def failures(found: dict[str, Result]) -> dict[str, str]:
    return {id: result.finding.reason for id, result in found.items() if result.outcome is Outcome.FAILED}


def test_good_answers_change_nothing(judge: Judge):
    found, note = judge(Deployment(), members(limit="7"), members(DAMAGED), members(NOBODY, limit="0"))
    assert failures(found) == {}
    assert note == "--fuzz 100 --fuzz-seed 7 sent 3 requests"


def test_a_failure_is_seen_three_times_beside_a_harmless_request(judge: Judge):
    deployment = Crashing()
    found, _ = judge(deployment, members(limit="0"))
    assert failures(found) == {
        "ERR-1": "generated input (seed 7): GET /api/v1/members?limit=0 with the primary key gets 500, 3 times"
    }
    odd, plain = "/api/v1/members?limit=0", "/api/v1/members"
    assert [call.target for call in deployment.log] == [odd, plain, odd, plain, odd]
    assert [exchange.status for exchange in found["ERR-1"].finding.evidence] == [500, 500, 500]


@pytest.mark.parametrize("status", [203, 206])
def test_a_harmless_request_is_served_by_another_code_of_success_too(judge: Judge, status: int):
    class Succeeds(Crashing):
        def finish(self, request: Incoming, response: Response) -> Response:
            response.status_code = status if response.status_code == 200 else response.status_code
            return super().finish(request, response)

    found, _ = judge(Succeeds(), members(limit="0"), members(DAMAGED, limit="7"))
    assert failures(found).keys() == {"ERR-1", "AUTH-2"}


def test_what_does_not_come_again_is_no_failure(judge: Judge):
    found, note = judge(NowAndThen(), members(limit="0", x="1"), members(limit="0"))
    assert failures(found) == {}
    assert "; 1 suspicious answers that did not come 3 times" in note


def test_where_harmless_requests_fail_as_well_nothing_is_proven(judge: Judge):
    class Down(Deployment):
        """Answers 500 to everything."""

        def answer(self, request: Incoming) -> Response:
            return self.error(500, "down")

    found, note = judge(Down(), members(limit="0"), members(limit="7"), members(NOBODY, limit="0"))
    assert failures(found) == {}
    assert "3 suspicious answers" in note


def test_damaged_credentials_that_are_served(judge: Judge):
    found, _ = judge(Crashing(), members(DAMAGED, limit="7"), members(DAMAGED, limit="0"))
    assert failures(found).keys() == {"AUTH-2", "ERR-1"}


def test_of_each_requirement_endpoint_and_kind_one_is_enough(judge: Judge):
    same = [members(limit="0"), members(limit="0", x="1"), members(limit="0", x="2")]
    deployment = Crashing()
    found, _ = judge(deployment, *same)
    assert len(found["ERR-1"].finding.evidence) == 3
    assert len(deployment.log) == 5 + 2


@pytest.mark.parametrize("budget", [1, 2, 3, 4])
def test_all_that_is_sent_comes_out_of_the_budget(judge: Judge, budget: int):
    found, note = judge(Crashing(), members(limit="0"), members(limit="0", x="1"), budget=budget)
    assert failures(found) == {}
    assert f"sent {budget} requests" in note or "suspicious" in note


def test_a_rule_that_failed_itself_only_mentions_it(judge: Judge):
    found, _ = judge(Crashing(), members(limit="0"), before=failed("the rule saw it"))
    assert found["ERR-1"].finding.reason == "the rule saw it; generated input shows it too"
    assert found["ERR-1"].finding.evidence == ()
    assert found["ERR-2"].finding.reason == "the rule saw it"


def test_what_was_not_tested_fails_too(judge: Judge):
    found, _ = judge(Crashing(), members(limit="0"), before=not_tested("give a key"))
    assert failures(found).keys() == {"ERR-1"}


def test_what_is_out_of_scope_is_not_judged(judge: Judge):
    deployment = Crashing()
    found, _ = judge(deployment, members(limit="0"), ids=("AUTH-1",))
    assert failures(found) == {}
    assert len(deployment.log) == 1
    _, note = judge(deployment, members(limit="0"), ids=("QUO-1",))
    assert len(deployment.log) == 1
    assert "sent nothing, since it judges AUTH-1, AUTH-2, MEM-2" in note


def test_under_strict_the_contract_is_judged(judge: Judge):
    found, _ = judge(Deployment(), members(limit="7"), ids=("SPEC-1", "ERR-1"))
    assert failures(found).keys() == {"SPEC-1"}


def test_freedoms_are_counted_by_name(judge: Judge):
    _, note = judge(Deployment(), members(limit="500"), members(limit="0"), members(page="2"))
    assert note.endswith("answers that the documentation leaves open: bad-number 2, unknown-parameter 1")


def test_429_counts_for_nothing(judge: Judge):
    class Busy(Deployment):
        """Answers 429 to everything."""

        def answer(self, request: Incoming) -> Response:
            return self.error(429, "busy")

    deployment = Busy()
    found, note = judge(deployment, members(limit="7"), members(DAMAGED), members(limit="0"))
    assert failures(found) == {}
    assert "throttled 3" in note
    assert len(deployment.log) == 3, "nothing is waited for or asked again"


def test_a_deployment_that_is_gone_is_left_alone(judge: Judge):
    def gone(target: str, headers: dict[str, str]) -> Served:
        raise ConnectionResetError("gone")

    client = InProcess(Deployment(), transport=Within(gone))
    found, note = judge(client, *(members(limit=str(limit)) for limit in range(1, 9)))
    assert failures(found) == {}
    assert len(client.journal) == 3
    assert "3 requests without an answer" in note


def test_a_deployment_that_hangs_up_now_and_then_is_not_left_alone(judge: Judge):
    answers = [None, None, 200] * 3

    def fickle(target: str, headers: dict[str, str]) -> Served:
        if answers.pop(0) is None:
            raise ConnectionResetError("gone")
        return 200, (("Content-Type", "application/json"),), b"[]"

    client = InProcess(Deployment(), transport=Within(fickle))
    _, note = judge(client, *(members(limit=str(limit)) for limit in range(1, 10)))
    assert answers == []
    assert "6 requests without an answer" in note


def test_a_generator_that_fails_is_an_error_and_takes_no_failure_away(monkeypatch: pytest.MonkeyPatch):
    def broken(*_: object) -> list[Request]:
        raise GenerationFailed("no schemathesis")

    monkeypatch.setattr(module, "generate_requests", broken)
    before = [
        Result(ROWS["ERR-1"], passed("fine")),
        Result(ROWS["ERR-2"], failed("wrong")),
        Result(ROWS["QUO-1"], OPEN),
    ]
    found, note = FuzzCampaign(5, 7).judge(InProcess(Deployment()), CONTRACT, before)
    assert [result.outcome for result in found] == [Outcome.ERROR, Outcome.FAILED, Outcome.INCONCLUSIVE]
    assert "no schemathesis" in found[0].finding.reason
    assert note == "--fuzz 5 --fuzz-seed 7 sent nothing"


def test_a_run_notes_what_was_sent_and_when_interrupted_keeps_what_the_rules_found(monkeypatch: pytest.MonkeyPatch):
    class Interrupted(Deployment):
        """Ctrl-C is pressed when a certain request comes."""

        def note(self, request: Incoming) -> None:
            super().note(request)
            if "stop" in request.args:
                raise KeyboardInterrupt

    scope = Scope.parse(ROWS, "DISC,MEM-3,ERR", None)
    ruled = run(InProcess(Deployment()), CONTRACT, scope, NAMES)
    for requests, interrupted in (([members(limit="7")], False), ([members(stop="1")], True)):
        monkeypatch.setattr(module, "generate_requests", lambda *_, sent=requests: sent)
        report = run(InProcess(Interrupted()), CONTRACT, scope, NAMES, fuzz=FuzzCampaign(5, 7))
        assert report.interrupted is interrupted
        assert report.verdict is (Verdict.INCOMPLETE if interrupted else Verdict.CONFORMS)
        assert report.count(Outcome.PASSED) == 5
        assert report.notes == (() if interrupted else ("--fuzz 5 --fuzz-seed 7 sent 1 requests",))
        assert report.observed == ruled.observed, "what is compared with other runs is what each run asks"
