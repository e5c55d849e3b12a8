"""Diagnoses of deliveries: what became of each and why, and what its receiver should know."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from oneinvoice_impl.mock.faults.sends import Send, SendLog
from oneinvoice_impl.store.types import RowMapping
from oneinvoice_impl.store.webhooks.endpoints import EndpointRepository
from oneinvoice_impl.webhooks.sender import TIMEOUT_SECONDS

_SLOW_SECONDS = 5.0
_RECEIVERS_HINT = "answer first, work afterwards"
_BAD_SIGNATURE = (400, 401, 403)  # what receivers say of one
_AT_ONCE = "simultaneous"


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Diagnosis of a delivery. `sends` are the requests that a fault sent beside its attempts, `fault` is its name."""

    why: str
    notes: list[str]
    fault: str | None
    faults: Mapping[int, str | None]
    """Names of the faults of its attempts, by their numbers."""
    repeats: Sequence[Send]


def diagnosed_deliveries(
    endpoints: EndpointRepository, log: SendLog
) -> list[tuple[RowMapping, Sequence[RowMapping], Diagnosis]]:
    """Return the newest deliveries to an organisation's endpoints, newest first, with their attempts and diagnoses."""
    rows = endpoints.deliveries()
    attempts: dict[str, list[RowMapping]] = {row["id"]: [] for row in rows}
    for each in endpoints.attempts(list(attempts)):
        attempts[each["delivery_id"]].append(each)
    return list(zip(rows, attempts.values(), diagnose_deliveries(rows, attempts, log), strict=True))


def diagnose_deliveries(
    rows: Sequence[RowMapping], attempts: Mapping[str, Sequence[RowMapping]], log: SendLog
) -> list[Diagnosis]:
    """Return the diagnosis of each delivery; `attempts` are theirs, by their ids."""
    sends = {row["id"]: log.of(row["id"]) for row in rows}
    taken: Counter[tuple[str, str]] = Counter()
    for row in rows:
        forged = {each.attempt for each in sends[row["id"]] if each.is_forged}
        well = [each for each in attempts.get(row["id"], ()) if _is_well(each) and each["number"] not in forged]
        taken[_event_of(row)] += len(well) + sum(each.is_repeat and each.is_answered_well for each in sends[row["id"]])
    return [
        _diagnosis(row, attempts.get(row["id"], ()), sends[row["id"]], log.fault_of(row["id"]), taken[_event_of(row)])
        for row in rows
    ]


def _diagnosis(
    row: RowMapping, attempts: Sequence[RowMapping], sends: Sequence[Send], fault: str | None, taken: int
) -> Diagnosis:
    repeats = [each for each in sends if each.is_repeat]
    own = {each.attempt: each for each in sends if not each.is_repeat}
    notes = [note for each in attempts for note in _on_attempt(each, own.get(each["number"]), row["url"])]
    notes += _on_repeats(sends, taken)
    names = {number: send.name for number, send in own.items()}
    return Diagnosis(_why(row, attempts, fault), list(dict.fromkeys(notes)), fault, names, repeats)


def _why(row: RowMapping, attempts: Sequence[RowMapping], fault: str | None) -> str:
    if row["status"] == "cancelled":
        return "the endpoint was disabled first"
    if not attempts:
        is_held = fault is not None and row["due_at"] > row["created_at"]
        return f"held back, which is the fault {fault}" if is_held else "not sent yet"
    last = attempts[-1]
    if row["status"] == "delivered":
        return f"it answered {last['status']} at attempt {last['number']}"
    then = "it is tried again" if row["status"] == "pending" else "it is given up"
    return f"attempt {last['number']} failed, and {then}"


def _on_attempt(attempt: RowMapping, send: Send | None, url: str) -> Iterator[str]:
    status, seconds = attempt["status"], attempt["duration_ms"] / 1000
    if send is not None and not send.connected:
        yield f"no connection was made: is the receiver running at {urlsplit(url).netloc}?"
    elif status is None and seconds >= TIMEOUT_SECONDS:
        yield f"the receiver did not answer within {TIMEOUT_SECONDS:g} s: {_RECEIVERS_HINT}"
    elif status is not None and seconds >= _SLOW_SECONDS:
        yield f"the receiver took {seconds:.1f} s: {_RECEIVERS_HINT} (a receiver has {TIMEOUT_SECONDS:g} s)"
    if status is None:
        return
    if send is not None and send.is_forged:
        yield from _on_forgery(status)
    elif 300 <= status < 400:
        yield f"it redirected ({status}), and redirects are not followed: register the URL where that ends"
    elif status in _BAD_SIGNATURE:
        yield (
            f"it answered {status} to a true signature: does it verify the raw bytes, with the secret of this endpoint?"
        )
    elif status == 404:
        yield f"it answered 404: is the path {urlsplit(url).path or '/'} right?"
    elif status == 405:
        yield f"it answered 405: does it take POST at {urlsplit(url).path or '/'}?"


def _on_forgery(status: int) -> Iterator[str]:
    if 200 <= status < 300:
        yield (
            f"it answered {status} to a forged signature: verify X-1Invoice-Signature over the raw bytes before you "
            "trust the body"
        )
    elif status >= 500:
        yield f"it answered {status} to a forged signature: refuse one with 401"


def _on_repeats(sends: Sequence[Send], taken: int) -> Iterator[str]:
    for each in sends:
        at_once = each.fault is not None and each.fault.kind == _AT_ONCE
        if taken and (each.is_repeat or at_once) and each.status is not None and not each.is_answered_well:
            yield f"it answered {each.status} when it was sent again: answer 200 to an event that was handled"
    if taken > 1:
        yield f"it was sent {taken} times, and answered well each time: handle the same event id once"


def _is_well(attempt: RowMapping) -> bool:
    return attempt["status"] is not None and 200 <= attempt["status"] < 300


def _event_of(row: RowMapping) -> tuple[str, str]:
    """Return what is to be handled once."""
    return row["endpoint_id"], row["event_id"]
