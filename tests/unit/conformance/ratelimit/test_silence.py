"""Probes within the silence after a refusal: which windows they find, and how little they ask of others."""

from __future__ import annotations

import pytest
from oneinvoice_conformance.ratelimit.burst import send_burst
from oneinvoice_conformance.ratelimit.key_under_load import KeyUnderLoad
from oneinvoice_conformance.ratelimit.silence import Silence, probe_silence

from tests.miniatures.limits import FixedWindow, Hurried, Limiter, SlidingLog, TokenBucket
from tests.unit.conformance.ratelimit.loading import CAP, key_under_load, limited


def _refused(limiter: Limiter) -> KeyUnderLoad:
    key = key_under_load(limited(limiter))
    assert send_burst(key).refusals
    return key


def test_a_window_of_a_minute_is_asked_four_times() -> None:
    key = _refused(SlidingLog())
    begin = key.now()
    silence = probe_silence(key)
    assert [probe.status for probe in silence.probes] == [429] * 4
    assert [round(probe.sent - begin) for probe in silence.probes] == [5, 12, 25, 31]
    assert (silence.served, silence.turns, silence.refilled) == (None, 0, 0)


def test_fixed_windows_of_half_a_minute_are_found() -> None:
    key = _refused(Hurried(FixedWindow(phase=1_010 * 2), seconds=30))
    assert probe_silence(key).turns >= 1
    assert key.served_lately() == CAP


@pytest.mark.parametrize("seconds", [1, 4, 10, 20])
def test_a_shorter_window_is_found_and_used_up_to_what_it_takes(seconds: int) -> None:
    key = _refused(Hurried(SlidingLog(), seconds=seconds))
    silence = probe_silence(key)
    assert silence.turns >= 1
    assert silence.most_at_once >= 60
    assert key.served_lately() == CAP


def test_a_fixed_window_that_turns_over_is_probed_again_after_it() -> None:
    key = _refused(FixedWindow(phase=1_010))
    silence = probe_silence(key)
    assert (silence.turns, silence.most_at_once) == (1, 60)
    assert [probe.status for probe in silence.probes] == [429, 200, *[429] * 8]


def test_what_a_bucket_refills_is_no_window() -> None:
    silence = probe_silence(_refused(TokenBucket(burst=60)))
    assert silence.served is silence.probes[0]
    assert silence.turns == 0
    assert silence.refilled == pytest.approx(32, abs=1)
    assert silence.seconds == pytest.approx(31, abs=1.5)


def test_a_bucket_that_goes_one_by_one_is_asked_once() -> None:
    key = _refused(TokenBucket(burst=3))
    key.client.pacer.spread(key.account)
    assert len(probe_silence(key).probes) == 1


def test_a_silence_without_probes_served_nothing() -> None:
    assert Silence().served is None
