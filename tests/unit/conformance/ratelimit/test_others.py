"""The others: which keys and endpoints are probed, and which are still open."""

from __future__ import annotations

import pytest
from oneinvoice_conformance.documented import EXAMPLE_QUERIES
from oneinvoice_conformance.ratelimit.interleaving import ANOTHER_ENDPOINT, ANOTHER_KEY, InterleavedProbe
from oneinvoice_conformance.ratelimit.others import targets, unresolved

from tests.miniatures.limits import Unlimited
from tests.unit.conformance.fakes import exchange
from tests.unit.conformance.ratelimit.loading import key_under_load, limited


@pytest.mark.parametrize(
    ("wanted", "roles", "names"),
    [
        ({"RATE-3", "RATE-5"}, ("primary", "sibling", "other"), ["other", "sibling", "quotes", "invoices"]),
        ({"RATE-3"}, ("primary", "sibling"), ["sibling"]),
        ({"RATE-3"}, ("primary",), []),
        ({"RATE-5"}, ("primary", "other"), ["quotes", "invoices"]),
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
    assert [target.name for target in unresolved(wanted, probes)] == ["sibling", "invoices"]
    assert unresolved(wanted, {}) == wanted
