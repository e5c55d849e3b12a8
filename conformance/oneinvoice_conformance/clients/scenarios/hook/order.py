"""Scenario of order: events of a record come in their order, and out of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from oneinvoice_conformance.clients.hooks.events import Event
from oneinvoice_conformance.clients.observation import Readback
from oneinvoice_conformance.clients.scenarios.effects import settle
from oneinvoice_conformance.clients.scenarios.hook.deliveries import deliver, few, take_genuine
from oneinvoice_conformance.clients.scenarios.scenario import scenario
from oneinvoice_conformance.clients.stage import NotPlayed, Stage
from oneinvoice_conformance.clients.subject import Means

ORDER = "order"
TOLD = "told"
"""Fact of this scenario: the records that were told of, each `Told`."""
_STEP = 2.0  # seconds of the sandbox between the events of a record


@dataclass(frozen=True, slots=True)
class Told:
    """Record that events told of: its list and id, the status it ended with, and the order in which they came."""

    list: str
    id: str
    status: str
    events: tuple[str, ...]
    in_order: bool


@dataclass(frozen=True, slots=True)
class _History:
    list: str
    names: tuple[str, ...]  # as they happen
    order: tuple[int, ...]  # as they are delivered


_INVOICE = ("invoice.created", "invoice.sent", "invoice.paid")
_QUOTE = ("quote.created", "quote.sent", "quote.accepted")
_HISTORIES = (
    _History("invoices", _INVOICE, (0, 1, 2)),
    _History("quotes", _QUOTE, (0, 1, 2)),
    _History("invoices", _INVOICE, (2, 0)),
    _History("invoices", _INVOICE, (2, 1)),
    _History("invoices", _INVOICE, (0, 2, 1)),
    _History("quotes", _QUOTE, (2, 0)),
    _History("quotes", _QUOTE, (0, 2, 1)),
)


@scenario(ORDER, "Events come out of order.", "HOOK-5", needs=(Means.HOOK,), seconds=3.0, data=few)
def order(stage: Stage) -> None:
    """Deliver what happened to some records, each time one event of each record, in their order or in another."""
    stage.say("events come out of order")
    happened = _happened(stage)
    told = []
    for history, events in zip(_HISTORIES, happened, strict=True):
        came = tuple(history.names[place] for place in history.order)
        newest = events[-1].record
        in_order = list(history.order) == sorted(history.order)
        told.append(Told(history.list, str(newest["id"]), str(newest["status"]), came, in_order))
    stage.facts[TOLD] = tuple(told)
    for turn in range(3):
        due = [
            events[each.order[turn]]
            for each, events in zip(_HISTORIES, happened, strict=True)
            if turn < len(each.order)
        ]
        if refused := deliver(stage, [stage.sender.parcel(event, form="of a record's history") for event in due]):
            raise NotPlayed(f"the receiver did not take a genuine {refused[0].named}")
    after = take_genuine(stage)
    _await_records(stage, told)
    settle(stage, [event.id for event in after])


def _await_records(stage: Stage, told: Sequence[Told]) -> None:
    """Wait until a record shows that was told of in order, if the client tells of no effects that could be awaited."""
    if Means.READBACK not in stage.client.means:
        return

    def shows() -> bool:
        kept = stage.readback()
        return (
            kept is None
            or kept.effects is not None
            or any(status_of(kept, each) == each.status for each in told if each.in_order)
        )

    stage.wait_until(shows, stage.client.settle, "the records come")


def status_of(kept: Readback, told: Told) -> str | None:
    """Return the status that the client keeps of a record, in lower case; None without one."""
    record = kept.lists.get(told.list, {}).get(told.id)
    status = record.get("status") if isinstance(record, Mapping) else None
    return status.lower() if isinstance(status, str) else None


def _happened(stage: Stage) -> list[Sequence[Event]]:
    """Return the events of each history, as they happened, some time after one another."""
    created = [stage.events.make(each.names[0]) for each in _HISTORIES]
    happened = [[event] for event in created]
    for turn in (1, 2):
        stage.sandbox.control("POST", "/clock", {"advance": _STEP})
        for each, events in zip(_HISTORIES, happened, strict=True):
            kind = each.list.removesuffix("s")
            events.append(stage.events.make(each.names[turn], **{kind: str(events[0].record["id"])}))
    return list(happened)
