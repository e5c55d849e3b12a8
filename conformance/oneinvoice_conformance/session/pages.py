"""Pages and lists of records, as rules read them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypedDict

from oneinvoice_conformance.http.exchange import Exchange
from oneinvoice_conformance.model.finding import Undecided, inconclusive
from oneinvoice_conformance.records.finder import Record, is_distinctive, volatile_fields
from oneinvoice_conformance.wording import are, counted

READ_AT_MOST = 1_000  # records of one list
PAGES_AT_MOST = 12  # of one list; one that grows with every request would never end


class Query(TypedDict, total=False):
    """Query parameters; None leaves one out. Good and bad values alike."""

    limit: int | str | None
    offset: int | str | None
    status: str | None


@dataclass(frozen=True, slots=True)
class Page:
    """The records of one answer, in order."""

    exchange: Exchange
    records: list[Record]

    @property
    def texts(self) -> list[str]:
        """The records as canonical texts."""
        return self.exchange.texts if self.records else []

    @property
    def identities(self) -> list[str]:
        """What tells each record apart."""
        return self.exchange.identities if self.records else []

    def __len__(self) -> int:
        return len(self.records)


@dataclass(slots=True)
class RecordList:
    """A list read page by page: its records in order, each once; and how the reading went.

    `overlaps` tells that a page brought records that an earlier one had. `indistinguishable` counts those that may be
    records of their own, since nothing would tell them from the ones before. `complete` is false where the list may go
    on past what is read at most. `end` is what was answered past the last record, if that was asked: behind a page that
    was not full nothing should stand, and what does stand there is not taken for a part of the list.
    """

    pages: list[Page] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    overlaps: bool = False
    indistinguishable: int = 0
    complete: bool = False
    end: Page | None = None
    seen_ids: set[str] = field(default_factory=set)

    def add(self, page: Page) -> bool:
        """Append the records of a page that are new; false if none is."""
        endpoint = page.exchange.request.endpoint
        before, here = len(self.records), set[str]()
        alike = overlapping = 0
        for identity, record in zip(page.identities, page.records, strict=True):
            if identity not in self.seen_ids:
                self.records.append(record)
            elif not page.exchange.identified and (identity in here or not is_distinctive(record, endpoint)):
                alike += 1
            else:
                overlapping += 1
            self.seen_ids.add(identity)
            here.add(identity)
        self.pages.append(page)
        self.overlaps |= overlapping > 0
        if len(self.records) == before:
            return False
        self.indistinguishable += alike
        return True

    def __len__(self) -> int:
        return len(self.records)

    @property
    def count(self) -> int:
        """How many records there are, those included that look just like another."""
        return len(self.records) + self.indistinguishable

    @property
    def by_text(self) -> dict[str, Record]:
        """What its pages brought, by canonical text: also a stranger who comes with an id that a record before has."""
        return {text: record for page in self.pages for text, record in zip(page.texts, page.records, strict=True)}

    @property
    def offset_is_honoured(self) -> bool:
        """Tell whether offsets turn its pages: where they are ignored, it may be the first page of more."""
        return self.end is not None and not self.end.records

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        return tuple(page.exchange for page in self.pages)

    def require_complete(self) -> RecordList:
        """This listing, if it was read to its end and its records can be told apart. Raises `Undecided`."""
        if self.indistinguishable:
            some = f"{self.indistinguishable} of {self.count} records {are(self.indistinguishable)}"
            raise Undecided(
                inconclusive(
                    f"{some} just like another, without an id to tell them apart; use an organisation in which all "
                    "differ",
                    *self.exchanges[:1],
                )
            )
        if not self.complete:
            raise Undecided(inconclusive(self._unread(), *self.exchanges[:1]))
        return self

    def _unread(self) -> str:
        first, *later = self.pages
        endpoint = first.exchange.request.endpoint
        if fields := volatile_fields([record for page in later for record in page.records], first.records, endpoint):
            return volatile_fields_reason(endpoint, fields)
        return (
            f"{len(self):,} records were read in {counted(len(self.pages), 'requests')}, and there may be more; rules "
            f"on whole lists read at most {READ_AT_MOST:,} in {PAGES_AT_MOST} requests; use an organisation with fewer"
        )


def volatile_fields_reason(endpoint: str, fields: Sequence[str]) -> str:
    """What to say where these fields make records that were read before look like new ones."""
    names = " and ".join(f"'{name}'" for name in fields)
    return (
        f"the {endpoint} have no id that is known as one, and the same ones show another {names} in another answer, so "
        "that they can't be told apart; have them show an id"
    )
