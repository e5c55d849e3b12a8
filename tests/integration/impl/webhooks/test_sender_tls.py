"""What is said of receivers whose certificates or ports are wrong, on both kinds of event loop."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import uvloop
from oneinvoice_impl.webhooks.exchange import Reply
from oneinvoice_impl.webhooks.sender import Sender
from oneinvoice_impl.webhooks.url_policy import UrlPolicy

from tests.integration.conformance.http.authority import DAY, Authority, Certificate, context_of, over_tls
from tests.integration.impl.receivers import receiver, status
from tests.integration.impl.smtp import certificate

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nthanks"

Issue = Callable[[Authority, Authority], Certificate]
Loop = Callable[[], asyncio.AbstractEventLoop]
both_loops = pytest.mark.parametrize("loop", [asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Authority:
    """The one authority that is trusted."""
    trusted = Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted.path))
    return trusted


def post(url: str, loop: Loop, timeout: float = 5) -> Reply:
    async def run() -> Reply:
        sender = Sender(UrlPolicy(loopback=True), timeout)
        try:
            return await sender.post(url, {}, b"{}")
        finally:
            sender.close()

    with asyncio.Runner(loop_factory=loop) as runner:
        return runner.run(run())


@contextmanager
def served(issued: Certificate, host: str = "127.0.0.1") -> Iterator[str]:
    with over_tls(context_of(issued), lambda secure: secure.sendall(OK)) as url:
        yield url.replace("127.0.0.1", host)


@both_loops
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_receiver_with_a_certificate_for_its_host(authority: Authority, host: str, loop: Loop) -> None:
    with served(authority.issue("good", host), host) as url:
        assert post(url, loop) == Reply(200, answer=b"thanks")


@contextmanager
def one_answer(content: bytes) -> Iterator[int]:
    """The port of something that reads what comes, says this whatever it was, and closes."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(content)

        thread = threading.Thread(target=serve)
        thread.start()
        yield listener.getsockname()[1]
        thread.join()


@both_loops
@pytest.mark.parametrize(
    ("issue", "reason"),
    [
        (lambda ours, theirs: ours.issue("old", begins=-2 * DAY, ends=-DAY), "The certificate has expired; renew it."),
        (lambda ours, theirs: ours.issue("new", begins=DAY, ends=2 * DAY), "is not valid yet; use one that is."),
        (lambda ours, theirs: theirs.issue("foreign"), "of an authority that is not trusted"),
        (lambda ours, theirs: ours.issue("name", "example.com"), "for another host; use one for 127.0.0.1."),
        (lambda ours, theirs: ours.issue("address", "127.0.0.2"), "for another host; use one for 127.0.0.1."),
    ],
    ids=["expired", "not yet valid", "foreign", "of another name", "of another address"],
)
def test_what_is_wrong_with_a_certificate(
    authority: Authority, tmp_path: Path, issue: Issue, reason: str, loop: Loop
) -> None:
    with served(issue(authority, Authority(tmp_path, "stranger"))) as url:
        reply = post(url, loop)
    assert (reply.status, reply.answer) == (None, b"")
    assert reply.error
    assert reply.error.startswith("The certificate ")
    assert reason in reply.error


@both_loops
def test_a_certificate_that_nobody_else_signed(tmp_path: Path, loop: Loop) -> None:
    context, _ = certificate(tmp_path)
    with over_tls(context, lambda secure: None) as url:
        reply = post(url.replace("127.0.0.1", "localhost"), loop)
    assert reply == Reply(None, "The certificate is self-signed; use one of a public authority.")


@both_loops
def test_an_authority_of_the_same_name_with_another_key(authority: Authority, tmp_path: Path, loop: Loop) -> None:
    folder = tmp_path / "earlier"
    folder.mkdir()
    with served(Authority(folder).issue("foreign")) as url:
        assert "of an authority that is not trusted" in str(post(url, loop).error)


@both_loops
def test_a_client_certificate_is_asked_for(authority: Authority, loop: Loop) -> None:
    context = context_of(authority.issue("strict"))
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(authority.path)
    with over_tls(context, lambda secure: None) as url:
        reason = str(post(url, loop).error)
    # The alert is lost where this side writes to the connection that was closed behind it.
    assert reason in (
        "No secure connection could be made (tlsv13 alert certificate required).",
        "The connection was closed before an answer came.",
    )


@both_loops
@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n", "The URL's port does not speak TLS; "),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "The URL's port does not speak TLS; "),
        (b"220 mail.example ESMTP\r\n", "The URL's port does not speak TLS; "),
        (b"\x15\x03\x01\x00\x02\x02\x46", "could be made (tlsv1 alert protocol version)."),
        (b"", "closed before it was secured; see that the URL's port speaks TLS."),
    ],
    ids=["plain HTTP", "SSH", "mail", "an older TLS", "nothing"],
)
def test_no_tls_at_the_port(answer: bytes, reason: str, loop: Loop) -> None:
    with one_answer(answer) as port:
        reply = post(f"https://127.0.0.1:{port}/", loop)
    assert reply.status is None
    assert reason in str(reply.error)


@both_loops
def test_a_port_that_waits_for_plain_http(loop: Loop) -> None:
    with receiver(status("200 OK")) as found:
        reply = post(found.url.replace("http:", "https:"), loop, timeout=0.5)
    assert reply.error == "No secure connection came within 0.5 seconds."


@both_loops
def test_tls_at_the_port_of_an_http_url(authority: Authority, loop: Loop) -> None:
    with served(authority.issue("good")) as url:
        reason = str(post(url.replace("https:", "http:"), loop).error)
    assert reason.startswith("The connection was closed before an answer came; if the URL's port speaks TLS, ")
    with one_answer(b"\x15\x03\x01\x00\x02\x02\x46") as port:
        reason = str(post(f"http://127.0.0.1:{port}/", loop).error)
    assert reason == "The URL's port speaks TLS; begin the URL with https://."
