"""Observations of a client: its requests, the deliveries that it was sent, how its program ended, and what it kept.

Rules judge these alone, wherever they come from: a run of scenarios, a journal of a mock, or a recording. They hold no
key and no secret: what a key stood in is told by `KeyPlace`, and its text is `$ONEINVOICE_KEY`.

Times are in seconds since the trial began, on a clock that nobody sets.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from oneinvoice_conformance.documented import ENDPOINTS

Headers = tuple[tuple[str, str], ...]


class KeyPlace(StrEnum):
    """Place in a request where the key, or most of it, stood."""

    BEARER = "Authorization: Bearer"
    OTHER_SCHEME = "Authorization with another scheme"
    OTHER_HEADER = "another header"
    URL = "the URL"
    BODY = "the body"


class Mark(StrEnum):
    """Kind of what a scenario did to an answer, or of where a request went. Rules tell answers apart by it."""

    PLAIN = "plain"  # as the API answers
    LIMITED = "limited"  # 429, of a limit that holds or of one that was played
    OUTAGE = "outage"  # a 5xx
    REFUSED = "refused"  # 400 or 404
    REVOKED = "revoked"  # 401 for a key that was good before
    REDIRECT = "redirect"
    ELSEWHERE = "elsewhere"  # the request came to another origin
    CUT_PAGE = "cut page"  # fewer records than asked for, of a limit above what is documented
    REPEATED_PAGE = "repeated page"  # a page that was answered before, at another offset
    GREASE = "grease"  # what is free differs
    UNKNOWN_VALUE = "unknown value"  # a status that nobody knows, or null where it may be
    BROKEN = "broken"  # a cut body, HTML, or no JSON
    CHANGED = "changed"  # records came or went since the request before
    NO_ANSWER = "no answer"  # the connection ended


@dataclass(frozen=True, slots=True)
class ClientRequest:
    """Request of the client, and what it was answered.

    `at` is when its head had come, `answering` when the first byte of the answer was handed over, and `answered` when
    the last was; both None where none was. `connection` numbers the connections of the trial. `records` is how many
    records the answer had, None if it is no page, `total` what it said there are. `status` is 0 without an answer.
    `is_left` tells that the client hung up before it had all.
    """

    number: int
    at: float
    method: str
    target: str
    headers: Headers = field(default=(), repr=False)
    key_places: tuple[KeyPlace, ...] = ()
    status: int = 0
    answer_headers: Headers = field(default=(), repr=False)
    body: bytes = field(default=b"", repr=False)
    answering: float | None = None
    answered: float | None = None
    connection: int = 0
    mark: Mark = Mark.PLAIN
    note: str = ""
    records: int | None = None
    total: int | None = None
    is_left: bool = False

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        """Parameters by name; of several with one name the last."""
        return dict(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))

    @property
    def endpoint(self) -> str | None:
        """List that is asked for, such as `members`; None for another path."""
        name = self.path.rstrip("/").rpartition("/")[2]
        return name if name in ENDPOINTS else None

    @property
    def offset(self) -> int | None:
        """Position that is asked for: 0 without the parameter, None where it is no number."""
        return _number(self.query.get("offset", "0"))

    @property
    def limit(self) -> int | None:
        """Number of records that is asked for; None without the parameter, or where it is no number."""
        return _number(self.query.get("limit", ""))

    @property
    def page(self) -> tuple[str, int | None, frozenset[tuple[str, str]]] | None:
        """Page that is asked for, whatever its size: list, offset and filters; None for another path."""
        filters = {each for each in self.query.items() if each[0] not in ("limit", "offset")}
        return (self.endpoint, self.offset, frozenset(filters)) if self.endpoint else None

    def since(self, start: float) -> ClientRequest:
        """Return the request with its times from `start` on."""
        answering = None if self.answering is None else self.answering - start
        answered = None if self.answered is None else self.answered - start
        return replace(self, at=self.at - start, answering=answering, answered=answered)

    @property
    def status_filter(self) -> str | None:
        """Status of the records that are asked for; None where all are."""
        return self.query.get("status")

    @property
    def is_page(self) -> bool:
        """Tell whether it got a page of a list, whole and good."""
        is_list = self.method == "GET" and self.endpoint is not None
        return is_list and self.records is not None and not self.is_left and self.mark is not Mark.BROKEN

    def header(self, name: str) -> str | None:
        """Return the first header of the request with that name, in any letter case."""
        return _header(self.headers, name)

    def answer_header(self, name: str) -> str | None:
        """Return the first header of the answer with that name, in any letter case."""
        return _header(self.answer_headers, name)

    def __str__(self) -> str:
        return f"{self.method} {self.target}: {self.status or 'no answer'}"


class DeliveryKind(StrEnum):
    """Kind of a delivery that was sent to the client's receiver."""

    GENUINE = "genuine"
    REPEATED = "repeated"  # an event that it was sent before, truly signed
    FORGED = "forged"  # what it has to refuse
    UNKNOWN_EVENT = "unknown event"  # truly signed, of a name that is not documented
    OTHER_HEADER = "other header"  # truly signed; X-1Invoice-Event is not what the body says


@dataclass(frozen=True, slots=True)
class SentDelivery:
    """Delivery to the client's receiver, and its answer. `form` says in a few words what is special about it.

    `status` is 0 where no answer came, and `problem` says why.
    """

    number: int
    at: float
    event_id: str
    event: str
    kind: DeliveryKind = DeliveryKind.GENUINE
    form: str = ""
    headers: Headers = field(default=(), repr=False)
    body: bytes = field(default=b"", repr=False)
    status: int = 0
    answered: float | None = None
    problem: str = ""

    @property
    def is_accepted(self) -> bool:
        """Tell whether it was answered 2xx."""
        return 200 <= self.status < 300

    def since(self, start: float) -> SentDelivery:
        """Return the delivery with its times from `start` on."""
        return replace(self, at=self.at - start, answered=None if self.answered is None else self.answered - start)

    def __str__(self) -> str:
        form = f", {self.form}" if self.form else ""
        return f"{self.kind.value} {self.event}{form}: {self.status or self.problem or 'no answer'}"


@dataclass(frozen=True, slots=True)
class ProgramEnd:
    """End of a program: its exit code, None where it was killed since it took too long, and its last words.

    `started` is when it was started, and `seconds` is how long it ran.
    """

    code: int | None
    seconds: float
    output: str = ""
    started: float = 0.0

    @property
    def is_well(self) -> bool:
        return self.code == 0

    def __str__(self) -> str:
        words = f": {self.output.splitlines()[-1]}" if self.output.strip() else ""
        return f"killed after {self.seconds:.0f} s{words}" if self.code is None else f"exit code {self.code}{words}"


@dataclass(frozen=True, slots=True)
class Readback:
    """State that the client kept, by its own word: records by list and id, and effects by the id of the event.

    A list that it didn't tell of is missing, and `effects` is None where it told of none. `error` is a failure that it
    reports of itself. `problem` says why there is nothing that can be used.
    """

    lists: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    effects: Mapping[str, int] | None = None
    error: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Wait:
    """Wait of a scenario: from when to when, and what for."""

    start: float
    end: float
    what: str


@dataclass(frozen=True, slots=True)
class Truth:
    """Records of a sandbox: as they stood when the trial began, with the ids that stood throughout, by list."""

    records: Mapping[str, Mapping[str, Mapping[str, Any]]] = field(default_factory=dict)
    stood: Mapping[str, frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Trial:
    """Run of one scenario, with all that was seen of the client.

    `started` is in seconds since 1970, and `delay` the longest by which this machine was late. `facts` are what
    the scenario alone knows, such as when a key was revoked; its rules read them by the scenario's own names. `problem`
    says why the scenario could not be played to its end.
    """

    scenario: str
    title: str
    seed: int
    started: float
    seconds: float
    delay: float = 0.0
    requests: tuple[ClientRequest, ...] = ()
    deliveries: tuple[SentDelivery, ...] = ()
    waits: tuple[Wait, ...] = ()
    program: ProgramEnd | None = None
    readback: Readback | None = None
    truth: Truth = field(default_factory=Truth)
    facts: Mapping[str, Any] = field(default_factory=dict)
    problem: str = ""

    def marked(self, *marks: Mark) -> list[ClientRequest]:
        """Return the requests with one of these marks, in their order."""
        return [request for request in self.requests if request.mark in marks]

    def sent(self, *kinds: DeliveryKind) -> list[SentDelivery]:
        """Return the deliveries of these kinds, in their order."""
        return [delivery for delivery in self.deliveries if delivery.kind in kinds]


@dataclass(frozen=True, slots=True)
class Evidence:
    """Requests and deliveries of a scenario, by their numbers, that show a finding."""

    scenario: str
    requests: tuple[int, ...] = ()
    deliveries: tuple[int, ...] = ()


def pages(requests: Sequence[ClientRequest], endpoint: str) -> list[ClientRequest]:
    """Return the requests for a list, in their order."""
    return [request for request in requests if request.endpoint == endpoint]


def page_of(status: int, body: bytes) -> tuple[int | None, int | None]:
    """Return how many records an answer has, and how many it says there are; None where it is no page."""
    if status == 200:
        with suppress(ValueError, LookupError, TypeError, RecursionError):
            content = json.loads(body)
            return len(content["data"]), int(content["pagination"]["total"])
    return None, None


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None


def _header(headers: Headers, name: str) -> str | None:
    return next((value for key, value in headers if key.lower() == name.lower()), None)
