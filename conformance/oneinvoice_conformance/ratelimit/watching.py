"""Watching: what a key gets while its refusal lasts, and what other keys and endpoints get meanwhile."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from oneinvoice_conformance.http.exchange import Exchange
from oneinvoice_conformance.ratelimit.burst import Burst, send_burst
from oneinvoice_conformance.ratelimit.interleaving import InterleavedProbe, Interleaving
from oneinvoice_conformance.ratelimit.key_under_load import KeyUnderLoad
from oneinvoice_conformance.ratelimit.limiter_bounds import FORGET_AFTER
from oneinvoice_conformance.ratelimit.others import Target

_LEAST_SHARE = 1 / 3  # of the refusals, which glitches are not


@dataclass(frozen=True, slots=True)
class WatchedBurst:
    """A burst, and what was seen while its refusal lasted.

    probes: what other keys, by role, and other endpoints got
    unexpected: what else than 429 the burst's own request got, but for glitches
    """

    burst: Burst = field(default_factory=Burst)
    probes: Mapping[str, InterleavedProbe] = field(default_factory=dict)
    unexpected: tuple[Exchange, ...] = ()


def watch(
    key: KeyUnderLoad, burst: Burst, targets: Sequence[Target], refusal_statuses: Collection[int]
) -> WatchedBurst:
    """Probe one target after the other while the key is refused, and look at what the key itself gets."""
    interleaving = Interleaving(key, refusal_statuses)
    probes = {target.name: interleaving.probe(target.request, target.threshold) for target in targets}
    return WatchedBurst(burst, probes, unexpected_answers(key, burst))


def watch_again(key: KeyUnderLoad, first: WatchedBurst, targets: Sequence[Target]) -> WatchedBurst:
    """Overload the key once more, to see again what was unexpected, and what the first burst left open of targets.

    What was refused may have been refused for itself, and is asked again when no limiter remembers it.
    """
    if not first.unexpected and not targets:
        return WatchedBurst()
    refused = {name for name, probe in first.probes.items() if probe.refused}
    if first.unexpected or any(target.name in refused for target in targets):
        key.stay_silent(FORGET_AFTER, "to see the same again")
    burst = send_burst(key)
    return watch(key, burst, targets, first.burst.refusal_statuses) if burst.ending else WatchedBurst()


def unexpected_answers(key: KeyUnderLoad, burst: Burst) -> tuple[Exchange, ...]:
    """Return what else than 429 the key's request got since the burst's ending, unless that is rare among refusals.

    A glitch comes to whatever is sent; what was served right after it was no overload. What another endpoint gets may
    have reasons of its own.
    """
    since = min(answer.number for answer in burst.ending)
    answers = [answer for answer in key.sent() if answer.number >= since and answer.request == key.request]
    refused = [answer for answer in answers if not answer.serves_list]
    others = tuple(answer for answer in refused if answer.status != 429)
    return others if len(others) >= _LEAST_SHARE * len(refused) else ()
