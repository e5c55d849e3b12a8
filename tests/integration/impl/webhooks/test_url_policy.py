"""Where webhooks may go. The cases are in hostile.json."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from oneinvoice_impl.webhooks.sender import Reply, Sender
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
    assert post(url_policy, url) == Reply(None, "The URL leads to an address that is not on the public Internet.")
    assert canary.connections == 0


def test_the_address_that_is_dialled_is_checked_again(names: Names, canary: Receiver) -> None:
    """Whatever the resolver said: here it is left out."""
    url_policy = UrlPolicy(frozenset({canary.port}))

    async def run() -> Reply:
        sender = Sender(url_policy, timeout=5)
        sender._resolver._url_policy = UrlPolicy(url_policy.ports, loopback=True)
        try:
            return await sender.post(f"http://rebinding.example:{canary.port}/", {}, b"{}")
        finally:
            await sender.close()

    names({"rebinding.example": ["127.0.0.1"]})
    reply = asyncio.run(run())
    assert (reply.status, reply.answer) == (None, b"")
    assert "not on the public Internet" in str(reply.error)
    assert canary.connections == 0


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
