"""Webhook deliveries as the HTML report shows them, with their signature worked out step by step."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from oneinvoice_conformance.documented import EVENT_HEADER, SIGNATURE_HEADER
from oneinvoice_conformance.http.delivery import Delivery
from oneinvoice_conformance.reports.html.excerpt import Excerpt, Excerpts
from oneinvoice_conformance.webhooks.signing import diagnose, sign, verify_signature

_SHOWN = 12  # deliveries
_HEADERS = 30


@dataclass(frozen=True, slots=True)
class Signature:
    """How a signature was judged: what is expected of these bytes, what came, and what that says."""

    digest: str
    expected: str
    received: str | None
    right: bool
    why: str


@dataclass(frozen=True, slots=True)
class ShownDelivery:
    """A delivery with the requirements whose finding shows it."""

    number: int
    event: str
    received: str
    line: str
    shows: tuple[str, ...]
    headers: tuple[tuple[str, str, bool], ...]
    body: Excerpt
    signature: Signature | None


def shown_deliveries(
    found: Iterable[tuple[str, Delivery]], secret: str | None, excerpts: Excerpts
) -> tuple[list[ShownDelivery], int]:
    """The first dozen deliveries of (requirement, delivery) pairs, and how many there are in all."""
    by_delivery: dict[Delivery, list[str]] = {}
    for id, delivery in found:
        by_delivery.setdefault(delivery, []).append(id)
    deliveries = list(by_delivery.items())[:_SHOWN]
    shown = [_shown(delivery, tuple(ids), secret, excerpts) for delivery, ids in deliveries]
    return sorted(shown, key=lambda each: each.number), len(by_delivery)


def _shown(delivery: Delivery, shows: tuple[str, ...], secret: str | None, excerpts: Excerpts) -> ShownDelivery:
    documented = {EVENT_HEADER.lower(), SIGNATURE_HEADER.lower(), "user-agent"}
    return ShownDelivery(
        number=delivery.number,
        event=excerpts.line(delivery.event or "no event named"),
        received=datetime.fromtimestamp(delivery.received, UTC).isoformat(timespec="milliseconds"),
        line=excerpts.line(f"{delivery.method} {delivery.target}"),
        shows=shows,
        headers=tuple(
            (excerpts.line(name), excerpts.line(value), name.lower() in documented)
            for name, value in delivery.headers[:_HEADERS]
        ),
        body=excerpts.body(delivery.body),
        signature=_signature(delivery, secret, excerpts) if secret else None,
    )


def _signature(delivery: Delivery, secret: str, excerpts: Excerpts) -> Signature:
    header = delivery.header(SIGNATURE_HEADER)
    right = verify_signature(delivery.body, header or "", secret)
    wrong = "is missing" if header is None else diagnose(delivery.body, header, secret)
    return Signature(
        digest=hashlib.sha256(delivery.body).hexdigest(),
        expected=sign(delivery.body, secret),
        received=None if header is None else excerpts.line(header),
        right=right,
        why="is right" if right else excerpts.sentence(wrong),
    )
