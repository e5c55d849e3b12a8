"""What an endpoint was sent: its log, and each delivery with its attempts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import Response

from oneinvoice_impl.store.types import Connection, RowMapping
from oneinvoice_impl.store.webhooks.delivery_log import NAMES, STATUSES, Filter, Log, Page
from oneinvoice_impl.store.webhooks.delivery_queue import Parcel
from oneinvoice_impl.web.forms import Form
from oneinvoice_impl.web.rendering.excerpt import excerpt
from oneinvoice_impl.web.rendering.live import part, version
from oneinvoice_impl.web.rendering.pages import redirect, render
from oneinvoice_impl.web.routing import is_id, or_not_found, private
from oneinvoice_impl.web.services import site
from oneinvoice_impl.web.session import actor
from oneinvoice_impl.web.throttle import MINUTE
from oneinvoice_impl.webhooks.retry_schedule import RETRIES
from oneinvoice_impl.webhooks.secret_encryption import VaultProblem

PATH = "/settings/webhooks"
MOST_ATTEMPTS = len(RETRIES) + 1
SENT_PER_MINUTE = 60
"""Pings and deliveries that one organisation has sent again: nobody is to flood others through us."""

_PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class Wanted:
    """The part of a log that an address asks for; what is not understood is left out."""

    filter: Filter
    after: str | None

    @classmethod
    def of(cls, request: Request) -> Wanted:
        """What the query says."""
        given = request.query_params
        status, event = given.get("status"), given.get("event")
        wanted = Filter(status if status in STATUSES else None, event if event in NAMES else None)
        after = given.get("after", "")
        return cls(wanted, after if is_id(after) else None)

    def read(self, log: Log, endpoint_id: str) -> Page:
        """That part of an endpoint's log."""
        return log.page(endpoint_id, self.filter, self.after, _PAGE_SIZE)

    def query(self, **more: str | None) -> str:
        """A query that asks for the same, and more."""
        asked = {"status": self.filter.status, "event": self.filter.event} | more
        return urlencode({name: value for name, value in asked.items() if value})


async def show_log(request: Request) -> Response:
    """GET /settings/webhooks/{id}/log: the part of the endpoint's page that goes with the time."""
    who, id, wanted = actor(request), request.path_params["id"], Wanted.of(request)

    def query(connection: Connection) -> Page:
        or_not_found(who.endpoints(connection).show(id))
        return wanted.read(who.log(connection), id)

    return part(request, "webhook_log.html", **log_values(id, wanted, await site(request).read(query)))


def log_values(endpoint_id: str, wanted: Wanted, page: Page) -> dict[str, Any]:
    """What `webhook_log.html` shows."""
    here = f"{PATH}/{endpoint_id}"
    return {
        "log": page.rows,
        "older": page.older and f"{here}?{wanted.query(after=page.older)}",
        "newest": f"{here}?{wanted.query()}" if wanted.after else None,
        "fragment": f"{here}/log?{wanted.query(after=wanted.after)}",
        "whole": here,
        "filtered": wanted.filter != Filter(),
        "form": Form({"status": wanted.filter.status or "", "event": wanted.filter.event or ""}),
        "statuses": {"": "Any status"} | {status: status for status in STATUSES},
        "names": {"": "Any event"} | {name: name for name in NAMES},
        "most_attempts": MOST_ATTEMPTS,
        "seen": version(*map(_values, page.rows), page.older),
    }


async def show(request: Request) -> Response:
    """GET /settings/webhooks/deliveries/{id}."""
    who, id, here = actor(request), request.path_params["id"], site(request)

    def query(connection: Connection) -> tuple[RowMapping, Parcel, dict[str, Any]]:
        log = who.log(connection)
        row = or_not_found(log.delivery(id))
        endpoint = or_not_found(who.endpoints(connection).show(row["endpoint_id"]))
        return endpoint, log.parcels([id])[id], _progress(log, row)

    endpoint, parcel, progress = await here.read(query)
    try:
        headers, problem = here.webhooks.headers(parcel), None
    except VaultProblem as unreadable:
        headers, problem = {}, str(unreadable)
    return render(
        request,
        "delivery.html",
        endpoint=endpoint,
        request_head=_request_head(parcel, headers),
        problem=problem,
        body=excerpt(parcel.body),
        length=len(parcel.body),
        fresh=False,
        **progress,
    )


async def show_progress(request: Request) -> Response:
    """GET /settings/webhooks/deliveries/{id}/progress: the part of its page that goes with the time."""
    who, id = actor(request), request.path_params["id"]

    def query(connection: Connection) -> dict[str, Any]:
        log = who.log(connection)
        return _progress(log, or_not_found(log.delivery(id)))

    return part(request, "delivery_progress.html", **await site(request).read(query))


async def resend(request: Request) -> Response:
    """POST /settings/webhooks/deliveries/{id}/resend."""
    count_sent(request)
    who, id, at = actor(request), request.path_params["id"], site(request).clock()

    def work(connection: Connection) -> str:
        row = or_not_found(who.log(connection).delivery(id))
        return who.endpoints(connection).resend(row, at)

    sent = await site(request).transact(work)
    told = "It is sent again at once." if sent == id else "The event is sent again, as this new delivery."
    return redirect(request, f"{PATH}/deliveries/{sent}", told)


def count_sent(request: Request) -> None:
    """Count what is sent because somebody asked for it. Raises `HTTPException` (429) if that is too much."""
    site(request).throttle.check("sent for", actor(request).organisation.id, SENT_PER_MINUTE, MINUTE)


ROUTES = (
    private(f"{PATH}/deliveries/{{id}}", get=show),
    private(f"{PATH}/deliveries/{{id}}/progress", get=show_progress),
    private(f"{PATH}/deliveries/{{id}}/resend", post=resend),
    private(f"{PATH}/{{id}}/log", get=show_log),
)


def _progress(log: Log, row: RowMapping) -> dict[str, Any]:
    """What `delivery_progress.html` shows."""
    attempts = log.attempts(row["id"])
    return {
        "delivery": row,
        "attempts": [(attempt, excerpt(attempt["answer"] or b"")) for attempt in attempts],
        "most_attempts": MOST_ATTEMPTS,
        "seen": version(_values(row), *map(_values, attempts)),
    }


def _values(row: RowMapping) -> tuple[object, ...]:
    return tuple(value.isoformat() if isinstance(value, datetime) else value for value in row.values())


def _request_head(parcel: Parcel, headers: dict[str, str]) -> str:
    """The request without its body, as it goes out."""
    url = urlsplit(parcel.url)
    target = (url.path or "/") + (f"?{url.query}" if url.query else "")
    all_headers = {"Host": url.netloc} | headers | {"Content-Length": str(len(parcel.body))}
    return "\n".join([f"POST {target} HTTP/1.1", *(f"{name}: {value}" for name, value in all_headers.items())])
