"""Webhook deliveries as the HTML report shows them, with their signature worked out step by step."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from oneinvoice_conformance.documented import EVENT_HEADER, SIGNATURE_HEADER
from oneinvoice_conformance.reports.html.excerpt import Excerpt, Excerpts
from oneinvoice_conformance.reports.redacted import RedactedDelivery, RedactedSignature

_SHOWN = 12  # deliveries
_HEADERS = 30


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
    signature: RedactedSignature | None


def shown_deliveries(
    pairs: Iterable[tuple[str, RedactedDelivery]], excerpts: Excerpts
) -> tuple[list[ShownDelivery], int]:
    """Return the first dozen deliveries of (requirement, delivery) pairs, and how many there are in all."""
    by_delivery: dict[RedactedDelivery, list[str]] = {}
    for id, delivery in pairs:
        by_delivery.setdefault(delivery, []).append(id)
    deliveries = list(by_delivery.items())[:_SHOWN]
    shown = [_shown(delivery, tuple(ids), excerpts) for delivery, ids in deliveries]
    return sorted(shown, key=lambda each: each.number), len(by_delivery)


def _shown(delivery: RedactedDelivery, shows: tuple[str, ...], excerpts: Excerpts) -> ShownDelivery:
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
        signature=_signature(delivery.signature, excerpts) if delivery.signature else None,
    )


def _signature(signature: RedactedSignature, excerpts: Excerpts) -> RedactedSignature:
    """Return the signature with what came cut to what there is room for."""
    received = None if signature.received is None else excerpts.line(signature.received)
    return replace(signature, received=received, why=excerpts.sentence(signature.why))
