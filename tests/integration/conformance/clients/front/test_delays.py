"""Delays of a machine, on a clock that jumps."""

from __future__ import annotations

import itertools
import threading

from oneinvoice_conformance.clients.front.delays import DelayMeter


def test_the_longest_delay_is_kept():
    seconds = itertools.chain([0.0, 0.02, 0.52, 0.54, 0.64], itertools.count(0.66, 0.02))
    seen = threading.Event()

    def clock() -> float:
        now = next(seconds)
        if now > 1:
            seen.set()
        return now

    with DelayMeter(clock) as meter:
        assert seen.wait(20)
    assert round(meter.longest, 3) == 0.48
