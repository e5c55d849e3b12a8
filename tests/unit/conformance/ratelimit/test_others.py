"""The others: which keys and endpoints are probed, and which are still open."""

from __future__ import annotations

import pytest
from oneinvoice_conformance.documented import EXAMPLE_QUERIES
from oneinvoice_conformance.http.exchange import Request
from oneinvoice_conformance.ratelimit.interleaving import ANOTHER_ENDPOINT, ANOTHER_KEY, InterleavedProbe
from oneinvoice_conformance.ratelimit.others import mix, mix_of_others, targets, unresolved

from tests.miniatures.limits import Unlimited
from tests.unit.conformance.fakes import exchange
from tests.unit.conformance.ratelimit.loading import key_under_load, limited

_ENDPOINTS = ["quotes", "invoices", "quotes without a query", "invoices without a query"]


@pytest.mark.parametrize(
    ("wanted", "roles", "names"),
    [
        ({"RATE-3", "RATE-5"}, ("primary", "sibling", "other"), ["other", "sibling", *_ENDPOINTS]),
        ({"RATE-3"}, ("primary", "sibling"), ["sibling"]),
        ({"RATE-3"}, ("primary",), []),
        ({"RATE-5"}, ("primary", "other"), _ENDPOINTS),
        ({"RATE-1", "RATE-4"}, ("primary", "other"), []),
    ],
)
def test_only_what_a_requirement_needs_is_probed(wanted: set[str], roles: tuple[str, ...], names: list[str]) -> None:
    key = key_under_load(limited(Unlimited()), roles=roles)
    assert [target.name for target in targets(key.client, key.request, wanted)] == names


def test_a_key_asks_the_same_and_an_endpoint_what_the_documentation_shows() -> None:
    key = key_under_load(limited(Unlimited()))
    by_name = {target.name: target for target in targets(key.client, key.request, {"RATE-3", "RATE-5"})}
    other, quotes = by_name["other"], by_name["quotes"]
    assert (other.request.endpoint, other.request.credential.account) == ("members", "other")
    assert other.threshold is ANOTHER_KEY
    assert (quotes.request.query, quotes.request.credential.account) == (EXAMPLE_QUERIES["quotes"], "primary")
    assert quotes.threshold is ANOTHER_ENDPOINT


def test_the_endpoint_that_is_overloaded_with_a_query_is_asked_without_one() -> None:
    key = key_under_load(limited(Unlimited()))
    request = Request("members", key.request.credential, (("limit", "1"),))
    by_name = {target.name: target.request for target in targets(key.client, request, {"RATE-5"})}
    assert by_name["members without a query"] == Request("members", key.request.credential)
    assert "members" not in by_name


def test_an_endpoint_whose_example_was_not_served_is_asked_plainly() -> None:
    key = key_under_load(limited(Unlimited()))
    quotes = targets(key.client, key.request, {"RATE-5"})[0].request
    key.journal.append(exchange(b"", 500, quotes))
    assert targets(key.client, key.request, {"RATE-5"})[0].request.query == ()


def test_what_is_not_known_yet_is_unresolved() -> None:
    key = key_under_load(limited(Unlimited()))
    wanted = targets(key.client, key.request, {"RATE-3", "RATE-5"})
    probes = {
        "other": InterleavedProbe(served=True),
        "sibling": InterleavedProbe(refused=True, had_quota_left=False),
        "quotes": InterleavedProbe(refused=True),
    }
    assert [target.name for target in unresolved(wanted, probes)] == ["sibling", *_ENDPOINTS[1:]]
    assert unresolved(wanted, {}) == wanted


def test_half_of_a_minute_is_the_request_and_the_rest_each_other_endpoint_with_a_query_and_without() -> None:
    key = key_under_load(limited(Unlimited()))
    requests = mix(key.client, key.request)
    assert requests[::2] == [key.request] * 4
    assert {(each.endpoint, each.query) for each in requests[1::2]} == {
        (endpoint, query) for endpoint in ("quotes", "invoices") for query in ((), EXAMPLE_QUERIES[endpoint])
    }


def test_another_mix_tells_what_is_not_counted_by_another_part_of_it() -> None:
    key = key_under_load(limited(Unlimited()))
    requests = mix(key.client, key.request)
    others = mix_of_others(requests)
    assert key.request not in others
    for belongs in (
        lambda each: each.endpoint == "quotes",
        lambda each: each.endpoint == "invoices",
        lambda each: each.is_plain,
    ):
        shares = [sum(map(belongs, one)) / len(one) for one in (requests, others)]
        assert shares[0] != shares[1]
