"""The controls of the mock, and whom they are for."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from oneinvoice_impl.clock import ManualClock
from oneinvoice_impl.mock.extension import LocalMock
from oneinvoice_impl.mock.origin import is_from_user
from oneinvoice_impl.server.app import Application, create_app
from oneinvoice_impl.settings import Settings
from starlette.requests import HTTPConnection

from tests.unit.impl.api.test_error_handlers import KEY
from tests.unit.impl.asgi_client import Answer, ask, bearer
from tests.unit.impl.seeded import seed_memory

HERE = [("Host", "127.0.0.1:8080")]
PATHS = [
    ("POST", "/_mock/trigger"),
    ("GET", "/_mock/webhooks"),
    ("POST", "/_mock/webhooks"),
    ("POST", "/_mock/webhooks/whe_1/ping"),
    ("POST", "/_mock/webhooks/whe_1/rotate"),
    ("GET", "/_mock/deliveries"),
    ("POST", "/_mock/deliveries/del_1/resend"),
    ("PATCH", "/_mock/webhooks/whe_1"),
    ("DELETE", "/_mock/webhooks/whe_1"),
    ("GET", "/_mock/clock"),
    ("POST", "/_mock/clock"),
    ("POST", "/_mock/clock/reset"),
    ("POST", "/_mock/members"),
    ("PATCH", "/_mock/members/mem_1"),
    ("DELETE", "/_mock/invoices"),
    ("DELETE", "/_mock/quotes/quo_1"),
    ("POST", "/_mock/fixtures"),
]


@pytest.fixture
def app() -> Iterator[Application]:
    clock = ManualClock()
    app = create_app(Settings(webhooks_to_loopback=True), clock=clock, extension=LocalMock("mock.example", clock))
    seed_memory(app.database)
    yield app
    app.database.close()


def post(app: Application, path: str, content: Any = None) -> Answer:
    return ask(app, f"/_mock{path}", HERE, "POST", b"" if content is None else json.dumps(content).encode())


def patch(app: Application, path: str, content: Any) -> Answer:
    return ask(app, f"/_mock{path}", HERE, "PATCH", json.dumps(content).encode())


def get(app: Application, path: str) -> Any:
    return ask(app, f"/_mock{path}", HERE).json["data"]


def assert_problem(answer: Answer, status: int, *parts: str) -> None:
    assert answer.status == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json["request_id"] == answer.headers["x-request-id"]
    for part in parts:
        assert part in answer.json["detail"]


def test_what_is_triggered_shows_in_the_api(app: Application) -> None:
    (happened,) = post(app, "/trigger", {"event": "invoice.created", "set": {"total": "7.00"}}).json["events"]
    invoices = ask(app, "/api/v1/invoices?limit=200", bearer(KEY)).json["data"]
    assert [each["total"] for each in invoices if each["id"] == happened["record"]] == ["7.00"]
    assert happened["deliveries"] == []


def test_a_new_record_is_told_in_the_shape_of_the_api(app: Application) -> None:
    data = {"id": "quo_mine", "total": "48500.00", "customer": {"name": "Åkerlund Bygg AB", "email": None}}
    signing = {"name": "Åse", "ip": "192.0.2.7"}
    order = {"event": "quote.accepted", "data": data | {"signing": signing}, "set": {"currency": "SEK"}}
    happened = post(app, "/trigger", order).json["events"]
    assert [(each["event"], each["record"]) for each in happened] == [
        (event, "quo_mine") for event in ("quote.created", "quote.sent", "quote.accepted")
    ]
    (quote,) = [
        each for each in ask(app, "/api/v1/quotes?limit=200", bearer(KEY)).json["data"] if each["id"] == "quo_mine"
    ]
    assert {name: quote[name] for name in data} == data
    assert (signing.items() <= quote["signing"].items(), quote["currency"]) == (True, "SEK")


def test_a_change_of_the_api_is_announced(app: Application) -> None:
    order = {
        "event": "api.change_announced",
        "set": {"title": "The fax field goes away.", "effective_on": "2045-01-31"},
    }
    (happened,) = post(app, "/trigger", order).json["events"]
    assert (happened["event"], happened["id"], happened["deliveries"]) == ("api.change_announced", None, [])
    id = post(app, "/webhooks", {"url": "http://127.0.0.1:1/", "events": ["api.change_announced"]}).json["id"]
    (happened,) = post(app, "/trigger", {"event": "api.change_announced"}).json["events"]
    (shown,) = get(app, "/deliveries")
    assert (shown["endpoint_id"], shown["event"], [shown["id"]]) == (id, "api.change_announced", happened["deliveries"])
    assert happened["record"].startswith("ann_")


def test_a_webhook_from_its_registration_on(app: Application) -> None:
    added = post(app, "/webhooks", {"url": "http://127.0.0.1:1/hook", "events": ["invoice.paid"], "secret": "S"}).json
    assert added["secret"] == "S"
    assert "Only a mock" in added["note"]
    (listed,) = get(app, "/webhooks")
    assert (listed["id"], listed["url"], listed["events"], listed["status"]) == (
        added["id"], "http://127.0.0.1:1/hook", ["invoice.paid"], "active",
    )  # fmt: skip
    assert "secret" not in listed
    (delivery,) = post(app, "/trigger", {"event": "invoice.paid"}).json["events"][0]["deliveries"]
    (shown,) = get(app, "/deliveries")
    assert (shown["id"], shown["status"], shown["attempts"], shown["event"]) == (
        delivery,
        "pending",
        [],
        "invoice.paid",
    )
    assert post(app, f"/deliveries/{delivery}/resend").json == {"id": delivery}
    assert post(app, f"/webhooks/{added['id']}/ping").json["events"][0]["event"] == "ping"
    rotated = post(app, f"/webhooks/{added['id']}/rotate", {"secret": "T"}).json
    assert rotated["secret"] == "T"
    assert get(app, "/webhooks")[0]["previous_secret_until"] == rotated["previous_secret_until"]


def test_secrets_are_made_up_and_differ(app: Application) -> None:
    secrets = {post(app, "/webhooks", {"url": f"http://127.0.0.1:{port}/"}).json["secret"] for port in (1, 2)}
    assert len(secrets) == 2
    assert all(len(secret) == 70 and secret.startswith("whsec_") for secret in secrets)


def test_the_same_url_again_takes_the_place_of_the_first(app: Application) -> None:
    first = post(app, "/webhooks", {"url": "http://127.0.0.1:1/"}).json["id"]
    second = post(app, "/webhooks", {"url": "http://127.0.0.1:1/"}).json["id"]
    assert [(row["id"], row["status"]) for row in get(app, "/webhooks")] == [(first, "disabled"), (second, "active")]
    assert len(post(app, "/trigger", {"event": "invoice.paid"}).json["events"][0]["deliveries"]) == 1
    assert_problem(post(app, f"/webhooks/{first}/ping"), 409, "is disabled", "register its URL again")


def test_an_endpoint_is_changed_disabled_enabled_and_removed(app: Application) -> None:
    id = post(app, "/webhooks", {"url": "http://127.0.0.1:1/", "events": ["invoice.paid"]}).json["id"]
    other = post(app, "/webhooks", {"url": "http://127.0.0.1:2/"}).json["id"]
    changed = patch(app, f"/webhooks/{id}", {"url": "http://127.0.0.1:3/"}).json
    assert (changed["url"], changed["events"], changed["status"]) == ("http://127.0.0.1:3/", ["invoice.paid"], "active")
    assert "Only a mock" in changed["note"]
    assert patch(app, f"/webhooks/{id}", {"events": None}).json["events"] is None
    assert_problem(patch(app, f"/webhooks/{id}", {"url": "http://127.0.0.1:2/"}), 409, "Another endpoint with this URL")
    assert patch(app, f"/webhooks/{id}", {"url": "http://127.0.0.1:3/", "events": ["quote.sent"]}).status == 200
    disabled = patch(app, f"/webhooks/{id}", {"status": "disabled", "url": "http://127.0.0.1:2/"}).json
    assert (disabled["status"], disabled["disabled_reason"]) == ("disabled", "You disabled it.")
    assert_problem(patch(app, f"/webhooks/{id}", {"status": "disabled"}), 409, "disabled already")
    assert_problem(patch(app, f"/webhooks/{id}", {"status": "active"}), 409, "Another endpoint with its URL")
    enabled = patch(app, f"/webhooks/{id}", {"status": "active", "url": "http://127.0.0.1:3/"}).json
    assert (enabled["status"], enabled["url"]) == ("active", "http://127.0.0.1:3/")
    sent = post(app, f"/webhooks/{id}/ping").json["events"][0]["deliveries"]
    assert [row["id"] for row in get(app, "/deliveries")] == sent
    assert ask(app, f"/_mock/webhooks/{id}", HERE, "DELETE").json == {"id": id}
    assert [row["id"] for row in get(app, "/webhooks")] == [other]
    assert get(app, "/deliveries") == []
    assert_problem(ask(app, f"/_mock/webhooks/{id}", HERE, "DELETE"), 404, f"no webhook {id}")


@pytest.mark.parametrize(
    ("content", "status", "part"),
    [
        ({}, 400, "Nothing is changed; give some of url, events and status"),
        ({"url": None}, 400, "Nothing is changed"),
        ({"\ud800": 1}, 400, "half of a surrogate pair"),
        ({"url": "\ud800"}, 400, "half of a surrogate pair"),
        ({"status": "gone"}, 400, "status can't be 'gone'; it is active or disabled"),
        ({"status": 1}, 400, "status must be a text"),
        ({"url": "http://10.0.0.1/"}, 400, "not on the public Internet"),
        ({"events": []}, 400, "events must be a list"),
        ({"events": ["invoice.lost"], "url": "http://127.0.0.1:9/"}, 400, "no event 'invoice.lost'"),
        ({"secret": "S"}, 400, "secret is not known"),
    ],
)
def test_a_change_that_can_not_be_made_changes_nothing(app: Application, content: Any, status: int, part: str) -> None:
    id = post(app, "/webhooks", {"url": "http://127.0.0.1:1/"}).json["id"]
    before = get(app, "/webhooks")
    assert_problem(patch(app, f"/webhooks/{id}", content), status, part)
    assert get(app, "/webhooks") == before
    assert_problem(patch(app, "/webhooks/whe_0", {"status": "disabled"}), 404, "no webhook whe_0")


@pytest.mark.parametrize(
    ("path", "content", "status", "part"),
    [
        ("/trigger", {}, 400, "event is missing"),
        ("/trigger", {"event": 7}, 400, "event must be a text"),
        ("/trigger", {"event": "invoice.paid", "invoice": []}, 400, "invoice must be a text"),
        ("/trigger", {"event": "invoice.paid", "set": "x"}, 400, "set must be an object"),
        ("/trigger", {"event": "invoice.paid", "set": {"total": 7}}, 400, "set must be an object of texts"),
        ("/trigger", {"event": "invoice.paid", "data": ["total"]}, 400, "data must be an object such as"),
        ("/trigger", {"event": "invoice.paid", "data": {"total": 7}}, 400, "total in data must be a text"),
        ("/trigger", {"event": "invoice.paid", "data": {"customer": {"name": []}}}, 400, "customer.name in data must"),
        ("/trigger", {"event": "invoice.paid", "data": {"status": "paid"}}, 400, "what can is total, currency"),
        ("/trigger", {"event": "invoice.paid", "data": {"id": "a"}, "set": {"id": "b"}}, 400, "id is in data and in"),
        ("/trigger", {"event": "invoice.paid", "other": 1}, 400, "other is not known"),
        ("/trigger", {"event": "invoice.paid", "invoice": "inv_0"}, 404, "no invoice inv_0"),
        ("/trigger", [], 400, "must be a JSON object"),
        ("/trigger", {"event": "api.change_announced", "invoice": "inv_1"}, 400, "happens to the API"),
        ("/trigger", {"event": "api.change_announced", "set": {"effective_on": "2020-01-01"}}, 400, "at least 30 days"),
        ("/trigger", {"event": "api.change_announced", "set": {"link": "ftp://x"}}, 400, "a URL such as"),
        ("/trigger", {"event": "api.change_announced", "set": {"total": "1.00"}}, 400, "title, effective_on, link"),
        ("/webhooks", {}, 400, "url is missing"),
        ("/webhooks", {"url": 1}, 400, "url must be a text"),
        ("/webhooks", {"url": "http://10.0.0.1/"}, 400, "not on the public Internet"),
        ("/webhooks", {"url": "http://u:p@127.0.0.1/"}, 400, "user name or password"),
        ("/webhooks", {"url": "http://127.0.0.1/" + "a" * 2048}, 400, "2,048"),
        ("/webhooks", {"url": "http://127.0.0.1/", "events": "invoice.paid"}, 400, "events must be a list"),
        ("/webhooks", {"url": "http://127.0.0.1/", "events": []}, 400, "events must be a list"),
        ("/webhooks", {"url": "http://127.0.0.1/", "events": [1]}, 400, "events must be a list"),
        ("/webhooks", {"url": "http://127.0.0.1/", "events": ["invoice.lost"]}, 400, "no event 'invoice.lost'"),
        ("/webhooks", {"url": "http://127.0.0.1/", "secret": 1}, 400, "secret must be a text"),
        ("/webhooks", {"url": "http://127.0.0.1/", "secret": ""}, 400, "secret must have 1 to 256"),
        ("/webhooks", {"url": "http://127.0.0.1/", "secret": "x" * 257}, 400, "secret must have 1 to 256"),
        ("/webhooks/whe_0/ping", None, 404, "no webhook whe_0"),
        ("/webhooks/whe_0/rotate", None, 404, "no webhook whe_0"),
        ("/deliveries/del_0/resend", None, 404, "no delivery del_0"),
    ],
)
def test_bad_input(app: Application, path: str, content: Any, status: int, part: str) -> None:
    assert_problem(post(app, path, content), status, part)


@pytest.mark.parametrize("body", [b"{", b"[" * 50_000, b"\xff", b"7", b"x" * 70_000])
def test_bodies_that_are_none(app: Application, body: bytes) -> None:
    assert_problem(ask(app, "/_mock/trigger", HERE, "POST", body), 400)


@pytest.mark.parametrize(("method", "path"), PATHS)
def test_not_for_web_pages(app: Application, method: str, path: str) -> None:
    for headers in ([*HERE, ("Origin", "https://evil.example")], [("Host", "evil.example:8080")], []):
        assert_problem(ask(app, path, headers, method), 403, "not for web pages")


@pytest.mark.parametrize(("method", "path"), PATHS)
def test_without_controls_there_is_nothing(memory_app: Application, method: str, path: str) -> None:
    answer = ask(memory_app, path, HERE, method)
    nothing = ask(memory_app, "/nothing", HERE, method)
    assert (answer.status, answer.json["detail"]) == (404, nothing.json["detail"])


def test_other_methods_are_told(app: Application) -> None:
    answer = ask(app, "/_mock/trigger", HERE)
    assert_problem(answer, 405)
    assert answer.headers["allow"] == "OPTIONS, POST"


@pytest.mark.parametrize(
    ("host", "origin", "own"),
    [
        ("127.0.0.1:8080", None, True),
        ("localhost:8080", None, True),
        ("LOCALHOST", None, True),
        ("[::1]:8080", None, True),
        ("127.0.0.2", None, True),
        ("192.0.2.7:8080", None, True),
        ("mock.example", None, True),
        ("127.0.0.1:8080", "http://127.0.0.1:8080", True),
        ("127.0.0.1:8080", "http://127.0.0.1:9999", False),
        ("127.0.0.1:8080", "null", False),
        ("127.0.0.1:8080", "https://evil.example", False),
        ("evil.example", None, False),
        ("evil.example:8080", "http://evil.example:8080", False),
        ("127.0.0.1.evil.example", None, False),
        ("localhost.evil.example", None, False),
        ("192.0.2.8", None, False),
        ("", None, False),
        ("[::1", None, False),
        ("@127.0.0.1", None, True),
        ("2130706433", None, False),
    ],
)
def test_whose_request_it_is(host: str, origin: str | None, own: bool) -> None:
    headers = {"host": host} | ({} if origin is None else {"origin": origin})
    assert is_from_user(headers, {"mock.example", "192.0.2.7"}) is own


@pytest.mark.parametrize(("served_at", "own"), [("::ffff:192.0.2.2", True), ("192.0.2.2", True), ("192.0.2.3", False)])
def test_an_address_of_this_machine_is_its_own_whatever_the_socket(served_at: str, own: bool) -> None:
    scope = {"type": "http", "headers": [(b"host", b"192.0.2.2:8080")], "server": (served_at, 8080)}
    assert LocalMock("::").is_from_user(HTTPConnection(scope)) is own
