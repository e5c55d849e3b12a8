"""Taking an address to listen at."""

from __future__ import annotations

import socket

import pytest
from oneinvoice_impl.server.listener import ListenerProblem, base_url, listen


def test_port_0_takes_a_free_one() -> None:
    with listen("127.0.0.1", 0) as first, listen("127.0.0.1", 0) as second:
        assert base_url(first).startswith("http://127.0.0.1:")
        assert base_url(first) != base_url(second)


@pytest.mark.parametrize("host", ["0.0.0.0", "127.0.0.1"])
def test_the_url_can_be_reached_from_here(host: str) -> None:
    with listen(host, 0) as listener:
        assert base_url(listener) == f"http://127.0.0.1:{listener.getsockname()[1]}"


class Bound:
    """A socket as far as its name goes; not every machine has IPv6."""

    def __init__(self, host: str) -> None:
        self._host = host

    def getsockname(self) -> tuple[str, int, int, int]:
        return self._host, 8080, 0, 0


@pytest.mark.parametrize("host", ["::1", "2001:db8::7"])
def test_ipv6_addresses_stand_in_brackets(host: str) -> None:
    assert base_url(Bound(host)) == f"http://[{host}]:8080"


@pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="this machine has no IPv6")
def test_all_addresses_are_those_of_ipv4_too() -> None:
    with listen("::", 0) as listener:
        port = listener.getsockname()[1]
        assert base_url(listener) == f"http://127.0.0.1:{port}"
        for host in ("127.0.0.1", "::1"):
            socket.create_connection((host, port), timeout=5).close()


def test_a_port_in_use() -> None:
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ListenerProblem, match=f"Port {port} is in use; .*--port"):
            listen("127.0.0.1", port)


@pytest.mark.parametrize("host", ["", "nowhere.invalid", "a..b", "300.1.1.1", "x" * 300])
def test_a_host_that_is_not_known(host: str) -> None:
    with pytest.raises(ListenerProblem, match="not known; give one such as"):
        listen(host, 0)


def test_an_address_of_another_machine() -> None:
    with pytest.raises(ListenerProblem, match=r"can't listen at 192\.0\.2\.1"):
        listen("192.0.2.1", 0)
