"""The controls of a mock's journal."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.routing import Route

from oneinvoice_impl.domain.representation import timestamp
from oneinvoice_impl.mock.controls.routing import Routing
from oneinvoice_impl.mock.controls.values import InvalidRequest
from oneinvoice_impl.mock.faults.sends import SendLog
from oneinvoice_impl.mock.journal.journal import Entry, Journal
from oneinvoice_impl.mock.journal.note import Note, as_json
from oneinvoice_impl.webhooks.service import WebhookService

if TYPE_CHECKING:
    from oneinvoice_impl.mock.journal.diagnoses import KnownKey

# What reads the journal is imported when somebody first does: no start waits for it.


class JournalControls:
    """Handlers of the requests by which its user reads a mock's journal."""

    def __init__(self, journal: Journal, sends: SendLog, webhooks: WebhookService, origin: str) -> None:
        self._journal = journal
        self._sends = sends
        self._webhooks = webhooks
        self._origin = origin

    def routes(self, route: Routing) -> list[Route]:
        """Return all of them."""
        return [
            route("GET", "/requests", self.list_requests, query=("after",)),
            route("DELETE", "/requests", self.clear),
            route("GET", "/requests.har", self.export, query=("after",)),
        ]

    async def list_requests(self, request: Request) -> Any:
        """Return the requests with a number above `after`, oldest first, with why each was answered so, and notes."""
        from oneinvoice_impl.mock.journal.diagnoses import diagnose

        after, entries = _after(request), self._journal.entries
        keys = await self._known_keys(entries)
        return {"data": [_shown(*each, keys) for each in diagnose(entries, keys) if each[0].number > after]}

    async def clear(self, request: Request) -> Any:
        """Forget all requests."""
        self._journal.clear()
        return {"data": []}

    async def export(self, request: Request) -> Any:
        """Return the requests with a number above `after` as HAR 1.2, and with them what was sent to receivers."""
        from oneinvoice_impl.mock.journal.har import archive

        after, entries = _after(request), self._journal.entries
        keys = await self._known_keys(entries)
        return archive(self._journal, entries, keys, self._sends.all, self._origin).as_json(after)

    async def _known_keys(self, entries: Sequence[Entry]) -> dict[str, KnownKey]:
        from oneinvoice_impl.mock.journal.diagnoses import known_keys

        return await self._webhooks.read(lambda connection: known_keys(connection, entries))


def _after(request: Request) -> int:
    """Return the number that a request names. Raises `InvalidRequest`."""
    after = request.query_params.get("after", "0")
    if not re.fullmatch("[0-9]{1,15}", after):
        raise InvalidRequest("after must be the number of a request.")
    return int(after)


def _shown(entry: Entry, why: str, notes: list[Note], keys: dict[str, KnownKey]) -> dict[str, Any]:
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
        **as_json(notes),
    }
