"""Watching a refused key: what it gets besides 429, and when that is to be forgotten before it is watched again."""

from __future__ import annotations

import pytest
from oneinvoice_conformance.http.exchange import Request
from oneinvoice_conformance.ratelimit.burst import Burst
from oneinvoice_conformance.ratelimit.interleaving import InterleavedProbe
from oneinvoice_conformance.ratelimit.key_under_load import KeyUnderLoad
from oneinvoice_conformance.ratelimit.others import targets
from oneinvoice_conformance.ratelimit.watching import WatchedBurst, must_be_forgotten, unexpected_answers, watch

from tests.miniatures.limits import SlidingLog, Unlimited
from tests.unit.conformance.fakes import exchange
from tests.unit.conformance.ratelimit.loading import key_under_load, limited


def _answered(*statuses: int) -> tuple[KeyUnderLoad, Burst]:
    """A key that got these codes since its burst ended, and the burst."""
    key = key_under_load(limited(Unlimited()))
    ending = exchange(b"", 429, key.request, number=2, sent=1.0)
    answers = [exchange([] if status == 200 else b"", status, key.request, number=3, sent=2.0) for status in statuses]
    key.journal.extend([ending, *answers])
    return key, Burst((ending,))


@pytest.mark.parametrize(
    ("statuses", "unexpected"),
    [
        ([], []),
        ([429, 429], []),
        ([503], [503]),
        ([429, 503], [503]),
        ([429, 429, 503], []),  # one of four
        ([503, 500, 429], [503, 500]),
        ([503, 200, 200], [503]),
    ],
)
def test_another_code_is_unexpected_unless_it_is_rare(statuses: list[int], unexpected: list[int]) -> None:
    assert [answer.status for answer in unexpected_answers(*_answered(*statuses))] == unexpected


def test_what_another_request_gets_is_none_of_the_overload() -> None:
    key, burst = _answered(429)
    for _ in range(3):
        key.journal.append(exchange(b"", 500, Request("quotes", key.request.credential), number=4, sent=3.0))
    assert unexpected_answers(key, burst) == ()


def test_what_haste_alone_gets_is_not_unexpected() -> None:
    """Asked for without haste the key is served: a limit for each second on the address had refused it."""
    key, burst = _answered(503, 503, 503)
    assert len(unexpected_answers(key, burst)) == 3
    assert watch(key, burst, [], {429}).unexpected == ()


def test_what_was_refused_for_itself_is_watched_again_when_all_is_forgotten() -> None:
    key = key_under_load(limited(SlidingLog()))
    wanted = targets(key.client, key.request, {"RATE-3"})
    refused = {"other": InterleavedProbe(refused=True, had_quota_left=False)}
    assert must_be_forgotten(WatchedBurst(probes=refused), wanted)
    assert not must_be_forgotten(WatchedBurst(probes=refused), [each for each in wanted if each.name != "other"])
    assert not must_be_forgotten(WatchedBurst(), wanted)
    assert must_be_forgotten(WatchedBurst(unexpected=(exchange(b"", 503),)), [])


def test_each_target_is_probed_while_the_key_is_refused() -> None:
    key = key_under_load(limited(SlidingLog()), before=60)
    burst = Burst(tuple(key.send()))
    watched = watch(key, burst, targets(key.client, key.request, {"RATE-3", "RATE-5"}), burst.refusal_statuses)
    assert watched.burst is burst
    assert {name: probe.served for name, probe in watched.probes.items()} == {
        "other": True,
        "sibling": True,
        "quotes": False,
        "invoices": False,
        "quotes without a query": False,
        "invoices without a query": False,
    }
    assert watched.unexpected == ()
