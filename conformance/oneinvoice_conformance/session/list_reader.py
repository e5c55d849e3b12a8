"""Reading of a list page by page, by whatever page size a deployment really has.

The documentation promises pages of up to 200 members. A deployment may break that, by refusing such a limit or by
giving less, and MEM-3 says so; the rules of everything else want its lists all the same. So the largest limit that is
served is found once, and a page that holds fewer than were asked for is read on from where it ended, if it was cut and
didn't just end the list.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol, Unpack

from oneinvoice_conformance.documented import DEFAULT_PAGE_SIZE, FILTERS, MAX_PAGE_SIZE
from oneinvoice_conformance.http.client import Client
from oneinvoice_conformance.http.credentials import Credential, Role
from oneinvoice_conformance.http.exchange import Exchange
from oneinvoice_conformance.records.finder import Record, status_of
from oneinvoice_conformance.session.pages import (
    BAD_INPUT_STATUSES,
    PAGES_AT_MOST,
    READ_AT_MOST,
    SMALL_PAGES_AT_MOST,
    Page,
    QueryParameters,
    RecordList,
)

_PAST_END_STATUSES = (*BAD_INPUT_STATUSES, 404, 416)  # what stands past the end of a list, if not an empty one
_NOT_OF_LIMIT = (401, 429)  # errors that say nothing of a limit
_LIMITS = (MAX_PAGE_SIZE, 2 * DEFAULT_PAGE_SIZE)  # tried in this order; then there is the page without a limit
_TRIES = 2  # of a limit that gets a 5xx


_Reading = tuple[str, Credential, str | None, bool]  # endpoint, key, status, and whether a 4xx is as good


class Asking(Protocol):
    """Questions that a reader asks of a `RuleContext`."""

    client: Client

    def key(self, role: Role = ...) -> Credential: ...

    def has(self, role: Role) -> bool: ...

    def ask(
        self,
        endpoint: str,
        credential: Credential | None = ...,
        *,
        accepts_4xx: bool = ...,
        **query: Unpack[QueryParameters],
    ) -> Exchange: ...

    def ask_again_if_possible(self, exchange: Exchange) -> Exchange | None: ...

    def page(
        self,
        endpoint: str,
        credential: Credential | None = ...,
        *,
        accepts_4xx: bool = ...,
        **query: Unpack[QueryParameters],
    ) -> Page: ...

    def records(self, exchange: Exchange) -> Page: ...

    def read_list(self, endpoint: str, credential: Credential | None = ...) -> RecordList: ...


def largest_limit(context: Asking, status: str | None = None) -> int | None:
    """Return the largest limit of 200 and 100 that is served for members, of a status; None where neither is."""
    limits = _LIMITS if status is None else [limit for limit in _LIMITS if limit <= (largest_limit(context) or 0)]
    return next((limit for limit in limits if refusal_of(context, limit, status) is None), None)


def refusal_of(context: Asking, limit: int, status: str | None = None) -> Exchange | None:
    """Return the answer that refuses a limit with which members could be read, where they are served without it.

    A 5xx does so the second time.
    """
    answer = context.ask("members", limit=limit, offset=0, status=status)
    if answer.status < 400 and not answer.error:
        return None
    if answer.status in _NOT_OF_LIMIT or not context.ask("members", status=status).serves_list:
        return None
    if answer.status >= 500 and context.client.times_sent(answer.request) < _TRIES:
        answer = context.ask_again_if_possible(answer) or answer
    return answer if answer.status >= 400 or answer.error else None


class ListReader:
    """Reader of one list of an endpoint, of that status if one is named, for one credential.

    Members are read in pages of 200, or as many as are served. Quotes and invoices begin with the plain request that
    the documentation shows, and go on behind it; a deployment that does not page them ignores that, or refuses it.
    """

    def __init__(
        self, context: Asking, endpoint: str, credential: Credential, status: str | None, accepts_4xx: bool
    ) -> None:
        self._context, self._endpoint, self._credential = context, endpoint, credential
        self._status, self._accepts_4xx = status, accepts_4xx
        self._limit = largest_limit(context, status) if endpoint == "members" else None
        self._list = RecordList()

    def read(self) -> RecordList:
        """Return the list, read to its end or to what is read at most. Raises `Undecided` where it isn't served."""
        listing = self._list
        listing.add(self._first())
        full = self._limit or self._plain_page_size()
        if self._endpoint == "members" and full < MAX_PAGE_SIZE:
            listing.cut_at = full
        while not listing.complete and self._may_go_on(full):
            page = listing.pages[-1]
            is_short = len(page) < full
            if is_short and self._is_all_that_is_shown():
                listing.complete = True  # only behind plain lists is it worth a request to see what stands there
            elif not self._read_on(is_short=is_short):
                listing.complete = not listing.ids_repeat and not self._loses_records(is_short=is_short)
                break
            elif is_short:
                full = max(1, len(page))
                listing.cut_at = full
        return listing

    def _first(self) -> Page:
        offset = 0 if self._limit else None
        return self._context.page(
            self._endpoint,
            self._credential,
            accepts_4xx=self._accepts_4xx,
            status=self._status,
            limit=self._limit,
            offset=offset,
        )

    def _plain_page_size(self) -> int:
        """Return the size of the largest plain page, 1 at least."""
        context = self._context
        roles = [role for role in (Role.PRIMARY, Role.OTHER) if context.has(role)]
        return max(1, *(len(context.page(self._endpoint, context.key(role))) for role in roles))

    def _may_go_on(self, full: int) -> bool:
        """Tell whether more of the list may be read: behind any first page, and then up to the limits."""
        is_small = self._list.cut_at is not None or full < DEFAULT_PAGE_SIZE
        most = SMALL_PAGES_AT_MOST if is_small else PAGES_AT_MOST
        pages = len(self._list.pages)
        if not self._list.pages[-1].is_whole:
            return False
        return pages == 1 or (self._list.count < READ_AT_MOST and pages < most)

    def _is_all_that_is_shown(self) -> bool:
        """Tell whether as many are read of a filtered list as show its status in the plain one."""
        if self._status is None:
            return False
        shown = [status_of(record) for record in self._plain().records]
        if not set(shown) & {self._status, *FILTERS[self._endpoint]}:
            return self._endpoint != "members"  # whose filters are documented, whatever they show
        return self._list.count >= shown.count(self._status)

    def _plain(self) -> RecordList:
        return self._context.read_list(self._endpoint, self._credential)

    def _read_on(self, *, is_short: bool) -> bool:
        """Ask for the records behind those read so far, and return False if that was the end."""
        behind = self._ask(self._list.count)
        self._list.ids_repeat = not is_short and self._repeats_ids(behind)
        if not behind.records or (is_short and not self._goes_on(behind)) or not self._list.add(behind):
            self._list.end = behind
            return False
        return True

    def _loses_records(self, *, is_short: bool) -> bool:
        """Tell whether a full page is followed by nothing since its last record isn't where its offset says either."""
        end = self._list.end
        if is_short or end is None or len(end) or end.exchange.status in _PAST_END_STATUSES:
            return False
        last = self._ask(self._list.count - 1)
        self._list.lost = None if len(last) else last
        return self._list.lost is not None

    def _ask(self, offset: int) -> Page:
        exchange = self._context.ask(
            self._endpoint,
            self._credential,
            accepts_4xx=True,
            status=self._status,
            limit=self._limit,
            offset=offset,
        )
        if exchange.is_empty or exchange.status in _PAST_END_STATUSES:
            return Page(exchange, is_end=True)
        return self._context.records(exchange)

    def _repeats_ids(self, behind: Page) -> bool:
        """Tell whether a page has other records than those before, most with an id of these."""
        if not behind.records or not behind.exchange.identified:
            return False
        before = {
            key: record for page in self._list.pages for key, record in zip(page.identities, page.records, strict=True)
        }
        pairs = zip(behind.identities, behind.records, strict=True)
        others = sum(key in before and not are_alike(before[key], record) for key, record in pairs)
        return others * 2 > len(behind)

    def _goes_on(self, behind: Page) -> bool:
        """Tell whether the list goes on behind a page that was not full, and isn't followed by what is none of it.

        Then it goes on with other records. A page that was cut is as long when it begins one later; one that ended the
        list is not.
        """
        if set(behind.identities) & self._list.seen_ids:
            return False
        if self._status is not None:
            return True
        if self._endpoint != "members":
            return False
        last = self._list.pages[-1]
        start = self._list.count - len(last)
        return len(self._ask(start + 1)) >= len(last)


class ReadLists:
    """Lists that were read in a run, each kept for as long as the answers that it was read from stand."""

    def __init__(self) -> None:
        self._lists: dict[_Reading, tuple[RecordList, tuple[Exchange, ...]]] = {}

    def find(self, client: Client, reading: _Reading) -> tuple[RecordList, Sequence[Exchange]] | None:
        """Return a list and its answers; None unless it was read, and each of these is what a rule would get now."""
        known = self._lists.get(reading)
        return known if known and all(map(client.has_answer, known[1])) else None

    def keep(self, reading: _Reading, listing: RecordList, answers: Iterable[Exchange]) -> None:
        self._lists[reading] = listing, tuple(dict.fromkeys(answers))


def are_alike(one: Record, two: Record) -> bool:
    """Tell whether two records with the same id are equal in half of their other fields."""
    equal = sum(name in two and two[name] == value for name, value in one.items()) - 1
    return bool(equal * 2 >= max(len(one), len(two)) - 1)
