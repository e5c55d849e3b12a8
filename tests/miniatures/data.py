"""Data of a deployment: the records of two organisations in common tables, as a database has them, and four keys."""

from __future__ import annotations

import random
import string
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from itertools import cycle, islice
from typing import TypeVar

PRIMARY = "Foreningen Højskolen"
OTHER = "Bødker & Søn ApS"

FIRST_NAMES = ["Åse", "Bent", "Clara", "Dorte", "Erik", "Freja", "Gunnar", "Helle", "Ib", "Jørgen", "Karla", "Lærke"]
LAST_NAMES = ["Andersen", "Bæk", "Dahl", "Friis", "Holm", "Juhl", "Krogh", "Lund", "Møller", "Nørgård", "Østergaard"]
# Members are imported in batches of seven within one second, so that an order by time alone leaves ties on page edges.
BATCH = 7
EPOCH = datetime(2024, 3, 1, 9, 30, tzinfo=UTC)
T = TypeVar("T")


@dataclass(frozen=True)
class Key:
    """A key by the name it has here, with its value."""

    name: str
    value: str
    organisation: str
    revoked: bool = False


@dataclass(frozen=True)
class Record:
    """A row of a table; `created` is ISO 8601 in UTC, so that the order of its text is that of time."""

    id: int
    organisation: str
    status: str
    created: str


@dataclass(frozen=True)
class Member(Record):
    first_name: str
    last_name: str
    email: str

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}"


@dataclass(frozen=True)
class Signature:
    """The signature that a customer left on the public page of a quote."""

    name: str
    ip: str
    at: str


@dataclass(frozen=True)
class Document(Record):
    number: str
    customer: str
    total: Decimal
    currency: str


@dataclass(frozen=True)
class Quote(Document):
    public_token: str
    signature: Signature | None


@dataclass(frozen=True)
class Invoice(Document):
    payment: str
    due: date


@dataclass
class World:
    """The tables of one deployment; its own copy, so that it may change while it runs."""

    members: list[Member] = field(default_factory=list)
    quotes: list[Quote] = field(default_factory=list)
    invoices: list[Invoice] = field(default_factory=list)

    def table(self, resource: str) -> list[Record]:
        tables: dict[str, Sequence[Record]] = {
            "members": self.members,
            "quotes": self.quotes,
            "invoices": self.invoices,
        }
        return list(tables[resource])


def new_world() -> World:
    return World(
        members=list(_members()),
        quotes=list(_quotes()),
        invoices=list(_invoices()),
    )


@cache
def keys() -> dict[str, Key]:
    """Return the keys by name: primary and sibling of one organisation, other of another, and a revoked one."""
    return {
        name: Key(name, _key_value(name), organisation, revoked=name == "revoked")
        for name, organisation in [
            ("primary", PRIMARY),
            ("sibling", PRIMARY),
            ("other", OTHER),
            ("revoked", PRIMARY),
        ]
    }


def _key_value(name: str) -> str:
    alphabet = string.ascii_letters + string.digits
    return "1iv_" + "".join(random.Random(f"key {name}").choices(alphabet, k=46))


def _shuffled(counts: dict[str, int], seed: str) -> list[str]:
    """Return each word as often as it counts, interleaved in an order that never changes."""
    words = [word for word, count in counts.items() for _ in range(count)]
    random.Random(seed).shuffle(words)
    return words


def _spread(mine: list[T], theirs: list[T]) -> list[T]:
    """Return both lists in one, the shorter spread over the longer, as rows of two organisations lie in one table."""
    step = len(mine) // len(theirs)
    mixed: list[T] = []
    for index, record in enumerate(mine):
        mixed.append(record)
        if index % step == 1 and index // step < len(theirs):
            mixed.append(theirs[index // step])
    return mixed


@cache
def _members() -> tuple[Member, ...]:
    rows = _spread(
        [(PRIMARY, s) for s in _shuffled({"active": 210, "inactive": 120, "pending": 120}, "primary members")],
        [(OTHER, s) for s in _shuffled({"active": 11, "inactive": 8, "pending": 4}, "other members")],
    )
    return tuple(new_member(100 + index, organisation, status) for index, (organisation, status) in enumerate(rows))


def new_member(number: int, organisation: str, status: str) -> Member:
    """Return the member of this number, who comes after all with lower numbers."""
    first_name, last_name = FIRST_NAMES[number % len(FIRST_NAMES)], LAST_NAMES[number * 5 % len(LAST_NAMES)]
    domain = "hojskolen.example" if organisation == PRIMARY else "bodker.example"
    return Member(
        id=number,
        organisation=organisation,
        status=status,
        created=(EPOCH + timedelta(hours=number // BATCH)).isoformat(),
        first_name=first_name,
        last_name=last_name,
        email=f"member{number}@{domain}",
    )


@cache
def _quotes() -> tuple[Quote, ...]:
    rows = _spread(
        [(PRIMARY, s) for s in _shuffled({"draft": 9, "sent": 17, "accepted": 21, "rejected": 13}, "primary quotes")],
        [(OTHER, s) for s in _shuffled({"draft": 2, "sent": 3, "accepted": 4, "rejected": 3}, "other quotes")],
    )
    return tuple(new_quote(500 + index, organisation, status) for index, (organisation, status) in enumerate(rows))


def new_quote(number: int, organisation: str, status: str) -> Quote:
    """Return the quote of this number in this status, always the same one."""
    chance = random.Random(f"quote {number}")
    created = EPOCH + timedelta(days=number - 500, hours=3)
    answered = Signature(
        name=f"{FIRST_NAMES[number % 12]} {LAST_NAMES[number % 11]}",
        ip=f"192.0.2.{number % 250}",
        at=(created + timedelta(days=2, minutes=number)).isoformat(),
    )
    return Quote(
        id=number,
        organisation=organisation,
        status=status,
        created=created.isoformat(),
        number=f"T{number}",
        customer=_customer(number, organisation),
        total=Decimal(chance.randrange(10_000, 9_000_000)) / 100,
        currency="DKK",
        public_token="".join(chance.choices(string.ascii_lowercase + string.digits, k=24)),
        signature=answered if status in ("accepted", "rejected") else None,
    )


@cache
def _invoices() -> tuple[Invoice, ...]:
    mine = _shuffled({"draft": 15, "sent unpaid": 30, "sent overdue": 25, "paid": 50}, "primary invoices")
    theirs = _shuffled({"draft": 2, "sent unpaid": 5, "sent overdue": 3, "paid": 5}, "other invoices")
    rows = _spread([(PRIMARY, state) for state in mine], [(OTHER, state) for state in theirs])
    return tuple(new_invoice(900 + index, organisation, state) for index, (organisation, state) in enumerate(rows))


def new_invoice(number: int, organisation: str, state: str) -> Invoice:
    """Return the invoice of this number in this state: a status, and whether a sent one is overdue."""
    status, _, payment = state.partition(" ")
    return Invoice(
        id=number,
        organisation=organisation,
        status=status,
        created=(EPOCH + timedelta(days=number - 900, hours=5)).isoformat(),
        number=f"F{number}",
        customer=_customer(number, organisation),
        total=Decimal(random.Random(f"invoice {number}").randrange(5_000, 4_000_000)) / 100,
        currency="DKK",
        payment=payment or ("paid" if status == "paid" else "unpaid"),
        due=(EPOCH + timedelta(days=number - 870)).date(),
    )


def _customer(number: int, organisation: str) -> str:
    towns = ["Aarhus", "Ribe", "Skagen", "Køge", "Nyborg"] if organisation == PRIMARY else ["Malmö", "Ystad", "Lund"]
    kinds = ["Café", "Bageri", "Cykler", "Optik"]
    return f"{kinds[number % 4]} {next(islice(cycle(towns), number % len(towns), None))} {number}"
