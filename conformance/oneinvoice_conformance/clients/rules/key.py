"""Rules of the API key."""

from __future__ import annotations

from oneinvoice_conformance.clients.observation import KeyPlace
from oneinvoice_conformance.clients.rules.rule import Judgement, Observed, failed, inconclusive, passed, rule, shown_by


@rule("KEY-1", passive=True)
def sends_it_as_bearer_alone(observed: Observed) -> Judgement:
    """Judge where the key stood in all requests (RFC 6750, sections 2.3 and 5.3)."""
    total = 0
    for trial in observed:
        with_key = [request for request in trial.requests if request.key_places]
        total += len(with_key)
        if elsewhere := [request for request in with_key if set(request.key_places) != {KeyPlace.BEARER}]:
            first = elsewhere[0]
            where = next(place for place in first.key_places if place is not KeyPlace.BEARER)
            return failed(f"the key stands in {where.value} of {first.method} {first.path}", shown_by(trial, elsewhere))
    if not total:
        return inconclusive("no request had the key")
    return passed(f"each of {total} requests has it as Authorization: Bearer, and nowhere else")
