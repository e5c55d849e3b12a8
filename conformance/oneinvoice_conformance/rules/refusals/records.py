"""Records of an organisation in the answer to a request that is to be refused, whatever status says that it is."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from functools import cached_property
from typing import Any

from oneinvoice_conformance.documented import ENDPOINTS
from oneinvoice_conformance.http.credentials import OPTIONS, Role
from oneinvoice_conformance.http.exchange import Exchange, NotJSON, Request
from oneinvoice_conformance.model.finding import Finding, failed, inconclusive
from oneinvoice_conformance.records.bodies import Body
from oneinvoice_conformance.records.finder import NoList
from oneinvoice_conformance.records.json_text import canonical
from oneinvoice_conformance.records.shown import KnownRecords, Shown, objects_in
from oneinvoice_conformance.rules.places.answers import pointer_to, told, told_record
from oneinvoice_conformance.session.rule_context import RuleContext

_LOOKED_AT = 256 * 2**10  # bytes of a body without JSON
_IN_COMMON = 3  # names of fields, where nothing else tells that objects are records
_SEVERAL = 2  # such objects, since one may be an example
_USUAL_NAMES = frozenset({"id", "status", "name", "email", "number", "total", "public_token", "created_at"})


class RefusalReader:
    """Reader of refusals, by the records that good keys list."""

    def __init__(self, context: RuleContext) -> None:
        self._context = context
        self._harmless: set[Body] = set()  # most refusals are equal

    @cached_property
    def _known(self) -> list[KnownRecords]:
        return known_records(exchange for exchange in self._context.journal if exchange.request.credential.valid)

    def find_records(self, answer: Exchange) -> Finding | None:
        """Return a failure where a refusal shows records, a doubt where it may; else None.

        Objects that look like records, and are none that were listed so far, are looked for in what good keys get for
        the same request.
        """
        if answer.body.size == 0 or answer.body in self._harmless:
            return None
        finding = records_in(answer, self._known)
        if (finding is None or not finding.certain) and (count := self._count_alike(answer)):
            asked = list(self._context.ask_if_recorded(self._with_good_keys(answer.request)))
            finding = records_in(answer, known_records(asked)) or finding
            if finding is None and count >= _SEVERAL:
                finding = self._untold(answer, count)
        if finding is None:
            self._harmless.add(answer.body)
        return finding

    def _count_alike(self, answer: Exchange) -> int:
        """Return how many different objects in the answer have fields as records do."""
        names = set().union(*(each.names for each in self._known)) or _USUAL_NAMES
        alike = (record for record in objects_in(_value(answer)) if len(names & record.keys()) >= _IN_COMMON)
        return len(set(map(canonical, alike)))

    def _with_good_keys(self, request: Request) -> Iterable[Request]:
        for role in (Role.PRIMARY, Role.OTHER):
            if self._context.has(role):
                yield replace(request, credential=self._context.key(role), accepts_4xx=True)

    def _untold(self, answer: Exchange, count: int) -> Finding:
        reason = f"{_got(answer)}, and its body holds {count} objects like records, which no key of this run lists"
        remedy = "see whose they are"
        if not self._context.has(Role.PRIMARY):
            remedy = f"give a key with {OPTIONS[Role.PRIMARY]} to tell whether they are"
        return inconclusive(f"{reason}; {remedy}", answer)


def known_records(exchanges: Iterable[Exchange]) -> list[KnownRecords]:
    """Return the records of the lists that were served."""
    known = []
    for exchange in exchanges:
        if exchange.is_served and exchange.request.endpoint in ENDPOINTS:
            with suppress(NotJSON, NoList):
                if records := exchange.records():
                    known.append(KnownRecords(exchange.request.endpoint, records))
    return known


def records_in(answer: Exchange, known: Iterable[KnownRecords]) -> Finding | None:
    """Return a failure where an answer shows one of these records, a doubt where it may; else None."""
    value = _value(answer)
    found = [shown for each in known if (shown := each.shown_in(value))]
    if not found:
        return None
    shown = max(found, key=lambda each: (each.is_proven, each.endpoint == answer.request.endpoint, each.count))
    finding = _failure(answer, shown) if shown.is_proven else _doubt(answer, shown)
    place = "" if shown.place is value else pointer_to(value, shown.place)
    seen = f"{told(shown.seen)}, as the {shown.endpoint} that a good key lists have it"
    return finding.at(answer, place, "an error without anything of an organisation", seen)


def _failure(answer: Exchange, shown: Shown) -> Finding:
    which = told_record(shown.record, shown.endpoint)
    reason = f"{_got(answer)}, and its body shows {shown.count} of the {shown.endpoint}, the first with {which}"
    return failed(reason, answer, certain=True)


def _doubt(answer: Exchange, shown: Shown) -> Finding:
    reason = f"{_got(answer)}, and its body holds {told(shown.seen)}, which one of the {shown.endpoint} has too"
    return inconclusive(f"{reason}; see whether it is there to help the caller, or taken from that record", answer)


def _got(answer: Exchange) -> str:
    return f"{answer.request} with {answer.request.credential.label} got {answer.outcome}"


def _value(answer: Exchange) -> Any:
    """Return the JSON of an answer, or else the beginning of its text."""
    try:
        return answer.json()
    except NotJSON:
        return answer.body.read(_LOOKED_AT).decode("utf-8", "replace")
