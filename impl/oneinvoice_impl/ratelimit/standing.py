"""The verdict of a limiter on a request."""

from __future__ import annotations

import math
from typing import NamedTuple

WINDOW_SECONDS = 60


class Standing(NamedTuple):
    """The verdict on a request, and how its key stands after it."""

    served: bool
    limit: int
    remaining: int
    retry_after: int
    """Whole seconds until more requests are allowed, at least 1."""


def standing(served: bool, limit: int, remaining: int, wait: float, seconds: int = WINDOW_SECONDS) -> Standing:
    """Return a standing whose next request is allowed after `wait` seconds, rounded up so that who waits is served.

    `seconds` is the length of the window.
    """
    return Standing(served, limit, remaining, min(max(math.ceil(wait), 1), seconds))
