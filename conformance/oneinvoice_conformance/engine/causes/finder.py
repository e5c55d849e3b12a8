"""Find the causes that results share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from oneinvoice_conformance.engine.causes.access import (
    fixed_answers,
    open_endpoints,
    other_refusals,
    same_organisation,
)
from oneinvoice_conformance.engine.causes.caches import kept_refusals, offsets_left_out, shared_caches
from oneinvoice_conformance.engine.causes.intermediaries import intermediaries
from oneinvoice_conformance.engine.causes.observation import OPEN, Hypothesis, Observation
from oneinvoice_conformance.engine.causes.order import unordered_ties
from oneinvoice_conformance.engine.causes.queries import (
    ignored_filters,
    ignored_limits,
    ignored_offsets,
    page_size,
    short_lists,
)
from oneinvoice_conformance.engine.causes.unserved import (
    refused_keys,
    unclear_lists,
    unserved_endpoints,
    unserved_queries,
)
from oneinvoice_conformance.http.client import Client
from oneinvoice_conformance.model.cause import Cause
from oneinvoice_conformance.model.result import Result

_DETECTORS: tuple[Callable[[Observation], Iterable[Hypothesis]], ...] = (
    intermediaries,
    unclear_lists,
    unserved_endpoints,
    refused_keys,
    fixed_answers,
    shared_caches,
    kept_refusals,
    offsets_left_out,
    ignored_offsets,
    open_endpoints,
    other_refusals,
    same_organisation,
    ignored_filters,
    page_size,
    ignored_limits,
    unordered_ties,
    short_lists,
    unserved_queries,
)
_LEAST = 2  # results that a cause explains; the reason of a single one says it all


def find_causes(client: Client, results: Sequence[Result]) -> tuple[Cause, ...]:
    """Return the causes that results share; no result has two."""
    unexplained = [result for result in results if result.outcome in OPEN]
    causes = []
    for detector in _DETECTORS:
        if len(unexplained) < _LEAST:
            break
        for hypothesis in detector(Observation(client, unexplained)):
            explained = [result for result in unexplained if hypothesis.explains(result)]
            if len(explained) >= _LEAST:
                ids = tuple(result.requirement.id for result in explained)
                causes.append(Cause(hypothesis.seen, hypothesis.remedy, ids, hypothesis.evidence))
                unexplained = [result for result in unexplained if result.requirement.id not in ids]
    return tuple(causes)
