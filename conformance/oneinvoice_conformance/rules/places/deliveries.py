"""Places in webhook deliveries at which a failure shows, by the requirement."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from oneinvoice_conformance.documented import EVENT_HEADER, EVENTS, SIGNATURE_HEADER, WEBHOOK_USER_AGENT
from oneinvoice_conformance.http.delivery import Delivery
from oneinvoice_conformance.model.finding import Finding, Mismatch
from oneinvoice_conformance.webhooks.signing import sign

_LONGEST = 160  # characters of a body


def at_delivery(finding: Finding, id: str, secret: str) -> Finding:
    """Return the finding with the place in its first delivery that the requirement is about."""
    if not finding.deliveries or id not in _PLACES:
        return finding
    return replace(finding, mismatch=_PLACES[id](finding.deliveries[0], secret))


def _method(delivery: Delivery, _secret: str) -> Mismatch:
    return Mismatch(delivery, "method", "POST", delivery.method)


def _body(delivery: Delivery, _secret: str) -> Mismatch:
    try:
        is_json = not isinstance(delivery.json(), str)
    except ValueError:
        is_json = False
    if is_json:
        return _header(delivery, "Content-Type", "application/json")
    text = " ".join(delivery.body[: 4 * _LONGEST].decode("utf-8", "replace").split())
    return Mismatch(delivery, "", "JSON, encoded once", text[:_LONGEST] or "nothing")


def _event(delivery: Delivery, _secret: str) -> Mismatch:
    return _header(delivery, EVENT_HEADER, delivery.event_in_body() or f"one of {', '.join(EVENTS)}")


def _signature(delivery: Delivery, secret: str) -> Mismatch:
    return _header(delivery, SIGNATURE_HEADER, sign(delivery.body, secret))


def _agent(delivery: Delivery, _secret: str) -> Mismatch:
    return _header(delivery, "User-Agent", WEBHOOK_USER_AGENT)


def _header(delivery: Delivery, name: str, expected: str) -> Mismatch:
    return Mismatch(delivery, f"header {name}", expected, " and ".join(delivery.values(name)) or "no such header")


_PLACES: dict[str, Callable[[Delivery, str], Mismatch]] = {
    "HOOK-1": _method,
    "HOOK-2": _body,
    "HOOK-3": _event,
    "HOOK-4": _signature,
    "HOOK-5": _agent,
}
