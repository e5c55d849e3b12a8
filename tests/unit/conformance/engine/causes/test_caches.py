"""Caches told from endpoints without authentication, with what answers and the order of the asking show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from oneinvoice_conformance.engine.causes.caches import find_copies, is_hit, shared_caches
from oneinvoice_conformance.engine.causes.observation import Observation
from oneinvoice_conformance.http.client import Client
from oneinvoice_conformance.http.credentials import NOBODY, Credential, Role, bearer, unknown_key
from oneinvoice_conformance.http.deployment import Deployment
from oneinvoice_conformance.http.exchange import Exchange, Request
from oneinvoice_conformance.http.transport import NotRecorded
from oneinvoice_conformance.model.finding import failed
from oneinvoice_conformance.model.result import Result

from tests.unit.conformance.fakes import BASE, KEYS, VALID, exchange, requirement

OTHER = bearer(Role.OTHER, KEYS["other"])
SIBLING = bearer(Role.SIBLING, KEYS["sibling"])
LIST = [{"id": 1, "email": "a@example.com"}]
HIT = (("X-Cache", "HIT from edge-7"),)


class NothingMore:
    """A recording without what is asked for."""

    def fetch(self, calls, clock):
        raise NotRecorded("that was not recorded")

    def close(self):
        pass


def answer(credential: Credential, body: object = LIST, status: int = 200, **attributes: object) -> Exchange:
    return exchange(body, status, Request("members", credential), **attributes)


def stated(*exchanges: Exchange) -> list[str]:
    """What is said of a cache where nothing more can be asked."""
    client = Client(Deployment(BASE, KEYS), transport=NothingMore())
    client.journal += exchanges
    results = [Result(requirement("AUTH-1"), failed("open", *exchanges), exchanges)]
    return [hypothesis.seen for hypothesis in shared_caches(Observation(client, results))]


@pytest.mark.parametrize(
    ("headers", "hit"),
    [
        (("X-Cache", "HIT"), True),
        (("x-cache", "MISS, HIT"), True),
        (("X-Cache", "TCP_MEM_HIT from a23"), True),
        (("X-Cache", "RefreshHit from cloudfront"), True),
        (("X-Cache", "Miss from cloudfront"), False),
        (("X-Cache-Status", "STALE"), True),
        (("CF-Cache-Status", "HIT"), True),
        (("CF-Cache-Status", "DYNAMIC"), False),
        (("X-Proxy-Cache", "MISS"), False),
        (("Cache-Status", "ExampleCache; hit; ttl=376"), True),
        (("Cache-Status", "ExampleCache; fwd=miss"), False),
        (("Age", "7"), True),
        (("Age", "0"), False),
        (("Age", "old"), False),
        (("Via", "1.1 varnish"), False),
    ],
)
def test_an_answer_says_whether_it_was_kept(headers: tuple[str, str], hit: bool):
    assert is_hit(answer(VALID, headers=(headers,))) is hit


@pytest.mark.parametrize(
    ("credentials", "copies"),
    [
        ((VALID, NOBODY), 1),
        ((VALID, unknown_key(), NOBODY), 2),
        ((VALID, OTHER), 1),
        ((VALID, SIBLING), 0),
        ((NOBODY, VALID), 0),
        ((OTHER, SIBLING), 1),
    ],
)
def test_a_copy_is_what_another_organisation_or_nobody_gets_later(credentials: Sequence[Credential], copies: int):
    assert len(find_copies(map(answer, credentials))) == copies


@pytest.mark.parametrize("status", [203, 206])
def test_a_copy_may_have_another_code_of_success(status: int):
    assert len(find_copies([answer(VALID, status=status), answer(NOBODY, status=status)])) == 1
    assert stated(answer(VALID, status=status), answer(NOBODY, status=status, headers=HIT)) != []


def test_no_copy_is_an_empty_list_or_another_body():
    assert find_copies([answer(VALID, []), answer(NOBODY, [])]) == []
    assert find_copies([answer(VALID), answer(NOBODY, [{"id": 2}])]) == []


def test_of_a_recording_an_answer_that_says_it_was_kept_is_probably_out_of_a_cache():
    [seen] = stated(answer(VALID), answer(NOBODY, headers=HIT))
    assert seen == (
        "GET /api/v1/members with no credentials got the same 37 bytes as the primary key before "
        "(X-Cache: HIT from edge-7), probably out of a shared cache"
    )
    [seen] = stated(answer(VALID), answer(OTHER, headers=HIT))
    assert seen.endswith("probably out of a shared cache, or both keys are of one organisation")


def test_of_a_recording_nothing_is_said_of_a_cache_that_no_answer_tells_of():
    assert stated(answer(VALID), answer(NOBODY)) == []
    assert stated(answer(VALID), answer(OTHER)) == []


@pytest.mark.parametrize("status", [200, 203, 206])
def test_of_a_recording_what_was_served_before_any_key_had_asked_is_no_cache(status: int):
    first = answer(NOBODY, status=status)
    assert stated(first, answer(VALID), replace(answer(NOBODY, headers=HIT), number=3)) == []


@pytest.mark.parametrize("status", [200, 203, 206])
def test_what_a_cache_answers_explains_a_limit_that_counts_too_little(status: int):
    own = answer(VALID, status=status)
    hits = [answer(VALID, status=status, headers=HIT, number=number) for number in range(3, 9)]
    client = Client(Deployment(BASE, KEYS), transport=NothingMore())
    client.journal += [own, answer(NOBODY, status=status, headers=HIT, number=2), *hits]
    rate = Result(requirement("RATE-2"), failed("too many"), (own, *hits))
    [hypothesis] = shared_caches(Observation(client, [rate]))
    assert hypothesis.explains(rate)
    assert not hypothesis.explains(replace(rate, exchanges=(own, *hits[:1])))
