"""Rules of the rate limit, by what an overload showed; whole runs against limiters are in tests/conformance/rate."""

from typing import Any

import pytest
from oneinvoice_conformance.http.credentials import NOBODY, Role
from oneinvoice_conformance.http.exchange import Exchange, Request
from oneinvoice_conformance.model.outcome import Outcome
from oneinvoice_conformance.ratelimit.burst import Burst
from oneinvoice_conformance.ratelimit.interleaving import InterleavedProbe
from oneinvoice_conformance.ratelimit.overload import Overload
from oneinvoice_conformance.ratelimit.overload_result import OverloadResult
from oneinvoice_conformance.ratelimit.watching import WatchedBurst
from oneinvoice_conformance.rules import RULES
from oneinvoice_conformance.session.rule_context import RuleContext

from tests.miniatures import Deployment
from tests.unit.conformance.fakes import KEYS, NAMES, VALID, InProcess, exchange

REFUSED = exchange(b"", 429, Request("members", VALID))


class Measured(Overload):
    """An overload whose result is known."""

    def __init__(self, client: InProcess, result: OverloadResult) -> None:
        super().__init__(client, ())
        self._result = result


def judged(
    id: str, probes: dict[str, InterleavedProbe], keys: dict[str, str] = KEYS, **measured: Any
) -> tuple[Outcome, str]:
    client = InProcess(Deployment(), keys)
    result = OverloadResult("members", 60, 133, first=WatchedBurst(Burst((REFUSED,)), probes), **measured)
    finding = RULES[id].judge(RuleContext(client, NAMES, overload=Measured(client, result)))
    return finding.outcome, finding.reason


def got(request: Request, *, refused: bool = False, served: bool = False) -> InterleavedProbe:
    return InterleavedProbe((exchange([], 200, request),), refused=refused, served=served)


QUOTES, INVOICES = (Request(name, VALID) for name in ("quotes", "invoices"))


def test_endpoints_that_were_refused_with_the_key_count_on_its_limit():
    probes = {"quotes": got(QUOTES, refused=True), "invoices": got(INVOICES, refused=True)}
    assert judged("RATE-5", probes)[0] is Outcome.PASSED


@pytest.mark.parametrize("probes", [{}, {"quotes": got(QUOTES, refused=True)}], ids=["none", "one of two"])
def test_an_endpoint_that_was_never_probed_is_undecided(probes: dict[str, InterleavedProbe]):
    outcome, reason = judged("RATE-5", probes)
    assert outcome is Outcome.INCONCLUSIVE
    assert "invoices count on the same limit can't be told" in reason


def test_an_endpoint_that_is_served_fails_though_another_was_never_probed():
    assert judged("RATE-5", {"quotes": got(QUOTES, served=True)})[0] is Outcome.FAILED


def test_a_key_that_was_never_probed_is_undecided():
    outcome, reason = judged("RATE-3", {})
    assert outcome is Outcome.INCONCLUSIVE
    assert "to ask with the other and the sibling key" in reason


def test_keys_that_were_served_have_limits_of_their_own():
    sent: Exchange = exchange([], 200, Request("members", NOBODY))
    probes = {role: InterleavedProbe((sent,), served=True) for role in (Role.OTHER, Role.SIBLING)}
    assert judged("RATE-3", probes)[0] is Outcome.PASSED
    without_sibling = {role: key for role, key in KEYS.items() if role != "sibling"}
    outcome, reason = judged("RATE-3", {Role.OTHER: probes[Role.OTHER]}, without_sibling)
    assert (outcome, "--sibling-key" in reason) == (Outcome.INCONCLUSIVE, True)


def test_a_limit_that_was_served_once_is_undecided_where_a_second_minute_was_left_out():
    assert judged("RATE-1", {}, most_served=60)[0] is Outcome.PASSED
    outcome, reason = judged("RATE-1", {}, most_served=60, is_cut_short=True)
    assert outcome is Outcome.INCONCLUSIVE
    assert reason.startswith(
        "60 requests in a row were served within a minute; whether 60 are in each takes minutes more"
    )
