import io
import socket

import pytest
from oneinvoice_conformance.cli.listen import Watcher
from oneinvoice_conformance.http.delivery import Delivery
from oneinvoice_conformance.webhooks.receiver import Reply
from rich.console import Console

from tests.unit.conformance.cli.test_listen import SECRET, shown
from tests.unit.conformance.fakes import http, wire


def test_an_address_to_forward_to_is_shown_without_its_password():
    text = shown("/hook", {}, forward_to="http://user:hunt@er22@127.0.0.1:1/hook")
    assert "er22" not in text
    assert "//…@127.0.0.1:1/hook can't be reached" in text


@pytest.mark.parametrize("interim", ["103 Early Hints", "102 Processing", "100 Continue"])
def test_the_sender_gets_the_final_status_of_the_address_to_forward_to(interim: str):
    def answer(connection: socket.socket, number: int) -> None:
        connection.recv(2)  # the delivery's body
        connection.sendall(f"HTTP/1.1 {interim}\r\nLink: </a>\r\n\r\n".encode() + http(status=f"20{number} Fine"))

    delivery = Delivery(1, 0.0, "POST", "/hook", (), b"{}")
    with wire(answer) as server:
        watcher = Watcher(Console(file=io.StringIO()), SECRET, f"{server.url}/app")
        assert [watcher.answer(delivery) for _ in range(2)] == [Reply(201), Reply(202)]
