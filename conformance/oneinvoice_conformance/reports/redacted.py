"""Redacted report, which is all that writers get: plain values without any secret or access to one.

`reports.builder` makes it, and is the only place where a report, its deployment and the redactor meet.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from oneinvoice_openapi.register import Requirement

from oneinvoice_conformance.clients.observation import DeliveryKind, KeyPlace, Mark, ProgramEnd, Wait
from oneinvoice_conformance.history.changes import BaselineRef, ChangeSeverity
from oneinvoice_conformance.http.credentials import Role
from oneinvoice_conformance.http.failure import FailureKind
from oneinvoice_conformance.model.finding import Source
from oneinvoice_conformance.model.outcome import Outcome, ReportedOutcome
from oneinvoice_conformance.model.scope import Scope
from oneinvoice_conformance.model.verdict import Verdict
from oneinvoice_conformance.records.bodies import Body

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class RedactedFailure:
    """Failure of the transport, by its kind and in one phrase, and what to do where it tells that."""

    kind: FailureKind
    phrase: str
    remedy: str | None = None

    def __str__(self) -> str:
        return self.phrase


@dataclass(frozen=True, slots=True)
class RedactedExchange:
    """The facts of a request and its answer; see `http.exchange` for their units."""

    number: int
    role: Role
    method: str
    target: str
    query: Pairs
    status: int
    error: RedactedFailure | None
    started: float
    sent: float
    seconds: float

    @property
    def outcome(self) -> str:
        """The error, or the status."""
        return str(self.error or self.status)

    @property
    def received(self) -> float:
        """The time at which the answer was complete, on the clock of the run."""
        return self.sent + self.seconds


@dataclass(frozen=True, slots=True)
class RedactedBody:
    """The beginning of a body of `size` bytes, and a shorter part of it in one `line`.

    `is_cut` tells that `content` is not all of it.
    """

    content: bytes
    size: int
    is_cut: bool
    line: str

    def text(self, most: int | None = None) -> str:
        """Return the content, or so many bytes of it, as text; what is no UTF-8 is replaced."""
        return self.content[:most].decode("utf-8", "replace")


@dataclass(frozen=True, slots=True)
class RedactedEvidence:
    """An exchange that shows a finding, with what a person wants to see of it.

    `records` is the number of records that a short answer lists, None if it is no list.
    """

    exchange: RedactedExchange
    headers: Pairs
    body: RedactedBody
    records: int | None
    curl: str


@dataclass(frozen=True, slots=True)
class RedactedEntry:
    """An exchange as it is archived: the headers as they may be shown, and the whole body, `size` bytes as it came.

    `is_cut` says that the body went on behind those.
    """

    exchange: RedactedExchange
    request_headers: Pairs
    headers: Pairs
    body: Body
    size: int
    is_cut: bool

    def header(self, name: str) -> str:
        """Return the first header of the answer with that name, in any letter case, or an empty text."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")


@dataclass(frozen=True, slots=True)
class RedactedSignature:
    """The judgement of a delivery's signature: what is expected of these bytes, what came, and what that says."""

    digest: str
    expected: str
    received: str | None
    right: bool
    why: str


@dataclass(frozen=True, slots=True)
class RedactedDelivery:
    """A webhook delivery; without the webhook's secret its signature could not be judged."""

    number: int
    received: float
    method: str
    target: str
    event: str | None
    headers: Pairs
    body: RedactedBody
    signature: RedactedSignature | None


@dataclass(frozen=True, slots=True)
class RedactedExpected:
    """An entry of the expected failures."""

    reason: str
    owner: str
    expires: date
    problem: str | None


@dataclass(frozen=True, slots=True)
class RedactedResult:
    """One row of the register and what was found of it.

    `evidence` are the exchanges that show it, `shown` the first of them in full, and `exchanges` all that were looked
    at. `source` tells what found it, `options` those of a run that would settle it, and `seconds` how long that took.
    `observations` are those of a client, which has no exchanges.
    """

    requirement: Requirement
    outcome: Outcome
    excused: bool
    reason: str
    source: Source
    options: tuple[str, ...]
    evidence: tuple[RedactedExchange, ...]
    shown: tuple[RedactedEvidence, ...]
    exchanges: tuple[RedactedExchange, ...]
    deliveries: tuple[RedactedDelivery, ...]
    expected: RedactedExpected | None
    seconds: float
    mismatch: RedactedMismatch | None
    observations: tuple[RedactedObservation, ...] = ()

    @property
    def reported(self) -> ReportedOutcome:
        """The outcome, with failures that were expected apart from the others."""
        return ReportedOutcome.from_outcome(self.outcome, excused=self.excused)

    @property
    def problem(self) -> str | None:
        """The reason why it is no expected failure any more although it is listed, if there is one."""
        return self.expected.problem if self.expected else None


@dataclass(frozen=True, slots=True)
class RedactedMismatch:
    """Place in an answer or a delivery, by its number, with what was expected there and what was there.

    `source` is the request or the delivery in words; `pointer` is as in `model.finding.Mismatch`.
    """

    source: str
    exchange: int | None
    delivery: int | None
    pointer: str
    expected: str
    seen: str

    @property
    def place(self) -> str:
        """The place in words."""
        return f"{self.pointer or 'the body'} of {self.source}"


@dataclass(frozen=True, slots=True)
class RedactedChange:
    """One change of what v1 answers, and the name of the earlier report that it was seen against."""

    kind: ChangeSeverity
    what: str
    since: str


@dataclass(frozen=True, slots=True)
class RedactedDrift:
    """All changes since earlier reports."""

    against: tuple[BaselineRef, ...]
    changes: tuple[RedactedChange, ...]

    def of_kind(self, kind: ChangeSeverity) -> list[RedactedChange]:
        return [change for change in self.changes if change.kind is kind]


@dataclass(frozen=True, slots=True)
class RedactedCause:
    """A cause that several requirements share: what was seen, what to do, and the exchanges that show it."""

    number: int
    seen: str
    remedy: str
    requirements: tuple[str, ...]
    shown: tuple[RedactedEvidence, ...]

    @property
    def reason(self) -> str:
        """Observation and remedy in one sentence."""
        return f"{self.seen}; {self.remedy}"


@dataclass(frozen=True, slots=True)
class RedactedLoadProfile:
    """The measured limiter in words, and how many requests were `served` and `refused` in each step."""

    words: str
    served: tuple[int, ...]
    refused: tuple[int, ...]
    step_seconds: float

    @property
    def seconds(self) -> float:
        """The time that all steps take."""
        return len(self.served) * self.step_seconds


@dataclass(frozen=True, slots=True)
class RedactedContract:
    """The contract that was judged by: its version and hash, whether it was chosen, and its areas (code to name)."""

    version: str
    sha256: str
    is_release: bool
    areas: Mapping[str, str]

    def as_json(self) -> dict[str, str]:
        return {"version": self.version, "sha256": self.sha256}


@dataclass(frozen=True, slots=True)
class RedactedRequest:
    """Request of a client, with its answer; see `clients.observation.ClientRequest`.

    `hold` is when the Retry-After of the answer is over, in seconds since the trial began. `body` is there where it is
    shown.
    """

    number: int
    at: float
    method: str
    target: str
    headers: Pairs
    key_places: tuple[KeyPlace, ...]
    status: int
    answer_headers: Pairs
    body: RedactedBody | None
    answering: float | None
    answered: float | None
    connection: int
    mark: Mark
    note: str
    records: int | None
    total: int | None
    is_left: bool
    hold: float | None


@dataclass(frozen=True, slots=True)
class RedactedSent:
    """Delivery to a client's receiver, with its answer; see `clients.observation.SentDelivery`."""

    number: int
    at: float
    event_id: str
    event: str
    kind: DeliveryKind
    form: str
    headers: Pairs
    body: RedactedBody | None
    status: int
    answered: float | None
    problem: str


@dataclass(frozen=True, slots=True)
class RedactedTrial:
    """Trial of one scenario; see `clients.observation.Trial`. `kept` is what a readback told, in a phrase."""

    scenario: str
    title: str
    seed: int
    started: float
    seconds: float
    requests: tuple[RedactedRequest, ...]
    deliveries: tuple[RedactedSent, ...]
    waits: tuple[Wait, ...]
    program: ProgramEnd | None
    kept: str | None
    facts: Mapping[str, Any]
    problem: str


@dataclass(frozen=True, slots=True)
class RedactedObservation:
    """Requests and deliveries of a trial, by their numbers, that show a finding; `lines` tell the first of them."""

    scenario: str
    title: str
    requests: tuple[int, ...]
    deliveries: tuple[int, ...]
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RedactedClient:
    """Client that was judged, how deep it was looked at, and the trials in which it was."""

    depth: str
    trials: tuple[RedactedTrial, ...]


@dataclass(frozen=True, slots=True)
class RedactedReport:
    """Everything that a run found, as it may be shown.

    `base` is where the deployment is, which is no secret, or a client by its command. `client` is there for a verdict
    on one, which has no exchanges. `exchanges` are all of the run, and `traffic` the same in
    full, None unless it was asked for. `load_profile` is the limiter that was measured, if it was. `observed` and
    `configuration` are JSON; `options` and `variables` are what a reproducer gives again.
    """

    base: str
    contract: RedactedContract
    scope: Scope
    verdict: Verdict
    headline: str
    results: tuple[RedactedResult, ...]
    exchanges: tuple[RedactedExchange, ...]
    traffic: tuple[RedactedEntry, ...] | None
    requests_by_key: Mapping[str, int]
    started: float
    seconds: float
    interrupted: bool
    notes: tuple[str, ...]
    rate_limit: int
    drift: RedactedDrift | None
    causes: tuple[RedactedCause, ...] = ()
    load_profile: RedactedLoadProfile | None = None
    observed: Mapping[str, Any] = field(default_factory=dict)
    configuration: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    variables: tuple[str, ...] = ()
    client: RedactedClient | None = None

    def cause_of(self, result: RedactedResult) -> RedactedCause | None:
        """Return the cause that explains a result with others, if there is one."""
        return next((cause for cause in self.causes if result.requirement.id in cause.requirements), None)

    def count(self, outcome: Outcome) -> int:
        """Return how many requirements have that outcome."""
        return sum(result.outcome is outcome for result in self.results)
