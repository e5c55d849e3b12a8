"""What the body and the headers of a delivery may look like."""

from __future__ import annotations

import json
from typing import Any

from tests.miniatures.decorators import Run, variant
from tests.miniatures.deployment import Deployment
from tests.miniatures.events import EVENTS, EventOccurrence, events_before


@variant(shown_by=Run.HOOKS)
class PlainHooks(Deployment):
    """The correct deployment itself, with its webhooks."""


@variant(shown_by=Run.HOOKS)
class BodiesIndented(Deployment):
    """Bodies are indented JSON, and end with a new line."""

    def encode(self, content: Any) -> bytes:
        return (json.dumps(content, ensure_ascii=False, indent=2) + "\n").encode()


@variant(shown_by=Run.HOOKS)
class BodiesCanonical(Deployment):
    """Bodies are compact and sorted, with escapes beyond ASCII, as many who verify would write them anew."""

    def encode(self, content: Any) -> bytes:
        return json.dumps(content, separators=(",", ":"), sort_keys=True).encode()


@variant(shown_by=Run.HOOKS)
class BodiesCompact(Deployment):
    """Bodies are compact and unsorted, and say what is beyond ASCII as it is."""

    def encode(self, content: Any) -> bytes:
        return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


@variant(shown_by=Run.HOOKS)
class BodiesOfWindows(Deployment):
    """Bodies have tabs, carriage returns and blank lines, before and after."""

    def encode(self, content: Any) -> bytes:
        return ("\n" + json.dumps(content, indent="\t") + "\n\n").replace("\n", "\r\n").encode()


@variant(shown_by=Run.HOOKS)
class BodiesLarge(Deployment):
    """Bodies have 400 KiB, most of them a picture."""

    def content(self, occurrence: EventOccurrence) -> Any:
        return super().content(occurrence) | {"picture": "iVBORw0K" * 51_200}


@variant(shown_by=Run.HOOKS)
class BodiesInLists(Deployment):
    """A body is a list of the one event that it tells of."""

    def content(self, occurrence: EventOccurrence) -> Any:
        return [super().content(occurrence)]


@variant(shown_by=Run.HOOKS)
class BodiesWithoutEvent(Deployment):
    """A body doesn't name its event; only the header does."""

    def content(self, occurrence: EventOccurrence) -> Any:
        return {name: value for name, value in super().content(occurrence).items() if name != "happened"}


@variant(shown_by=Run.HOOKS)
class BodiesOfResource(Deployment):
    """A body is the bare resource."""

    def content(self, occurrence: EventOccurrence) -> Any:
        return self.as_resource(occurrence)


@variant(shown_by=Run.HOOKS)
class BodiesWithHistory(Deployment):
    """A body has the resource and the names of the events before, which aren't what has happened now."""

    def content(self, occurrence: EventOccurrence) -> Any:
        return {"resource": self.as_resource(occurrence), "history": events_before(occurrence.event)}


@variant(shown_by=Run.HOOKS)
class BodiesWithSubscriptions(Deployment):
    """A body names all the events that are subscribed to, beside its own."""

    def content(self, occurrence: EventOccurrence) -> Any:
        return {"subscriptions": list(EVENTS)} | super().content(occurrence)


@variant(shown_by=Run.HOOKS)
class TypesWithCharset(Deployment):
    """The content type tells the charset, in capitals here and there."""

    delivered_type = "Application/JSON; Charset=UTF-8"


@variant(shown_by=Run.HOOKS)
class TypesOfVendor(Deployment):
    """The content type is one of the vendor, with +json."""

    delivered_type = "application/vnd.1invoice.event+json"


@variant(shown_by=Run.HOOKS)
class SignaturesInCapitals(Deployment):
    """Signatures are upper-case hex."""

    def sign(self, body: bytes, secret: str) -> str:
        return super().sign(body, secret).upper()


@variant(shown_by=Run.HOOKS)
class PreviousSecretBeside(Deployment):
    """A second header has the signature by the secret before this one, as after a rotation."""

    def headers(self, event: str, body: bytes, secret: str) -> dict[str, str]:
        previous = self.sign(body, f"{secret} of last year")
        return {"X-1Invoice-Signature-Previous": previous} | super().headers(event, body, secret)


class _OtherHeaders(Deployment):
    """Writes the headers of deliveries otherwise."""

    def headers(self, event: str, body: bytes, secret: str) -> dict[str, str]:
        return self.otherwise(super().headers(event, body, secret))

    def otherwise(self, headers: dict[str, str]) -> dict[str, str]:
        raise NotImplementedError


@variant(shown_by=Run.HOOKS)
class HeadersInLowerCase(_OtherHeaders):
    """The names of all headers are in lower case."""

    def otherwise(self, headers: dict[str, str]) -> dict[str, str]:
        return {name.lower(): value for name, value in headers.items()}


@variant(shown_by=Run.HOOKS)
class HeadersPadded(_OtherHeaders):
    """There are blanks before and after the values of headers."""

    def otherwise(self, headers: dict[str, str]) -> dict[str, str]:
        return {name: f"  {value} \t" for name, value in headers.items()}


@variant(shown_by=Run.HOOKS)
class HeadersBeyond(_OtherHeaders):
    """There are headers that nobody documented, some of which sound like others."""

    def otherwise(self, headers: dict[str, str]) -> dict[str, str]:
        before = {"X-1Invoice-Delivery": "7d1c", "X-1Invoice-Event-Id": "evt_118", "X-Event": "unknown"}
        after = {
            "X-1Invoice-Signature-512": "00" * 64,
            "X-Hub-Signature-256": "sha256=" + "0" * 64,
            "X-HTTP-Method-Override": "PUT",
            "Authorization": "Basic aG9vazpob29r",
            "Cookie": "session=1",
            "Traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        }
        return before | headers | after
