"""Failures of the transport, which leave a request without an answer."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class FailureKind(StrEnum):
    """Kind of failure, by what would mend it."""

    CONNECT = "connect"  # no connection came about
    BROKEN = "broken"  # one did, and broke
    TLS = "tls"
    TIMEOUT = "timeout"
    TOO_LONG = "too-long"  # the body, up to 0.2.0
    OTHER = "other"

    @property
    def is_worth_a_retry(self) -> bool:
        """Tell whether the same request may be answered a moment later."""
        return self in (FailureKind.CONNECT, FailureKind.BROKEN)


@dataclass(frozen=True, slots=True)
class Failure:
    """Failure of the transport by its kind, and in one phrase for people."""

    kind: FailureKind
    phrase: str

    def __str__(self) -> str:
        return self.phrase


# The first words by which 0.1.0 told failures apart; recordings of it hold nothing else.
_FIRST_WORDS = {
    "connection failed": FailureKind.CONNECT,
    "connection broken": FailureKind.BROKEN,
    "TLS error": FailureKind.TLS,
    "no whole answer": FailureKind.TIMEOUT,
    "answer refused": FailureKind.TOO_LONG,
}


def failure_from_phrase(phrase: str) -> Failure:
    """Return the failure that a recording of 0.1.0 kept by its phrase alone."""
    kinds = (kind for words, kind in _FIRST_WORDS.items() if phrase.startswith(words))
    return Failure(next(kinds, FailureKind.OTHER), phrase)
