"""Verify a webhook as its receiver does, and tell each step.

This is the receiving side: it starts from the raw bytes that arrived and shares nothing with what signed them.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import datetime

from oneinvoice_impl.mock.inbox import Arrival

SIGNATURE = "X-1Invoice-Signature"
PREVIOUS = "X-1Invoice-Signature-Previous"

_HEX = re.compile("[0-9A-Fa-f]{64}")


@dataclass(frozen=True, slots=True)
class EndpointSecrets:
    """Secrets that an endpoint's receiver may know: the present one, and the one before with the end of its time."""

    current: str
    previous: str | None
    previous_until: datetime | None
    rotated_at: datetime | None


@dataclass(frozen=True, slots=True)
class Check:
    """One header against what was computed with one secret."""

    header: str
    sent: str
    secret: str
    computed: str

    @property
    def equal(self) -> bool:
        """Tell whether they are the same; hex counts in any letter case."""
        return bool(_HEX.fullmatch(self.sent)) and hmac.compare_digest(self.sent.lower(), self.computed)


@dataclass(frozen=True, slots=True)
class Verification:
    """The bytes' length and SHA-256, each check that was made, and `problem` in one sentence unless it is verified."""

    length: int
    digest: str
    checks: tuple[Check, ...]
    problem: str | None

    @property
    def verified(self) -> bool:
        """Tell whether a receiver may trust it."""
        return self.problem is None


def verify(arrival: Arrival, secrets: EndpointSecrets | None, at: datetime) -> Verification:
    """Return the checks that a receiver with these secrets would make at that time; None if the sender is not known."""
    checks = () if secrets is None else tuple(_checks(arrival, secrets, at))
    problem = _problem(arrival, secrets, checks)
    return Verification(len(arrival.body), hashlib.sha256(arrival.body).hexdigest(), checks, problem)


def _checks(arrival: Arrival, secrets: EndpointSecrets, at: datetime) -> list[Check]:
    checks = []
    sent, sent_previous = arrival.header(SIGNATURE.lower()), arrival.header(PREVIOUS.lower())
    overlaps = secrets.previous_until is not None and at < secrets.previous_until
    before = secrets.previous if overlaps else None
    if sent is not None:
        checks.append(Check(SIGNATURE, sent, "the secret", _hmac(secrets.current, arrival.body)))
    if before is not None and sent is not None and not checks[0].equal:
        checks.append(Check(SIGNATURE, sent, "the secret before", _hmac(before, arrival.body)))
    if before is not None and sent_previous is not None:
        checks.append(Check(PREVIOUS, sent_previous, "the secret before", _hmac(before, arrival.body)))
    return checks


def _problem(arrival: Arrival, secrets: EndpointSecrets | None, checks: tuple[Check, ...]) -> str | None:
    if secrets is None:
        return "It names no delivery of this mock, so that there is no secret to verify it with."
    sent = arrival.header(SIGNATURE.lower())
    if sent is None:
        return f"It doesn't carry the header {SIGNATURE} once."
    if any(check.equal for check in checks if check.header == SIGNATURE):
        return None
    if not _HEX.fullmatch(sent):
        return f"{SIGNATURE} is not an HMAC-SHA256 in hex: that has 64 digits from 0 to 9 and a to f."
    if secrets.rotated_at is not None and arrival.at < secrets.rotated_at:
        return "The secret was rotated after it arrived; send it again."
    return "It was signed with another secret, or these are not the bytes that were signed."


def _hmac(secret: str, body: bytes) -> str:
    return hmac.new(secret.encode("utf-8", "surrogateescape"), body, hashlib.sha256).hexdigest()
