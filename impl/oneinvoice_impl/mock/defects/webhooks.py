"""Deliveries of another form, with other headers, signed wrongly, or never sent."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from http import HTTPStatus
from urllib.parse import quote

from oneinvoice_impl.mock.defects.defect import Defect
from oneinvoice_impl.server.components import Components
from oneinvoice_impl.store.webhooks.delivery_queue import Claim, Outcome, Parcel
from oneinvoice_impl.webhooks.delivery_attempts import Courier
from oneinvoice_impl.webhooks.signing import sign

_SIGNATURE = "X-1Invoice-Signature"


class _Putting(Courier):
    async def get_ready(self) -> None:
        await super().get_ready()
        assert self._sender is not None, "it is ready"
        self._sender.method = "PUT"


def _sending(change: Callable[[Claim], Claim]) -> Components:
    """Something else is signed and sent."""

    class OtherCourier(Courier):
        async def attempt(self, claim: Claim) -> Outcome:
            return await super().attempt(change(claim))

    return Components(courier=OtherCourier)


def _heading(change: Callable[[dict[str, str]], dict[str, str]]) -> Components:
    """The headers are others."""

    class OtherCourier(Courier):
        def headers(self, parcel: Parcel, at: datetime) -> dict[str, str]:
            return change(super().headers(parcel, at))

    return Components(courier=OtherCourier)


def _signing(signature: Callable[[bytes, str], str]) -> Components:
    """The signature of a body with a secret is another."""

    class OtherCourier(Courier):
        def headers(self, parcel: Parcel, at: datetime) -> dict[str, str]:
            signed = signature(parcel.body, self._vault.decrypt(parcel.secret))
            return super().headers(parcel, at) | {_SIGNATURE: signed}

    return Components(courier=OtherCourier)


def _silent(event: str) -> Components:
    """One event is taken for delivered, and never sent."""

    class OtherCourier(Courier):
        async def attempt(self, claim: Claim) -> Outcome:
            if claim.event != event:
                return await super().attempt(claim)
            return Outcome(claim, self._clock(), timedelta(), HTTPStatus.OK, None, b"")

    return Components(courier=OtherCourier)


def _renamed(event: str, to: str) -> Components:
    """One event has another name, in header and body."""

    def change(claim: Claim) -> Claim:
        if claim.event != event:
            return claim
        return replace(claim, event=to, body=claim.body.replace(event.encode(), to.encode(), 1))

    return _sending(change)


def _as_form(claim: Claim) -> Claim:
    return replace(claim, body=b"payload=" + quote(claim.body).encode())


def _verb_alone(headers: dict[str, str]) -> dict[str, str]:
    return headers | {"X-1Invoice-Event": headers["X-1Invoice-Event"].partition(".")[2]}


def _of_version_two(headers: dict[str, str]) -> dict[str, str]:
    return headers | {"User-Agent": "1invoice-webhooks/2"}


def _of_body_written_anew(body: bytes, secret: str) -> str:
    return sign(json.dumps(json.loads(body)).encode(), secret)


def _in_base64(body: bytes, secret: str) -> str:
    return base64.b64encode(bytes.fromhex(sign(body, secret))).decode()


def _without_secret(body: bytes, secret: str) -> str:
    return hashlib.sha256(body).hexdigest()


def _of_trimmed_secret(body: bytes, secret: str) -> str:
    return sign(body, secret.removeprefix("whsec_"))


DEFECTS = [
    Defect("deliveries-put", "HOOK-1", "Deliveries are PUT.", Components(courier=_Putting)),
    Defect("bodies-form", "HOOK-2", "Bodies are a form with one field, which is JSON.", _sending(_as_form)),
    Defect("verb-alone", "HOOK-3", "X-1Invoice-Event says paid, not invoice.paid.", _heading(_verb_alone)),
    Defect(
        "signature-of-body-written-anew",
        "HOOK-4",
        "The signature is of the body as another JSON library would write it.",
        _signing(_of_body_written_anew),
    ),
    Defect("signature-in-base64", "HOOK-4", "The signature is in base64, not in hex.", _signing(_in_base64)),
    Defect(
        "signature-without-secret",
        "HOOK-4",
        "The signature is the SHA-256 of the body alone, which anyone can make.",
        _signing(_without_secret),
    ),
    Defect(
        "signature-with-secret-trimmed",
        "HOOK-4",
        "The secret signs without its prefix whsec_.",
        _signing(_of_trimmed_secret),
    ),
    Defect("agent-of-version-two", "HOOK-5", "The User-Agent is 1invoice-webhooks/2.", _heading(_of_version_two)),
    Defect("created-invoices-silent", "HOOK-6", "A created invoice is not delivered.", _silent("invoice.created")),
    Defect("sent-invoices-silent", "HOOK-7", "A sent invoice is not delivered.", _silent("invoice.sent")),
    Defect(
        "paid-invoices-settled",
        "HOOK-8",
        "A paid invoice is delivered as invoice.settled.",
        _renamed("invoice.paid", "invoice.settled"),
    ),
    Defect("created-quotes-silent", "HOOK-9", "A created quote is not delivered.", _silent("quote.created")),
    Defect("sent-quotes-silent", "HOOK-10", "A sent quote is not delivered.", _silent("quote.sent")),
    Defect(
        "accepted-quotes-signed",
        "HOOK-11",
        "An accepted quote is delivered as quote.signed.",
        _renamed("quote.accepted", "quote.signed"),
    ),
    Defect("rejected-quotes-silent", "HOOK-12", "A rejected quote is not delivered.", _silent("quote.rejected")),
]
