"""Pages and lists of records, as rules read them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TypedDict

from oneinvoice_conformance.http.exchange import Exchange
from oneinvoice_conformance.model.finding import Undecided, inconclusive
from oneinvoice_conformance.records.finder import Record
from oneinvoice_conformance.records.identity import is_distinctive, volatile_fields
from oneinvoice_conformance.wording import are, counted

READ_AT_MOST = 1_000  # records of one list
PAGES_AT_MOST = 12  # of one list; one that grows with every request would never end
SMALL_PAGES_AT_MOST = 50  # where pages hold few, so that those of 20 are enough for as many records as are read
BAD_INPUT_STATUSES = (400, 422)  # what a deployment answers to input that it takes for bad


class QueryParameters(TypedDict, total=False):
    """Query parameters of a rule's request, good or bad; None leaves one out."""

    limit: int | str | None
    offset: int | str | None
    status: str | None


@dataclass(frozen=True, slots=True)
class Page:
    """The records of one answer, in order. `is_end` says that it stands past the end of a list, and holds none.

    Of a long answer only the first records are kept. Its length tells how many came; whoever asks for the records has
    to ask for its `beginning`, where that is enough, or gets `Undecided`.
    """

    exchange: Exchange
    is_end: bool = False
    is_beginning: bool = False

    @property
    def beginning(self) -> Page:
        """The same with the first records in the place of all."""
        return replace(self, is_beginning=True)

    @property
    def is_whole(self) -> bool:
        """Tell whether all records are kept."""
        return self.is_end or self.exchange.listing.is_whole

    @property
    def records(self) -> list[Record]:
        """Records. Raises `Undecided` where all are wanted and not kept."""
        if self.is_end:
            return []
        if not (self.is_beginning or self.is_whole):
            raise Undecided(inconclusive(self.excess, self.exchange))
        return self.exchange.records()

    @property
    def excess(self) -> str:
        """Reason why not all records are looked at."""
        kept = len(self.exchange.records())
        some = f"{self.told_count} records, of which the first {kept:,} are looked at"
        return f"{self.exchange.request} gives {some}; use an organisation with fewer"

    @property
    def told_count(self) -> str:
        """Number of its records in words, and whether there may be more behind what was read of it."""
        return f"{len(self):,}{' or more' if self.exchange.body.is_cut else ''}"

    @property
    def texts(self) -> list[str]:
        """Records as canonical texts."""
        return self.exchange.texts if self.records else []

    @property
    def identities(self) -> list[str]:
        """Identities of the records, each its id or else its canonical text."""
        return self.exchange.identities if self.records else []

    def __len__(self) -> int:
        return 0 if self.is_end else self.exchange.listing.count


@dataclass(slots=True)
class RecordList:
    """List read page by page: its records in order, each once, and how the reading went.

    `overlaps` says that a page repeated records of an earlier one; `indistinguishable` counts repetitions that may be
    other records, without an id and looking the same. `complete` is False where the list may go on past what is read
    at most. `cut_at` is how many records a page holds where that is less than were asked for. `ids_repeat` says that a
    page has other records with the ids of earlier ones, which ends the reading. `end` is the answer past the last
    record, if that was asked: it should be empty, and records in it are not taken for a part of the list. `lost` is an
    empty answer where the last record of a full page is due: what an offset counts is something else than records.
    """

    pages: list[Page] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    overlaps: bool = False
    indistinguishable: int = 0
    complete: bool = False
    cut_at: int | None = None
    ids_repeat: bool = False
    end: Page | None = None
    lost: Page | None = None
    seen_ids: set[str] = field(default_factory=set)

    def add(self, page: Page) -> bool:
        """Append the new records of a page, of a long one the first, and return whether there were any."""
        page = page.beginning
        endpoint = page.exchange.request.endpoint
        before, ids_of_page = len(self.records), set[str]()
        indistinguishable = repeated = 0
        for identity, record in zip(page.identities, page.records, strict=True):
            if identity not in self.seen_ids:
                self.records.append(record)
            elif not page.exchange.identified and (identity in ids_of_page or not is_distinctive(record, endpoint)):
                indistinguishable += 1
            else:
                repeated += 1
            self.seen_ids.add(identity)
            ids_of_page.add(identity)
        self.pages.append(page)
        self.overlaps |= repeated > 0
        if len(self.records) == before:
            return False
        self.indistinguishable += indistinguishable
        return True

    def __len__(self) -> int:
        return len(self.records)

    @property
    def count(self) -> int:
        """Number of records, those included that look just like another."""
        return len(self.records) + self.indistinguishable

    @property
    def by_text(self) -> dict[str, Record]:
        """All records of its pages by canonical text, those too that came with an id which another record has."""
        return {text: record for page in self.pages for text, record in zip(page.texts, page.records, strict=True)}

    @property
    def offset_is_honoured(self) -> bool:
        """Tell whether offsets turn pages; where they are ignored, the records may be the first page of more."""
        return self.end is not None and not self.end.records

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        return tuple(page.exchange for page in self.pages)

    def require_complete(self) -> RecordList:
        """Return the list. Raises `Undecided` unless it was read to its end and its records can be told apart."""
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

    @property
    def lost_records(self) -> str:
        """Observation that an offset leads past records that a page from the beginning has."""
        assert self.lost is not None
        endpoint, first = self.lost.exchange.request.endpoint, self.pages[0].exchange.request
        return f"{self.lost.exchange.request} gives none of the {len(self)} {endpoint} that {first} began with"

    def _unread(self) -> str:
        first, *later = self.pages
        if long := next((page for page in self.pages if not page.is_whole), None):
            return long.excess
        if self.ids_repeat:
            return (
                f"the {first.exchange.request.endpoint} behind the first {len(self):,} have their ids, and are others; "
                "have them show an id that no other has"
            )
        if self.lost is not None:
            return f"{self.lost_records}, so that the list can't be read to its end; see MEM-5"
        endpoint = first.exchange.request.endpoint
        if fields := volatile_fields([record for page in later for record in page.records], first.records, endpoint):
            return volatile_fields_reason(endpoint, fields)
        read = f"{len(self):,} {endpoint} were read in {counted(len(self.pages), 'requests')}"
        if self.cut_at and endpoint == "members":
            return (
                f"{read}, since a page holds {self.cut_at} at most (see MEM-3), and there may be more; have pages hold "
                f"200, or use an organisation with fewer {endpoint}"
            )
        most = SMALL_PAGES_AT_MOST if len(self.pages) > PAGES_AT_MOST else PAGES_AT_MOST
        return (
            f"{read}, and there may be more; rules on whole lists read at most {READ_AT_MOST:,} in {most} "
            f"requests; use an organisation with fewer {endpoint}"
        )


def volatile_fields_reason(endpoint: str, fields: Sequence[str]) -> str:
    """Return the reason why records can't be told apart where these fields change from answer to answer."""
    names = " and ".join(f"'{name}'" for name in fields)
    return (
        f"the same {endpoint} show another {names} in another answer, and no id that stays, so that they can't be told "
        "apart; have them show an id"
    )
