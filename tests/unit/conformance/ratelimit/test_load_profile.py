"""The load profile: the limiter that was measured, in words and by steps."""

from __future__ import annotations

import random

import pytest
from oneinvoice_conformance.ratelimit.load_profile import STEP, LoadProfile, LoadStep, refused_from_the_start
from oneinvoice_conformance.ratelimit.overload import Overload

from tests.conformance.rate.simulation import Simulated, VirtualClock, Workers
from tests.miniatures.limits import (
    FixedWindow,
    Hurried,
    Limiter,
    NeverRecovering,
    SlidingLog,
    TokenBucket,
    Uncounted,
    Unlimited,
)
from tests.unit.conformance.fakes import exchange
from tests.unit.conformance.ratelimit.loading import PROMPT, key_under_load, limited

RULES = [f"RATE-{number}" for number in range(1, 6)]


def _profile(deployment: Simulated) -> LoadProfile:
    key = key_under_load(deployment)
    overload = Overload(key.client, RULES)
    result = overload.measure(key.request)
    assert overload.profile
    assert overload.profile.words == result.measured
    return overload.profile


@pytest.mark.parametrize(
    ("limiter", "words"),
    [
        (SlidingLog(), "60 in a minute, and 49 again after it"),
        (SlidingLog(limit=30), "30 in a minute, and 30 again after it"),
        (FixedWindow(phase=1_010), "60 in a fixed window that turned over 12 s after the refusal, or sooner"),
        (Hurried(SlidingLog(), seconds=1), "60 in a second, and then at least one each 0.4 s: 168 a minute or more"),
        (Hurried(SlidingLog(), seconds=10), "60 in 12 s or less, again and again, but not in 5 s"),
        (
            TokenBucket(per_minute=600, burst=20),
            "20 in a second, and then at least one each 0.4 s: 168 a minute or more",
        ),
        (Hurried(SlidingLog(), seconds=4), "60 in 5 s or less, again and again"),
        (TokenBucket(per_minute=30, burst=60), "about 30 a minute, one by one, from a bucket of about 60"),
        (TokenBucket(burst=60), "about 60 a minute, one by one, from a bucket of about 60"),
        (NeverRecovering(SlidingLog()), "60, and none again in 138 s"),
        (Unlimited(), "no refusal up to 133 requests within a minute"),
    ],
)
def test_a_limiter_is_told_in_words(limiter: Limiter, words: str) -> None:
    assert _profile(limited(limiter)).words == words


def test_what_is_not_counted_is_told_too() -> None:
    assert _profile(limited(Uncounted("quotes"))).words.endswith("; quotes not counted")


def test_workers_that_count_for_themselves_are_told_by_their_connections() -> None:
    workers = [SlidingLog() for _ in range(4)]
    chance = random.Random("workers")
    four = _profile(Workers(workers[0], VirtualClock(1_000), PROMPT, chance=chance, workers=workers))
    assert four.words == (
        "60 on one connection, and 73 more on new ones: more than 133 in a minute, as where workers count for "
        "themselves or a refusal begins the count anew"
    )
    two = _profile(Workers(workers[0], VirtualClock(2_000), PROMPT, chance=chance, workers=workers[:2]))
    assert two.words == "about 2 × 60, by connection: 120 in a minute"


def test_a_key_that_was_never_served_is_told_so() -> None:
    refusals = [exchange(b"", 429, sent=float(second)) for second in range(4)]
    profile = refused_from_the_start(refusals)
    assert profile.words == "none of 4 requests in 3 s was served: 429 from the first on"
    assert profile.steps == (LoadStep(0, 2), LoadStep(0, 2))


def test_steps_go_from_the_first_request_to_the_last() -> None:
    profile = _profile(limited(SlidingLog()))
    assert profile.steps[0].served == 60
    assert sum(step.served for step in profile.steps) == 109
    assert sum(step.refused for step in profile.steps) > 10
    assert len(profile.steps) * STEP == pytest.approx(62, abs=2)
