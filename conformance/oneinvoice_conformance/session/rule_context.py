"""Context of a rule: the requests that it sends, the lists that it reads, and the evidence that was gathered for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from enum import Enum, auto
from typing import Unpack

from oneinvoice_conformance.documented import ENDPOINTS, FILTERS, MEMBER_STATUSES
from oneinvoice_conformance.history.baseline import Baseline
from oneinvoice_conformance.http.client import Client
from oneinvoice_conformance.http.credentials import NOBODY, OPTIONS, Credential, Role
from oneinvoice_conformance.http.exchange import Exchange, NotJSON, Request
from oneinvoice_conformance.http.intermediary import answer_of, asks_for_login, intermediary
from oneinvoice_conformance.http.redirect import location_of
from oneinvoice_conformance.http.transport import NotRecorded
from oneinvoice_conformance.model.contract import Contract, contract_of
from oneinvoice_conformance.model.finding import Finding, Undecided, inconclusive, not_tested
from oneinvoice_conformance.ratelimit.overload import Overload
from oneinvoice_conformance.ratelimit.overload_result import OverloadResult
from oneinvoice_conformance.records.finder import NoList, Record, status_of
from oneinvoice_conformance.records.json_text import canonical
from oneinvoice_conformance.records.names import Names
from oneinvoice_conformance.session.list_reader import ListReader, ReadLists
from oneinvoice_conformance.session.pages import Page, QueryParameters, RecordList
from oneinvoice_conformance.webhooks.collector import WebhookCollector, WebhookEvidence


class Depth(Enum):
    """Depth of a run.

    An extended one has room for requests that a short one does without: it measures the rate limit, which takes its
    minute anyway, or is narrowed to a few requirements.
    """

    SHORT = auto()
    EXTENDED = auto()


class RuleContext:
    """View that one rule has of a deployment. `seen` are the exchanges that the rule looked at, in order.

    `left_out` tells whether there are requests that a run of more depth would have sent for it.
    """

    def __init__(
        self,
        client: Client,
        names: Mapping[str, Names],
        collector: WebhookCollector | None = None,
        overload: Overload | None = None,
        baseline: Baseline | None = None,
        lists: ReadLists | None = None,
        *,
        depth: Depth = Depth.SHORT,
        contract: Contract | None = None,
    ) -> None:
        self.client = client
        self.collector = collector
        self._overload = overload or Overload(client, ())
        self.names = names
        self.baseline = baseline
        self.depth = depth
        self.contract = contract or contract_of(None)
        self._lists = lists or ReadLists()
        self.seen: list[Exchange] = []
        self.left_out = False

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
        return self.send(self.request(endpoint, credential, accepts_4xx=accepts_4xx, **query))

    def request(
        self,
        endpoint: str,
        credential: Credential | None = None,
        *,
        accepts_4xx: bool = False,
        **query: Unpack[QueryParameters],
    ) -> Request:
        """Return the request for GET endpoint?query with the credential, or else the primary key."""
        pairs = tuple((name, str(value)) for name, value in sorted(query.items()) if value is not None)
        return Request(endpoint, credential or self.key(), pairs, accepts_4xx)

    def ask_again(self, exchange: Exchange) -> Exchange:
        """Return the answer to the same request, sent anew."""
        self.client.forget([exchange])
        return self.send(exchange.request)

    def ask_again_if_possible(self, exchange: Exchange) -> Exchange | None:
        """Return the answer to the same request, sent anew; None where a recording has no second one."""
        with suppress(NotRecorded):
            return self.ask_again(exchange)
        return None

    def send(self, request: Request) -> Exchange:
        """Return the answer to the request, sent now unless it was before."""
        exchange = self.client.ask(request)
        self.seen.append(exchange)
        return exchange

    def send_bad_input(self, endpoint: str, query: tuple[tuple[str, str], ...]) -> Exchange:
        """Return the answer to bad input, of the sibling key if there is one: it is as good, and its limit unmeasured.

        Older recordings have it of the primary key.
        """
        if self.has(Role.SIBLING):
            with suppress(NotRecorded):
                return self.send(Request(endpoint, self.key(Role.SIBLING), query, accepts_4xx=True))
        return self.send(Request(endpoint, self.key(), query, accepts_4xx=True))

    def ask_if_thorough(self, requests: Iterable[Request]) -> list[Exchange]:
        """Return the answers to requests that only an extended run sends; of a recording those that it has.

        Wrong keys that were refused early, as a limit on them does, are asked with as little as in a short run.
        """
        answers: list[Exchange] = []
        for request in requests:
            if self.depth is not Depth.EXTENDED or self.client.is_rarely_answered(request.credential):
                self.left_out = True
            else:
                answers += self.ask_if_recorded([request])
        return answers

    def ask_if_recorded(self, requests: Iterable[Request]) -> Iterator[Exchange]:
        """Yield the answers to requests; of a recording those that it has."""
        for request in requests:
            with suppress(NotRecorded):
                yield self.send(request)

    def ask_filtered_if_recorded(self, endpoint: str, credential: Credential, status: str) -> Exchange | None:
        """Return the first page of that status; a 4xx is as good unless the documentation names it as a filter."""
        accepts_4xx = status not in FILTERS[endpoint]
        request = self.request(endpoint, credential, accepts_4xx=accepts_4xx, status=status)
        return next(self.ask_if_recorded([request]), None)

    def page_if_thorough(
        self,
        endpoint: str,
        credential: Credential | None = None,
        *,
        accepts_4xx: bool = False,
        **query: Unpack[QueryParameters],
    ) -> Page | None:
        """Return the records of GET endpoint?query in an extended run; None in a short one, or without a list."""
        for answer in self.ask_if_thorough([self.request(endpoint, credential, accepts_4xx=accepts_4xx, **query)]):
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
        if not exchange.is_served or intermediary(exchange) or asks_for_login(exchange):
            raise Undecided(unserved(exchange))
        try:
            exchange.records()
            return Page(exchange)
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
        """Return the list of an endpoint, of that status if one is named, read to its end or to `READ_AT_MOST`."""
        reading = endpoint, credential or self.key(), status, accepts_4xx
        if known := self._lists.find(self.client, reading):
            listing, answers = known
            self.seen += answers
            return listing
        before = len(self.seen)
        listing = ListReader(self, *reading).read()
        self._lists.keep(reading, listing, self.seen[before:])
        return listing

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
        return sorted({(str(exchange.request), exchange.outcome, _content(exchange)) for exchange in self.seen})


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
    """Return the finding on an answer without a list: inconclusive, since it is no failure of the rule that asked."""
    if who := intermediary(exchange):
        return inconclusive(answer_of(exchange, who), exchange, transient=True)
    if asks_for_login(exchange):
        where = f" to {location_of(exchange).partition('?')[0]}" if location_of(exchange) else ""
        return inconclusive(
            f"{exchange}{where}, where people log in, and not what the documentation has a key for; have what asks for "
            "a login leave the paths of the API out",
            exchange,
            transient=True,
        )
    if exchange.error or exchange.status == 429 or exchange.status >= 500:
        return inconclusive(f"{exchange.request} was not served: {exchange.outcome}", exchange, transient=True)
    if 300 <= exchange.status < 400:
        return inconclusive(
            f"{exchange.request} redirects to {exchange.header('Location')}, which is not followed; have it served as "
            "it was asked for, or give the base URL that serves it",
            exchange,
        )
    return inconclusive(f"{exchange.request} was not served: {exchange.status}", exchange)
