"""What the client makes of a redirect, over real connections."""

import subprocess

import pytest
from oneinvoice_conformance.http.credentials import NOBODY
from oneinvoice_conformance.http.curl import curl
from oneinvoice_conformance.http.exchange import Request
from oneinvoice_conformance.http.pacer import WINDOW, Pacer

from tests.integration.conformance.asking import MEMBERS, QUOTES, client_of, says
from tests.miniatures import RATE_FREE
from tests.unit.conformance.fakes import KEYS, VALID, InProcess, Skipping, http, wire

LIST = "/api/v1/members/"
ACTIVE = Request("members", VALID, (("status", "active"),))
PENDING = Request("members", VALID, (("status", "pending"),))


def moved(location: str) -> bytes:
    return http(b"", "308 Permanent Redirect", Location=location)


def lines(requests: list[bytes]) -> list[str]:
    return [request.decode().partition(" HTTP")[0] for request in requests]


def test_a_path_that_wants_a_slash_costs_one_request_in_all():
    answers = (moved("/api/v1/members/?status=active"), http(b"[1]"), http(b"[2]"), http(b"[3]"))
    with wire(says(*answers)) as server, client_of(server.url) as client:
        assert client.ask(ACTIVE).json() == [1]
        assert client.ask_once(MEMBERS).json() == [2]
        assert client.burst([Request("members", NOBODY)])[0].json() == [3]
    assert lines(server.requests) == [
        "GET /api/v1/members?status=active",
        "GET /api/v1/members/?status=active",
        "GET /api/v1/members/",
        "GET /api/v1/members/",
    ]


def test_each_request_that_is_sent_is_journaled_and_told_and_counted():
    clock, told = Skipping(), []
    pacer = Pacer(2, clock)
    with (
        wire(says(moved(LIST), http(b"[1]"), moved(f"{LIST}?status=active"), http(b"[2]"))) as server,
        client_of(server.url, pacer=pacer, on_exchange=told.append) as client,
    ):
        first = client.ask(MEMBERS)
        assert clock.time == 0
        client.ask(ACTIVE)
        assert clock.time == pytest.approx(WINDOW), "two of the key were sent before"
    assert [(each.request.target, each.status, each.wants_slash) for each in client.journal] == [
        ("/api/v1/members", 308, True),
        ("/api/v1/members/", 200, False),
        ("/api/v1/members?status=active", 308, True),
        ("/api/v1/members/?status=active", 200, False),
    ]
    assert told == client.journal
    assert client.requests_by_key() == {"primary": 4}
    assert client.ask(MEMBERS) is first


def test_with_the_slash_it_is_the_same_request():
    answers = (moved("/api/v1/members/"), http(b"[1]"), http(b"[2]"))
    with wire(says(*answers)) as server, client_of(server.url) as client:
        first = client.ask(MEMBERS)
        assert client.ask(first.request) is first
        client.forget([first])
        assert client.ask(MEMBERS).json() == [2]
    assert len(server.requests) == 3


def test_each_path_is_learned_by_itself():
    answers = (moved("/api/v1/members/"), http(b"[1]"), http(b"[2]"))
    with wire(says(*answers)) as server, client_of(server.url) as client:
        client.ask(MEMBERS)
        assert client.ask(QUOTES).request.target == "/api/v1/quotes"
        assert client.ask(Request("members", VALID, version="v2")).request.target == "/api/v2/members"


def test_a_redirect_that_loses_the_query_is_the_answer():
    answers = (moved(LIST), http(b"[1]"), moved(LIST), moved(LIST), http(b"[2]"))
    with wire(says(*answers)) as server, client_of(server.url) as client:
        client.ask(MEMBERS)
        assert [client.ask(ACTIVE).status, client.ask_once(PENDING).status] == [308, 308]
        assert client.ask(Request("members", NOBODY)).json() == [2]
    assert lines(server.requests)[2:] == [
        "GET /api/v1/members?status=active",
        "GET /api/v1/members?status=pending",
        "GET /api/v1/members/",
    ]


def test_what_neither_redirects_nor_succeeds_leaves_open_whether_the_query_is_kept():
    answers = (moved(LIST), http(b"[1]"), http(b"", "400 Bad Request"), moved(f"{LIST}?status=pending"), http(b"[2]"))
    with wire(says(*answers)) as server, client_of(server.url) as client:
        client.ask(MEMBERS)
        assert client.ask(ACTIVE).status == 400
        assert client.ask(PENDING).json() == [2]


def test_what_is_throttled_or_dropped_behind_the_redirect_is_tried_again():
    clock = Skipping()
    answers = (moved("/api/v1/members/"), b"", http(b"", "429 Too Many Requests", Retry_After="7"), http(b"[1]"))
    with wire(says(*answers)) as server, client_of(server.url, pacer=Pacer(clock=clock)) as client:
        assert client.ask(MEMBERS).json() == [1]
    assert clock.time == pytest.approx(7)
    assert [each.status for each in client.journal] == [308, 0, 429, 200]


@pytest.mark.parametrize("location", ["/api/v1/members", "/api/v1/members/", "/api/v1/members//"])
def test_a_loop_ends_with_its_second_redirect(location: str):
    with wire(says(moved("/api/v1/members/"), moved(location))) as server, client_of(server.url) as client:
        answer = client.ask(MEMBERS)
        assert (answer.status, answer.request.target) == (308, "/api/v1/members/")
        assert client.ask(ACTIVE).status == 308
    assert len(server.requests) == 3


def test_no_other_server_gets_the_key():
    with wire(says(http(b"[1]"))) as elsewhere:
        locations = (
            f"{elsewhere.url}/api/v1/members/",
            f"//127.0.0.1:{elsewhere.port}/api/v1/members/",
            f"https://127.0.0.1:{elsewhere.port}/api/v1/members/",
        )
        for location in locations:
            with wire(says(moved(location))) as server, client_of(server.url) as client:
                assert client.ask(MEMBERS).status == 308
            assert len(server.requests) == 1
    assert elsewhere.requests == []


@pytest.mark.parametrize("location", ["https://{host}/api/v1/members/", "http://a@{host}:1/api/v1/members/"])
def test_neither_another_scheme_nor_another_port_is_followed(location: str):
    with wire(lambda connection, number: connection.sendall(moved(location.format(host="127.0.0.1")))) as server:
        with client_of(server.url) as client:
            assert client.ask(MEMBERS).status == 308
        assert len(server.requests) == 1


def test_what_is_sent_again_by_hand_goes_where_the_answer_came_from():
    with wire(says(moved("/api/v1/members/"), http(b"[1]"))) as server, client_of(server.url) as client:
        line = curl(client.deployment, client.ask(MEMBERS).request)
        subprocess.run(["sh", "-c", line], env={"ONEINVOICE_KEY": KEYS["primary"]}, capture_output=True, check=True)
    assert lines(server.requests)[1:] == ["GET /api/v1/members/"] * 2


def test_the_miniature_that_wants_slashes_is_redirected_once_for_each_path():
    client = InProcess(RATE_FREE["slash-at-the-end"].deployment())
    for request in (MEMBERS, ACTIVE, QUOTES, Request("members", NOBODY), Request("", NOBODY)):
        assert client.ask(request).status in (200, 401)
    assert [each.request.target for each in client.journal if each.wants_slash] == [
        "/api/v1/members",
        "/api/v1/members?status=active",
        "/api/v1/quotes",
        "/api/v1",
    ]
