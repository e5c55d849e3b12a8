"""The second minute: how much of it is used, and which early refusal is explained."""

from __future__ import annotations

import pytest
from oneinvoice_conformance.ratelimit.burst import Burst, send_burst
from oneinvoice_conformance.ratelimit.key_under_load import KeyUnderLoad
from oneinvoice_conformance.ratelimit.recovery import watch_recovery
from oneinvoice_conformance.ratelimit.second_minute import SecondMinute, explain_refusal, use_second_minute
from oneinvoice_conformance.ratelimit.silence import probe_silence

from tests.miniatures.limits import FixedWindow, Limiter, SlidingCounter, SlidingLog, TokenBucket
from tests.unit.conformance.ratelimit.loading import key_under_load, limited


def _recovered(
    limiter: Limiter, latency: float = 0.005, roles: tuple[str, ...] = ("primary", "sibling")
) -> KeyUnderLoad:
    """A key that was refused, probed in the silence, and served again after a minute."""
    key = key_under_load(limited(limiter, latency), roles=roles)
    assert send_burst(key).refusals
    refused_at = key.now()
    probe_silence(key)
    assert watch_recovery(key, refused_at).is_served
    return key


def _second_minute(limiter: Limiter, latency: float = 0.005) -> SecondMinute:
    key = _recovered(limiter, latency)
    return explain_refusal(key, use_second_minute(key, goes_over=False))


@pytest.mark.parametrize(("roles", "served"), [(("primary", "sibling"), 49), (("primary",), 43)])
def test_what_later_rules_need_is_left(roles: tuple[str, ...], served: int) -> None:
    minute = use_second_minute(_recovered(SlidingLog(), roles=roles), goes_over=False)
    assert (minute.served, minute.burst) == (served, Burst())


def test_where_something_is_open_it_is_used_up() -> None:
    minute = use_second_minute(_recovered(SlidingLog()), goes_over=True)
    assert minute.served == 60
    assert minute.burst.refusals


@pytest.mark.parametrize("latency", [0.005, 0.02, 0.06, 0.1])
@pytest.mark.parametrize("per_minute", [1, 30, 45])
def test_a_bucket_that_was_full_once_is_not_explained(per_minute: int, latency: float) -> None:
    minute = _second_minute(TokenBucket(per_minute=per_minute, burst=60), latency)
    assert minute.served < 60
    assert minute.unexplained


@pytest.mark.parametrize("latency", [0.005, 0.02, 0.06, 0.1])
@pytest.mark.parametrize("phase", range(0, 60, 6))
@pytest.mark.parametrize("counts_rejected", [True, False])
def test_a_counter_that_weighs_the_first_minute_is_explained(phase: int, latency: float, counts_rejected: bool) -> None:
    assert not _second_minute(SlidingCounter(phase=phase, counts_rejected=counts_rejected), latency).unexplained


@pytest.mark.parametrize("limiter", [TokenBucket(burst=60), TokenBucket(burst=30), FixedWindow(phase=30)])
def test_whatever_grants_the_limit_is_explained(limiter: Limiter) -> None:
    assert not _second_minute(limiter).unexplained


@pytest.mark.parametrize("phase", [1_020, 1_030, 1_040])
def test_the_limit_s_pace_ends_the_tries(phase: int) -> None:
    key = _recovered(SlidingCounter(phase=phase))
    minute = use_second_minute(key, goes_over=False)
    assert minute.burst.refusals
    begin = key.now()
    explain_refusal(key, minute)
    assert key.now() - begin < 45, "and not two minutes"
