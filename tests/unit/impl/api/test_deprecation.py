"""Headers of what is deprecated, by the clock of the application, and 410 after the end."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from oneinvoice_fixtures.keys import key_text
from oneinvoice_impl.api.deprecation import with_deprecations
from oneinvoice_impl.clock import ManualClock
from oneinvoice_impl.mock.seeding import seed_database
from oneinvoice_impl.server.app import Application, create_app
from oneinvoice_impl.settings import Settings
from oneinvoice_openapi.lifecycle.reader import lifecycle, parse_lifecycle

from tests.unit.impl.asgi_client import ask, bearer

KEY = bearer(key_text(1, "primary"))
DAYS = "announced: 2026-08-01, deprecated: 2026-09-01, sunset: 2027-03-01"
V1 = f"version: v1, {DAYS}, replacement: v2, link: 'https://1invoice.online/roadmap'"
QUOTES = f"operation: GET /api/v1/quotes, {DAYS}, replacement: GET /api/v2/quotes"
NAMES = ("deprecation", "sunset", "link")
OF_V1 = {
    "deprecation": "@1788220800",
    "sunset": "Mon, 01 Mar 2027 00:00:00 GMT",
    "link": '<https://1invoice.online/roadmap>; rel="deprecation", <https://1invoice.online/roadmap>; rel="sunset", '
    '</api/v2>; rel="successor-version"',
}
Served = Callable[..., Application]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2026, 8, 1, tzinfo=UTC))


@pytest.fixture
def served(clock: ManualClock) -> Any:
    made: list[Application] = []

    def serve(*rows: str, prefix: str = "") -> Application:
        content = "lifecycle:\n" + "".join(f"  - {{{row}}}\n" for row in rows)
        app = create_app(
            Settings(path_prefix=prefix), clock=clock, lifecycle=parse_lifecycle(content.encode(), "days.yaml")
        )
        seed_database(app.database, 1, 5, lambda done, total: None)
        made.append(app)
        return app

    yield serve
    for app in made:
        app.database.close()


def told(app: Application, target: str, method: str = "GET", key: Any = KEY) -> tuple[int, dict[str, str]]:
    answer = ask(app, target, key, method)
    return answer.status, {name: answer.headers[name] for name in NAMES if name in answer.headers}


def test_every_answer_of_a_version_carries_them(served: Served) -> None:
    app = served(V1)
    assert datetime.fromtimestamp(1788220800, UTC) == datetime(2026, 9, 1, tzinfo=UTC)
    for target, method, key, status in (
        ("/api/v1", "GET", (), 200), ("/api/v1/members?limit=1", "GET", KEY, 200), ("/api/v1/quotes", "HEAD", KEY, 200),
        ("/api/v1/members", "GET", (), 401), ("/api/v1/members?limit=0", "GET", KEY, 400),
        ("/api/v1/members", "POST", KEY, 405), ("/api/v1/nothing", "GET", KEY, 404),
    ):  # fmt: skip
        assert told(app, target, method, key) == (status, OF_V1)
    for target in ("/openapi.json", "/api/v2", "/api/v11", "/nothing"):
        assert told(app, target)[1] == {}


def test_an_operation_carries_its_own_and_others_none(served: Served) -> None:
    app = served(QUOTES)
    of_quotes = OF_V1 | {"link": '</api/v2/quotes>; rel="successor-version"'}
    assert told(app, "/api/v1/quotes?status=sent") == (200, of_quotes)
    assert told(app, "/api/v1/quotes", "HEAD") == (200, of_quotes)
    for target, method in (("/api/v1/quotes", "OPTIONS"), ("/api/v1/members", "GET"), ("/api/v1", "GET")):
        assert told(app, target, method)[1] == {}


def test_they_come_with_the_announcement_and_end_in_410(served: Served, clock: ManualClock) -> None:
    app = served(V1)
    for moment, status, headers in (
        ("2026-07-31T23:59:59", 200, {}), ("2026-08-01T00:00:00", 200, OF_V1), ("2026-09-01T00:00:00", 200, OF_V1),
        ("2027-02-28T23:59:59", 200, OF_V1), ("2027-03-01T00:00:00", 410, OF_V1), ("2031-01-01T00:00:00", 410, OF_V1),
    ):  # fmt: skip
        clock.set(datetime.fromisoformat(f"{moment}+00:00"))
        assert told(app, "/api/v1/members?limit=1") == (status, headers), moment
        assert told(app, "/api/v1", key=()) == (status, headers), moment


def test_what_has_ended_points_to_what_comes_after_it(served: Served, clock: ManualClock) -> None:
    clock.set(datetime(2027, 3, 1, tzinfo=UTC))
    answer = ask(served(V1), "/api/v1/members", KEY)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json == {
        "type": "about:blank", "title": "Gone", "status": 410, "request_id": answer.headers["x-request-id"],
        "detail": "The API under /api/v1 ended on 2027-03-01; use /api/v2 instead; see https://1invoice.online/roadmap.",
    }  # fmt: skip
    assert "ratelimit" not in answer.headers
    app = served(QUOTES)
    detail = "GET /api/v1/quotes ended on 2027-03-01; use GET /api/v2/quotes instead."
    assert ask(app, "/api/v1/quotes", KEY).json["detail"] == detail
    assert ask(app, "/api/v1/members", KEY).status == 200


def test_links_are_below_the_prefix(served: Served) -> None:
    _, headers = told(served(QUOTES, prefix="/gateway"), "/gateway/api/v1/quotes")
    assert headers["link"] == '</gateway/api/v2/quotes>; rel="successor-version"'


def test_of_two_that_reach_an_operation_the_one_counts_that_ends_first(served: Served, clock: ManualClock) -> None:
    soon = QUOTES.replace("2026-08-01", "2026-10-01").replace("2026-09-01", "2026-11-01")
    app = served(V1, soon.replace("2027-03-01", "2027-02-01"))
    assert told(app, "/api/v1/quotes")[1] == OF_V1, "the other is not announced yet"
    clock.set(datetime(2026, 10, 1, tzinfo=UTC))
    assert told(app, "/api/v1/quotes")[1]["sunset"] == "Mon, 01 Feb 2027 00:00:00 GMT"
    assert told(app, "/api/v1/members")[1] == OF_V1


def test_a_part_of_an_answer_has_no_header(served: Served) -> None:
    rows = [f"{part}, {DAYS}" for part in ("field: Quote.total", "parameter: GET /api/v1/quotes status",
                                           "status: QuoteStatus sent", "event: quote.sent")]  # fmt: skip
    assert told(served(*rows), "/api/v1/quotes?status=sent") == (200, {})


def test_no_replacement_gets_into_a_header_as_it_is(served: Served) -> None:
    strange = QUOTES.replace("replacement: GET /api/v2/quotes", "replacement: 'GET /api/v2/>;é\"'")
    assert told(served(strange), "/api/v1/quotes")[1]["link"] == '</api/v2/%3E%3B%C3%A9%22>; rel="successor-version"'
    template = QUOTES.replace("replacement: GET /api/v2/quotes", "replacement: 'GET /api/v2/quotes/{id}'")
    assert "link" not in told(served(template), "/api/v1/quotes")[1]


def test_nothing_stands_in_the_way_where_nothing_is_deprecated(clock: ManualClock) -> None:
    async def api(*_: Any) -> None:
        raise AssertionError

    assert with_deprecations(api, lifecycle(), clock, "") is api
    fields = parse_lifecycle(f"lifecycle: [{{field: Quote.total, {DAYS}}}]".encode(), "days.yaml")
    assert with_deprecations(api, fields, clock, "") is api
