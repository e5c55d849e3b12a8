"""What an overload tells of a deployment that has no luck now and then, or answers otherwise than with 429."""

from __future__ import annotations

import pytest
from oneinvoice_conformance.http.exchange import Request
from oneinvoice_conformance.model.finding import Finding
from oneinvoice_conformance.model.outcome import Outcome
from oneinvoice_conformance.ratelimit.limit_proof import LimitProof
from oneinvoice_conformance.ratelimit.overload import Overload
from oneinvoice_conformance.ratelimit.overload_result import OverloadResult
from oneinvoice_conformance.rules import RULES
from oneinvoice_conformance.session.rule_context import RuleContext
from werkzeug.wrappers import Request as Incoming
from werkzeug.wrappers import Response

from tests.miniatures import Deployment
from tests.miniatures.limits import Limiter, NeverRecovering, SlidingLog, TokenBucket, Unlimited
from tests.unit.conformance.fakes import NAMES, VALID, InProcess
from tests.unit.conformance.ratelimit.loading import key_under_load, limited

MEMBERS = Request("members", VALID)


class Glitching(Deployment):
    """Has no luck with one of so many requests, or some in a row; the limiter doesn't see them unless `counted`."""

    def __init__(
        self, every: int = 10, limiter: Limiter | None = None, *, in_a_row: int = 1, counted: bool = False
    ) -> None:
        super().__init__()
        self.every, self.in_a_row, self.counted = every, in_a_row, counted
        self.limiter = limiter or SlidingLog()

    def answer(self, request: Incoming) -> Response:
        if len(self.log) % self.every >= self.in_a_row:
            return super().answer(request)
        if self.counted:
            super().answer(request)
        return self.error(500, "no luck")


class Otherwise(Deployment):
    """Answers overload by a list of codes, and by the last of them from then on."""

    def __init__(self, *codes: int) -> None:
        super().__init__()
        self.limiter = SlidingLog()
        self.codes = list(codes)

    def overloaded(self, resource: str) -> Response:
        return self.error(self.codes.pop(0) if len(self.codes) > 1 else self.codes[0], "That was too much.")


def overload(deployment: Deployment, *wanted: str) -> tuple[OverloadResult, dict[str, Finding]]:
    """Return the result of an overload, and what the rules make of it."""
    client = InProcess(deployment)
    deployment.clock = client.pacer.clock.now
    client.ask(MEMBERS)  # as a run has before it overloads a key
    measured = Overload(client, wanted)
    result = measured.measure(MEMBERS)
    return result, {id: RULES[id].judge(RuleContext(client, NAMES, None, measured)) for id in wanted}


def test_errors_between_served_requests_neither_end_the_burst_nor_answer_it():
    result, findings = overload(Glitching(), "RATE-2")
    assert len([each for each in result.exchanges if each.status == 500]) >= 3
    assert {answer.status for answer in result.refusals} == {429}
    assert result.first.unexpected == result.second.unexpected == ()
    assert findings["RATE-2"].outcome is Outcome.PASSED


@pytest.mark.parametrize("codes", [(503,), (503, 503, 429, 503, 503, 429, 503), (429, 503)])
def test_another_code_is_no_glitch_if_overload_gets_it_often(codes: tuple[int, ...]):
    _, findings = overload(Otherwise(*codes), "RATE-2", "RATE-3", "RATE-5")
    assert findings["RATE-2"].outcome is Outcome.FAILED
    assert "503 instead of 429, twice" in findings["RATE-2"].reason


def test_three_errors_that_do_not_come_again_decide_nothing():
    result, findings = overload(Otherwise(503, 503, 503, 429), "RATE-2", "RATE-3", "RATE-5")
    assert [answer.status for answer in result.refusals] == [503] * 3
    assert (findings["RATE-2"].outcome, findings["RATE-2"].reason) == (
        Outcome.INCONCLUSIVE,
        "overload got 503 once, and not again",
    )


def test_without_a_limit_errors_are_not_taken_for_slowness_alone():
    _, findings = overload(Glitching(every=40, limiter=Unlimited()), "RATE-2")
    assert findings["RATE-2"].outcome is Outcome.INCONCLUSIVE
    assert findings["RATE-2"].reason.startswith("the deployment is too slow, or errs too often, to be overloaded: ")


def test_a_single_error_among_requests_that_are_spread_is_tried_again():
    result, findings = overload(Glitching(every=25, limiter=TokenBucket(burst=10)), "RATE-1")
    assert len(result.proof.spread.answers) == 60
    assert findings["RATE-1"].outcome is Outcome.PASSED


def test_two_errors_in_a_row_among_them_decide_nothing():
    result, findings = overload(Glitching(every=25, limiter=TokenBucket(burst=10), in_a_row=2), "RATE-1")
    assert [each.status for each in result.proof.spread.answers if each.status != 200] == [500]
    assert findings["RATE-1"].outcome is Outcome.INCONCLUSIVE
    assert findings["RATE-1"].reason.endswith("then came 500")


def test_a_limit_that_errors_count_on_is_not_proven_to_be_too_low():
    result, findings = overload(Glitching(every=20, counted=True), "RATE-1")
    assert any(each.status == 429 for each in result.proof.spread.answers)
    assert findings["RATE-1"].outcome is Outcome.INCONCLUSIVE


@pytest.mark.parametrize("burst", [10, 40])
def test_a_bucket_that_refills_in_the_silence_is_overloaded_no_more_to_prove_the_limit(burst: int):
    deployment = Deployment()
    deployment.limiter = TokenBucket(burst=burst)
    result, findings = overload(deployment, "RATE-1")
    assert result.silence.served
    assert result.proof.bursts == ()
    assert len(result.proof.spread.answers) == 60
    assert findings["RATE-1"].outcome is Outcome.PASSED


def test_a_key_that_does_not_recover_is_sent_no_more():
    key = key_under_load(limited(NeverRecovering(SlidingLog(limit=30))))
    result = Overload(key.client, {"RATE-1", "RATE-4"}).measure(key.request)
    assert not result.recovery.is_served
    assert result.proof == LimitProof()
    assert [answer.status for answer in result.exchanges] == [200] * 29 + [429] * 14


def test_others_are_not_probed_while_the_key_may_be_let_in_again():
    key = key_under_load(limited(SlidingLog(), latency=0.06), before=50)
    key.stay_silent(55, "for a test")
    result = Overload(key.client, {"RATE-3"}).measure(key.request)
    assert result.first.probes == {}
    assert result.second.probes.keys() == result.probes_of_keys.keys() == {"other", "sibling"}


def test_a_key_is_overloaded_once():
    key = key_under_load(limited(SlidingLog()))
    overload = Overload(key.client, {"RATE-2"})
    assert overload.measure(key.request) is overload.measure(key.request)
