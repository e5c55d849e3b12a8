"""The schedule of retries."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

RETRIES = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=10),
)
JITTER = 0.2
LONGEST_WAIT = timedelta(hours=10)
"""The longest wait that a receiver can ask for with `Retry-After`."""

DISABLED_AFTER = timedelta(hours=120)
"""An endpoint that has only failed for so long is disabled."""


def next_attempt(
    made: int, at: datetime, retry_after: timedelta | None, uniform: Callable[[float, float], float]
) -> datetime | None:
    """Return the time to try again at, after `made` attempts, the last at `at`; None if that was the last.

    `uniform` draws the jitter. `Retry-After` can only lengthen a wait: it says when not to come, not when to come.
    """
    if made > len(RETRIES):
        return None
    wait = RETRIES[made - 1] * uniform(1 - JITTER, 1 + JITTER)
    if retry_after is not None:
        wait = max(wait, min(retry_after, LONGEST_WAIT))
    return at + wait


def retry_after(header: str | None, at: datetime) -> timedelta | None:
    """Return the wait that a `Retry-After` header (RFC 9110, section 10.2.3) asks for; None if it can't be read."""
    if header is None:
        return None
    header = header.strip()
    if header.isascii() and header.isdigit():
        # Enough digits for 30 years; more would not fit a timedelta, and the bound is in hours.
        return timedelta(seconds=int(header[:9])) if len(header) <= 9 else LONGEST_WAIT
    try:
        moment = parsedate_to_datetime(header)
    except (ValueError, TypeError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(moment - at, timedelta())
