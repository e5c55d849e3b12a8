"""Quotes "with status, total, public_token and signing info", invoices "with payment status and due date"."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from tests.conformance.trust import lying
from tests.conformance.trust.lies.members import FILTERS, STATUSES_OF, FilterChanged, Forgotten
from tests.conformance.trust.lying import ANYWHERE, Corner, Lie, Lying
from tests.miniatures.data import Invoice, Quote, Record
from tests.miniatures.deployment import ListQuery

QUOTES = "Returns quotes with status, total, public_token and signing info."
INVOICES = "Returns invoices with payment status and due date."
FILTER = {"quotes": "GET /api/v1/quotes?status=accepted", "invoices": "GET /api/v1/invoices?status=paid"}

# Freedoms that tell a status in other words, or filter by something else.
OTHER_STATUSES = frozenset(
    {"filtered-by-payment", "filtered-by-either", "invoices-without-status", "derived-statuses"}
    | {"status-in-words-of-payment", "status-tells-all"}
)
# Which records a field is wrong in.
Among = Callable[[Record], bool]
AMONG: dict[str, Among] = {
    "all": lambda record: True,
    "every third": lambda record: record.id % 3 == 0,
    "every tenth": lambda record: record.id % 10 == 0,
    "accepted": lambda record: record.status == "accepted",
    "rejected": lambda record: record.status == "rejected",
    "sent": lambda record: record.status == "sent",
    "paid": lambda record: record.status == "paid",
}


class FieldChanged(Lying):
    """Lacks a field, or has nonsense in it, in some records."""

    names: tuple[str, ...] = ()
    among: Among
    value: Any = ...  # absent

    def represent(self, record: Record, query: ListQuery) -> Any:
        shown = super().represent(record, query)
        if self.resource != query.resource or not self.lies() or not type(self).among(record):
            return shown
        return self.instead(shown, _changed(shown, self.names, self.value))


class TokensShared(Lying):
    """Has one token for several quotes."""

    among: Among

    def quote(self, quote: Quote) -> dict[str, Any]:
        shown = super().quote(quote)
        if not self.lies() or not type(self).among(quote):
            return shown
        return self.instead(shown, shown | {"public_token": "k3j5h6g7f8d9"})


class Twice(Lying):
    """Lists a record twice."""

    place = 0

    def page(self, records: list[Record], query: ListQuery) -> list[Record]:
        page = super().page(records, query)
        if self.resource != query.resource or not self.lies() or len(page) < 2:
            return page
        return self.instead(page, [*page[:-1], page[-1], page[self.place]])


class FilterIgnored(Lying):
    """Doesn't look at the status, or lists nothing but one of them."""

    def filter(self, records: list[Record], query: ListQuery) -> list[Record]:
        found = super().filter(records, query)
        known = query.status in STATUSES_OF[query.resource]
        return self.instead(found, records) if known and self.lies() else found


def _changed(shown: Any, names: tuple[str, ...], value: Any) -> Any:
    """Return a record without these names at any depth, or with another value of them."""
    if not isinstance(shown, dict):
        return shown
    changed = {name: _changed(each, names, value) for name, each in shown.items() if name not in names}
    return changed if value is ... else changed | {name: value for name in shown if name in names}


def _corner(chance: Random, kind: str) -> Corner:
    corners = [ANYWHERE, ANYWHERE, lying.UNFILTERED, lying.filtered(), lying.with_key("primary")]
    return chance.choice([*corners, lying.filtered("accepted" if kind == "quotes" else "paid")])


def _lie(kind: str, clause: str, does: str, base: type[Lying], corner: Corner, **attributes: Any) -> Lie:
    own = {"resource": kind, "corner": corner} | attributes
    return Lie((kind[:3].upper(),), clause, does, base, own, without=OTHER_STATUSES)


def status(chance: Random) -> Lie:
    kind = chance.choice(["quotes", "invoices"])
    name, one = chance.choice([*FILTERS]), chance.choice(STATUSES_OF[kind])
    corner = lying.filtered(one) & chance.choice(
        [ANYWHERE, ANYWHERE, lying.with_key("primary"), lying.from_request(chance.randint(2, 30))]
    )
    does = f"{kind.capitalize()} {corner.words} {name}."
    return _lie(kind, FILTER[kind], does, FilterChanged, corner, change=FILTERS[name])


def ignored(chance: Random) -> Lie:
    kind = chance.choice(["quotes", "invoices"])
    corner = chance.choice([lying.filtered(), lying.filtered(chance.choice(STATUSES_OF[kind]))])
    does = f"{kind.capitalize()} {corner.words} are not filtered."
    return _lie(kind, FILTER[kind], does, FilterIgnored, corner)


def forgotten(chance: Random) -> Lie:
    kind = chance.choice(["quotes", "invoices"])
    one, every = chance.choice(STATUSES_OF[kind]), chance.choice([0, 2, 3, 7])
    corner = lying.filtered(one)
    words = f"each with a number that {every} divides" if every else "the last one"
    return _lie(kind, FILTER[kind], f"{kind.capitalize()} {corner.words} lack {words}.", Forgotten, corner, every=every)


def twice(chance: Random) -> Lie:
    kind = chance.choice(["quotes", "invoices"])
    corner, place = _corner(chance, kind), chance.choice([0, -1, 1])
    does = f"{kind.capitalize()} {corner.words} have one twice."
    return _lie(kind, f"Returns {kind}", does, Twice, corner, place=place)


def quote_field(chance: Random) -> Lie:
    name, values = chance.choice(
        [
            (("status",), (..., None, "")),
            (("total",), (..., None, "", "n/a", True, [])),
            (("public_token",), (..., None, "")),
        ]
    )
    value, among = chance.choice(values), chance.choice(["all", "every third", "accepted", "sent"])
    corner = _corner(chance, "quotes")
    does = f"{among.capitalize()} quotes {corner.words} have {_words(value)} for {name[0]}."
    lie = _lie("quotes", QUOTES, does, FieldChanged, corner, names=name, value=value, among=AMONG[among])
    return Lie(lie.areas, lie.clause, lie.does, lie.base, lie.attributes, without=lie.without | {"tokens-anew"})


def signing(chance: Random) -> Lie:
    among = chance.choice(["all", "accepted"])
    does = f"{among.capitalize()} quotes have no signing info."
    lie = _lie("quotes", QUOTES, does, FieldChanged, ANYWHERE, names=("signature",), among=AMONG[among])
    return Lie(lie.areas, lie.clause, lie.does, lie.base, lie.attributes, without=lie.without | {"documents"})


def token(chance: Random) -> Lie:
    among = chance.choice(["all", "every third", "accepted", "sent", "rejected"])
    corner = _corner(chance, "quotes")
    does = f"{among.capitalize()} quotes {corner.words} share one public_token."
    lie = _lie("quotes", QUOTES, does, TokensShared, corner, among=AMONG[among])
    return Lie(
        lie.areas,
        lie.clause,
        lie.does,
        lie.base,
        lie.attributes,
        without=lie.without | {"tokens-are-numbers", "tokens-anew"},
    )


def invoice_field(chance: Random) -> Lie:
    name, values = chance.choice(
        [(("payment_state",), (..., None, "")), (("due_on",), (..., None, "", "soon", "2024-02-30", "0000-00-00"))]
    )
    value, among = chance.choice(values), chance.choice(["all", "every third", "sent", "paid"])
    corner = _corner(chance, "invoices")
    does = f"{among.capitalize()} invoices {corner.words} have {_words(value)} for {name[0]}."
    lie = _lie("invoices", INVOICES, does, FieldChanged, corner, names=name, value=value, among=AMONG[among])
    return Lie(lie.areas, lie.clause, lie.does, lie.base, lie.attributes, without=lie.without | {"documents"})


class PaymentContradicts(Lying):
    """Tells of paid invoices that they are unpaid, or of unpaid ones that they are paid."""

    told_of, payment = "paid", "unpaid"

    def invoice(self, invoice: Invoice) -> dict[str, Any]:
        shown = super().invoice(invoice)
        if invoice.status != self.told_of or not self.lies():
            return shown
        return self.instead(shown, shown | {"payment_state": self.payment})


def contradicts(chance: Random) -> Lie:
    told_of, words = chance.choice([("paid", "unpaid"), ("sent", "paid"), ("paid", "overdue")])
    corner = chance.choice([ANYWHERE, lying.UNFILTERED, lying.filtered()])
    does = f"{told_of.capitalize()} invoices {corner.words} are {words} by their payment status."
    lie = _lie("invoices", INVOICES, does, PaymentContradicts, corner, told_of=told_of, payment=words)
    return Lie(lie.areas, lie.clause, lie.does, lie.base, lie.attributes, without=lie.without | {"documents"})


def _words(value: Any) -> str:
    return "nothing" if value is ... else repr(value)


DRAWN = (status, status, status, ignored, forgotten, twice, quote_field, quote_field, signing, token)
DRAWN_OF_INVOICES = (invoice_field, invoice_field, contradicts)
