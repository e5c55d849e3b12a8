"""Probes within the silence after a refusal: they find windows that are shorter than a minute."""

from __future__ import annotations

from dataclasses import dataclass

from oneinvoice_conformance.http.exchange import Exchange
from oneinvoice_conformance.ratelimit.burst import send_burst
from oneinvoice_conformance.ratelimit.key_under_load import KeyUnderLoad
from oneinvoice_conformance.ratelimit.limiter_bounds import MINUTE, SOFT_LIMIT, leaving_window

_PROBES = (5.0, 12.0, 25.0, 31.0)  # seconds after the refusal
# Seconds where a window has turned over in the silence already: the next turn of a minute's is later than that.
_LATER_PROBES = (1.0, 2.5, 5.0, 12.0, 16.0, 20.0, 25.0, 31.0)
_BY_CHANCE = 2  # requests, that rounding and clocks let in


@dataclass(frozen=True, slots=True)
class Silence:
    """Probes of a silence: the first answers after each part of it, and what was served after them.

    most_at_once: the most that were served at once
    turns: how often that was more than a bucket refills
    refilled: how many were served in all, in so many `seconds`
    """

    probes: tuple[Exchange, ...] = ()
    most_at_once: int = 0
    turns: int = 0
    refilled: int = 0
    seconds: float = 0.0

    @property
    def served(self) -> Exchange | None:
        """The first of the probes that was served."""
        return next((probe for probe in self.probes if probe.serves_list), None)


def probe_silence(key: KeyUnderLoad) -> Silence:
    """Ask at a few times within the minute after a refusal; where that is served, send on until it is refused again.

    What is served then is more than a bucket refills meanwhile only where a window has turned over; if it was a
    fixed one, the next turn is a minute off, and so the probes begin anew, to see whether it turns over earlier.
    """
    probes, counts, turns = list[Exchange](), [0], 0
    refused_at = start = key.now()
    times = list(_PROBES)
    while times and key.now() < start + MINUTE and key.served_lately() < key.cap:
        key.wait_until(refused_at + times.pop(0), "probing the silence after the refusal")
        silent_since = max(each.received for each in key.sent())
        probe = key.send()[0]
        probes.append(probe)
        if probe.status == 429 or not probe.serves_list:
            continue
        first = len(key.journal)
        send_burst(key)
        served = 1 + sum(each.serves_list for each in key.journal[first:])
        counts.append(served)
        refilled = SOFT_LIMIT * (key.now() - silent_since) / key.interval
        if served > refilled + leaving_window(key.sent(), silent_since, key.now()) + _BY_CHANCE:
            refused_at, times, turns = key.now(), list(_LATER_PROBES), turns + 1
        elif key.is_paced:
            break  # a bucket, of which nothing more is to be learnt
    return Silence(tuple(probes), max(counts), turns, sum(counts), key.now() - start)
