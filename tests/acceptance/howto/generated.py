"""Client that openapi-python-client generates from the contract, as the tests of the guide use it."""

from __future__ import annotations

import time
from typing import Any

import oneinvoice_client
from oneinvoice_client.api.invoices import list_invoices
from oneinvoice_client.api.members import list_members
from oneinvoice_client.models import InvoiceStatus, MemberStatus

_LISTS: dict[str, Any] = {"members": (list_members, MemberStatus), "invoices": (list_invoices, InvoiceStatus)}


class Client(oneinvoice_client.AuthenticatedClient):
    def __init__(self, url: str, key: str) -> None:
        super().__init__(base_url=url, token=key, raise_on_unexpected_status=True)

    def all(self, name: str, status: str | None = None) -> list[dict[str, Any]]:
        listed, statuses = _LISTS[name]
        wanted = {} if status is None else {"status": statuses(status)}
        records: list[dict[str, Any]] = []
        while True:
            answer = listed.sync_detailed(client=self, limit=200, offset=len(records), **wanted)
            if answer.status_code == 429:
                time.sleep(float(answer.headers["Retry-After"]))
                continue
            page = answer.parsed
            records += [record.to_dict() for record in page.data]
            if not page.data or len(records) >= page.pagination.total:
                return records
