"""Requests beside one light request: with other keys, and on the other endpoints."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from oneinvoice_conformance.documented import ENDPOINTS, EXAMPLE_QUERIES
from oneinvoice_conformance.http.client import Client
from oneinvoice_conformance.http.credentials import Role
from oneinvoice_conformance.http.exchange import Exchange, Request
from oneinvoice_conformance.ratelimit.interleaving import (
    ANOTHER_ENDPOINT,
    ANOTHER_KEY,
    WITHOUT_QUERY,
    InterleavedProbe,
    Target,
)

OTHER_KEYS = (Role.OTHER, Role.SIBLING)


def targets(client: Client, request: Request, wanted: Collection[str]) -> list[Target]:
    """Return what to probe while the key of the request is overloaded with it, to judge the wanted requirements."""
    keys = {role: client.deployment.credential(role) for role in OTHER_KEYS if "RATE-3" in wanted}
    counted_together = ENDPOINTS if "RATE-5" in wanted else ()
    examples = {endpoint: _example(endpoint, request, client.journal) for endpoint in counted_together}
    plain = {endpoint: Request(endpoint, request.credential) for endpoint in counted_together}
    return [
        *(
            Target(role, Request(request.endpoint, credential, request.query), ANOTHER_KEY)
            for role, credential in keys.items()
            if credential
        ),
        *(
            Target(endpoint, example, ANOTHER_ENDPOINT)
            for endpoint, example in examples.items()
            if endpoint != request.endpoint
        ),
        *(
            Target(f"{endpoint} without a query", each, WITHOUT_QUERY, after=endpoint)
            for endpoint, each in plain.items()
            if each not in (request, examples[endpoint])
        ),
    ]


def mix(client: Client, request: Request) -> list[Request]:
    """Return what fills a minute of the request's key: all endpoints in turn, with a query and without.

    A limiter may count some endpoints alone, or only what has no query. Half of it is the request itself, so that of
    limits for each endpoint, be they as many in sum, that one's is used up first.
    """
    quotes, invoices = (endpoint for endpoint in ENDPOINTS if endpoint != request.endpoint)
    plain = {endpoint: Request(endpoint, request.credential) for endpoint in (quotes, invoices)}
    filtered = {endpoint: _example(endpoint, request, client.journal) for endpoint in (quotes, invoices)}
    in_turn = (filtered[quotes], plain[invoices], plain[quotes], filtered[invoices])
    return [each for other in in_turn for each in (request, other)]


def mix_of_others(requests: Sequence[Request]) -> list[Request]:
    """Return a mix of other proportions: without the request of which a mix has most, and more of one of the others.

    What isn't counted is another part of it, which tells what that is.
    """
    filtered, other_plain, plain, other_filtered = requests[1::2]
    return [filtered, plain, other_filtered, filtered, plain, other_plain]


def unresolved(wanted: Iterable[Target], probes: Mapping[str, InterleavedProbe]) -> list[Target]:
    """Return the targets of which it isn't known yet what they get."""
    return [target for target in wanted if target.name not in probes or not probes[target.name].is_conclusive]


def _example(endpoint: str, request: Request, journal: Iterable[Exchange]) -> Request:
    """Return the documentation's own, with a filter that some limiter may leave out; plain where that wasn't served."""
    example = Request(endpoint, request.credential, EXAMPLE_QUERIES[endpoint])
    is_unserved = any(each.request == example and not each.serves_list for each in journal)
    return replace(example, query=()) if is_unserved else example
