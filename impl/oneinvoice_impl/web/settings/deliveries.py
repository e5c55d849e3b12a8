"""Pages of what an endpoint was sent: its log, and each delivery with its attempts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import Response

from oneinvoice_impl.domain.event import PING
from oneinvoice_impl.store.types import Connection, RowMapping
from oneinvoice_impl.store.webhooks.delivery_log import STATUSES, DeliveryLog, LogFilter, LogPage
from oneinvoice_impl.store.webhooks.delivery_queue import DeliveryContent
from oneinvoice_impl.web.forms import Form
from oneinvoice_impl.web.rendering.excerpt import excerpt
from oneinvoice_impl.web.rendering.live import content_version, live_part
from oneinvoice_impl.web.rendering.pages import redirect, render
from oneinvoice_impl.web.routing import is_id, or_not_found, private
from oneinvoice_impl.web.services import services_of
from oneinvoice_impl.web.session import current_user
from oneinvoice_impl.web.throttle import MINUTE
from oneinvoice_impl.webhooks.retry_schedule import RETRIES
from oneinvoice_impl.webhooks.secret_encryption import EncryptionProblem

PATH = "/settings/webhooks"
MOST_ATTEMPTS = len(RETRIES) + 1
SENT_PER_MINUTE = 60
"""Pings and deliveries that one organisation has sent again: nobody is to flood others through us."""

_PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class LogQuery:
    """The part of a log that an address asks for; what is not understood is left out."""

    filter: LogFilter
    after: str | None

    @classmethod
    def from_request(cls, request: Request) -> LogQuery:
        """Return the part of the log that a query asks for."""
        query = request.query_params
        status, event, names = query.get("status"), query.get("event"), (*services_of(request).webhooks.events, PING)
        filter = LogFilter(status if status in STATUSES else None, event if event in names else None, names)
        after = query.get("after", "")
        return cls(filter, after if is_id(after) else None)

    def read(self, log: DeliveryLog, endpoint_id: str) -> LogPage:
        """Return that part of an endpoint's log."""
        return log.page(endpoint_id, self.filter, self.after, _PAGE_SIZE)

    def query(self, **more: str | None) -> str:
        """Return a query that asks for the same, and more."""
        parameters = {"status": self.filter.status, "event": self.filter.event} | more
        return urlencode({name: value for name, value in parameters.items() if value})


async def show_log(request: Request) -> Response:
    """GET /settings/webhooks/{id}/log: the part of the endpoint's page that goes with the time."""
    user, id, log_query = current_user(request), request.path_params["id"], LogQuery.from_request(request)

    def query(connection: Connection) -> LogPage:
        or_not_found(user.endpoints(connection).show(id))
        return log_query.read(user.log(connection), id)

    return live_part(
        request, "settings/webhook_log.html", **log_values(id, log_query, await services_of(request).read(query))
    )


def log_values(endpoint_id: str, log_query: LogQuery, page: LogPage) -> dict[str, Any]:
    """Return the values that `webhook_log.html` shows."""
    path = f"{PATH}/{endpoint_id}"
    return {
        "log": page.rows,
        "older": page.older and f"{path}?{log_query.query(after=page.older)}",
        "newest": f"{path}?{log_query.query()}" if log_query.after else None,
        "fragment": f"{path}/log?{log_query.query(after=log_query.after)}",
        "whole": path,
        "filtered": log_query.filter != LogFilter(),
        "form": Form({"status": log_query.filter.status or "", "event": log_query.filter.event or ""}),
        "statuses": {"": "Any status"} | {status: status for status in STATUSES},
        "names": {"": "Any event"} | {name: name for name in log_query.filter.names},
        "most_attempts": MOST_ATTEMPTS,
        "seen": content_version(*map(_values, page.rows), page.older),
    }


async def show(request: Request) -> Response:
    """GET /settings/webhooks/deliveries/{id}."""
    user, id, services = current_user(request), request.path_params["id"], services_of(request)

    def query(connection: Connection) -> tuple[RowMapping, DeliveryContent, dict[str, Any]]:
        log = user.log(connection)
        row = or_not_found(log.delivery(id))
        endpoint = or_not_found(user.endpoints(connection).show(row["endpoint_id"]))
        return endpoint, log.contents([id])[id], _progress(log, row)

    endpoint, content, progress = await services.read(query)
    try:
        headers, problem = services.webhooks.headers(content), None
    except EncryptionProblem as unreadable:
        headers, problem = {}, str(unreadable)
    return render(
        request,
        "settings/delivery.html",
        endpoint=endpoint,
        request_head=_request_head(content, headers),
        problem=problem,
        body=excerpt(content.body),
        length=len(content.body),
        fresh=False,
        **progress,
    )


async def show_progress(request: Request) -> Response:
    """GET /settings/webhooks/deliveries/{id}/progress: the part of its page that goes with the time."""
    user, id = current_user(request), request.path_params["id"]

    def query(connection: Connection) -> dict[str, Any]:
        log = user.log(connection)
        return _progress(log, or_not_found(log.delivery(id)))

    return live_part(request, "settings/delivery_progress.html", **await services_of(request).read(query))


async def resend(request: Request) -> Response:
    """POST /settings/webhooks/deliveries/{id}/resend."""
    await count_sent(request)
    user, id, at = current_user(request), request.path_params["id"], services_of(request).clock()

    def work(connection: Connection) -> str:
        row = or_not_found(user.log(connection).delivery(id))
        return user.endpoints(connection).resend(row, at)

    sent = await services_of(request).transact(work)
    confirmation = "It is sent again at once." if sent == id else "The event is sent again, as this new delivery."
    return redirect(request, f"{PATH}/deliveries/{sent}", confirmation)


async def count_sent(request: Request) -> None:
    """Count what is sent because somebody asked for it. Raises `HTTPException` (429) if that is too much."""
    throttle = services_of(request).throttle
    await throttle.check("sent for", current_user(request).organisation.id, SENT_PER_MINUTE, MINUTE)


ROUTES = (
    private(f"{PATH}/deliveries/{{id}}", get=show),
    private(f"{PATH}/deliveries/{{id}}/progress", get=show_progress),
    private(f"{PATH}/deliveries/{{id}}/resend", post=resend),
    private(f"{PATH}/{{id}}/log", get=show_log),
)


def _progress(log: DeliveryLog, row: RowMapping) -> dict[str, Any]:
    """Return the values that `delivery_progress.html` shows."""
    attempts = log.attempts(row["id"])
    return {
        "delivery": row,
        "attempts": [(attempt, excerpt(attempt["answer"] or b"")) for attempt in attempts],
        "most_attempts": MOST_ATTEMPTS,
        "seen": content_version(_values(row), *map(_values, attempts)),
    }


def _values(row: RowMapping) -> tuple[object, ...]:
    return tuple(value.isoformat() if isinstance(value, datetime) else value for value in row.values())


def _request_head(content: DeliveryContent, headers: dict[str, str]) -> str:
    """Return the request without its body, as it goes out."""
    url = urlsplit(content.url)
    target = (url.path or "/") + (f"?{url.query}" if url.query else "")
    all_headers = {"Host": url.netloc} | headers | {"Content-Length": str(len(content.body))}
    return "\n".join([f"POST {target} HTTP/1.1", *(f"{name}: {value}" for name, value in all_headers.items())])
