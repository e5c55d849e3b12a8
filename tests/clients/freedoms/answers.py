"""Receivers that answer otherwise."""

from __future__ import annotations

import time
from http.server import BaseHTTPRequestHandler
from typing import ClassVar

from tests.clients.base.receiver import EVENT, Event, Headers, Receiver
from tests.clients.decorators import variant


@variant("accepts with 201")
class Accepts201(Receiver):
    accepted = 201


@variant("accepts with 202")
class Accepts202(Receiver):
    accepted = 202


@variant("accepts with 204")
class Accepts204(Receiver):
    accepted = 204


@variant("refuses with 400")
class Refuses400(Receiver):
    refused = 400


@variant("refuses with 403")
class Refuses403(Receiver):
    refused = 403


@variant("refuses with 404")
class Refuses404(Receiver):
    refused = 404


@variant("refuses with 500")
class Refuses500(Receiver):
    refused = 500


@variant("drops forgeries, and answers 200 so that their sender learns nothing")
class DropsForgeries(Receiver):
    refused = 200


@variant("answers 202 to a repeat, and 200 to what is new")
class RepeatsAccepted(Receiver):
    def repeated(self) -> int:
        return 202


@variant("answers 204 to events that it has no use for")
class UnknownNoContent(Receiver):
    def unknown(self, event: Event) -> int:
        return 204


@variant("refuses an event whose header names another one, as the guide of integrators says")
class RefusesOtherHeader(Receiver):
    def answer(self, headers: Headers, body: bytes) -> int:
        if self.is_genuine(headers, body) and headers.get(EVENT) != self.name(self.event(body), headers):
            return 400
        return super().answer(headers, body)


@variant("takes half a second for each event, many at once")
class TakesItsTime(Receiver):
    def take(self, event: Event, headers: Headers) -> int:
        status = super().take(event, headers)
        time.sleep(0.5)
        return status


@variant("closes its connection after each answer")
class ClosesConnections(Receiver):
    def respond(self, handler: BaseHTTPRequestHandler) -> None:
        super().respond(handler)
        handler.close_connection = True


@variant("speaks HTTP/1.0")
class AnswersInOldHttp(Receiver):
    def respond(self, handler: BaseHTTPRequestHandler) -> None:
        handler.protocol_version = "HTTP/1.0"
        super().respond(handler)


@variant("has use for invoices alone", may_be_undecided=("HOOK-2", "HOOK-3", "HOOK-4", "HOOK-5", "HOOK-7"))
class InvoicesAlone(Receiver):
    lists: ClassVar[dict[str, str]] = {
        "invoice.created": "invoices", "invoice.sent": "invoices", "invoice.paid": "invoices"
    }  # fmt: skip
