"""Recording of traffic: read an HTTP archive (HAR 1.2), and answer requests from it."""

from __future__ import annotations

import base64
import re
from collections import Counter, defaultdict, deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from oneinvoice_conformance.documented import KEY_PREFIX
from oneinvoice_conformance.errors import Unreachable, UsageError
from oneinvoice_conformance.http.credentials import (
    API_KEY,
    NO_KEY,
    NOBODY,
    Role,
    derived_credentials,
    key_roles,
    role_from_label,
)
from oneinvoice_conformance.http.deployment import Deployment
from oneinvoice_conformance.http.exchange import SERVED, Exchange, Request
from oneinvoice_conformance.http.failure import Failure, FailureKind, failure_from_phrase
from oneinvoice_conformance.http.pacer import Clock
from oneinvoice_conformance.http.redirect import adds_slash
from oneinvoice_conformance.http.transport import NotRecorded, OutgoingRequest, RawResponse
from oneinvoice_conformance.records.bodies import EMPTY, Body, BodyStore
from oneinvoice_conformance.records.long_json import Elements, parse_long
from oneinvoice_conformance.wording import unfit

CREATOR = "oneinvoice-conform"  # of the recordings that hold what the suite knows besides
_DISCOVERY = "/api/v1"
_LARGEST = 4 * 2**30  # bytes of a file; a run's own has some MiB, or some GiB where a deployment ignores limits
_END_OF_TIME = 1e11  # seconds since 1970, in a year of four digits
_ENTRIES = ("log", "entries")
_URL = re.compile(
    r"(?P<base>https?://[\w.:\[\]-]+(?:/[\w.~%-]+)*?)(?P<path>/api/v[12](?:/(?:members|quotes|invoices))?)"
    r"(?P<slash>/?)(?:\?(?P<query>[^#]*))?",
    re.ASCII,
)

Target = tuple[str, tuple[tuple[str, str], ...]]


@dataclass(frozen=True, slots=True)
class RecordedExchange:
    """Recorded request, by the role of its credential, and its answer, whose body stands apart.

    `token` is the secret that was sent.
    """

    base: str
    target: Target
    role: Role
    answer: RawResponse
    body: Body = EMPTY
    token: str | None = field(repr=False, default=None)


@dataclass(frozen=True, slots=True)
class Recording:
    """Recorded exchanges with one deployment of this API.

    `by_suite` says that a run of the suite recorded them, with the `rate_limit` that was agreed.
    """

    base: str
    entries: tuple[RecordedExchange, ...]
    by_suite: bool
    tokens: tuple[str, ...] = field(repr=False, default=())
    notes: tuple[str, ...] = ()
    rate_limit: int | None = None

    def deployment(self) -> Deployment:
        """Return the deployment, with a made-up key for each role that was recorded."""
        roles = key_roles(entry.role for entry in self.entries)
        return Deployment(self.base, {role: f"{KEY_PREFIX}{role}MadeUpForTheRecording{len(role)}" for role in roles})

    def with_secrets(self) -> Deployment:
        """Return the deployment with the recorded `tokens` as further secrets, so that they can be redacted."""
        return replace(self.deployment(), headers=tuple(("Authorization", token) for token in self.tokens))


class RecordedClock:
    """Clock of a recording: the time of the latest answer that was taken from it, or later by waiting."""

    def __init__(self, recording: Recording) -> None:
        self.time = min((entry.answer.sent for entry in recording.entries), default=0.0)

    def now(self) -> float:
        return self.time

    def wait(self, seconds: float) -> None:
        self.time += seconds


class RecordedTransport:
    """Transport that answers the same request with its recorded answers, one after the other."""

    def __init__(self, recording: Recording, clock: RecordedClock) -> None:
        self._clock = clock
        self._answers: dict[tuple[Role, Target], deque[RecordedExchange]] = defaultdict(deque)
        for entry in recording.entries:
            self._answers[entry.role, entry.target].append(entry)
        deployment = recording.deployment()
        keys = [deployment.credential(role) for role in deployment.keys]
        invalid = derived_credentials(deployment.keys[Role.PRIMARY]) if Role.PRIMARY in deployment.keys else []
        self._roles = {each.authorization: each.role for each in [*keys, *invalid, NO_KEY] if each}
        self._base = recording.base

    def fetch(self, calls: Sequence[OutgoingRequest], clock: Clock) -> list[RawResponse]:
        answers = [self._fetch(call) for call in calls]
        self._clock.time = max(self._clock.time, *(answer.received for answer in answers))
        return answers

    def _fetch(self, call: OutgoingRequest) -> RawResponse:
        authorization = call.headers.get("Authorization") or call.headers.get(API_KEY)
        role = self._roles.get(authorization, Role.UNKNOWN) if authorization else Role.NONE
        path, _, query = call.url.removeprefix(self._base).partition("?")
        key = role, _target(path, query)
        was_recorded = key in self._answers
        if not was_recorded or not self._answers[key]:
            times = "no further" if was_recorded else "no"
            shown = f"{path}?{query}" if query else path
            raise NotRecorded(f"the recording has {times} GET {shown} with {role.label}")
        entry = self._answers[key].popleft()
        return replace(entry.answer, body=entry.body.read(), is_cut=entry.body.is_cut)

    def close(self) -> None:
        pass


def read_recording(path: Path) -> Recording:
    """Return the exchanges with this API in a HAR file, those of the deployment with the most of them.

    Raises `UsageError` if the file is no HAR, and `Unreachable` if nothing in it is this API.
    """
    log = _log(path)
    try:
        by_suite = log["creator"]["name"] == CREATOR
        limit = max(1, int(log["_rate_limit"])) if by_suite else None
        recorded = list(_entries(log["entries"], by_suite=by_suite))
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise UsageError(f"{path} is no HAR 1.2 file ({unfit(error)}); export it again, with content.") from error
    bases = Counter(entry.base for entry in recorded)
    if not bases:
        raise Unreachable(f"{path} has no request of this API with its answer, such as GET /api/v1/members.")
    base = bases.most_common(1)[0][0]
    entries = [entry for entry in recorded if entry.base == base]
    if not any(_exchange(entry).resembles_api for entry in entries):
        raise Unreachable(f"What answers at {base} in {path} is not this API; record another deployment.")
    if by_suite:
        return Recording(base, tuple(entries), by_suite, rate_limit=limit)
    tokens = dict.fromkeys(entry.token for entry in recorded if entry.token)
    return replace(_by_another_client(base, entries), tokens=tuple(tokens))


class _Entries(Elements):
    """Entries of an archive, each with its body in the place of the body's text."""

    def __init__(self, bodies: BodyStore) -> None:
        super().__init__()
        self._bodies = bodies

    def add(self, element: Any, characters: int) -> None:
        """Take the next entry. What is none is left to be told."""
        with suppress(LookupError, TypeError, AttributeError):
            content = element["response"]["content"]
            if isinstance(content.get("text"), str):
                content["text"] = self._bodies.keep(_bytes(content), is_cut=bool(element.get("_cut")))
        super().add(element, characters)


def _bytes(content: dict[str, Any]) -> bytes:
    text: str = content["text"]
    if content.get("encoding") == "base64":
        return base64.b64decode(text)
    return text.encode("utf-8", "surrogatepass")


def _log(path: Path) -> Any:
    try:
        if not path.is_file():
            raise UsageError(f"{path} is no file; name a HAR file, as --har writes or a browser exports.")
        if path.stat().st_size > _LARGEST:
            raise UsageError(f"{path} is larger than {_LARGEST // 2**20:,} MiB; record less, or only this API.")
        bodies = BodyStore()
        with path.open("rb") as file:
            archive = parse_long(file, lambda inside: _Entries(bodies) if inside == _ENTRIES else Elements())
        return archive["log"]
    except OSError as error:
        raise UsageError(f"{path} can't be read ({error.strerror}); name a HAR file.") from error
    except (ValueError, TypeError, KeyError) as error:
        raise UsageError(f"{path} is no HAR file ({unfit(error)}); it may be cut short, so export it again.") from error


def _entries(entries: list[dict[str, Any]], *, by_suite: bool) -> Iterator[RecordedExchange]:
    """Yield the GET requests to this API whose answers were recorded with their bodies.

    A run of the suite is redirected once to a path with a slash at its end. Other clients may know it from the start
    or be redirected each time, so that their paths are taken for the same with and without it.
    """
    for entry in entries:
        request, response = entry["request"], entry["response"]
        url = _URL.fullmatch(request["url"])
        if url is None or request["method"] != "GET" or not (by_suite or _has_answer(response)):
            continue
        headers = [(str(each["name"]), str(each["value"])) for each in request["headers"]]
        answer = _answer(entry, by_suite=by_suite)
        if not by_suite and adds_slash(request["url"], answer.status, answer.headers):
            continue
        if by_suite:
            role, token = _recorded_role(entry), None
        else:
            role, token = _sender(headers)
        target = _target(url["path"] + (url["slash"] if by_suite else ""), url["query"] or "")
        yield RecordedExchange(url["base"], target, role, answer, response["content"].get("text") or EMPTY, token)


def _recorded_role(entry: dict[str, Any]) -> Role:
    """Return the role that the suite kept; 0.1.0 kept its label. Raises `ValueError` for another text."""
    if "_role" in entry:
        return Role(entry["_role"])
    if role := role_from_label(str(entry["_credential"])):
        return role
    raise ValueError("_credential is none of the suite's")


def _has_answer(response: dict[str, Any]) -> bool:
    """Tell whether the body was recorded: browsers may leave it out, or have it from before (304)."""
    content = response["content"]
    return response["status"] not in (0, 304) and ("text" in content or not content.get("size"))


def _sender(headers: Sequence[tuple[str, str]]) -> tuple[Role, str | None]:
    """Return the role of the credential in headers, and the key."""
    given = {name.lower(): value for name, value in headers}
    scheme, _, token = given.get("authorization", "").strip().partition(" ")
    if scheme.lower() == "bearer" and token:
        return Role.PRIMARY, token.strip()
    if scheme or "cookie" in given:  # a session of the dashboard may be what opens it
        return Role.UNTOLD, token.strip() or scheme or None
    return Role.NONE, None


def _answer(entry: dict[str, Any], *, by_suite: bool) -> RawResponse:
    response = entry["response"]
    started = datetime.fromisoformat(entry["startedDateTime"]).timestamp()
    sent, seconds = (entry["_sent"], entry["_seconds"]) if by_suite else (started, max(0, entry["time"]) / 1000)
    if not (0 <= sent < _END_OF_TIME and 0 <= seconds < _END_OF_TIME):
        raise ValueError("a time is none")
    return RawResponse(
        sent=float(sent),
        received=float(sent + seconds),
        status=int(response["status"]),
        headers=tuple((str(each["name"]), str(each["value"])) for each in response["headers"]),
        error=_failure(entry) if by_suite else None,
        started=started,
    )


def _failure(entry: dict[str, Any]) -> Failure | None:
    """Return the failure that the suite recorded, if any. Raises `ValueError` for an unknown kind."""
    phrase = entry.get("_error")
    if not phrase:
        return None
    if "_failure" in entry:
        return Failure(FailureKind(entry["_failure"]), str(phrase))
    return failure_from_phrase(str(phrase))


def _by_another_client(base: str, entries: Sequence[RecordedExchange]) -> Recording:
    """Return a recording by another client: the first key that was served is the primary one, others are left out.

    Where no request has credentials, they were taken out of the file, as browsers do: what was served had some.
    """
    notes = []
    if all(entry.role is Role.NONE for entry in entries):
        notes.append("the file has no credentials; what was served is taken to have been sent with one key")
        entries = [_as_primary(entry) for entry in entries]
    bearers = sorted(filter(_has_key, entries), key=lambda entry: entry.answer.status not in SERVED)
    primary_token = bearers[0].token if bearers else None
    kept = [entry for entry in entries if entry.role is Role.NONE or (_has_key(entry) and entry.token == primary_token)]
    if left := len(entries) - len(kept):
        notes.append(f"{left} requests with other keys or credentials are left out: the file doesn't tell whose")
    return Recording(base, tuple(kept), by_suite=False, notes=tuple(notes))


def _has_key(entry: RecordedExchange) -> bool:
    return entry.role is Role.PRIMARY


def _as_primary(entry: RecordedExchange) -> RecordedExchange:
    """Return the exchange with the primary key for its credential, if an endpoint served it."""
    if entry.target[0].count("/") == _DISCOVERY.count("/"):
        return entry
    if entry.answer.status == 401:
        return replace(entry, role=Role.UNTOLD)
    return replace(entry, role=Role.PRIMARY)


def _exchange(entry: RecordedExchange) -> Exchange:
    answer = entry.answer
    return Exchange(0, Request("", NOBODY), 0, 0, answer.status, answer.headers, body=entry.body)


def _target(path: str, query: str) -> Target:
    """Return path and query, the same in whatever order parameters of different names stand."""
    return path, tuple(sorted(parse_qsl(query, keep_blank_values=True), key=lambda pair: pair[0]))
