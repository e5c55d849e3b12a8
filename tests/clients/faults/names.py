"""Receivers that fail at names that they don't know, or believe the header that nobody signed."""

from __future__ import annotations

from typing import Any

from tests.clients.base.receiver import EVENT, Event, Headers, Receiver
from tests.clients.decorators import fault


@fault("HOOK-6", "answers 400 to an event that it doesn't know")
class UnknownIsBad(Receiver):
    def unknown(self, event: Event) -> int:
        return 400


@fault("HOOK-6", "answers 404 to a ping")
class PingIsNotFound(Receiver):
    def unknown(self, event: Event) -> int:
        return 404 if event.get("event") == "ping" else self.accepted


@fault("HOOK-6", "crashes at an event that it doesn't know")
class UnknownCrashes(Receiver):
    def unknown(self, event: Event) -> int:
        raise KeyError(event.get("event"))


@fault("HOOK-6", "counts an event that it doesn't know as an effect")
class UnknownHasEffect(Receiver):
    def unknown(self, event: Event) -> int:
        with self.store.transaction() as db:
            self.store.count(db, str(event.get("id")))
        return self.accepted


@fault("HOOK-6", "takes whatever begins with invoice. for an invoice's event")
class PrefixIsEnough(Receiver):
    def is_known(self, name: str) -> bool:
        return super().is_known(name) or name.startswith(("invoice.", "quote."))

    def list_of(self, name: str) -> str:
        return "invoices" if name.startswith("invoice.") else "quotes"


@fault("HOOK-6", "goes by the header X-1Invoice-Event, which nobody signed")
class HeaderNamesEvent(Receiver):
    def name(self, event: Event, headers: Headers) -> str:
        return headers.get(EVENT, "")

    def record(self, event: Event, headers: Headers) -> dict[str, Any]:
        status = self.name(event, headers).partition(".")[2].replace("created", "draft")
        return super().record(event, headers) | {"status": status}


@fault("HOOK-6", "answers 400 to a notice of change")
class NoticeIsBad(Receiver):
    def unknown(self, event: Event) -> int:
        return 400 if str(event.get("event")).startswith("api.") else self.accepted
