"""Deliveries that came to a receiver, told apart from noise."""

from __future__ import annotations

from tests.integration.miniatures.receiver import Received

SECRET = "5e2af0 hemmelighed på Ærø"


def deliveries(requests: list[Received], path: str) -> list[Received]:
    """Return the requests that tell an event to the path, by their headers or by anything in them."""
    documented = {"x-1invoice-event", "x-1invoice-signature"}
    return [each for each in requests if each.path == path and (each.body or documented & each.headers.keys())]


def named_event(delivery: Received) -> str | None:
    return delivery.headers.get("x-1invoice-event")
