"""The records of the fixtures as rows of the tables."""

from __future__ import annotations

from typing import Any

from oneinvoice_fixtures.keys import Key
from oneinvoice_fixtures.organisations import Organisation
from oneinvoice_fixtures.records import Invoice, Member, Quote

from oneinvoice_impl.domain.keys import digest


def organisation(record: Organisation) -> dict[str, Any]:
    return {"id": record.id, "name": record.name, "kind": record.kind, "created_at": record.created_at}


def user(record: Organisation) -> dict[str, Any]:
    return {
        "id": f"usr_{record.id.removeprefix('org_')}",
        "email": record.admin,
        "organisation_id": record.id,
        "created_at": record.created_at,
    }


def key(owner: Organisation, record: Key) -> dict[str, Any]:
    return {
        "id": record.id,
        "organisation_id": owner.id,
        "name": record.name,
        "digest": digest(record.text),
        "first_four": record.text[:4],
        "last_four": record.text[-4:],
        "created_at": record.created_at,
        "revoked_at": record.revoked_at,
    }


def member(owner: Organisation, record: Member) -> dict[str, Any]:
    return {
        "id": record.id,
        "organisation_id": owner.id,
        "status": record.status,
        "created_at": record.created_at,
        "first_name": record.first_name,
        "last_name": record.last_name,
        "email": record.email,
    }


def quote(owner: Organisation, record: Quote) -> dict[str, Any]:
    signing = record.signing
    return {
        "id": record.id,
        "organisation_id": owner.id,
        "status": record.status,
        "created_at": record.created_at,
        "number": record.number,
        "customer_name": record.customer.name,
        "customer_email": record.customer.email,
        "total_cents": record.total_cents,
        "currency": record.currency,
        "public_token": record.public_token,
        "signing_decision": signing and signing.decision,
        "signing_name": signing and signing.name,
        "signing_ip": signing and signing.ip,
        "signed_at": signing and signing.signed_at,
        "valid_until": record.valid_until,
        "sent_at": record.sent_at,
    }


def invoice(owner: Organisation, record: Invoice) -> dict[str, Any]:
    return {
        "id": record.id,
        "organisation_id": owner.id,
        "status": record.status,
        "created_at": record.created_at,
        "number": record.number,
        "customer_name": record.customer.name,
        "customer_email": record.customer.email,
        "total_cents": record.total_cents,
        "currency": record.currency,
        "due_date": record.due_date,
        "paid_at": record.paid_at,
        "quote_id": record.quote_id,
        "sent_at": record.sent_at,
    }
