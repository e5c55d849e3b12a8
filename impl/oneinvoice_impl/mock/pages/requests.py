"""Pages of the journal: the requests to a mock and its deliveries, why each went so, and what a client should know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any

from oneinvoice_openapi.printable import printable
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from oneinvoice_impl.mock.faults.sends import SendLog
from oneinvoice_impl.mock.journal.deliveries import Diagnosis, diagnosed_deliveries
from oneinvoice_impl.mock.journal.diagnoses import KnownKey, diagnose, known_keys
from oneinvoice_impl.mock.journal.har import archive
from oneinvoice_impl.mock.journal.journal import MOST_KEPT, Entry, Journal
from oneinvoice_impl.mock.journal.note import Note
from oneinvoice_impl.mock_extension import REQUESTS_PAGE
from oneinvoice_impl.store.types import Connection, RowMapping
from oneinvoice_impl.web.lists import StatusFilter
from oneinvoice_impl.web.rendering.live import content_version, live_part
from oneinvoice_impl.web.rendering.pages import render
from oneinvoice_impl.web.routing import private
from oneinvoice_impl.web.services import services_of
from oneinvoice_impl.web.session import current_user

_MOST_SHOWN = 100
"""Of each kind."""


@dataclass(frozen=True, slots=True)
class _Row:
    """A request or a delivery as it is shown; `link` is the address of a page about it, `badge` one of a status."""

    id: str
    title: str
    link: str | None
    why: str
    notes: tuple[Note, ...]
    badge: str
    status: str
    facts: tuple[str, ...]
    at: datetime


class RequestPages:
    """The pages of one journal, and of what was sent; `origin` is where the mock is reached."""

    def __init__(self, journal: Journal, sends: SendLog, origin: str) -> None:
        self._journal = journal
        self._sends = sends
        self._origin = origin

    def routes(self) -> Sequence[BaseRoute]:
        """Return all of them."""
        return [
            private(REQUESTS_PAGE, get=self.show_all),
            private(f"{REQUESTS_PAGE}/list", get=self.show_list),
            private(f"{REQUESTS_PAGE}.har", get=self.export),
        ]

    async def show_all(self, request: Request) -> Response:
        """GET /requests."""
        values = await self._values(request)
        return render(request, "requests.html", fresh=False, most=MOST_KEPT, har=f"{REQUESTS_PAGE}.har", **values)

    async def show_list(self, request: Request) -> Response:
        """GET /requests/list: the part of the page that goes with the time."""
        return live_part(request, "requests_list.html", **await self._values(request))

    async def export(self, request: Request) -> Response:
        """GET /requests.har."""
        entries, keys = await self._visible(request)
        user = current_user(request)
        rows = await services_of(request).read(lambda connection: user.endpoints(connection).list())
        own = {row["id"] for row in rows}
        sends = [send for send in self._sends.all if send.endpoint_id in own]
        named = {"Content-Disposition": 'attachment; filename="oneinvoice-mock.har"'}
        return JSONResponse(archive(self._journal, entries, keys, sends, self._origin).as_json(), headers=named)

    async def _visible(self, request: Request) -> tuple[Sequence[Entry], dict[str, KnownKey]]:
        """Return the requests by keys of the user's organisation, and those by no known key: nobody's."""
        entries, own = self._journal.entries, current_user(request).organisation.id
        keys = await services_of(request).read(lambda connection: known_keys(connection, entries))
        others = {digest for digest, key in keys.items() if key.organisation_id != own}
        return [entry for entry in entries if entry.key not in others], keys

    async def _values(self, request: Request) -> dict[str, Any]:
        """Return the values that `requests_list.html` shows."""
        entries, keys = await self._visible(request)
        requests = [_request(*told, keys) for told in diagnose(entries, keys)][::-1]
        user = current_user(request)

        def query(connection: Connection) -> list[_Row]:
            told = diagnosed_deliveries(user.endpoints(connection), self._sends)
            return [_delivery(row, diagnosis) for row, _, diagnosis in told]

        deliveries = await services_of(request).read(query)
        noted = [[row for row in rows if row.notes] for rows in (requests, deliveries)]
        only_noted = request.query_params.get("notes") == "1"
        shown = [rows[:_MOST_SHOWN] for rows in (noted if only_noted else (requests, deliveries))]
        counts = len(requests) + len(deliveries), sum(map(len, noted))
        return {
            "requests": shown[0],
            "deliveries": shown[1],
            "only_noted": only_noted,
            "most_shown": _MOST_SHOWN,
            "filters": [
                StatusFilter("All", counts[0], REQUESTS_PAGE, not only_noted),
                StatusFilter("With notes", counts[1], f"{REQUESTS_PAGE}?notes=1", only_noted),
            ],
            "fragment": f"{REQUESTS_PAGE}/list{'?notes=1' if only_noted else ''}",
            "seen": content_version(counts, *shown),
        }


def _request(entry: Entry, why: str, notes: Sequence[Note], keys: dict[str, KnownKey]) -> _Row:
    known = keys.get(entry.key or "")
    good = HTTPStatus.OK <= entry.status < HTTPStatus.BAD_REQUEST
    return _Row(
        f"request-{entry.number}",
        printable(f"{entry.method} {entry.target}"),
        None,
        printable(why),
        tuple(Note(printable(note.text), note.requirement) for note in notes),
        "delivered" if good else "failed",
        str(entry.status or "no answer"),
        (known.name if known else "no known key", f"{entry.seconds * 1000:,.1f} ms"),
        entry.at,
    )


def _delivery(row: RowMapping, diagnosis: Diagnosis) -> _Row:
    return _Row(
        row["id"],
        row["event"],
        f"/settings/webhooks/deliveries/{row['id']}",
        diagnosis.why,
        tuple(diagnosis.notes),
        row["status"],
        row["status"],
        (row["url"], *([f"fault {diagnosis.fault}"] if diagnosis.fault else [])),
        row["created_at"],
    )
