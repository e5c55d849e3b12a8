"""Admission of a proposed document: it is served only if everything that the mock says can be said by it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from oneinvoice_openapi.contract import held_to, operations
from oneinvoice_openapi.references import Path, resolved

from oneinvoice_impl.api.implemented import document
from oneinvoice_impl.api.operations import LISTED
from oneinvoice_impl.domain.event import EVENTS
from oneinvoice_impl.mock.proposals import reading
from oneinvoice_impl.mock.proposals.fitting import Misfit
from oneinvoice_impl.mock.proposals.messages import Message, Messages
from oneinvoice_impl.mock.proposals.proposal import PATHS, SENT, Proposal
from oneinvoice_impl.mock.proposals.refusals import Refusals
from oneinvoice_impl.store.records.scope import Resource

_JSON = "application/json"
_OF_LISTS = (200, 400, 401, 429, 500)
_OF_OTHERS = (200, 500)
_MANY = 100_000


class NotServed(Exception):
    """A document can't be served; `reasons` has a sentence for each reason."""

    def __init__(self, name: str, reasons: list[str]) -> None:
        super().__init__(f"{name} can't be served")
        self.reasons = reasons


def admitted(name: str, known_as: str | None = None) -> Proposal:
    """Return the proposal that is read from a file, or the release of that version. Raises `Unusable`, `NotServed`.

    People know it by its name unless another is given.
    """
    file, differences = reading.read(name)
    refusals = Refusals(held_to(file.document), document(), file.place)
    reasons = [*refusals.all()]
    new: dict[str, tuple[str, ...]] = {}
    payment: tuple[str, ...] = ()
    if not reasons:
        for resource, path in PATHS.items():
            added, gone = refusals.statuses(path, "status")
            new |= {resource: added} if added else {}
            reasons += gone
        payment, gone = refusals.statuses(PATHS["invoices"], "payment_status")
        reasons += gone
    proposal = Proposal(known_as or name, file, differences, new, payment)
    if not reasons:
        reasons = _Rehearsal(proposal).reasons()
    if reasons:
        raise NotServed(name, list(dict.fromkeys(reasons)))
    return proposal


class _Rehearsal:
    """Says what the implemented document has as examples by the proposed one."""

    def __init__(self, proposal: Proposal) -> None:
        self._proposal = proposal
        self._own = document()
        self._messages = Messages(self._own)

    def reasons(self) -> list[str]:
        """Return a sentence for each place of the document by which something can't be said."""
        told: dict[Path, str] = {}
        for place, sentence in (*self._of_answers(), *self._of_events()):
            told.setdefault(place, f"{self._proposal.file.place(place)}: {sentence}")
        return [*told.values()]

    def _of_answers(self) -> Iterator[tuple[Path, str]]:
        paths = self._proposal.document.get("paths") or {}
        for path, method, operation in operations(self._own):
            if method.lower() in paths.get(path, {}):
                for status in _OF_LISTS if operation["operationId"] in LISTED else _OF_OTHERS:
                    yield from self._of_answer(path, status)

    def _of_answer(self, path: str, status: int) -> Iterator[tuple[Path, str]]:
        before, after = (each.answer(path, "GET", status) for each in (self._messages, self._proposal.messages))
        assert before is not None, "the implemented document describes what is answered"
        ((media, _),) = before.bodies.items()
        if after is None or media not in after.bodies:
            here: Path = ("paths", path, "get", "responses")
            yield here, f"the mock answers {status} with {media} there; describe that."
            return
        yield from self._of_headers(before, after)
        for content in self._messages.examples((*before.place, "content", media)):
            for told in self._variants(path, content):
                try:
                    self._proposal.answer(path, "GET", status, media, told)
                except Misfit as problem:
                    yield _told(problem, f"{path} {status}")

    def _of_headers(self, before: Message, after: Message) -> Iterator[tuple[Path, str]]:
        for name in sorted(SENT & before.headers.keys() & after.headers.keys()):
            example = resolved(self._own, before.headers[name])[1]["example"]
            place = after.headers[name]
            if "schema" in resolved(self._proposal.held, place)[1]:
                validator = self._proposal.schemas.validator(((*place, "schema"),))
                if not validator.is_valid(example):
                    yield place, f"the mock sends it as it is today, such as {example}; leave it as it is."

    def _variants(self, path: str, content: Any) -> Iterator[Any]:
        """Yield an example, and, if it is a page, one for each kind of record that there is."""
        yield content
        if "pagination" not in content:
            return
        most = self._proposal.most_records(path)
        for each in self._records(next(resource for resource, listed in PATHS.items() if listed == path)):
            yield {"data": [each], "pagination": {"limit": most, "offset": 0, "total": _MANY}}
        yield {"data": [], "pagination": {"limit": 1, "offset": 0, "total": 0}}

    def _records(self, resource: Resource) -> list[Any]:
        """Return records of each status and payment status, with and without what may be null."""
        records = [each["data"] for event in EVENTS if f"{event.partition('.')[0]}s" == resource
                   for each in self._event_examples(event)]  # fmt: skip
        for each in self._messages.examples((*self._place_of(PATHS[resource]), "content", _JSON)):
            records += each["data"]
        first = records[-1]
        records += [first | {"status": each} for each in self._proposal.statuses.get(resource, ())]
        records += [each | {"customer": each["customer"] | {"email": None}} for each in records if "customer" in each]
        if resource == "invoices":
            shown = ("unpaid", "overdue", *self._proposal.payment_statuses)
            records += [first | {"payment_status": each} for each in shown]
        return records

    def _of_events(self) -> Iterator[tuple[Path, str]]:
        for event in self._proposal.events:
            for content in self._event_examples(event):
                try:
                    self._proposal.event(event, content)
                except Misfit as problem:
                    yield _told(problem, event)

    def _event_examples(self, event: str) -> Iterator[Any]:
        """Yield examples of what an event says; of a new one they have a record that it may tell of."""
        if event in EVENTS:
            place = self._messages.event(event).place
            yield from self._messages.examples((*place, "requestBody", "content", _JSON))
            return
        (envelope,) = self._event_examples("invoice.sent")
        resource = self._proposal.resource_of(event)
        for data in [{}] if resource is None else self._records(resource):
            yield envelope | {"event": event, "data": data}

    def _place_of(self, path: str) -> Path:
        message = self._messages.answer(path, "GET", 200)
        assert message is not None
        return message.place


def _told(problem: Misfit, what: str) -> tuple[Path, str]:
    return problem.place, f"{problem.reason} ({what}); change that schema, or leave it out."
