"""A mail server (RFC 5321) that keeps what it gets, with TLS (RFC 3207) and passwords (RFC 4954) if asked to."""

from __future__ import annotations

import base64
import queue
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


@dataclass
class Received:
    """`passwords` is what was told, with whether it was through TLS; `smtp_utf8` is whether it takes RFC 6531."""

    port: int
    smtp_utf8: bool = False
    mails: queue.Queue[EmailMessage] = field(default_factory=queue.Queue)
    recipients: list[str] = field(default_factory=list)
    passwords: list[tuple[str, bool]] = field(default_factory=list)
    connections: int = 0


@contextmanager
def mail_server(tls: ssl.SSLContext | None = None, *, smtp_utf8: bool = False) -> Iterator[Received]:
    """A server on a free port of all addresses; with `tls` it offers STARTTLS."""

    class Conversation(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            received.connections += 1
            conversation = _Conversation(self, received, tls)
            try:
                conversation.hold()
            finally:
                conversation.end()

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        allow_reuse_address = True

        def handle_error(self, request: object, client_address: object) -> None:
            """A client that goes away is what some tests are about."""

    with Server(("0.0.0.0", 0), Conversation) as server:
        received = Received(server.server_address[1], smtp_utf8)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield received
        finally:
            server.shutdown()
            thread.join()


class _Conversation:
    def __init__(
        self, handler: socketserver.StreamRequestHandler, received: Received, tls: ssl.SSLContext | None
    ) -> None:
        self._connection = handler.connection
        self._stream = self._connection.makefile("rwb")
        self._received = received
        self._tls = tls
        self._encrypted = False

    def hold(self) -> None:
        self._say("220 test")
        while line := self._stream.readline().decode().strip():
            verb, _, rest = line.partition(" ")
            getattr(self, f"_{verb.lower()}", self._unknown)(rest)

    def end(self) -> None:
        with suppress(OSError):
            self._stream.close()
        self._connection.close()

    def _ehlo(self, rest: str) -> None:
        offers = ["AUTH PLAIN"] + (["SMTPUTF8"] if self._received.smtp_utf8 else [])
        offers += ["STARTTLS"] if self._tls and not self._encrypted else []
        self._say("250-test", *(f"250-{offer}" for offer in offers[:-1]), f"250 {offers[-1]}")

    def _starttls(self, rest: str) -> None:
        assert self._tls
        self._say("220 go on")
        self._connection = self._tls.wrap_socket(self._connection, server_side=True)
        self._stream = self._connection.makefile("rwb")
        self._encrypted = True

    def _auth(self, rest: str) -> None:
        password = base64.b64decode(rest.partition(" ")[2]).decode().split("\0")[2]
        self._received.passwords.append((password, self._encrypted))
        self._say("235 well")

    def _mail(self, rest: str) -> None:
        self._say("250 well")

    def _rcpt(self, rest: str) -> None:
        self._received.recipients.append(rest.partition("<")[2].partition(">")[0])
        self._say("250 well")

    def _data(self, rest: str) -> None:
        self._say("354 go on")
        lines = iter(self._stream.readline, b".\r\n")
        self._received.mails.put(message_from_bytes(b"".join(lines), policy=policy.default))
        self._say("250 well")

    def _quit(self, rest: str) -> None:
        self._say("221 bye")

    def _unknown(self, rest: str) -> None:
        self._say("502 unknown")

    def _say(self, *lines: str) -> None:
        self._stream.write("".join(f"{line}\r\n" for line in lines).encode())
        self._stream.flush()


def certificate(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """A server's context for the name localhost, and the file of the certificate that a client must trust."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "t")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "certificate.pem"
    file.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file, folder / "key.pem")
    return context, file
