"""Where webhooks may go. The cases are in hostile.json."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest
from oneinvoice_impl.webhooks.exchange import Reply
from oneinvoice_impl.webhooks.url_policy import UrlPolicy

from tests.integration.impl.receivers import Receiver, receiver, status
from tests.unit.impl.webhooks.test_url_policy import PUBLIC, Names, check, names, post

__all__ = ["names"]


@pytest.fixture
def canary() -> Iterator[Receiver]:
    """Answers what nobody may see."""
    with receiver(status("200 OK", body=b"internal secret")) as found:
        yield found


def test_a_name_that_leads_elsewhere_when_it_is_dialled(names: Names, canary: Receiver) -> None:
    url_policy = UrlPolicy(frozenset({80, canary.port}))
    url = f"http://rebinding.example:{canary.port}/"
    names({"rebinding.example": [PUBLIC]})
    assert check(url_policy, url) is False
    names({"rebinding.example": ["127.0.0.1"]})
    assert post(url_policy, url) == Reply(
        None, "The URL leads to an address that is not on the public Internet.", connected=False
    )
    assert canary.connections == 0


def test_a_name_is_looked_up_once_and_what_was_checked_is_dialled(
    canary: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing else asks again, and could be told otherwise."""
    answers = [[("127.0.0.1", canary.port)], [("10.0.0.1", canary.port)]]
    asked: list[str] = []

    def look_up(host: str, port: int, *rest: object, **more: object) -> list[tuple[object, ...]]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", address) for address in answers[len(asked) - 1]]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    reply = post(UrlPolicy(loopback=True), f"http://rebinding.example:{canary.port}/")
    assert (reply.status, asked, canary.connections) == (200, ["rebinding.example"], 1)


def test_an_address_that_refuses_leaves_the_others(canary: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    infos = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (f"127.0.0.{last}", canary.port)) for last in (9, 1)]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *asked, **more: infos)
    assert post(UrlPolicy(loopback=True), f"http://two.example:{canary.port}/").status == 200
    assert canary.connections == 1


def test_a_redirect_is_not_followed(canary: Receiver) -> None:
    with receiver(status("302 Found", f"Location: {canary.url}")) as redirecting:
        reply = post(UrlPolicy(loopback=True), redirecting.url)
    assert (reply.status, reply.answer) == (302, b"")
    assert canary.connections == 0


def test_proxies_of_the_environment_are_not_used(canary: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, canary.url)
    with receiver(status("204 No Content")) as target:
        assert post(UrlPolicy(loopback=True), target.url).status == 204
        assert canary.connections == 0
