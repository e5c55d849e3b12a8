"""Each request is a line of the log, with the id of its key and without what is secret; watchers are told of it too."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from oneinvoice_fixtures.keys import key_text
from oneinvoice_impl.server.app import Application, create_app
from oneinvoice_impl.server.components import Components
from oneinvoice_impl.service.observing.requests import NotingBearer, ObservedRequests
from oneinvoice_impl.settings import Settings
from structlog.testing import capture_logs

from tests.unit.impl.asgi_client import ask, bearer
from tests.unit.impl.seeded import seed_memory
from tests.unit.impl.service.observing.watching import Told

MEMBERS = "/api/v1/members"


@pytest.fixture(scope="module")
def application() -> Iterator[Application]:
    application = create_app(Settings(), components=Components(bearer=NotingBearer))
    seed_memory(application.database)
    yield application
    application.database.close()


def noted(application: Any, target: str, **options: Any) -> tuple[dict[str, Any], tuple[Any, ...], str]:
    """The line of the log, what a watcher is told, and the request's id in the answer."""
    told = Told()
    app = ObservedRequests(application, [MEMBERS], [told])
    with capture_logs() as lines:
        answer = ask(app, target, **options)
    [line], [what] = lines, told.all
    assert line.pop("ms") >= 0
    return line, what, answer.headers["x-request-id"]


def test_a_request_with_a_key(application: Application) -> None:
    key = key_text(1, "primary")
    line, what, request_id = noted(application, f"{MEMBERS}?limit=1&token={key}", headers=bearer(key))
    assert line.pop("key").startswith("key_")
    assert line == {
        "log_level": "info",
        "event": "request",
        "method": "GET",
        "path": MEMBERS,
        "status": 200,
        "request_id": request_id,
    }
    assert what == ("begun", "GET", MEMBERS, 200)


@pytest.mark.parametrize(
    ("target", "shown", "route", "status"),
    [
        (MEMBERS, MEMBERS, MEMBERS, 401),
        ("/q/dGhpcyBpcyBubyB0b2tlbiE?x=1", "/q/…", "/q/{token}", 404),
        ("/nothing/here", "/nothing/here", "(unknown)", 404),
        ("/api/v1/nothing", "/api/v1/nothing", "(unknown)", 404),
    ],
)
def test_requests_without_one(application: Application, target: str, shown: str, route: str, status: int) -> None:
    line, what, _ = noted(application, target)
    assert (line["path"], line["status"], line["key"]) == (shown, status, None)
    assert what == ("begun", "GET", route, status)


def test_a_request_that_nobody_waits_for() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        raise ConnectionError

    told = Told()
    with capture_logs() as lines, pytest.raises(ConnectionError):
        ask(ObservedRequests(app, [], [told]), "/")
    assert [line["status"] for line in lines] == [499]
    assert told.all == [("begun", "GET", "(unknown)", 499)]
