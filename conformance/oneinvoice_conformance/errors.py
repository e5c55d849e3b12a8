"""Errors that stop a run before there is a verdict.

KitError            one sentence for the person at the terminal, and an exit code
├── UsageError      2: an option, a key or a file is not usable as given
└── Unreachable     4: no deployment of this API answers
"""

from __future__ import annotations

from typing import Any


class KitError(Exception):
    """Raised to stop the run; its text says in one sentence what happened and what to do next."""

    exit_code = 4


class UsageError(KitError):
    """Raised where an option, a key, an environment variable or a file can't be used as given."""

    exit_code = 2


class Unreachable(KitError):
    """Raised where nothing answers at the address, or something that is not this API; `shown` are exchanges of it."""

    def __init__(self, sentence: str, shown: tuple[Any, ...] = ()) -> None:
        super().__init__(sentence)
        self.shown = shown


def kit_failure(error: Exception) -> str:
    """Return the sentence for a fault of the kit itself."""
    return f"The kit failed ({type(error).__name__}: {error}); please report it."
