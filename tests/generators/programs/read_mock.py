"""Reads a mock and its events by the client that openapi-python-client made: python read_mock.py URL KEY DELIVERIES."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from oneinvoice_client import AuthenticatedClient, Client, models
from oneinvoice_client.api.discovery import discover
from oneinvoice_client.api.invoices import list_invoices
from oneinvoice_client.api.members import list_members
from oneinvoice_client.api.quotes import list_quotes

url, key, deliveries = sys.argv[1:]


def model_of(event: str) -> Any:
    """Return the model of `invoice.paid`, which the client calls `InvoicePaid`."""
    return getattr(models, event.replace(".", " ").replace("_", " ").title().replace(" ", ""))


assert discover.sync(client=Client(base_url=url)).version == "v1"
client = AuthenticatedClient(base_url=url, token=key, raise_on_unexpected_status=True)
for listed in (list_members, list_quotes, list_invoices):
    page = listed.sync(client=client, limit=200)
    assert page.data, listed
    assert len(page.data) == min(page.pagination.total, 200)
    for record in page.data:
        assert not isinstance(record.status, str) or isinstance(record.status, models.MemberStatus | models.QuoteStatus
                                                                | models.InvoiceStatus), record.status  # fmt: skip
        assert type(record).from_dict(record.to_dict()) == record
        later = record.to_dict() | {"status": "a later one"}
        assert type(record).from_dict(later).status == "a later one"
paid = list_invoices.sync(client=client, status=models.InvoiceStatus.PAID)
assert {invoice.payment_status for invoice in paid.data} == {models.PaymentStatus.PAID}
refused = list_members.sync(client=client, limit=201)
assert isinstance(refused, models.BadRequestProblem)
assert refused.errors[0].parameter == "limit"
stranger = AuthenticatedClient(base_url=url, token="1iv_nobody")
assert isinstance(list_members.sync(client=stranger), models.Problem)

read = [model_of(body["event"]).from_dict(body) for body in json.loads(Path(deliveries).read_text("utf-8"))]
for event in read:
    if event.event.startswith("invoice."):
        assert isinstance(event.data, models.Invoice)
    elif event.event.startswith("quote."):
        assert isinstance(event.data, models.Quote)
    else:
        assert isinstance(event.data, models.Announcement)
try:
    models.InvoicePaid.from_dict(read[0].to_dict())
except ValueError:
    print(" ".join(sorted(event.event for event in read)))
