"""Watching: what a key gets while its refusal lasts, and what other keys and endpoints get meanwhile."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from oneinvoice_conformance.http.exchange import Exchange
from oneinvoice_conformance.ratelimit.burst import Burst
from oneinvoice_conformance.ratelimit.interleaving import GAP, PAUSE, InterleavedProbe, Interleaving, Target
from oneinvoice_conformance.ratelimit.key_under_load import KeyUnderLoad
from oneinvoice_conformance.ratelimit.limiter_bounds import FLOOD, MINUTE

_MOST_GENTLE = 8  # requests until a bucket that refills at the limit's pace refuses one
_ENOUGH = 3  # of them with 429
_NO_GLITCHES = 3  # answers to one request
_LEAST_SHARE = 1 / 3  # of the refusals, which glitches are not


@dataclass(frozen=True, slots=True)
class WatchedBurst:
    """A burst, and what was seen while its refusal lasted.

    probes: what other keys, by role, and other endpoints got
    unexpected: what else than 429 the key got for requests that had been served, but for glitches
    """

    burst: Burst = field(default_factory=Burst)
    probes: Mapping[str, InterleavedProbe] = field(default_factory=dict)
    unexpected: tuple[Exchange, ...] = ()


def watch(
    key: KeyUnderLoad,
    burst: Burst,
    targets: Sequence[Target],
    refusal_statuses: Collection[int],
    gentle: Sequence[Exchange] = (),
) -> WatchedBurst:
    """Probe the targets while the key is refused, and look at what the key itself gets."""
    probes = Interleaving(key, {*refusal_statuses, *_other_statuses(key, burst)}).probe(targets)
    unexpected = unexpected_answers(key, burst, gentle)
    if unexpected and not _are_refused_gently(key, unexpected):
        unexpected = ()
    return WatchedBurst(burst, probes, unexpected)


def _other_statuses(key: KeyUnderLoad, burst: Burst) -> set[int]:
    """Return the codes that the key's request got since the burst's ending, where it never got the one that others got.

    An endpoint may have a code of its own for the overload.
    """
    since = min(answer.number for answer in burst.ending)
    own = [each for each in key.sent() if each.number >= since and each.request == key.request]
    statuses = {each.status for each in own if not each.serves_list}
    return statuses if len(own) >= _NO_GLITCHES and not statuses & burst.refusal_statuses else set()


def _are_refused_gently(key: KeyUnderLoad, unexpected: Sequence[Exchange]) -> bool:
    """Tell whether a request is refused with these codes without haste, too, which no limit for each second does.

    It is the one that got them most, and asked faster than the limit grants, so that the limit itself refuses it.
    """
    [(request, _)] = Counter(answer.request for answer in unexpected).most_common(1)
    statuses, told = {answer.status for answer in unexpected}, 0
    key.wait_until(key.now() + PAUSE, "to see what the key gets without haste")
    for _ in range(_MOST_GENTLE):
        answer = key.send(1, request)[0]
        told += answer.status == 429
        if told == _ENOUGH or (not answer.serves_list and answer.status in statuses):
            return told < _ENOUGH
        key.wait_until(answer.sent + GAP, "to see what the key gets without haste")
    return False


def must_be_forgotten(first: WatchedBurst, targets: Sequence[Target]) -> bool:
    """Tell whether what is to be watched again is to be so when no limiter remembers the first burst.

    What was refused may have been refused for itself.
    """
    refused = {name for name, probe in first.probes.items() if probe.refused}
    return bool(first.unexpected) or any(target.name in refused for target in targets)


def unexpected_answers(key: KeyUnderLoad, burst: Burst, gentle: Sequence[Exchange] = ()) -> tuple[Exchange, ...]:
    """Return what else than 429 the key got since the burst's ending, unless that is rare among refusals of a request.

    What comes when all keys together have sent half as much again as one may, can be for a limit on an address; so can
    be what comes of a pace, if the answers at a `gentle` one are 429. A glitch comes to whatever is sent; what was
    served right after it was no overload. What a request gets that was never served may have reasons of its own.
    """
    since = min(answer.number for answer in burst.ending)
    sent = key.sent()
    known = {key.request, *(answer.request for answer in sent if answer.number < since and answer.serves_list)}
    answers = [answer for answer in sent if answer.number >= since and answer.request in known]
    answers = [answer for answer in answers if not _is_in_flood(key, answer)] or answers
    refused = [answer for answer in answers if not answer.serves_list]
    others = tuple(answer for answer in refused if answer.status != 429)
    refused_gently = [answer for answer in gentle if not answer.serves_list]
    if len(refused_gently) > 1 and all(answer.status == 429 for answer in refused_gently):
        # At a slower pace these requests are told what it is; the others are for the pace.
        told = {answer.request for answer in refused_gently}
        refused = [answer for answer in refused if answer.request not in told]
        others = tuple(answer for answer in others if answer.request not in told)
    if len(others) >= _LEAST_SHARE * len(refused):
        return others
    by_request = Counter(answer.request for answer in refused)
    mostly = {
        request
        for request, count in Counter(answer.request for answer in others).items()
        if count >= max(_NO_GLITCHES, _LEAST_SHARE * by_request[request])
    }
    return tuple(answer for answer in others if answer.request in mostly)


def _is_in_flood(key: KeyUnderLoad, answer: Exchange) -> bool:
    before = sum(answer.sent - MINUTE <= each.sent < answer.sent for each in key.journal)
    return before > FLOOD * key.limit
