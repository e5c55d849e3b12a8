"""The controls of a mock's journal."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.routing import Route

from oneinvoice_impl.domain.representation import timestamp
from oneinvoice_impl.mock.controls.routing import Routing
from oneinvoice_impl.mock.controls.values import InvalidRequest
from oneinvoice_impl.mock.journal.journal import Entry, Journal
from oneinvoice_impl.webhooks.service import WebhookService

if TYPE_CHECKING:
    from oneinvoice_impl.mock.journal.diagnoses import KnownKey

# What reads the journal is imported when somebody first does: no start waits for it.


class JournalControls:
    """Handlers of the requests by which its user reads a mock's journal."""

    def __init__(self, journal: Journal, webhooks: WebhookService, origin: str) -> None:
        self._journal = journal
        self._webhooks = webhooks
        self._origin = origin

    def routes(self, route: Routing) -> list[Route]:
        """Return all of them."""
        return [
            route("GET", "/requests", self.list_requests, query=("after",)),
            route("DELETE", "/requests", self.clear),
            route("GET", "/requests.har", self.export),
        ]

    async def list_requests(self, request: Request) -> Any:
        """Return the requests with a number above `after`, oldest first, with why each was answered so, and notes."""
        after = request.query_params.get("after", "0")
        if not re.fullmatch("[0-9]{1,15}", after):
            raise InvalidRequest("after must be the number of a request.")
        from oneinvoice_impl.mock.journal.diagnoses import diagnose, known_keys

        entries = self._journal.entries
        keys = await self._webhooks.read(lambda connection: known_keys(connection, entries))
        told = diagnose(entries, keys)
        return {"data": [_shown(*each, keys) for each in told if each[0].number > int(after)]}

    async def clear(self, request: Request) -> Any:
        """Forget all requests."""
        self._journal.clear()
        return {"data": []}

    async def export(self, request: Request) -> Any:
        """Return all requests as HAR 1.2."""
        from oneinvoice_impl.mock.journal.har import har

        return har(self._journal.entries, self._origin)


def _shown(entry: Entry, why: str, notes: list[str], keys: dict[str, KnownKey]) -> dict[str, Any]:
    known = keys.get(entry.key or "")
    return {
        "number": entry.number,
        "id": entry.request_id,
        "at": timestamp(entry.at),
        "method": entry.method,
        "path": entry.path,
        "query": entry.query,
        "key": known and known.name,
        "status": entry.status,
        "duration_ms": round(entry.seconds * 1000, 1),
        "bytes": entry.size,
        "fault": entry.fault,
        "why": why,
        "notes": notes,
    }
