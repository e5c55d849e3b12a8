"""Records of an organisation in the answer to a request that is to be refused, whatever status says that it is."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Set
from contextlib import suppress
from dataclasses import replace
from functools import cached_property
from itertools import chain
from typing import Any

from oneinvoice_conformance.documented import ENDPOINTS
from oneinvoice_conformance.http.credentials import OPTIONS, Credential, Role
from oneinvoice_conformance.http.exchange import Exchange, NotJSON, Request
from oneinvoice_conformance.model.finding import Finding, failed, inconclusive
from oneinvoice_conformance.records.bodies import Body
from oneinvoice_conformance.records.finder import NoList, Record
from oneinvoice_conformance.records.identity import identity_name
from oneinvoice_conformance.records.json_text import canonical
from oneinvoice_conformance.records.names import words
from oneinvoice_conformance.records.shown import KnownRecords, Page, Shown, unwrapped_objects
from oneinvoice_conformance.rules.places.answers import pointer_to, told, told_record
from oneinvoice_conformance.session.rule_context import RuleContext

_LOOKED_AT = 256 * 2**10  # bytes of a body without JSON
_SHORT = 4 * 2**10  # bytes of a body that is soon looked through
_IN_COMMON = 3  # names of fields, where nothing else tells that objects are records
_SEVERAL = 2  # such objects, since one may be an example
_SECRET_NAMES = frozenset({"token", "secret", "key", "password", "signature", "sig", "otp", "pin"})
_TOKEN = re.compile(r"(?=[A-Za-z_-]*\d)[\w-]{16,}")  # in a link too
_HIDDEN = "…"
_USUAL_NAMES = frozenset({"id", "status", "name", "email", "number", "total", "public_token", "created_at"})


class RefusalReader:
    """Reader of refusals, by the records that good keys list."""

    def __init__(self, context: RuleContext) -> None:
        self._context = context
        self._harmless: set[Body] = set()  # most refusals are equal
        self._asked: dict[tuple[Request, Body], Exchange] = {}

    @cached_property
    def _known(self) -> list[KnownRecords]:
        good = (exchange for exchange in self._context.journal if exchange.request.credential.valid)
        return known_records(chain(good, self._asked.values()))

    def find_records(self, answer: Exchange) -> Finding | None:
        """Return a failure where a refusal shows records, a doubt where it may; else None.

        Objects that look like records, and are none that were listed so far, are looked for in what good keys get for
        the same request.
        """
        if answer.body.size == 0 or (form := _form(answer.body)) in self._harmless:
            return None
        finding = records_in(answer, self._known)
        if finding and not finding.certain and self._learn(self._others_of_few()):
            finding = records_in(answer, self._known)
        if (finding is None or not finding.certain) and (count := self._count_alike(answer)):
            self._learn(self._context.ask_if_recorded(self._with_good_keys(answer.request)))
            finding = records_in(answer, self._known) or finding
            if finding is None and count >= _SEVERAL:
                finding = self._untold(answer, count)
        if finding is None:
            self._harmless.add(form)
        return finding

    def _others_of_few(self) -> Iterable[Exchange]:
        """Yield another organisation's lists, once, where too few records are known to tell what all have."""
        asked = {request for request, _ in self._asked}
        for endpoint in [each.endpoint for each in self._known if each.are_few and self._context.has(Role.OTHER)]:
            request = self._context.request(endpoint, self._context.key(Role.OTHER))
            if request not in asked:
                yield from self._context.ask_if_recorded([request])

    def _learn(self, exchanges: Iterable[Exchange]) -> bool:
        """Have the records of these be known as well, and tell whether any are new."""
        before = len(self._asked)
        self._asked |= {(exchange.request, exchange.body): exchange for exchange in exchanges}
        is_more = len(self._asked) > before
        if is_more:
            del self._known
        return is_more

    def _count_alike(self, answer: Exchange) -> int:
        """Return how many different objects in the answer have fields as records do."""
        forms = [form for each in self._known for form in each.forms]
        alike = (record for record in unwrapped_objects(_value(answer)) if _is_alike(record, forms))
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
    pages: dict[str, dict[tuple[Credential, Body], Page]] = {}
    for exchange in exchanges:
        key, endpoint = exchange.request.credential, exchange.request.endpoint
        if exchange.is_served and endpoint in ENDPOINTS:
            with suppress(NotJSON, NoList):
                if (key, exchange.body) not in (known := pages.setdefault(endpoint, {})):
                    known[key, exchange.body] = key, exchange.records()
    return [KnownRecords(endpoint, list(known.values())) for endpoint, known in pages.items()]


def _is_alike(record: Record, forms: Collection[Set[str]]) -> bool:
    """Tell whether an object has fields as the records of one endpoint do, and at least half of theirs."""
    if not forms:
        return len(_USUAL_NAMES & record.keys()) >= _IN_COMMON
    return any(len(same := form & record.keys()) >= _IN_COMMON and len(same) * 2 >= len(form) for form in forms)


def _form(body: Body) -> Body:
    """Return a body, or of a long one what stays the same where it numbers the request or has the time."""
    if body.size <= _SHORT:
        return body
    return Body(body.read().translate(None, b"0123456789"), is_cut=body.is_cut)


def records_in(answer: Exchange, known: Iterable[KnownRecords]) -> Finding | None:
    """Return a failure where an answer shows one of these records, a doubt where it may; else None."""
    value = _value(answer)
    found = [shown for each in known if (shown := each.shown_in(value))]
    if not found:
        return None
    shown = max(found, key=lambda each: (each.is_proven, each.endpoint == answer.request.endpoint, each.count))
    finding = _failure(answer, shown) if shown.is_proven else _doubt(answer, shown)
    place = "" if shown.place is value else pointer_to(value, shown.place)
    seen = f"{told(_without_tokens(shown.seen))}, as the {shown.endpoint} that a good key lists have it"
    return finding.at(answer, place, "an error without anything of an organisation", seen)


def _without_tokens(record: Record, endpoint: str | None = None) -> Record:
    """Return a record with its fields, but without the values of those that may open something; with the id."""
    identity = identity_name([record], endpoint) if endpoint else None
    return {name: value if name == identity else _hidden(name, value) for name, value in record.items()}


def _hidden(name: str, value: Any) -> Any:
    """Return a value of a field as it may be shown."""
    if isinstance(value, dict):
        return _without_tokens(value)
    if isinstance(value, list):
        return [_hidden(name, each) for each in value]
    is_secret = not _SECRET_NAMES.isdisjoint(words(name)) or (isinstance(value, str) and _TOKEN.search(value))
    return _HIDDEN if value and is_secret else value


def _failure(answer: Exchange, shown: Shown) -> Finding:
    which = told_record(_without_tokens(shown.record, shown.endpoint), shown.endpoint)
    reason = f"{_got(answer)}, and its body shows {shown.count} of the {shown.endpoint}, the first with {which}"
    return failed(reason, answer, certain=True)


def _doubt(answer: Exchange, shown: Shown) -> Finding:
    seen = told(_without_tokens(shown.seen))
    reason = f"{_got(answer)}, and its body holds {seen}, which one of the {shown.endpoint} has too"
    return inconclusive(f"{reason}; see whether it is there to help the caller, or taken from that record", answer)


def _got(answer: Exchange) -> str:
    return f"{answer.request} with {answer.request.credential.label} got {answer.outcome}"


def _value(answer: Exchange) -> Any:
    """Return the JSON of an answer, or else the beginning of its text."""
    try:
        return answer.json()
    except NotJSON:
        return answer.body.read(_LOOKED_AT).decode("utf-8", "replace")
