"""Recording: exchanges with one deployment, read from an archive, by one caller as far as that tells."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from oneinvoice_conformance.documented import KEY_PREFIX
from oneinvoice_conformance.errors import Unreachable, UsageError
from oneinvoice_conformance.http.credentials import NOBODY, Role, key_roles
from oneinvoice_conformance.http.deployment import Deployment
from oneinvoice_conformance.http.exchange import Exchange, Request
from oneinvoice_conformance.http.recording.archive import read_log
from oneinvoice_conformance.http.recording.entries import (
    ODD,
    ApiEntries,
    LeftOut,
    RecordedExchange,
    exchange_of_others,
    exchange_of_suite,
)
from oneinvoice_conformance.http.recording.senders import Kind, primary_token, role_beside
from oneinvoice_conformance.wording import counted, joined

CREATOR = "oneinvoice-conform"  # of the recordings that hold what the suite knows besides
PROXY = "oneinvoice-conform proxy"  # of those that `proxy` wrote, in which names stand for keys, and nothing is missing
DISCOVERY = "/api/v1"
_SHOWN = 3  # deployments in a note


@dataclass(frozen=True, slots=True)
class Recording:
    """Recorded exchanges with one deployment of this API.

    `by_suite` says that a run of the suite recorded them, with the `rate_limit` that was agreed. `tells_keys` says that
    the requests show their keys, so that all answers to the primary one are known to be to the same key. `others` are
    those to a second key, of which nobody tells the organisation. `shows_absence` says that a request without
    credentials had none.
    """

    base: str
    entries: tuple[RecordedExchange, ...]
    by_suite: bool
    secrets: tuple[str, ...] = field(repr=False, default=())
    notes: tuple[str, ...] = ()
    rate_limit: int | None = None
    tells_keys: bool = True
    others: tuple[RecordedExchange, ...] = ()
    shows_absence: bool = False

    def deployment(self) -> Deployment:
        """Return the deployment, with a made-up key for each role that was recorded."""
        roles = key_roles(entry.role for entry in self.entries)
        return Deployment(self.base, {role: f"{KEY_PREFIX}{role}MadeUpForTheRecording{len(role)}" for role in roles})

    def with_secrets(self) -> Deployment:
        """Return the deployment with the recorded `secrets` besides, so that they can be redacted."""
        return replace(self.deployment(), headers=tuple(("Authorization", secret) for secret in self.secrets))


def read_recording(path: Path) -> Recording:
    """Return the exchanges with this API in a HAR file, those of the deployment with the most of them.

    Raises `UsageError` if the file is no HAR, and `Unreachable` if nothing in it is this API.
    """
    log = read_log(path, ApiEntries)
    creator = log.get("creator")
    by = str(creator.get("name")) if isinstance(creator, dict) else ""
    entries: Any = log["entries"]
    left_out = Counter({ODD: entries.odd} if isinstance(entries, ApiEntries) else {})
    limit = _rate_limit(path, log) if by == CREATOR else None
    recorded: list[RecordedExchange] = []
    for entry in entries:
        try:
            exchange = exchange_of_suite(entry) if limit else exchange_of_others(entry, by)
        except LeftOut as problem:
            left_out[str(problem)] += 1
            continue
        recorded += [exchange] if exchange else []
    notes = _notes(left_out)
    if not recorded:
        told = f" ({notes[0]})" if notes else ""
        raise Unreachable(f"{path} has no request of this API with its answer, such as GET /api/v1/members{told}.")
    base = _deployment_of(recorded)
    chosen = [entry for entry in recorded if entry.base == base]
    if not any(exchange_with(entry, Request("", NOBODY), 0).resembles_api for entry in chosen):
        raise Unreachable(f"What answers at {base} in {path} is not this API; record another deployment.")
    if limit:
        return Recording(base, tuple(chosen), by_suite=True, rate_limit=limit, notes=tuple(notes))
    elsewhere = Counter(entry.base for entry in recorded if entry.base != base)
    notes += [_elsewhere(elsewhere)] if elsewhere else []
    in_time = sorted(chosen, key=lambda entry: entry.answer.sent)
    recording = _by_proxy(base, in_time) if by == PROXY else _by_another_client(base, in_time)
    secrets = dict.fromkeys(
        secret
        for entry in recorded
        if entry.sender.kind in (Kind.BEARER, Kind.OTHER)
        for secret in (entry.sender.token,)
        if secret
    )
    return replace(recording, secrets=tuple(secrets), notes=(*notes, *recording.notes))


def exchange_with(entry: RecordedExchange, request: Request, number: int) -> Exchange:
    """Return an entry as the exchange of that request and number."""
    answer = entry.answer
    return Exchange(
        number,
        request,
        answer.sent if answer.started is None else answer.started,
        answer.received - answer.sent,
        answer.status,
        answer.headers,
        body=entry.body,
        error=answer.error,
        sent=answer.sent,
    )


def _rate_limit(path: Path, log: dict[str, Any]) -> int:
    limit = log.get("_rate_limit")
    if not isinstance(limit, int):
        why = "_rate_limit is missing" if limit is None else "_rate_limit is no number"
        raise UsageError(f"{path} is no HAR 1.2 file of {CREATOR} ({why}); export it again, with content.")
    return max(1, limit)


def _notes(left_out: Counter[str]) -> list[str]:
    """Return a note on the entries that are left out, if there are any."""
    kinds = [f"{count:,} {'entry' if count == 1 else 'entries'} {why}" for why, count in left_out.items() if count]
    return [f"left out: {joined(kinds)}"] if kinds else []


def _elsewhere(others: Counter[str]) -> str:
    """Return a note on other deployments in the same file."""
    shown = [base for base, _ in others.most_common(_SHOWN)]
    more = ", …" if len(others) > _SHOWN else ""
    requests = counted(others.total(), "requests")
    return f"{requests} to other deployments are left out: {', '.join(shown)}{more}"


def _deployment_of(recorded: Sequence[RecordedExchange]) -> str:
    """Return the base of most requests that were served, or else of most requests; the first of several."""
    counts = Counter(entry.base for entry in recorded)
    served = Counter(entry.base for entry in recorded if 200 <= entry.answer.status < 300)
    return max(counts, key=lambda base: (served[base], counts[base]))


def _by_another_client(base: str, entries: Sequence[RecordedExchange]) -> Recording:
    """Return a recording by another client: the key of most requests that were served is the primary one.

    Where no request shows a key, they were taken out of the file, as browsers do, or a session stood in their place:
    what was served is taken for one caller's, which nobody can be sure of. So it is where something else stands in the
    place of a key that was taken out.
    """
    served = [entry for entry in entries if 200 <= entry.answer.status < 300 and _is_list(entry)]
    if primary := primary_token(entry.sender for entry in served):
        return _by_keys(base, entries, served, primary)
    kinds = {entry.sender.kind for entry in entries}
    if Kind.REDACTED in kinds:
        kept = tuple(_as_redacted(entry) for entry in entries)
        note = "keys were taken out of the file; what was served with one is taken to have been sent with the same"
    elif Kind.BEARER in kinds:  # none of which was served
        kept = tuple(entries)
        note = "no key in the file was served a list, so that nothing is told of any"
    else:
        kept = tuple(_as_primary(entry) for entry in entries)
        note = "the file has no credentials; what was served is taken to have been sent with one key"
        if Kind.OTHER in kinds:
            note = "the file has no credentials with a key; what was served is taken to have been sent by one caller"
    return Recording(base, kept, by_suite=False, notes=(note,), tells_keys=False)


def recording_of(entry: RecordedExchange) -> Recording:
    """Return the recording of one exchange alone that came through the proxy."""
    return _by_proxy(entry.base, [entry])


def _by_proxy(base: str, entries: Sequence[RecordedExchange]) -> Recording:
    """Return a recording of what came through the proxy: a request that shows no credentials was sent without any."""
    recording = _by_another_client(base, entries)
    if all(each.sender.kind is Kind.NOTHING for each in entries):
        recording = replace(recording, notes=("no request in the file has credentials",))
    kept = [replace(each, role=Role.NONE) if each.sender.kind is Kind.NOTHING else each for each in recording.entries]
    return replace(recording, entries=tuple(kept), shows_absence=True)


def _by_keys(
    base: str, entries: Sequence[RecordedExchange], served: Sequence[RecordedExchange], primary: str
) -> Recording:
    """Return a recording whose requests show their keys.

    A key that was refused before it was served first, or after it was served last, may not have been one then.
    """
    second = primary_token(entry.sender for entry in served if entry.sender.token != primary)
    times = [entry.answer.sent for entry in served if entry.sender.token == primary]
    kept, others = [], []
    for entry in entries:
        role = role_beside(entry.sender, primary)
        if second and entry.sender.token == second and entry.sender.kind is Kind.BEARER and role is Role.UNTOLD:
            others.append(replace(entry, role=Role.OTHER))
            continue
        is_refused = entry.answer.status == 401 and not times[0] <= entry.answer.sent <= times[-1]
        kept.append(replace(entry, role=Role.UNTOLD if role is Role.PRIMARY and is_refused else role))
    left = sum(entry.role is Role.UNTOLD for entry in kept) + len(others)
    told = f"{counted(left, 'requests')} with other keys or credentials are left out: the file doesn't tell whose"
    return Recording(base, tuple(kept), by_suite=False, notes=(told,) if left else (), others=tuple(others))


def _as_redacted(entry: RecordedExchange) -> RecordedExchange:
    """Return the exchange by its role where a key was taken out; who was refused with it had perhaps another."""
    if entry.sender.kind is Kind.NOTHING:
        return replace(entry, role=Role.NONE)
    is_key = entry.sender.kind is Kind.REDACTED and entry.answer.status != 401
    return replace(entry, role=Role.PRIMARY if is_key else Role.UNTOLD)


def _as_primary(entry: RecordedExchange) -> RecordedExchange:
    """Return the exchange with the primary key for its credential, if an endpoint served it."""
    if not _is_list(entry) or entry.answer.status == 401:
        return entry
    return replace(entry, role=Role.PRIMARY)


def _is_list(entry: RecordedExchange) -> bool:
    """Tell whether a list was asked for, and not discovery."""
    return entry.target[0].count("/") > DISCOVERY.count("/")
