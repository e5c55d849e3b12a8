"""Webhooks: "we POST JSON there", "HMAC-SHA256 of the raw body with your secret (hex)", "available events"."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any

from tests.conformance.trust.lying import Lie, Lying
from tests.miniatures import EVENTS, Run
from tests.miniatures.events import EventOccurrence
from tests.miniatures.hooks import Delivery, Webhook

POST = "When an event happens, we POST JSON there with these headers."
EVENT = "X-1Invoice-Event: event name (e.g. invoice.paid)"
SIGNATURE = "X-1Invoice-Signature: HMAC-SHA256 of the raw body with your secret (hex)"
AGENT = "User-Agent: 1invoice-webhooks/1"
AVAILABLE = "Available events: invoice.created/sent/paid, quote.created/sent/accepted/rejected"

Change = Callable[[Delivery, str], Delivery]


class Delivers(Lying):
    """Changes the deliveries of some events, or of one attempt."""

    events: tuple[str, ...] = EVENTS
    attempt = "first"  # or: again
    change: Change
    repeats = False

    def deliveries(self, occurrence: EventOccurrence, webhook: Webhook) -> list[Delivery]:
        honest = super().deliveries(occurrence, webhook)
        if occurrence.event not in self.events:
            return honest
        changed = [self._changed(each, webhook) for each in honest]
        return changed if self.attempt == "first" else honest + changed

    def _changed(self, delivery: Delivery, webhook: Webhook) -> Delivery:
        usual = {name.lower(): name for name in ("X-1Invoice-Event", "X-1Invoice-Signature", "User-Agent")}
        named = replace(
            delivery, headers={usual.get(name.lower(), name): each for name, each in delivery.headers.items()}
        )
        if named.headers.get("X-1Invoice-Event", "").strip() not in self.events or not delivery.body:
            return delivery  # noise between
        return self.instead(delivery, type(self).change(named, webhook.secret))


class Drops(Lying):
    """Doesn't deliver some events."""

    events: tuple[str, ...] = ()

    def announce(self, occurrences: list[EventOccurrence], webhook: Webhook) -> list[Delivery]:
        kept = [each for each in occurrences if each.event not in self.events]
        self.lies_told += len(occurrences) - len(kept)
        return super().announce(kept, webhook)


def _header(name: str, value: Callable[[Delivery, str], str] | None) -> Change:
    def change(delivery: Delivery, secret: str) -> Delivery:
        headers = {key: each for key, each in delivery.headers.items() if key.lower() != name.lower()}
        return replace(delivery, headers=headers if value is None else headers | {name: value(delivery, secret)})

    return change


def _mac(delivery: Delivery, secret: bytes, body: bytes | None = None, by: str = "sha256") -> bytes:
    return hmac.new(secret, delivery.body if body is None else body, by).digest()


def _another_form(body: bytes) -> bytes:
    return json.dumps(json.loads(body), sort_keys=True, separators=(",", ":")).encode() + b" "


_SIGNATURES: dict[str, Callable[[Delivery, str], str]] = {
    "in base64": lambda delivery, secret: base64.b64encode(_mac(delivery, secret.encode())).decode(),
    "after sha256=": lambda delivery, secret: f"sha256={_mac(delivery, secret.encode()).hex()}",
    "by SHA-1": lambda delivery, secret: _mac(delivery, secret.encode(), by="sha1").hex(),
    "by SHA-512": lambda delivery, secret: _mac(delivery, secret.encode(), by="sha512").hex(),
    "by SHA-256 without a secret": lambda delivery, secret: hashlib.sha256(delivery.body).hexdigest(),
    "by SHA-256 of secret and body": lambda delivery, secret: hashlib.sha256(
        secret.encode() + delivery.body
    ).hexdigest(),
    "by another secret": lambda delivery, secret: _mac(delivery, b"whsec_of_somebody").hex(),
    "by an empty secret": lambda delivery, secret: _mac(delivery, b"").hex(),
    "by the secret with a new line": lambda delivery, secret: _mac(delivery, secret.encode() + b"\n").hex(),
    "of the body in another form": lambda delivery, secret: _mac(
        delivery, secret.encode(), _another_form(delivery.body)
    ).hex(),
    "of the body with a new line": lambda delivery, secret: _mac(
        delivery, secret.encode(), delivery.body + b"\n"
    ).hex(),
    "of an empty body": lambda delivery, secret: _mac(delivery, secret.encode(), b"").hex(),
    "of the first 100 bytes": lambda delivery, secret: _mac(delivery, secret.encode(), delivery.body[:100]).hex(),
    "of the event's name and the body": lambda delivery, secret: _mac(
        delivery, secret.encode(), delivery.headers["X-1Invoice-Event"].encode() + b"." + delivery.body
    ).hex(),
    "cut to 32 digits": lambda delivery, secret: _mac(delivery, secret.encode()).hex()[:32],
    "with its last digit changed": lambda delivery, secret: _mac(delivery, secret.encode()).hex()[:-1] + "x",
    "empty": lambda delivery, secret: "",
    "zeros": lambda delivery, secret: "0" * 64,
}
_NAMES: dict[str, Callable[[Delivery, str], str]] = {
    "with an underscore": lambda delivery, _: delivery.headers["X-1Invoice-Event"].replace(".", "_"),
    "in capitals": lambda delivery, _: delivery.headers["X-1Invoice-Event"].upper(),
    "in camel case": lambda delivery, _: delivery.headers["X-1Invoice-Event"].title().replace(".", ""),
    "turned round": lambda delivery, _: ".".join(delivery.headers["X-1Invoice-Event"].split(".")[::-1]),
    "in the plural": lambda delivery, _: delivery.headers["X-1Invoice-Event"].replace(".", "s."),
    "empty": lambda delivery, _: "",
    "a number": lambda delivery, _: "17",
}
_AGENTS = ("1invoice-webhooks", "1invoice-webhooks/2", "1Invoice", "python-requests/2.32", "Java/21", "webhooks/1", "")


def _with_body(delivery: Delivery, secret: str, body: bytes, kind: str = "") -> Delivery:
    """Return the delivery with another body, which is signed as it has to be."""
    named = {name.title(): name for name in delivery.headers}
    headers = dict(delivery.headers)
    if "Content-Length" in named:
        headers[named["Content-Length"]] = str(len(body))
    headers["X-1Invoice-Signature"] = hmac.new(secret.encode(), body, "sha256").hexdigest()
    if kind:
        headers[named.get("Content-Type", "Content-Type")] = kind
    return replace(delivery, body=body, headers=headers)


_BODIES: dict[str, Change] = {
    "of a form": lambda delivery, secret: _with_body(
        delivery, secret, b"event=invoice.paid&id=7", "application/x-www-form-urlencoded"
    ),
    "of XML": lambda delivery, secret: _with_body(delivery, secret, b"<event/>", "application/xml"),
    "that is empty": lambda delivery, secret: _with_body(delivery, secret, b""),
    "of JSON cut short": lambda delivery, secret: _with_body(delivery, secret, delivery.body[:-20]),
    "of JSON with a comma too many": lambda delivery, secret: _with_body(
        delivery, secret, delivery.body.rstrip()[:-1] + b",}"
    ),
    "of text": lambda delivery, secret: _with_body(delivery, secret, b"An invoice was paid.", "text/plain"),
    "of JSON with quotes of another language": lambda delivery, secret: _with_body(
        delivery, secret, repr(json.loads(delivery.body)).encode()
    ),
}
_METHODS: dict[str, Change] = {
    method: lambda delivery, _, method=method: replace(delivery, method=method)  # type: ignore[misc]
    for method in ("PUT", "PATCH", "GET", "DELETE")
}


def _drawn_events(chance: Random) -> tuple[str, ...]:
    return chance.choice([EVENTS, (chance.choice(EVENTS),), (chance.choice(EVENTS),)])


def _lie(chance: Random, clause: str, does: str, change: Change) -> Lie:
    events, attempt = _drawn_events(chance), chance.choice(["first", "first", "first", "again"])
    words = "each event" if len(events) == len(EVENTS) else events[0]
    often = "" if attempt == "first" else " when it comes again"
    attributes: dict[str, Any] = {"events": events, "attempt": attempt, "change": staticmethod(change)}
    return Lie(("HOOK",), clause, f"{does} of {words}{often}.", Delivers, attributes, Run.HOOKS)


def signature(chance: Random) -> Lie:
    name = chance.choice([*_SIGNATURES])
    return _lie(chance, SIGNATURE, f"The signature is {name}", _header("X-1Invoice-Signature", _SIGNATURES[name]))


def no_header(chance: Random) -> Lie:
    name, clause = chance.choice(
        [("X-1Invoice-Signature", SIGNATURE), ("X-1Invoice-Event", EVENT), ("User-Agent", AGENT)]
    )
    return _lie(chance, clause, f"There is no {name}", _header(name, None))


def name(chance: Random) -> Lie:
    how = chance.choice([*_NAMES])
    return _lie(chance, EVENT, f"The name is {how}", _header("X-1Invoice-Event", _NAMES[how]))


def agent(chance: Random) -> Lie:
    value = chance.choice(_AGENTS)
    return _lie(chance, AGENT, f"The user agent is {value!r}", _header("User-Agent", lambda delivery, secret: value))


def body(chance: Random) -> Lie:
    how = chance.choice([*_BODIES])
    return _lie(chance, POST, f"The body is one {how}", _BODIES[how])


def method(chance: Random) -> Lie:
    how = chance.choice([*_METHODS])
    return _lie(chance, POST, f"The method is {how}", _METHODS[how])


def dropped(chance: Random) -> Lie:
    event = chance.choice(EVENTS)
    attributes = {"events": (event,)}
    return Lie(("HOOK",), AVAILABLE, f"{event} is never delivered.", Drops, attributes, Run.HOOKS)


def renamed(chance: Random) -> Lie:
    one, other = chance.sample(EVENTS, 2)
    change = _header("X-1Invoice-Event", lambda delivery, secret: other)
    attributes = {"events": (one,), "change": staticmethod(change)}
    return Lie(("HOOK",), EVENT, f"{one} is delivered as {other}.", Delivers, attributes, Run.HOOKS)


DRAWN = (signature, signature, signature, no_header, name, agent, body, method, dropped, renamed)
