"""Context of a rule: the requests that it sends, the lists that it reads, and the evidence that was gathered for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from enum import Enum, auto
from typing import Unpack

from oneinvoice_conformance.documented import ENDPOINTS, MAX_PAGE_SIZE, MEMBER_STATUSES
from oneinvoice_conformance.history.baseline import Baseline
from oneinvoice_conformance.http.client import Client
from oneinvoice_conformance.http.credentials import NOBODY, OPTIONS, Credential, Role
from oneinvoice_conformance.http.exchange import Exchange, NotJSON, Request
from oneinvoice_conformance.http.transport import NotRecorded
from oneinvoice_conformance.model.finding import Finding, Undecided, inconclusive, not_tested
from oneinvoice_conformance.ratelimit.overload import Overload
from oneinvoice_conformance.ratelimit.overload_result import OverloadResult
from oneinvoice_conformance.records.finder import NoList, Record, status_of
from oneinvoice_conformance.records.json_text import canonical
from oneinvoice_conformance.records.names import Names
from oneinvoice_conformance.session.pages import PAGES_AT_MOST, READ_AT_MOST, Page, QueryParameters, RecordList
from oneinvoice_conformance.webhooks.collector import WebhookCollector, WebhookEvidence

BAD_INPUT_STATUSES = (400, 422)  # what a deployment answers to input that it takes for bad
_PAST_END_STATUSES = (*BAD_INPUT_STATUSES, 404, 416)  # what stands past the end of a list, if not an empty one


class Depth(Enum):
    """Depth of a run.

    An extended one has room for requests that a short one does without: it measures the rate limit, which takes its
    minute anyway, or is narrowed to a few requirements.
    """

    SHORT = auto()
    EXTENDED = auto()


class RuleContext:
    """View that one rule has of a deployment. `seen` are the exchanges that the rule looked at, in order."""

    def __init__(
        self,
        client: Client,
        names: Mapping[str, Names],
        collector: WebhookCollector | None = None,
        overload: Overload | None = None,
        baseline: Baseline | None = None,
        *,
        depth: Depth = Depth.SHORT,
    ) -> None:
        self.client = client
        self.collector = collector
        self._overload = overload or Overload(client, ())
        self.names = names
        self.baseline = baseline
        self.depth = depth
        self.seen: list[Exchange] = []

    # Credentials

    def key(self, role: Role = Role.PRIMARY) -> Credential:
        """Return the key of that role. Raises `Undecided` where it wasn't given."""
        credential = self.client.deployment.credential(role)
        if credential is None:
            raise Undecided(not_tested(f"give {_KEY_PHRASES[role]} with {OPTIONS[role]}", OPTIONS[role]))
        return credential

    def unmetered_key(self) -> Credential:
        """Return a key whose requests the rate limit is not measured by; the primary one if there is no other."""
        return self.key(next((role for role in (Role.SIBLING, Role.OTHER) if self.has(role)), Role.PRIMARY))

    @property
    def journal(self) -> Sequence[Exchange]:
        """Exchanges of the whole run so far, by whatever rule, in the order of sending."""
        return self.client.journal

    def has(self, role: Role) -> bool:
        return role in self.client.deployment.keys

    # Questions

    def discover(self) -> Exchange:
        """Return the answer of discovery, without credentials."""
        return self.send(Request("", NOBODY))

    def ask(
        self,
        endpoint: str,
        credential: Credential | None = None,
        *,
        accepts_4xx: bool = False,
        **query: Unpack[QueryParameters],
    ) -> Exchange:
        """Return the answer to GET endpoint?query with the credential, or else the primary key."""
        return self.send(self._request(endpoint, credential, accepts_4xx=accepts_4xx, **query))

    def _request(
        self,
        endpoint: str,
        credential: Credential | None = None,
        *,
        accepts_4xx: bool = False,
        **query: Unpack[QueryParameters],
    ) -> Request:
        pairs = tuple((name, str(value)) for name, value in sorted(query.items()) if value is not None)
        return Request(endpoint, credential or self.key(), pairs, accepts_4xx)

    def ask_again(self, exchange: Exchange) -> Exchange:
        """Return the answer to the same request, sent anew."""
        self.client.forget([exchange])
        return self.send(exchange.request)

    def send(self, request: Request) -> Exchange:
        """Return the answer to the request, sent now unless it was before."""
        exchange = self.client.ask(request)
        self.seen.append(exchange)
        return exchange

    def ask_if_thorough(self, requests: Iterable[Request]) -> list[Exchange]:
        """Return the answers to requests that only an extended run sends; of a recording those that it has."""
        answers = []
        for request in requests if self.depth is Depth.EXTENDED else ():
            with suppress(NotRecorded):
                answers.append(self.send(request))
        return answers

    def page_if_thorough(
        self,
        endpoint: str,
        credential: Credential | None = None,
        *,
        accepts_4xx: bool = False,
        **query: Unpack[QueryParameters],
    ) -> Page | None:
        """Return the records of GET endpoint?query in an extended run; None in a short one, or without a list."""
        for answer in self.ask_if_thorough([self._request(endpoint, credential, accepts_4xx=accepts_4xx, **query)]):
            with suppress(Undecided):
                return self.records(answer)
        return None

    def page(
        self,
        endpoint: str,
        credential: Credential | None = None,
        *,
        accepts_4xx: bool = False,
        **query: Unpack[QueryParameters],
    ) -> Page:
        """Return the records of GET endpoint?query. Raises `Undecided` unless it is served and holds one list."""
        return self.records(self.ask(endpoint, credential, accepts_4xx=accepts_4xx, **query))

    def records(self, exchange: Exchange) -> Page:
        """Return the records of an answer. Raises `Undecided` unless it was served and holds one list."""
        if exchange.status != 200:
            raise Undecided(unserved(exchange))
        try:
            return Page(exchange, exchange.records())
        except (NotJSON, NoList) as error:
            raise Undecided(inconclusive(f"{exchange.request} gave no list to look at: {error}", exchange)) from error

    def read_list(
        self,
        endpoint: str,
        credential: Credential | None = None,
        *,
        status: str | None = None,
        accepts_4xx: bool = False,
    ) -> RecordList:
        """Return the list of an endpoint, of that status if one is named, read to its end or to `READ_AT_MOST`.

        Members are read in pages of 200. Quotes and invoices begin with the plain request that the documentation
        shows, and go on behind it; a deployment that does not page them ignores that, or refuses it.
        """
        limit = MAX_PAGE_SIZE if endpoint == "members" else None
        listing = RecordList()
        offset = 0 if limit else None
        listing.add(self.page(endpoint, credential, accepts_4xx=accepts_4xx, status=status, limit=limit, offset=offset))
        full = limit or self._page_size(endpoint)
        while not listing.complete and self._may_go_on(listing):
            short = len(listing.pages[-1]) < full
            if short and status is not None:
                listing.complete = True  # only behind plain lists is it worth a request to see what stands there
            else:
                listing.complete = not self._read_on(listing, endpoint, credential, status, limit, past_end=short)
        return listing

    @staticmethod
    def _may_go_on(listing: RecordList) -> bool:
        """Tell whether more of the list may be read: behind any first page, and then up to the limits."""
        pages = len(listing.pages)
        return pages == 1 or (listing.count < READ_AT_MOST and pages < PAGES_AT_MOST)

    def _page_size(self, endpoint: str) -> int:
        """Return the size of the largest plain page of quotes or invoices, 1 at least."""
        roles = [role for role in (Role.PRIMARY, Role.OTHER) if self.has(role)]
        return max(1, *(len(self.page(endpoint, self.key(role))) for role in roles))

    def _read_on(
        self,
        listing: RecordList,
        endpoint: str,
        credential: Credential | None,
        status: str | None,
        limit: int | None,
        *,
        past_end: bool,
    ) -> bool:
        """Ask for the records behind those read so far, and return False if that was the end."""
        exchange = self.ask(endpoint, credential, accepts_4xx=True, status=status, limit=limit, offset=listing.count)
        page = Page(exchange, []) if exchange.status in _PAST_END_STATUSES else self.records(exchange)
        if past_end or not page.records or not listing.add(page):
            listing.end = page
            return False
        return True

    def webhook_evidence(self) -> WebhookEvidence:
        """Return the evidence on webhooks. Raises `Undecided` where nothing was set up to receive them."""
        if self.collector is None:
            reason = "give --webhook-secret and --listen, and --trigger or --guided to make events happen"
            raise Undecided(not_tested(reason, *WEBHOOK_OPTIONS))
        return self.collector.collect()

    def overload(self) -> OverloadResult:
        """Return the evidence of overloading the key. Raises `Undecided` where no list is served to it.

        It is overloaded by a light request with an offset, since some limiter may not count first pages.
        """
        light = self.ask("members", limit=1, offset=1)
        if not light.serves_list:
            plain = [self.ask(endpoint) for endpoint in ENDPOINTS]
            light = next((each for each in plain if each.serves_list), light)
        if not light.serves_list:
            if refused := self._overload.note_refusal(light.request.credential.account):
                raise Undecided(
                    inconclusive(
                        f"nothing can be measured with this key: {refused.words}; wait until it is served again, or "
                        "give another",
                        light,
                    )
                )
            self.records(light)
        result = self._overload.measure(light.request)
        self.seen += result.exchanges
        return result

    # What the answers hold

    def filtered_members(self) -> dict[str, RecordList]:
        """Return the members under each of the three documented filters."""
        return {status: self.read_list("members", status=status) for status in MEMBER_STATUSES}

    def without_others(self, endpoint: str, records: Sequence[Record]) -> list[Record]:
        """Return the records but those that the other organisation lists too: leaks are for the ORG rules alone."""
        if not self.has(Role.OTHER) or not records:
            return list(records)
        primary_texts = set(self.read_list(endpoint).by_text)
        other_texts = set(self.read_list(endpoint, self.key(Role.OTHER)).by_text)
        if primary_texts <= other_texts:  # then nothing tells whose they are
            other_texts -= primary_texts
        return [record for record in records if canonical(record) not in other_texts]

    def fingerprint(self) -> list[tuple[str, str, tuple[str, ...]]]:
        """Return a summary of the answers seen, equal for two readings between which no data but its order changed."""
        return sorted((str(exchange.request), exchange.outcome, _content(exchange)) for exchange in self.seen)


WEBHOOK_OPTIONS = ("--webhook-secret", "--listen", "--trigger", "--guided")
_KEY_PHRASES = {
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
    """Return the finding on an answer other than 200: inconclusive, since it is no failure of the rule that asked."""
    if exchange.error or exchange.status == 429 or exchange.status >= 500:
        return inconclusive(f"{exchange.request} was not served: {exchange.outcome}", exchange, transient=True)
    if 300 <= exchange.status < 400:
        return inconclusive(
            f"{exchange.request} redirects to {exchange.header('Location')}; give the base URL that serves it", exchange
        )
    return inconclusive(f"{exchange.request} was not served: {exchange.status}", exchange)
