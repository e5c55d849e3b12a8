import pytest
from oneinvoice_conformance.http.credentials import KEY_ROLES, Credential
from oneinvoice_conformance.http.exchange import Request
from oneinvoice_conformance.http.pacer import WINDOW, Pacer

from tests.integration.conformance.asking import MEMBERS, client_of, says
from tests.unit.conformance.fakes import VALID, Skipping, http, wire

THROTTLED = "429 Too Many Requests"


@pytest.mark.parametrize(
    ("headers", "waited"),
    [
        ({"Retry_After": "7"}, 7.0),
        ({"Retry_After": "0"}, 0.0),
        ({"Retry_After": "Wed, 21 Oct 2026 07:28:09 GMT", "Date": "Wed, 21 Oct 2026 07:28:00 GMT"}, 9.0),
        ({"Retry_After": "Wed, 21 Oct 2026 07:28:00 GMT"}, 2.0),  # by whose clock?
        ({"Retry_After": "soon"}, 2.0),
        ({"Retry_After": "Mon, 01 Jan 99999999999999999999 00:00:00 GMT"}, 2.0),
        ({}, 2.0),
    ],
)
def test_an_early_429_is_waited_for_and_asked_again(headers: dict[str, str], waited: float):
    clock = Skipping()
    with (
        wire(says(http(b"", THROTTLED, **headers), http(b"[]"))) as server,
        client_of(server.url, pacer=Pacer(clock=clock)) as client,
    ):
        assert client.ask(MEMBERS).status == 200
        assert [exchange.status for exchange in client.journal] == [429, 200]
    assert clock.time == pytest.approx(waited)


def test_what_is_still_throttled_is_waited_for_until_every_window_is_over():
    clock = Skipping()
    with (
        wire(says(http(b"", THROTTLED), http(b"", THROTTLED), http(b"[]"))) as server,
        client_of(server.url, pacer=Pacer(clock=clock)) as client,
    ):
        assert client.ask(MEMBERS).status == 200
    assert clock.time == pytest.approx(2 + WINDOW)


def test_a_limiter_that_grants_requests_one_by_one_gets_them_so():
    clock = Skipping()
    with (
        wire(says(http(b"", THROTTLED, Retry_After="1"), http(b"[]"))) as server,
        client_of(server.url, pacer=Pacer(clock=clock)) as client,
    ):
        for number in range(6):
            assert client.ask(Request("members", VALID, (("offset", str(number)),))).status == 200
    assert clock.time == pytest.approx(1 + 5 * 1.0)


def test_nobody_waits_longer_than_a_window_whatever_is_asked_for():
    clock = Skipping()
    shown: set[str] = set()
    with (
        wire(says(http(b"", THROTTLED, Retry_After="86400"))) as server,
        client_of(server.url, pacer=Pacer(clock=clock, progress=lambda what, _: shown.add(what))) as client,
    ):
        assert client.ask(MEMBERS).status == 429
    assert clock.time == pytest.approx(2 + WINDOW)
    assert shown == {"/api/v1/members got 429 (Retry-After: 86,400 s) with the primary key, asking again"}


def test_a_day_that_one_answer_asks_for_is_not_waited_for():
    clock = Skipping()
    with (
        wire(says(http(b"", THROTTLED, Retry_After="86400"), http(b"[]"))) as server,
        client_of(server.url, pacer=Pacer(clock=clock)) as client,
    ):
        assert client.ask(MEMBERS).status == 200
    assert clock.time == pytest.approx(2)


def test_where_everything_is_throttled_waiting_ends():
    clock = Skipping()
    accounts = [Request(endpoint, Credential(role)) for role in KEY_ROLES for endpoint in ("members", "quotes")]
    with (
        wire(says(http(b"", THROTTLED))) as server,
        client_of(server.url, pacer=Pacer(clock=clock)) as client,
    ):
        assert {client.ask(request).status for request in accounts} == {429}
    assert clock.time == pytest.approx(2 * (2 + WINDOW))
