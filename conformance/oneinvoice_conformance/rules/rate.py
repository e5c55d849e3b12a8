"""The rate limit: judged last, since these rules overload a key."""

from __future__ import annotations

from collections.abc import Sequence

from oneinvoice_conformance.documented import ENDPOINTS, RATE_LIMIT
from oneinvoice_conformance.http.credentials import OPTIONS, Role
from oneinvoice_conformance.http.exchange import Exchange
from oneinvoice_conformance.model.finding import Finding, Undecided, failed, inconclusive, not_tested, passed
from oneinvoice_conformance.ratelimit.limit_proof import PAUSE
from oneinvoice_conformance.ratelimit.limiter_bounds import MINUTE
from oneinvoice_conformance.ratelimit.overload import MAX_WITHOUT_ALLOW_LOAD
from oneinvoice_conformance.ratelimit.overload_result import OverloadResult
from oneinvoice_conformance.rules.rule import Step, probe
from oneinvoice_conformance.session.rule_context import RuleContext

_NEEDS_ALLOW_LOAD = (
    f"--rate-limit asks for more than {MAX_WITHOUT_ALLOW_LOAD} requests a minute; give --allow-load to have them sent"
)
_TOO_SLOW = "the deployment is too slow, or errs too often,"
_NOT_SPENT = "which was not spent, since another requirement of the rate limit stays undecided"
_SHARED_KEY = "others use the key at the same time (--shared-key), and may have caused it"


@probe("RATE-1", Step.OVERLOAD)
def serves_the_limit(context: RuleContext) -> Finding:
    """Take what was agreed (`--rate-limit`) where that is more."""
    result = context.overload()
    limit = result.limit
    if limit < RATE_LIMIT:
        return inconclusive(
            f"the documentation grants {RATE_LIMIT} requests a minute, and --rate-limit allows {limit} to be sent"
        )
    for burst in result.proof.bursts:
        if burst.persistent_refusal and not result.is_shared:
            return failed(
                f"after two minutes of silence only {burst.served} requests in a row were served, of {limit} in a "
                f"minute; then came 429, and again {PAUSE:g} s later",
                burst.persistent_refusal,
                certain=True,
            )
    second = result.second_minute
    if second.unexplained and not result.is_shared:
        return failed(
            f"in a second minute, after a minute of silence, only {second.served} requests were served at once; then "
            f"came 429, which no way of counting {limit} a minute explains",
            second.unexplained,
            certain=True,
        )
    if result.most_served >= limit and not result.is_cut_short:
        return passed(f"{result.most_served} requests within a minute were served, one after the other")
    if result.is_exceeded:
        return passed(f"{result.most_in_a_minute} requests within a minute were served, though others between them not")
    if limit > result.cap:
        return inconclusive(_NEEDS_ALLOW_LOAD)
    if not result.refusals:
        return inconclusive(f"{_TOO_SLOW} to serve {limit} requests in a row in a minute: {result.most_served} were")
    if result.is_cut_short:
        return inconclusive(
            f"{result.most_served} requests in a row were served within a minute; whether {limit} are in each takes "
            f"minutes more, {_NOT_SPENT}; judge this one alone, with --only RATE-1",
            *result.refusals[:1],
        )
    if not result.proof.spread.answers:
        return inconclusive("the key was refused early, and not served again after that; see RATE-4")
    return _judge_spread(result)


def _judge_spread(result: OverloadResult) -> Finding:
    """Judge a limit by what was served at even distances."""
    limit, spread = result.limit, result.proof.spread.answers
    if all(each.serves_list for each in spread):
        if result.proof.spread.is_gentle:
            return inconclusive(
                f"whatever comes sooner than about {MINUTE / limit:g} s after the last request is refused; "
                f"{len(spread)} requests a quarter slower were served, which is less than the limit; ask the owner "
                "whether that is meant",
                spread[-1],
            )
        if len(spread) == limit and spread[-1].sent - spread[0].sent <= MINUTE:
            return passed(f"{limit} requests spread evenly over a minute were served", spread[-1])
        return inconclusive(f"the deployment is too slow for {limit} requests spread over a minute", spread[-1])
    refusal = next(exchange for exchange in spread if not exchange.serves_list)
    pace = "at four fifths of the limit's pace" if result.proof.spread.is_gentle else "spread evenly over a minute"
    reason = (
        f"only {sum(each.serves_list for each in spread)} of {result.proof.spread.due} requests, {pace}, were served; "
        f"then came {refusal.outcome}"
    )
    if refusal.status != 429 or result.is_shared or not result.proof.spread.refusal_counts:
        return inconclusive(f"{reason}{f'; {_SHARED_KEY}' if result.is_shared else ''}", refusal)
    return failed(reason, refusal, certain=True)


@probe("RATE-2", Step.OVERLOAD)
def refuses_with_429(context: RuleContext) -> Finding:
    result = context.overload()
    unexpected, limit = result.first.unexpected, result.limit
    if limit < RATE_LIMIT and not result.refusals:
        return inconclusive(f"up to {RATE_LIMIT} requests a minute are granted, and --rate-limit allows {limit}")
    if unexpected and not result.recovers:
        return inconclusive(f"overload got {unexpected[0].outcome}, and the key is not served since", unexpected[0])
    for again in result.second.unexpected:
        if first := next((each for each in unexpected if each.status == again.status), None):
            return failed(f"overload got {first.outcome} instead of 429, twice", first, again, certain=True)
    if limit >= RATE_LIMIT and result.is_excess and result.refusals:
        reason = (
            f"{result.most_in_a_minute} requests were served within a minute, where the limit is {limit}: "
            f"{result.measured}"
        )
        if result.most_in_a_minute >= result.cap and result.is_beyond_lag and not result.needs_allow_load:
            return failed(reason, *result.refusals[:1], certain=True)
        return inconclusive(f"{reason}; ask the owner whether that is still a limit of {limit}", *result.refusals[:1])
    if any(each.status == 429 for each in result.refusals):
        return passed(
            f"overload got 429, after {result.most_served} requests served within a minute", result.refusals[0]
        )
    if result.refusals:
        first = result.refusals[0]
        return inconclusive(f"overload got {first.outcome} once, and not again", first)
    if result.needs_allow_load:
        return inconclusive(_NEEDS_ALLOW_LOAD)
    if result.most_served < result.cap or not result.is_beyond_lag:
        return inconclusive(f"{_TOO_SLOW} to be overloaded: {result.most_served} requests in a row in a minute")
    return failed(
        f"{result.most_served} requests within a minute were all served, where the limit is {limit}",
        result.exchanges[-1],
        certain=True,
    )


@probe("RATE-3", Step.OVERLOAD)
def counts_by_key(context: RuleContext) -> Finding:
    """Compare with a key of another organisation, and with a second one of the same."""
    if not context.has(Role.OTHER) and not context.has(Role.SIBLING):
        return not_tested("give a key of another organisation with --other-key", OPTIONS[Role.OTHER])
    result = _refused(context)
    keys = result.probes_of_keys
    for role, interleaved in keys.items():
        if interleaved.refused and interleaved.had_quota_left:
            whose = "of the same organisation " if role == Role.SIBLING else ""
            reason = f"while the key was refused, the {role} key {whose}was too, which had hardly been used"
            if result.is_shared:
                return inconclusive(f"{reason}; {_SHARED_KEY}", *interleaved.exchanges)
            return failed(reason, *_first_refusals(interleaved.exchanges, role), certain=True)
    if not context.has(Role.OTHER):
        return not_tested("give a key of another organisation with --other-key", OPTIONS[Role.OTHER])
    for role, interleaved in keys.items():
        if not interleaved.served:
            return inconclusive(
                f"the {role} key was {'refused' if interleaved.refused else 'served too seldom'} while the key was "
                "refused, which may be its own limit",
                *interleaved.exchanges,
            )
    if unprobed := [role for role in (Role.OTHER, Role.SIBLING) if context.has(role) and role not in keys]:
        return inconclusive(
            f"whether the limit is per key can't be told: the key was not seen to stay refused for as long as it takes "
            f"to ask with the {' and the '.join(unprobed)} key"
        )
    if Role.SIBLING not in keys:
        return inconclusive(
            "the limit is not shared with another organisation; whether it is per key or per organisation, a second "
            "key of the same one tells (--sibling-key)"
        )
    return passed("while the key was refused, a key of the same and one of another organisation were served")


@probe("RATE-4", Step.OVERLOAD)
def recovers(context: RuleContext) -> Finding:
    result = _refused(context)
    if result.served_early:
        return passed("within a minute after its refusal the key was served again", result.served_early)
    if result.is_cut_short and not result.recovery.answers:
        return inconclusive(f"a recovery takes a minute more, {_NOT_SPENT}; judge this one alone, with --only RATE-4")
    if not result.recovery.answers:
        return inconclusive("the key was served too much to be left to recover; see RATE-2")
    first, last = result.recovery.answers[0], result.recovery.answers[-1]
    if first.serves_list:
        return passed("after a minute of silence the refused key was served again", first)
    if last.serves_list:
        return passed("the refused key was served again after a minute and a little more", last)
    known = {429, *result.first.burst.refusal_statuses} - {0, 500}
    if any(not each.serves_list and each.status not in known for each in result.recovery.answers):
        return inconclusive(f"after a minute of silence the key got {last.outcome}", last)
    reason = f"after a minute of silence the key still got {first.outcome}, and {last.outcome} after some more"
    return inconclusive(f"{reason}; {_SHARED_KEY}", last) if result.is_shared else failed(reason, last, certain=True)


@probe("RATE-5", Step.OVERLOAD)
def counts_all_endpoints(context: RuleContext) -> Finding:
    result = _refused(context)
    if result.uncounted:
        return failed(
            f"{result.most_in_a_minute} requests were served within a minute, and as many in a second one, where the "
            f"limit is {result.limit}, as if {' or '.join(result.uncounted)} were not counted",
            *result.refusals[:1],
            certain=True,
        )
    endpoints = result.probes_of_endpoints
    for endpoint, interleaved in endpoints.items():
        if interleaved.served:
            return failed(
                f"while {result.overloaded} were refused to the key, {endpoint} were served to it "
                f"{sum(each.serves_list for each in interleaved.exchanges)} times",
                next(each for each in interleaved.exchanges if each.serves_list),
                certain=True,
            )
    for endpoint, interleaved in endpoints.items():
        if not interleaved.refused or not interleaved.had_quota_left:
            return inconclusive(
                f"whether {endpoint} count on the same limit can't be told: they were "
                f"{'refused, maybe for a limit of their own' if interleaved.refused else 'served too seldom'}",
                *interleaved.exchanges,
            )
    if unprobed := [each for each in ENDPOINTS if each != result.overloaded and each not in endpoints]:
        return inconclusive(
            f"whether {' and '.join(unprobed)} count on the same limit can't be told: the key was not seen to stay "
            "refused for as long as it takes to ask them"
        )
    return passed("while one endpoint was refused to the key, the others were too")


def _refused(context: RuleContext) -> OverloadResult:
    """Return what the overload showed, if the key was refused at all. Raises `Undecided`."""
    result = context.overload()
    if not result.refusals:
        raise Undecided(inconclusive("the key was never refused, so nothing can be said of this; see RATE-2"))
    return result


def _first_refusals(exchanges: Sequence[Exchange], role: str) -> list[Exchange]:
    return [each for each in exchanges if each.request.credential.account == role and not each.serves_list]
