"""Scenarios of tolerance of what may differ: the form of answers, and values that are new."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from oneinvoice_conformance.clients.front.answer import Answer, Api, Script
from oneinvoice_conformance.clients.front.grease import Freedom, greased
from oneinvoice_conformance.clients.observation import ClientRequest, Mark, Trial
from oneinvoice_conformance.clients.scenarios.scenario import scenario
from oneinvoice_conformance.clients.stage import Stage
from oneinvoice_conformance.clients.subject import Means

GREASE = "grease"
NEW_VALUES = "new-values"
LAST_GREASED = "last greased"
"""Fact: the number of the last request that all freedoms were used in answer to; those after it look for a reason."""
SUSPECTS = "suspects"
"""Fact: the freedoms that the client fails by, in words, as few as were found; none where it doesn't fail."""
ODD = "odd"
"""Fact: ids of the records with a value that is new, by list."""

_SEARCH = 20.0  # seconds that the search for a reason may begin another run in
_AGAIN = 2  # requests of one page that a search takes for a failure, and does not wait for its end
_LIKELY = 0.75  # chance of a freedom to be used in an answer that isn't the first of its list
_STATUSES = ("archived", "on_hold", "expired", "partially_paid", "disputed", "withdrawn", "suspended", "in_review")


@scenario(GREASE, "Answers differ in form, and have fields and headers that are new.", "TOL-1")
def grease(stage: Stage) -> None:
    """Use all freedoms at once; where the client fails, look for the one that it fails by."""
    freedoms = tuple(Freedom)
    stage.front.script = _greasing(freedoms, stage.random)
    fails = not stage.run().is_well or _reads_less(stage.control, stage.journal.requests)
    stage.facts[LAST_GREASED] = max((request.number for request in stage.journal.requests), default=0)
    end = stage.end
    if Means.READBACK in stage.client.means:
        stage.readback()
    stage.facts[SUSPECTS] = _suspects(stage, freedoms) if fails else ()
    stage.end = end


def _greasing(freedoms: Collection[Freedom], source: random.Random) -> Script:
    """Return a script that uses all freedoms in the first answer of each list, and most of them in the others."""
    seen: set[str | None] = set()
    lock = threading.Lock()

    def answer(request: ClientRequest, api: Api) -> Answer:
        with lock:
            chance = random.Random(source.random())  # noqa: S311
            is_first = request.endpoint not in seen
            seen.add(request.endpoint)
        used = [freedom for freedom in freedoms if is_first or len(freedoms) == 1 or chance.random() < _LIKELY]
        return greased(api(), request, used, chance)

    return answer


def _reads_less(control: Trial | None, requests: Sequence[ClientRequest]) -> bool:
    """Tell whether a list is left before its end, or not read at all, which was read to its end in the control."""
    assert control is not None
    return bool(_ended(control.requests) - _ended(requests))


def _ended(requests: Sequence[ClientRequest]) -> set[tuple[str | None, str | None]]:
    """Return list and filter of the pages that reached the end of a list."""
    return {
        (each.endpoint, each.status_filter)
        for each in requests
        if each.is_page and (each.offset or 0) + (each.records or 0) >= (each.total or 0)
    }


def _suspects(stage: Stage, freedoms: Sequence[Freedom]) -> tuple[str, ...]:
    """Return the freedoms that the client fails by, found by halves; more than one where time is over, or it's not one.

    Raises `Stopped`.
    """
    end = stage.journal.clock() + _SEARCH
    while len(freedoms) > 1:
        middle = len(freedoms) // 2
        halves = (freedoms[:middle], freedoms[middle:])
        found = next((half for half in halves if stage.journal.clock() < end and _fails(stage, half)), None)
        if found is None:
            break
        freedoms = found
    return tuple(freedoms)


def _fails(stage: Stage, freedoms: Sequence[Freedom]) -> bool:
    """Run the client under some grease, and tell whether it fails: it ends badly, early, or asks again and again."""
    before = len(stage.journal.requests)
    stage.front.script = _greasing(freedoms, stage.random)

    def asks_again() -> bool:
        asked = Counter(request.target for request in stage.journal.requests[before:])
        return any(count > _AGAIN for count in asked.values())

    end = stage.run_until(asks_again, "answers differ in what is free")
    return not end.is_well or _reads_less(stage.control, stage.journal.requests[before:])


@scenario(NEW_VALUES, "A status is new, a signing and a paid_at are null.", "TOL-2")
def new_values(stage: Stage) -> None:
    """Change a record of each list, an accepted quote and a paid invoice."""
    changes = _changes(stage.sandbox.records(), stage.random)
    stage.facts[ODD] = {name: frozenset(changed) for name, changed in changes.items()}

    def answer(request: ClientRequest, api: Api) -> Answer:
        whole = api()
        changed = changes.get(request.endpoint or "", {})
        content = whole.page()
        if content is None or not changed:
            return whole
        ids = {record["id"] for record in content["data"]} & changed.keys()
        if not ids:
            return whole
        content["data"] = [record | _kept(changed.get(record["id"], {}), request) for record in content["data"]]
        return whole.with_json(content, Mark.UNKNOWN_VALUE, f"{len(ids)} records with a value that is new")

    stage.front.script = answer
    stage.run()
    if Means.READBACK in stage.client.means:
        stage.readback()


Changes = dict[str, dict[str, Any]]
"""What is changed of records, by their ids."""


def _changes(records: Mapping[str, Mapping[str, Mapping[str, Any]]], chance: random.Random) -> dict[str, Changes]:
    """Return changes of an accepted quote, a paid invoice, and an early record of each list."""
    changes: dict[str, Changes] = {name: {} for name in records}

    def change(name: str, value: dict[str, Any], ids: Sequence[str]) -> None:
        if fit := [id for id in ids if id not in changes[name]]:
            changes[name][chance.choice(fit)] = value

    change("quotes", {"signing": None}, _of_status(records["quotes"], "accepted"))
    change("invoices", {"paid_at": None}, _of_status(records["invoices"], "paid"))
    for name, each in records.items():
        change(name, {"status": chance.choice(_STATUSES)}, [*each][: -(-len(each) // 3)])
    return changes


def _of_status(records: Mapping[str, Mapping[str, Any]], status: str) -> list[str]:
    return [id for id, record in records.items() if record["status"] == status]


def _kept(change: dict[str, Any], request: ClientRequest) -> dict[str, Any]:
    """Return a change without a status that the request's filter rules out."""
    return {} if "status" in change and request.status_filter is not None else change
