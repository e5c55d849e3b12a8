"""Admission of a proposed document: it is served only if everything that the mock says can be said by it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from oneinvoice_openapi.contract import document, held_to, operations
from oneinvoice_openapi.document_file import DocumentFile
from oneinvoice_openapi.references import Path, resolved

from oneinvoice_impl.api.operations import LISTED
from oneinvoice_impl.domain.event import EVENTS
from oneinvoice_impl.mock.proposals import reading
from oneinvoice_impl.mock.proposals.fitting import Misfit
from oneinvoice_impl.mock.proposals.messages import Messages
from oneinvoice_impl.mock.proposals.proposal import PATHS, SENT, Proposal
from oneinvoice_impl.mock.proposals.refusals import Refusals

_OF_LISTS = (200, 400, 401, 429, 500)
_OF_OTHERS = (200, 500)


class NotServed(Exception):
    """A document can't be served; `reasons` has a sentence for each reason."""

    def __init__(self, name: str, reasons: list[str]) -> None:
        super().__init__(f"{name} can't be served")
        self.name = name
        self.reasons = reasons


def admitted(name: str) -> Proposal:
    """Return the proposal that is read from a file, or the release of that version. Raises `Unusable`, `NotServed`."""
    file, differences = reading.read(name)
    own = document()
    refusals = Refusals(held_to(file.document), own, file.place)
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
    proposal = Proposal(name, file, differences, new, payment)
    reasons = reasons or [*_misfits(proposal, own, file)]
    if reasons:
        raise NotServed(name, list(dict.fromkeys(reasons)))
    return proposal


def _misfits(proposal: Proposal, own: dict[str, Any], file: DocumentFile) -> Iterator[str]:
    """Yield a sentence for each answer or event of which an example can't be said by the document."""
    authored = Messages(own)
    for path, method, operation in operations(own):
        if method.lower() not in (proposal.document.get("paths") or {}).get(path, {}):
            continue
        for status in _OF_LISTS if operation["operationId"] in LISTED else _OF_OTHERS:
            yield from _misfits_of_answer(proposal, authored, file, path, status)
    for event in proposal.events:
        like = event if event in EVENTS else _LIKE.get(proposal.resource_of(event) or "", "api.change_announced")
        place = authored.event(like).place
        for content in authored.examples((*place, "requestBody", "content", "application/json")):
            try:
                proposal.event(event, content | {"event": event})
            except Misfit as problem:
                yield _sentence(file, problem, event)


def _misfits_of_answer(
    proposal: Proposal, authored: Messages, file: DocumentFile, path: str, status: int
) -> Iterator[str]:
    before, after = authored.answer(path, "GET", status), proposal.messages.answer(path, "GET", status)
    assert before is not None, "the authored document describes what is answered"
    here: Path = ("paths", path, "get", "responses")
    ((media, _),) = before.bodies.items()
    if after is None or media not in after.bodies:
        yield f"{file.place(here)}: the mock answers {status} with {media} there; describe that."
        return
    for name in SENT & before.headers.keys() & after.headers.keys():
        example = resolved(authored.document, before.headers[name])[1]["example"]
        places = ((*after.headers[name], "schema"),)
        if "schema" in resolved(proposal.held, after.headers[name])[1] and not proposal.schemas.validator(
            places
        ).is_valid(example):
            yield f"{file.place(after.headers[name])}: the mock sends it as it is today, such as {example}; leave it."
    for content in authored.examples((*before.place, "content", media)):
        for told in _variants(proposal, authored, path, content):
            try:
                proposal.answer(path, "GET", status, media, told)
            except Misfit as problem:
                yield _sentence(file, problem, f"{path} {status}")


def _variants(proposal: Proposal, authored: Messages, path: str, content: Any) -> Iterator[Any]:
    """Yield an example of an answer, and of a page one with the highest limit and each kind of record that there is."""
    yield content
    if "pagination" not in content:
        return
    (record,), resource = content["data"], next(each for each, listed in PATHS.items() if listed == path)
    records = [record, *(record | {"status": each} for each in proposal.statuses.get(resource, ()))]
    for event in EVENTS:
        if f"{event.partition('.')[0]}s" == resource:
            place = (*authored.event(event).place, "requestBody", "content", "application/json")
            records += [each["data"] for each in authored.examples(place)]
    records += [each | {"customer": each["customer"] | {"email": None}} for each in records if "customer" in each]
    if resource == "invoices":
        records += [records[0] | {"payment_status": each} for each in ("unpaid", "overdue", *proposal.payment_statuses)]
    most = proposal.most_records(path)
    for each in records:
        yield {"data": [each], "pagination": {"limit": most, "offset": 0, "total": 100_000}}
    yield {"data": [], "pagination": {"limit": 1, "offset": 0, "total": 0}}


_LIKE = {"quotes": "quote.sent", "invoices": "invoice.sent"}


def _sentence(file: DocumentFile, problem: Misfit, what: str) -> str:
    return f"{file.place(problem.place)}: {problem.reason} ({what}); change that schema, or leave it out."
