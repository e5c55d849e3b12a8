"""Deliveries that aren't a POST, or whose body isn't JSON or doesn't say so."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from urllib.parse import quote, urlencode

from tests.miniatures.decorators import fault
from tests.miniatures.deployment import Deployment
from tests.miniatures.events import EventOccurrence
from tests.miniatures.hooks import Delivery, Webhook


@fault("HOOK-1")
class PutNotPost(Deployment):
    """Deliveries are PUT."""

    def delivery(self, occurrence: EventOccurrence, webhook: Webhook) -> Delivery:
        return replace(super().delivery(occurrence, webhook), method="PUT")


@fault("HOOK-1")
class PatchNotPost(Deployment):
    """Deliveries are PATCH."""

    def delivery(self, occurrence: EventOccurrence, webhook: Webhook) -> Delivery:
        return replace(super().delivery(occurrence, webhook), method="PATCH")


@fault("HOOK-1")
class GetWithQuery(Deployment):
    """Deliveries are GET with all in the query, and no body."""

    def delivery(self, occurrence: EventOccurrence, webhook: Webhook) -> Delivery:
        told = quote(self.encode(self.content(occurrence)))
        target = f"{webhook.target}{'&' if '?' in webhook.target else '?'}payload={told}"
        headers = self.headers(occurrence.event, b"", webhook.secret)
        del headers["Content-Type"], headers["Content-Length"]
        return Delivery("GET", target, headers)


@fault("HOOK-1")
class PaidInvoicesPut(Deployment):
    """The delivery of invoice.paid is a PUT."""

    def delivery(self, occurrence: EventOccurrence, webhook: Webhook) -> Delivery:
        delivery = super().delivery(occurrence, webhook)
        return replace(delivery, method="PUT") if occurrence.event == "invoice.paid" else delivery


@fault("HOOK-2")
class BodiesForm(Deployment):
    """Bodies are the fields of a form."""

    delivered_type = "application/x-www-form-urlencoded"

    def encode(self, content: Any) -> bytes:
        return urlencode(dict(_fields(content))).encode()


@fault("HOOK-2")
class BodiesFormOfJson(Deployment):
    """Bodies are a form with one field, payload, which is JSON."""

    delivered_type = "application/x-www-form-urlencoded"

    def encode(self, content: Any) -> bytes:
        return b"payload=" + quote(super().encode(content)).encode()


@fault("HOOK-2")
class BodiesXml(Deployment):
    """Bodies are XML."""

    delivered_type = "application/xml"

    def encode(self, content: Any) -> bytes:
        fields = "".join(f'<field name="{name}">{value}</field>' for name, value in _fields(content))
        return f'<?xml version="1.0" encoding="UTF-8"?><event>{fields}</event>'.encode()


@fault("HOOK-2")
class BodiesCut(Deployment):
    """Bodies are JSON without its last twenty bytes."""

    def encode(self, content: Any) -> bytes:
        return super().encode(content)[:-20]


@fault("HOOK-2")
class BodiesEmpty(Deployment):
    """Bodies are empty."""

    def encode(self, content: Any) -> bytes:
        return b""


@fault("HOOK-2")
class BodiesPython(Deployment):
    """Bodies are what Python prints, with single quotes and None."""

    def encode(self, content: Any) -> bytes:
        return repr(content | {"note": None}).encode()


@fault("HOOK-2")
class BodiesWithNan(Deployment):
    """Bodies have NaN for a number, which JSON hasn't."""

    def encode(self, content: Any) -> bytes:
        return super().encode(content | {"fee": float("nan")})


@fault("HOOK-2")
class BodiesInLatin1(Deployment):
    """Bodies are JSON in Latin-1, which no JSON is."""

    def encode(self, content: Any) -> bytes:
        return super().encode(content).decode().encode("latin-1", "replace")


@fault("HOOK-2")
class BodiesWithLastComma(Deployment):
    """Bodies have a comma after the last field."""

    def encode(self, content: Any) -> bytes:
        return super().encode(content)[:-1] + b",}"


@fault("HOOK-2")
class BodiesDeclaredPages(Deployment):
    """Bodies are JSON, and say that they are HTML."""

    delivered_type = "text/html; charset=utf-8"


@fault("HOOK-2")
class BodiesDeclaredText(Deployment):
    """Bodies are JSON, and say that they are plain text."""

    delivered_type = "text/plain;charset=UTF-8"


@fault("HOOK-2")
class BodiesWithoutType(Deployment):
    """Bodies are JSON, and have no content type."""

    def headers(self, event: str, body: bytes, secret: str) -> dict[str, str]:
        return {name: value for name, value in super().headers(event, body, secret).items() if name != "Content-Type"}


@fault("HOOK-2")
class BodiesEncodedTwice(Deployment):
    """Bodies are JSON strings that hold JSON."""

    def encode(self, content: Any) -> bytes:
        return json.dumps(super().encode(content).decode()).encode()


@fault("HOOK-2")
class SentQuotesForm(Deployment):
    """The body of quote.sent is a form, of one field, which is JSON."""

    def delivery(self, occurrence: EventOccurrence, webhook: Webhook) -> Delivery:
        if occurrence.event != "quote.sent":
            return super().delivery(occurrence, webhook)
        body = b"payload=" + quote(json.dumps(self.content(occurrence))).encode()
        headers = self.headers(occurrence.event, body, webhook.secret)
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        return Delivery("POST", webhook.target, headers, body)


def _fields(content: dict[str, Any]) -> list[tuple[str, Any]]:
    """Return all fields, flat, with the names of those around them before their own."""
    flat: list[tuple[str, Any]] = []
    for name, value in content.items():
        if isinstance(value, dict):
            flat += [(f"{name}.{inner}", each) for inner, each in _fields(value)]
        else:
            flat.append((name, value))
    return flat
