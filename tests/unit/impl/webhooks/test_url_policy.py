"""Where webhooks may go. The cases are in hostile.json."""

from __future__ import annotations

import asyncio
import errno
import json
import re
import socket
from collections.abc import Callable
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest
from oneinvoice_impl.webhooks.addresses import is_public
from oneinvoice_impl.webhooks.exchange import Reply
from oneinvoice_impl.webhooks.sender import Sender
from oneinvoice_impl.webhooks.url_policy import Target, UrlNotAllowed, UrlPolicy

HOSTILE = json.loads(Path(__file__).with_name("hostile.json").read_text())
PUBLIC = "93.184.215.14"

Names = Callable[[dict[str, list[str]]], None]


@pytest.fixture
def dialled(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Addresses that a connection was to be made to; none is made."""
    addresses: list[Any] = []

    async def connect(loop: object, protocol: object, host: Any, port: Any) -> None:
        addresses.append((host, port))
        raise ConnectionRefusedError(errno.ECONNREFUSED, "refused")

    monkeypatch.setattr(asyncio.BaseEventLoop, "create_connection", connect)
    return addresses


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Names:
    """Makes names known: each has these addresses, and no others are known."""
    real = socket.getaddrinfo
    known: dict[str, list[str]] = {}

    def look_up(host: Any, port: Any, *rest: Any, **more: Any) -> Any:
        if known.get(host):
            return [found for text in known[host] for found in real(text, port, type=socket.SOCK_STREAM)]
        if any(letter.isalpha() and letter not in "abcdefx" for letter in host) and ":" not in host:
            raise socket.gaierror(socket.EAI_NONAME, "not known")
        return real(host, port, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return known.update


def check(url_policy: UrlPolicy, url: str) -> bool:
    return asyncio.run(url_policy.check(url))


def post(url_policy: UrlPolicy, url: str) -> Reply:
    async def run() -> Reply:
        sender = Sender(url_policy, timeout=5)
        try:
            return await sender.post(url, {"X-Test": "1"}, b"{}")
        finally:
            sender.close()

    return asyncio.run(run())


def host_of(url: str) -> str:
    return url.removeprefix("http://").partition("/")[0].partition(":")[0]


@pytest.mark.parametrize("case", HOSTILE, ids=lambda case: f"{case['why']} {case['url'][:40]!a}")
def test_hostile_urls_are_refused_when_registered(case: dict[str, Any], names: Names) -> None:
    names({"example.com": [PUBLIC], host_of(case["url"]): case.get("addresses", [])})
    with pytest.raises(UrlNotAllowed) as caught:
        check(UrlPolicy(), case["url"])
    reason = str(caught.value)
    assert reason.endswith(".")
    assert "\n" not in reason
    assert "secret" not in reason


@pytest.mark.parametrize("case", HOSTILE, ids=lambda case: f"{case['why']} {case['url'][:40]!a}")
def test_hostile_urls_are_never_dialled(case: dict[str, Any], names: Names, dialled: list[Any]) -> None:
    """Even if one was registered before it led where it leads now."""
    names({"example.com": [PUBLIC], host_of(case["url"]): case.get("addresses", [])})
    reply = post(UrlPolicy(), case["url"])
    assert (reply.status, reply.answer, dialled) == (None, b"", [])
    assert reply.error


def test_all_addresses_of_a_name_are_dialled_and_no_name(names: Names, dialled: list[Any]) -> None:
    names({"example.com": [PUBLIC, "2a00:1450:400f:801::200e"]})
    reply = post(UrlPolicy(), "https://example.com/hook")
    assert dialled == [(PUBLIC, 443), ("2a00:1450:400f:801::200e", 443)]
    assert reply.error == "No connection could be made: Connection refused."


def test_there_are_enough_hostile_addresses() -> None:
    assert len(HOSTILE) >= 40
    assert len({case["url"] for case in HOSTILE}) == len(HOSTILE)


def test_public_addresses_are_allowed(names: Names) -> None:
    names({"example.com": [PUBLIC, "2a00:1450:400f:801::200e"], "nat64.example": ["64:ff9b::5db8:d70e"]})
    for url in ("http://example.com/", "https://example.com/hook?a=b#c", "HTTPS://example.com:443", "http://8.8.8.8",
                "http://[2a00:1450:400f:801::200e]:80/", "https://nat64.example/x"):  # fmt: skip
        assert check(UrlPolicy(), url) is False


OTHER_NOTATIONS = (
    *("127.1", "127.0.1", "0177.0.0.1", "0x7f.1", "0x7F000001", "017700000001", "2130706433", "127.0.0.01", "0", "0x"),
    *("127.0.0.1.", "127.1.", "2130706433.", "localhost.", "1.2.3.4.5", "256.0.0.1", "127..1", "example.127"),
    *("[::ffff:127.0.0.1]", "[::FFFF:7f00:1]", "[0:0:0:0:0:ffff:7f00:1]"),
    *("１２７.0.0.1", "127。0。0。1", "①②⑦.0.0.1", "127%2e0.0.1", "[::1%lo]", "127.0.0.1%00"),
)


@pytest.mark.parametrize("loopback", [False, True], ids=["service", "mock"])
@pytest.mark.parametrize("host", OTHER_NOTATIONS)
def test_another_notation_of_an_address_is_refused_by_its_text(host: str, loopback: bool) -> None:
    """Also where what it leads to is allowed, and whatever the resolver makes of it."""
    with pytest.raises(UrlNotAllowed) as caught:
        UrlPolicy(loopback=loopback).target(f"http://{host}:8080/hook")
    assert re.fullmatch(r"The URL\b[^\n]*(;|:|must)[^\n]*\.", str(caught.value))


@pytest.mark.parametrize(
    ("host", "reason"),
    [
        ("127.1", "The URL's host 127.1 is no plain IPv4 address; write four numbers such as 192.0.2.1."),
        ("localhost.", "The URL's host localhost. ends with a dot; leave it out."),
        ("[::ffff:127.0.0.1]", "The URL's host [::ffff:127.0.0.1] is an IPv4 address in disguise; write 127.0.0.1."),
    ],
)
def test_the_notation_is_told(host: str, reason: str) -> None:
    with pytest.raises(UrlNotAllowed) as caught:
        UrlPolicy(loopback=True).target(f"http://{host}/hook")
    assert str(caught.value) == reason


@pytest.mark.parametrize(
    "host", ["1.example.com", "0x7f.example", "127.0.0.1.example.com", "10-0-0-1.example", "x0", "1e3"]
)
def test_names_with_numbers_are_names(host: str) -> None:
    assert UrlPolicy().target(f"https://{host}/hook").host == host


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("http://Example.com", Target("example.com", 80, False, "example.com", "/")),
        ("HTTPS://example.com:443?a=b#c", Target("example.com", 443, True, "example.com", "/?a=b")),
        ("https://example.com:80/a/../b?c/d#e?f", Target("example.com", 80, True, "example.com:80", "/a/../b?c/d")),
        ("http://[2600::1]:8080/#", Target("2600::1", 8080, False, "[2600::1]:8080", "/")),
    ],
)
def test_what_a_url_leads_to(url: str, target: Target) -> None:
    assert UrlPolicy().target(url) == target


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "[::1]", "localhost"])
def test_a_mock_may_reach_its_own_machine_on_any_port(host: str) -> None:
    assert check(UrlPolicy(loopback=True), f"http://{host}:9401/hook") is True


@pytest.mark.parametrize("url", ["http://10.0.0.1/", "http://169.254.169.254/", "http://[fe80::1]/", "http://0.0.0.0/",
                                 "http://[::]/", "http://[64:ff9b::7f00:1]/", "http://8.8.8.8:9401/"])  # fmt: skip
def test_a_mock_may_reach_nothing_else_inside(url: str) -> None:
    with pytest.raises(UrlNotAllowed):
        check(UrlPolicy(loopback=True), url)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("ftp://example.com", "must begin with https:// or http://"),
        ("http://u:p@example.com/", "must not carry a user name or password"),
        ("http://example.com:22/", "port 22 is not allowed; use 80 or 443"),
        ("http://example.com/" + "a" * 2048, "longer than 2,048 characters"),
        ("http://bücher.example/", "xn--"),
        ("http://unknown.example/", "unknown.example is not known"),
        ("http://exa mple.com/", "give one such as https://example.com/webhooks"),
    ],
)
def test_the_reason_says_what_to_do(url: str, reason: str, names: Names) -> None:
    names({"example.com": [PUBLIC]})
    with pytest.raises(UrlNotAllowed, match=reason):
        check(UrlPolicy(), url)


def test_ports_can_be_configured(names: Names) -> None:
    names({"example.com": [PUBLIC]})
    assert check(UrlPolicy(frozenset({8443})), "https://example.com:8443/") is False
    with pytest.raises(UrlNotAllowed, match="use 8443"):
        check(UrlPolicy(frozenset({8443})), "https://example.com/")


@pytest.mark.parametrize(
    "text", ["1.1.1.1", "223.255.255.255", "172.32.0.1", "100.128.0.1", "2600::1", "::ffff:1.1.1.1"]
)
def test_public(text: str) -> None:
    assert is_public(ip_address(text))


def test_a_public_address_with_a_zone_is_none() -> None:
    assert not is_public(ip_address("2600::1%eth0"))


@pytest.mark.parametrize("url", ["http://172.18.0.5:9000/hook", "http://[fd00::5]:9000/hook"])
def test_networks_that_a_mock_may_send_to(url: str) -> None:
    networks = frozenset(map(ip_network, ("172.16.0.0/12", "fd00::/8")))
    assert check(UrlPolicy(networks=networks), url)
    for other in (UrlPolicy(), UrlPolicy(loopback=True), UrlPolicy(networks=frozenset([ip_network("10.0.0.0/8")]))):
        with pytest.raises(UrlNotAllowed, match="not on the public Internet"):
            check(other, url)


def test_a_name_leads_into_such_a_network_with_all_its_addresses(names: Names) -> None:
    policy = UrlPolicy(networks=frozenset([ip_network("172.16.0.0/12")]))
    names({"receiver": ["172.18.0.5"], "mixed": ["172.18.0.5", "10.0.0.5"]})
    assert check(policy, "http://receiver:9000/hook")
    with pytest.raises(UrlNotAllowed, match="not on the public Internet"):
        check(policy, "http://mixed:9000/hook")
