"""What a rule asks a deployment: pages, whole lists, and what to make of an answer that is none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TypedDict, Unpack

from oneinvoice_conformance.documented import ENDPOINTS, MAX_PAGE_SIZE, MEMBER_STATUSES
from oneinvoice_conformance.history.baseline import Baseline
from oneinvoice_conformance.http.client import Client
from oneinvoice_conformance.http.credentials import NOBODY, OPTIONS, Credential, Role
from oneinvoice_conformance.http.exchange import Exchange, NotJSON, Request
from oneinvoice_conformance.http.transport import NotRecorded
from oneinvoice_conformance.model.finding import Finding, Undecided, inconclusive, not_tested
from oneinvoice_conformance.ratelimit.limiter_bounds import served
from oneinvoice_conformance.ratelimit.overload import Overload
from oneinvoice_conformance.ratelimit.overload_result import OverloadResult
from oneinvoice_conformance.records.finder import NoList, Record, says_whose, status_of, unsteady
from oneinvoice_conformance.records.json_text import canonical
from oneinvoice_conformance.records.names import Names
from oneinvoice_conformance.webhooks.collector import Evidence, Hooks
from oneinvoice_conformance.wording import are, counted

READ_AT_MOST = 1_000  # records of one list
BAD_INPUT = (400, 422)  # what a deployment answers to input that it takes for bad
_NOTHING_THERE = (*BAD_INPUT, 404, 416)  # what stands past the end of a list, if not an empty one
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
class Listing:
    """A list read page by page: its records in order, each once; and how the reading went.

    `overlaps` tells that a page brought records that an earlier one had. `alike` counts those that may be records of
    their own, since nothing would tell them from the ones before. `complete` is false where the list may go on past
    what is read at most. `end` is what was answered past the last record, if that was asked: behind a page that was not
    full nothing should stand, and what does stand there is not taken for a part of the list.
    """

    pages: list[Page] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    overlaps: bool = False
    alike: int = 0
    complete: bool = False
    end: Page | None = None
    known: set[str] = field(default_factory=set)

    def add(self, page: Page) -> bool:
        """Append the records of a page that are new; false if none is."""
        endpoint = page.exchange.request.endpoint
        before, here = len(self.records), set[str]()
        alike = overlapping = 0
        for identity, record in zip(page.identities, page.records, strict=True):
            if identity not in self.known:
                self.records.append(record)
            elif not page.exchange.identified and (identity in here or not says_whose(record, endpoint)):
                alike += 1
            else:
                overlapping += 1
            self.known.add(identity)
            here.add(identity)
        self.pages.append(page)
        self.overlaps |= overlapping > 0
        if len(self.records) == before:
            return False
        self.alike += alike
        return True

    def __len__(self) -> int:
        return len(self.records)

    @property
    def count(self) -> int:
        """How many records there are, those included that look just like another."""
        return len(self.records) + self.alike

    @property
    def brought(self) -> dict[str, Record]:
        """What its pages brought, by canonical text: also a stranger who comes with an id that a record before has."""
        return {text: record for page in self.pages for text, record in zip(page.texts, page.records, strict=True)}

    @property
    def turns(self) -> bool:
        """Whether offsets turn its pages: where they are ignored, it may be the first page of more."""
        return self.end is not None and not self.end.records

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        return tuple(page.exchange for page in self.pages)

    def whole(self) -> Listing:
        """This listing, if it was read to its end and its records can be told apart. Raises `Undecided`."""
        if self.alike:
            raise Undecided(
                inconclusive(
                    f"{self.alike} of {self.count} records {are(self.alike)} just like another, without an id to tell "
                    "them apart; use an organisation in which all differ",
                    *self.exchanges[:1],
                )
            )
        if not self.complete:
            raise Undecided(inconclusive(self._unread(), *self.exchanges[:1]))
        return self

    def _unread(self) -> str:
        first, *later = self.pages
        endpoint = first.exchange.request.endpoint
        if fields := unsteady([record for page in later for record in page.records], first.records, endpoint):
            return untold(endpoint, fields)
        return (
            f"{len(self):,} records were read in {counted(len(self.pages), 'requests')}, and there may be more; rules "
            f"on whole lists read at most {READ_AT_MOST:,} in {PAGES_AT_MOST} requests; use an organisation with fewer"
        )


def untold(endpoint: str, fields: Sequence[str]) -> str:
    """What to say where these fields make records that were read before look like new ones."""
    names = " and ".join(f"'{name}'" for name in fields)
    return (
        f"the {endpoint} have no id that is known as one, and the same ones show another {names} in another answer, so "
        "that they can't be told apart; have them show an id"
    )


class Api:
    """One rule's view of a deployment. `seen` collects the exchanges that the rule looked at.

    `thorough` says that there is room for requests that a short run does without: the run measures the rate limit,
    which takes its minute anyway, or is narrowed to a few requirements.
    """

    def __init__(
        self,
        client: Client,
        names: Mapping[str, Names],
        hooks: Hooks | None = None,
        overload: Overload | None = None,
        baseline: Baseline | None = None,
        *,
        thorough: bool = False,
    ) -> None:
        self.client = client
        self.hooks = hooks
        self._overload = overload or Overload(client, ())
        self.names = names
        self.baseline = baseline
        self.thorough = thorough
        self.seen: list[Exchange] = []

    # Credentials

    def key(self, role: Role = Role.PRIMARY) -> Credential:
        """The key of that role. Raises `Undecided` where it wasn't given."""
        credential = self.client.deployment.credential(role)
        if credential is None:
            raise Undecided(not_tested(f"give {_WHAT[role]} with {OPTIONS[role]}", OPTIONS[role]))
        return credential

    def spare_key(self) -> Credential:
        """A key whose requests in a minute the rate limit is not measured by, if there is one."""
        return self.key(next((role for role in (Role.SIBLING, Role.OTHER) if self.has(role)), Role.PRIMARY))

    def has(self, role: Role) -> bool:
        return role in self.client.deployment.keys

    # Questions

    def discover(self) -> Exchange:
        """Discovery, without credentials."""
        return self.send(Request("", NOBODY))

    def ask(
        self, endpoint: str, credential: Credential | None = None, *, free: bool = False, **query: Unpack[Query]
    ) -> Exchange:
        """The answer to GET endpoint?query, with the primary key unless told otherwise, whatever it is."""
        return self.send(self._request(endpoint, credential, free=free, **query))

    def _request(
        self, endpoint: str, credential: Credential | None = None, *, free: bool = False, **query: Unpack[Query]
    ) -> Request:
        pairs = tuple((name, str(value)) for name, value in sorted(query.items()) if value is not None)
        return Request(endpoint, credential or self.key(), pairs, free)

    def again(self, exchange: Exchange) -> Exchange:
        """The answer to the same request, sent anew."""
        self.client.forget([exchange])
        return self.send(exchange.request)

    def send(self, request: Request) -> Exchange:
        """The answer to any request, sent now or already had."""
        exchange = self.client.ask(request)
        self.seen.append(exchange)
        return exchange

    def besides(self, requests: Iterable[Request]) -> list[Exchange]:
        """The answers to what a thorough run asks besides; of a recording those that it has."""
        answers = []
        for request in requests if self.thorough else ():
            with suppress(NotRecorded):
                answers.append(self.send(request))
        return answers

    def page_besides(
        self, endpoint: str, credential: Credential | None = None, *, free: bool = False, **query: Unpack[Query]
    ) -> Page | None:
        """The records that GET endpoint?query gives, if a thorough run asks it and they are a list."""
        for answer in self.besides([self._request(endpoint, credential, free=free, **query)]):
            with suppress(Undecided):
                return self.records(answer)
        return None

    def page(
        self, endpoint: str, credential: Credential | None = None, *, free: bool = False, **query: Unpack[Query]
    ) -> Page:
        """The records that GET endpoint?query gives. Raises `Undecided` unless it is served and holds one list."""
        return self.records(self.ask(endpoint, credential, free=free, **query))

    def records(self, exchange: Exchange) -> Page:
        """The records of an answer. Raises `Undecided` unless it was served and holds one list."""
        if exchange.status != 200:
            raise Undecided(unserved(exchange))
        try:
            return Page(exchange, exchange.records())
        except (NotJSON, NoList) as error:
            raise Undecided(inconclusive(f"{exchange.request} gave no list to look at: {error}", exchange)) from error

    def listing(
        self, endpoint: str, credential: Credential | None = None, *, status: str | None = None, free: bool = False
    ) -> Listing:
        """The list of an endpoint, of that status if one is named, read to its end or to `READ_AT_MOST`.

        Members are read in pages of 200. Quotes and invoices begin with the plain request that the documentation
        shows, and go on behind it; a deployment that does not page them ignores that, or refuses it.
        """
        limit = MAX_PAGE_SIZE if endpoint == "members" else None
        listing = Listing()
        offset = 0 if limit else None
        listing.add(self.page(endpoint, credential, free=free, status=status, limit=limit, offset=offset))
        full = limit or self._page_size(endpoint)
        while not listing.complete and self._may_go_on(listing):
            short = len(listing.pages[-1]) < full
            if short and status is not None:
                listing.complete = True  # only behind plain lists is it worth a request to see what stands there
            else:
                listing.complete = not self._read_on(listing, endpoint, credential, status, limit, past_end=short)
        return listing

    @staticmethod
    def _may_go_on(listing: Listing) -> bool:
        """Whether more of the list may be read; a first page of any size, since there may be no other."""
        pages = len(listing.pages)
        return pages == 1 or (listing.count < READ_AT_MOST and pages < PAGES_AT_MOST)

    def _page_size(self, endpoint: str) -> int:
        """How many records a plain page of quotes or invoices holds at most, as far as was seen."""
        roles = [role for role in (Role.PRIMARY, Role.OTHER) if self.has(role)]
        return max(1, *(len(self.page(endpoint, self.key(role))) for role in roles))

    def _read_on(
        self,
        listing: Listing,
        endpoint: str,
        credential: Credential | None,
        status: str | None,
        limit: int | None,
        *,
        past_end: bool,
    ) -> bool:
        """Ask for what stands behind the records read so far; false if that was the end."""
        exchange = self.ask(endpoint, credential, free=True, status=status, limit=limit, offset=listing.count)
        page = Page(exchange, []) if exchange.status in _NOTHING_THERE else self.records(exchange)
        if past_end or not page.records or not listing.add(page):
            listing.end = page
            return False
        return True

    def evidence(self) -> Evidence:
        """What came by webhook. Raises `Undecided` where nothing was set up to receive it."""
        if self.hooks is None:
            reason = "give --webhook-secret and --listen, and --trigger or --guided to make events happen"
            raise Undecided(not_tested(reason, *WEBHOOK_OPTIONS))
        return self.hooks.evidence()

    def overload(self) -> OverloadResult:
        """What overloading the key shows. Raises `Undecided` where no list is served to it.

        By a light request, with what some limiter may leave out: pages behind the first.
        """
        light = self.ask("members", limit=1, offset=1)
        if not served(light):
            plain = [self.ask(endpoint) for endpoint in ENDPOINTS]
            light = next(filter(served, plain), light)
        if not served(light):
            self.records(light)
        result = self._overload.measure(light.request)
        self.seen += result.exchanges
        return result

    # What the answers hold

    def filtered_members(self) -> dict[str, Listing]:
        """The members under each of the three documented filters."""
        return {status: self.listing("members", status=status) for status in MEMBER_STATUSES}

    def without_others(self, endpoint: str, records: Sequence[Record]) -> list[Record]:
        """The records but those of the other organisation, which ORG rules judge and no other rule should."""
        if not self.has(Role.OTHER) or not records:
            return list(records)
        mine = set(self.listing(endpoint).brought)
        theirs = set(self.listing(endpoint, self.key(Role.OTHER)).brought)
        if mine <= theirs:  # then nothing tells whose they are
            theirs -= mine
        return [record for record in records if canonical(record) not in theirs]

    def fingerprint(self) -> list[tuple[str, str, tuple[str, ...]]]:
        """What the rule saw, without the order of records: equal for two readings between which no data changed."""
        return sorted((str(exchange.request), exchange.outcome, _content(exchange)) for exchange in self.seen)


WEBHOOK_OPTIONS = ("--webhook-secret", "--listen", "--trigger", "--guided")
_WHAT = {
    Role.PRIMARY: "a key",
    Role.SIBLING: "a second key of the same organisation",
    Role.OTHER: "a key of another organisation",
    Role.REVOKED: "a revoked key",
}


def _content(exchange: Exchange) -> tuple[str, ...]:
    try:
        records = exchange.records()
    except (NotJSON, NoList):
        return ()
    pairs = zip(exchange.identities, map(status_of, records), strict=True)
    return tuple(sorted(f"{identity} {status}" for identity, status in pairs))


def unserved(exchange: Exchange) -> Finding:
    """What to say of an answer other than 200 where one was needed: never a failure of the rule that needed it."""
    if exchange.error or exchange.status == 429 or exchange.status >= 500:
        return inconclusive(f"{exchange.request} was not served: {exchange.outcome}", exchange, transient=True)
    if 300 <= exchange.status < 400:
        return inconclusive(
            f"{exchange.request} redirects to {exchange.header('Location')}; give the base URL that serves it", exchange
        )
    return inconclusive(f"{exchange.request} was not served: {exchange.status}", exchange)
