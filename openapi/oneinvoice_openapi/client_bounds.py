"""Bounds of what the register asks of clients, for the suite's rules and for the findings of a mock alike.

The rows of the register whose ids begin with `CLIENT/` name these figures in words.
"""

from __future__ import annotations

MOST_AFTER_401 = 2
"""Requests with a key after it got 401, beside those that were under way (CLIENT/KEY-2)."""

UNTOLD_WAIT = 1.0
"""Seconds to wait at least after a 429 that has no Retry-After (CLIENT/PACE-3)."""

MOST_TRIES, TRIES_SECONDS = 10, 30.0
"""Tries of one request that gets 5xx, in so many seconds (CLIENT/PACE-6)."""

MOST_PAST_THE_END = 1
"""Requests past the end of a list, in one pass (CLIENT/PAGE-3)."""

MOST_REPEATS = 3
"""Requests, in one pass, that get a page which they had before (CLIENT/PAGE-3)."""

ANSWER_SECONDS = 5.0
"""Seconds in which a receiver answers (CLIENT/HOOK-1)."""

EARLY = 0.05
"""Seconds by which a wait may be shorter than it should be: two clocks measure it."""
