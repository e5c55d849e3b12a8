"""Fault: what is answered in the place of the API's answer, or done to that; and how it is asked for.

A request asks for one by `Prefer` (RFC 7240): `code=503`, `delay=2.5`, `fault=reset`, `retry-after=30`, with commas or
semicolons between them. What else is preferred is left alone, as that RFC has it. A Retry-After that is a date may be
told by its distance, as `retry-after=date+30`: the date is in so many seconds when the answer is made.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from email.utils import format_datetime
from http import HTTPStatus
from typing import Any, NamedTuple

KINDS = ("reset", "truncate", "garbage", "hang", "slow")
MOST_SECONDS = 300
"""The longest delay."""

_STATUSES = frozenset(status.value for status in HTTPStatus if status >= 400)
_PREFERENCE = re.compile(r"([\w-]+)\s*=\s*(?:\"([^\"]*)\"|([^,;\s\"]*))")
_DATE = re.compile(r"[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2} GMT")
_DATE_IN = re.compile(r"date\+([0-9]{1,9})")
_POSSIBLE = (
    f"(an error such as 401, 429 or 503), delay (seconds up to {MOST_SECONDS}), fault ({', '.join(KINDS)}) and "
    "retry-after (seconds, a date of HTTP, or date+30 for one in 30 seconds)"
)


class InvalidFault(Exception):
    """A fault can't be made; the text is one sentence that lists what is possible."""


class Fault(NamedTuple):
    """Fault of one answer: an error's status, with its Retry-After if there is one, or one of KINDS; and its delay.

    Without both, the API's own answer is late. One that is slow takes its delay to be sent.
    """

    status: int | None = None
    kind: str | None = None
    delay: float = 0.0
    retry_after: str | None = None

    def retry_after_at(self, now: datetime) -> str | None:
        """Return the value of Retry-After in an answer of that time."""
        in_seconds = _DATE_IN.fullmatch(self.retry_after or "")
        return format_datetime(now + timedelta(seconds=int(in_seconds[1])), True) if in_seconds else self.retry_after

    def __str__(self) -> str:
        parts = {"code": self.status, "fault": self.kind, "delay": self.delay or None, "retry-after": self.retry_after}
        return "; ".join(f"{name}={_shown(value)}" for name, value in parts.items() if value is not None)


def make_fault(status: Any, kind: Any, delay: Any, retry_after: Any, *, code: str = "status") -> Fault:
    """Return the fault of JSON values, of which None is none. Raises `InvalidFault`.

    `code` is what who asks calls an error's status.
    """
    possible = f"{code} {_POSSIBLE}"
    if status is not None and (not isinstance(status, int) or status not in _STATUSES):
        raise InvalidFault(f"There is no error {status!r}; what can be asked for is {possible}.")
    if kind is not None and kind not in KINDS:
        raise InvalidFault(f"There is no fault {kind!r}; what can be asked for is {possible}.")
    if delay is not None and (isinstance(delay, bool) or not isinstance(delay, int | float)):
        raise InvalidFault(f"A delay can't be {delay!r}; what can be asked for is {possible}.")
    if delay is not None and not 0 <= delay <= MOST_SECONDS:
        raise InvalidFault(f"A delay can't be {delay!r} seconds; what can be asked for is {possible}.")
    if retry_after is not None and status is None:
        raise InvalidFault(f"retry-after goes with a {code}, such as {code}=429; give one.")
    if status is None and kind is None and not delay:
        raise InvalidFault(f"No fault is asked for; give some of {possible}.")
    if status is not None and kind is not None:
        raise InvalidFault(f"A {code} and a fault exclude each other; ask for one of them.")
    return Fault(status, kind, float(delay or 0), None if retry_after is None else _retry_after(retry_after))


def preferred(values: Iterable[str]) -> Fault | None:
    """Return the fault that the values of `Prefer` ask for; None if they ask for none. Raises `InvalidFault`."""
    asked: dict[str, str] = {}
    for name, quoted, plain in _PREFERENCE.findall(",".join(values)):
        asked.setdefault(name.lower(), quoted or plain)  # the first counts (RFC 7240, 2)
    names = ("code", "fault", "delay", "retry-after")
    if not any(name in asked for name in names):
        return None
    code, kind, delay, retry_after = map(asked.get, names)
    return make_fault(
        int(code) if code and re.fullmatch("[0-9]{3}", code) else code,
        kind,
        float(delay) if delay and re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,3})?", delay) else delay,
        int(retry_after) if retry_after and re.fullmatch("[0-9]{1,9}", retry_after) else retry_after,
        code="code",
    )


def _retry_after(value: Any) -> str:
    """Return the value of the header (RFC 9110, 10.2.3). Raises `InvalidFault`."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**9:
        return str(value)
    if isinstance(value, str) and (_DATE.fullmatch(value) or _DATE_IN.fullmatch(value)):
        return value
    raise InvalidFault(
        f"retry-after can't be {value!r}; give seconds, a date such as Sun, 06 Nov 1994 08:49:37 GMT, or date+30 for "
        "one in 30 seconds."
    )


def _shown(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    return f'"{value}"' if isinstance(value, str) and " " in value else str(value)
