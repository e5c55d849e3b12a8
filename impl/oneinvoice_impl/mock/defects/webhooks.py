"""Deliveries of another organisation's record, of another form, with other headers, signed wrongly, or never sent."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from oneinvoice_impl.clock import Clock
from oneinvoice_impl.domain import representation
from oneinvoice_impl.mock.defects.defect import defect
from oneinvoice_impl.mock.faults.attempts import SIGNATURE
from oneinvoice_impl.mock.faults.webhook_fault import written_anew
from oneinvoice_impl.server.components import Components
from oneinvoice_impl.settings import Settings
from oneinvoice_impl.store.database import Database
from oneinvoice_impl.store.unguarded import paid_invoice_of_another
from oneinvoice_impl.store.webhooks.delivery_queue import Claim, DeliveryContent, Outcome
from oneinvoice_impl.webhooks.delivery_attempts import DeliveryAttempts
from oneinvoice_impl.webhooks.service import MakeAttempts, WebhookService
from oneinvoice_impl.webhooks.signing import sign


def _changes_delivery(change: Callable[[Claim], Claim]) -> Components:
    """Sign and send something else."""

    class OtherAttempts(DeliveryAttempts):
        async def attempt(self, claim: Claim) -> Outcome:
            return await super().attempt(change(claim))

    return Components(delivery_attempts=OtherAttempts)


def _changes_headers(change: Callable[[dict[str, str]], dict[str, str]]) -> Components:
    """Send other headers."""

    class OtherAttempts(DeliveryAttempts):
        def headers(self, content: DeliveryContent, at: datetime) -> dict[str, str]:
            return change(super().headers(content, at))

    return Components(delivery_attempts=OtherAttempts)


def _changes_signature(signature: Callable[[bytes, str], str]) -> Components:
    """Sign a body with a secret otherwise."""

    class OtherAttempts(DeliveryAttempts):
        def headers(self, content: DeliveryContent, at: datetime) -> dict[str, str]:
            signed = signature(content.body, self._encryption.decrypt(content.secret))
            return super().headers(content, at) | {SIGNATURE: signed}

    return Components(delivery_attempts=OtherAttempts)


def _never_delivers(event: str) -> Components:
    """Take an event for delivered, and never send it."""

    class OtherAttempts(DeliveryAttempts):
        async def attempt(self, claim: Claim) -> Outcome:
            if claim.event != event:
                return await super().attempt(claim)
            return Outcome(claim, self._clock(), timedelta(), HTTPStatus.OK, None, b"")

    return Components(delivery_attempts=OtherAttempts)


def _renames(event: str, to: str) -> Components:
    """Give an event another name, in header and body."""

    def change(claim: Claim) -> Claim:
        if claim.event != event:
            return claim
        return replace(claim, event=to, body=claim.body.replace(event.encode(), to.encode(), 1))

    return _changes_delivery(change)


@defect("ORG-4")
def paid_invoices_of_others_delivered() -> Components:
    """A paid invoice is delivered as one of another organisation."""

    class OtherAttempts(DeliveryAttempts):
        def __init__(self, database: Database, made: MakeAttempts, *others: Any) -> None:
            super().__init__(*others)
            self._database = database
            self._made = made(*others)

        async def attempt(self, claim: Claim) -> Outcome:
            content = json.loads(claim.body)
            if claim.event == "invoice.paid":
                read = partial(paid_invoice_of_another, invoice_id=content["data"]["id"])
                if stranger := await self._database.run(read):
                    content["data"] = representation.invoice(stranger, self._clock().date())
                    claim = replace(claim, body=json.dumps(content).encode())
            return await self._made.attempt(claim)

        def close(self) -> None:
            super().close()
            self._made.close()

    class OtherService(WebhookService):
        def __init__(self, database: Database, settings: Settings, clock: Clock, made: MakeAttempts) -> None:
            super().__init__(database, settings, clock, partial(OtherAttempts, database, made))

    return Components(webhooks=OtherService)


@defect("HOOK-1")
def deliveries_put() -> Components:
    """Deliveries are PUT."""

    class OtherAttempts(DeliveryAttempts):
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            self._sender.method = "PUT"

    return Components(delivery_attempts=OtherAttempts)


@defect("HOOK-2", _changes_delivery)
def bodies_form(claim: Claim) -> Claim:
    """Bodies are a form with one field, which is JSON."""
    return replace(claim, body=b"payload=" + quote(claim.body).encode())


@defect("HOOK-3", _changes_headers)
def verb_alone(headers: dict[str, str]) -> dict[str, str]:
    """X-1Invoice-Event says paid, not invoice.paid."""
    return headers | {"X-1Invoice-Event": headers["X-1Invoice-Event"].partition(".")[2]}


@defect("HOOK-4", _changes_signature)
def signature_of_body_written_anew(body: bytes, secret: str) -> str:
    """The signature is of the body as another JSON library would write it."""
    return sign(written_anew(body), secret)


@defect("HOOK-4", _changes_signature)
def signature_in_base64(body: bytes, secret: str) -> str:
    """The signature is in base64, not in hex."""
    return base64.b64encode(bytes.fromhex(sign(body, secret))).decode()


@defect("HOOK-4", _changes_signature)
def signature_without_secret(body: bytes, secret: str) -> str:
    """The signature is the SHA-256 of the body alone, which anyone can make."""
    return hashlib.sha256(body).hexdigest()


@defect("HOOK-4", _changes_signature)
def signature_with_secret_trimmed(body: bytes, secret: str) -> str:
    """The secret signs without its prefix whsec_."""
    return sign(body, secret.removeprefix("whsec_"))


@defect("HOOK-5", _changes_headers)
def agent_of_version_two(headers: dict[str, str]) -> dict[str, str]:
    """The User-Agent is 1invoice-webhooks/2."""
    return headers | {"User-Agent": "1invoice-webhooks/2"}


@defect("HOOK-6")
def created_invoices_silent() -> Components:
    """A created invoice is not delivered."""
    return _never_delivers("invoice.created")


@defect("HOOK-7")
def sent_invoices_silent() -> Components:
    """A sent invoice is not delivered."""
    return _never_delivers("invoice.sent")


@defect("HOOK-8")
def paid_invoices_settled() -> Components:
    """A paid invoice is delivered as invoice.settled."""
    return _renames("invoice.paid", "invoice.settled")


@defect("HOOK-9")
def created_quotes_silent() -> Components:
    """A created quote is not delivered."""
    return _never_delivers("quote.created")


@defect("HOOK-10")
def sent_quotes_silent() -> Components:
    """A sent quote is not delivered."""
    return _never_delivers("quote.sent")


@defect("HOOK-11")
def accepted_quotes_signed() -> Components:
    """An accepted quote is delivered as quote.signed."""
    return _renames("quote.accepted", "quote.signed")


@defect("HOOK-12")
def rejected_quotes_silent() -> Components:
    """A rejected quote is not delivered."""
    return _never_delivers("quote.rejected")
