"""The rate limit: judged last, since these rules overload a key."""

from __future__ import annotations

from collections.abc import Sequence

from oneinvoice_conformance.documented import ENDPOINTS, RATE_LIMIT
from oneinvoice_conformance.http.credentials import OPTIONS, Role
from oneinvoice_conformance.http.exchange import Exchange
from oneinvoice_conformance.model.finding import Finding, Undecided, failed, inconclusive, not_tested, passed
from oneinvoice_conformance.ratelimit.limiter_bounds import MINUTE
from oneinvoice_conformance.ratelimit.overload import PAUSE, POLITE, Evidence
from oneinvoice_conformance.rules.rule import Step, probe
from oneinvoice_conformance.session.rule_context import RuleContext

_ALLOW = f"--rate-limit asks for more than {POLITE} requests a minute; give --allow-load to have them sent"
_HELD_UP = "the deployment is too slow, or errs too often,"
_SHARED = "others use the key at the same time (--shared-key), and may have caused it"


@probe("RATE-1", Step.OVERLOAD)
def serves_the_limit(context: RuleContext) -> Finding:
    """Take what was agreed (`--rate-limit`) where that is more."""
    evidence = context.overload()
    limit, spread = evidence.limit, evidence.spread
    if limit < RATE_LIMIT:
        return inconclusive(
            f"the documentation grants {RATE_LIMIT} requests a minute, and --rate-limit allows {limit} to be sent"
        )
    if evidence.firm and not evidence.shared:
        return failed(
            f"after two minutes of silence only {evidence.before_firm} requests in a row were served, of {limit} in a "
            f"minute; then came 429, and again {PAUSE:g} s later",
            evidence.firm,
            certain=True,
        )
    if evidence.most >= limit and not evidence.drained:
        return passed(f"{evidence.most} requests within a minute were served, one after the other")
    if limit > evidence.cap:
        return inconclusive(_ALLOW)
    if not evidence.refusals:
        return inconclusive(f"{_HELD_UP} to serve {limit} requests in a row in a minute: {evidence.most} were")
    if not spread:
        return inconclusive("the key was refused early, and not served again after that; see RATE-4")
    if all(each.serves_list for each in spread):
        if len(spread) == limit and spread[-1].sent - spread[0].sent <= MINUTE:
            return passed(f"{limit} requests spread evenly over a minute were served", spread[-1])
        return inconclusive(f"the deployment is too slow for {limit} requests spread over a minute", spread[-1])
    refusal = next(exchange for exchange in spread if not exchange.serves_list)
    reason = (
        f"after two minutes of silence only {sum(each.serves_list for each in spread)} of {limit} requests, spread "
        f"evenly over a minute, were served; then came {refusal.outcome}"
    )
    if refusal.status != 429 or evidence.shared or not evidence.even:
        return inconclusive(f"{reason}{f'; {_SHARED}' if evidence.shared else ''}", refusal)
    return failed(reason, refusal, certain=True)


@probe("RATE-2", Step.OVERLOAD)
def refuses_with_429(context: RuleContext) -> Finding:
    evidence = context.overload()
    odd, limit = evidence.odd, evidence.limit
    if limit < RATE_LIMIT and not evidence.refusals:
        return inconclusive(f"up to {RATE_LIMIT} requests a minute are granted, and --rate-limit allows {limit}")
    if odd and not evidence.recovers:
        return inconclusive(f"overload got {odd[0].outcome}, and the key is not served since", odd[0])
    for again in evidence.odd_again:
        if first := next((each for each in odd if each.status == again.status), None):
            return failed(f"overload got {first.outcome} instead of 429, twice", first, again, certain=True)
    if any(each.status == 429 for each in evidence.refusals):
        return passed(f"overload got 429, after {evidence.most} requests served within a minute", evidence.refusals[0])
    if evidence.refusals:
        first = evidence.refusals[0]
        return inconclusive(f"overload got {first.outcome} once, and not again", first)
    if evidence.capped:
        return inconclusive(_ALLOW)
    if evidence.most < evidence.cap:
        return inconclusive(f"{_HELD_UP} to be overloaded: {evidence.most} requests in a row in a minute")
    return failed(
        f"{evidence.most} requests within a minute were all served, where the limit is {limit}",
        evidence.exchanges[-1],
        certain=True,
    )


@probe("RATE-3", Step.OVERLOAD)
def counts_by_key(context: RuleContext) -> Finding:
    """Compare with a key of another organisation, and with a second one of the same."""
    if not context.has(Role.OTHER) and not context.has(Role.SIBLING):
        return not_tested("give a key of another organisation with --other-key", OPTIONS[Role.OTHER])
    evidence = _refused(context)
    keys = {role: between for role, between in evidence.others.items() if role not in ENDPOINTS}
    for role, between in keys.items():
        if between.refused and between.fresh:
            whose = "of the same organisation " if role == Role.SIBLING else ""
            reason = f"while the key was refused, the {role} key {whose}was too, which had hardly been used"
            if evidence.shared:
                return inconclusive(f"{reason}; {_SHARED}", *between.telling)
            return failed(reason, *_first_refusals(between.telling, role), certain=True)
    if not context.has(Role.OTHER):
        return not_tested("give a key of another organisation with --other-key", OPTIONS[Role.OTHER])
    for role, between in keys.items():
        if not between.served:
            return inconclusive(
                f"the {role} key was {'refused' if between.refused else 'served too seldom'} while the key was "
                "refused, which may be its own limit",
                *between.telling,
            )
    if Role.SIBLING not in keys:
        return inconclusive(
            "the limit is not shared with another organisation; whether it is per key or per organisation, a second "
            "key of the same one tells (--sibling-key)"
        )
    return passed("while the key was refused, a key of the same and one of another organisation were served")


@probe("RATE-4", Step.OVERLOAD)
def recovers(context: RuleContext) -> Finding:
    evidence = _refused(context)
    if not evidence.recovered:
        return inconclusive("the key was not refused, so it had nothing to recover from; see RATE-2")
    first, last = evidence.recovered[0], evidence.recovered[-1]
    if first.serves_list:
        return passed("after a minute of silence the refused key was served again", first)
    if last.serves_list:
        return passed("the refused key was served again, a little later since refused requests count too", last)
    if any(each.status in (0, 500) or each.status not in _codes(evidence) for each in evidence.recovered):
        return inconclusive(f"after a minute of silence the key got {last.outcome}", last)
    reason = f"after a minute of silence the key still got {first.outcome}, and {last.outcome} after some more"
    return inconclusive(f"{reason}; {_SHARED}", last) if evidence.shared else failed(reason, last, certain=True)


@probe("RATE-5", Step.OVERLOAD)
def counts_all_endpoints(context: RuleContext) -> Finding:
    evidence = _refused(context)
    endpoints = {endpoint: between for endpoint, between in evidence.others.items() if endpoint in ENDPOINTS}
    for endpoint, between in endpoints.items():
        if between.served:
            return failed(
                f"while {evidence.refusals[0].request.endpoint} were refused to the key, {endpoint} were served to it "
                f"{sum(each.serves_list for each in between.telling)} times",
                next(each for each in between.telling if each.request.endpoint == endpoint),
                certain=True,
            )
    for endpoint, between in endpoints.items():
        if not between.refused or not between.fresh:
            return inconclusive(
                f"whether {endpoint} count on the same limit can't be told: they were "
                f"{'refused, maybe for a limit of their own' if between.refused else 'served too seldom'}",
                *between.telling,
            )
    return passed("while one endpoint was refused to the key, the others were too")


def _refused(context: RuleContext) -> Evidence:
    """The evidence, if the key was refused at all. Raises `Undecided`."""
    evidence = context.overload()
    if not evidence.refusals:
        raise Undecided(inconclusive("the key was never refused, so nothing can be said of this; see RATE-2"))
    return evidence


def _codes(evidence: Evidence) -> set[int]:
    return {429, *(each.status for each in evidence.refusals)}


def _first_refusals(evidence: Sequence[Exchange], role: str) -> list[Exchange]:
    return [each for each in evidence if each.request.credential.account == role and not each.serves_list]
