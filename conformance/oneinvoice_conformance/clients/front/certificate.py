"""TLS with a certificate that nobody has a reason to trust, and what becomes of each handshake."""

from __future__ import annotations

import datetime
import ipaddress
import socket
import ssl
import tempfile
import threading
from enum import StrEnum
from pathlib import Path

from oneinvoice_conformance.clients.front.keys import KeyWatch

_PATIENCE = 10.0  # seconds that a handshake may take
_PEEK = 4096  # bytes of what is no TLS
_HANDSHAKE = b"\x16"  # type of the first record (RFC 8446, section 5.1)
_DAY = datetime.timedelta(days=1)


class Handshake(StrEnum):
    """Outcome of a connection to a listener of TLS."""

    COMPLETED = "completed"
    REFUSED = "refused by the client"  # by an alert, or by closing
    FAILED = "failed"  # the two have no version or cipher in common
    PLAIN = "plain HTTP"
    PLAIN_WITH_KEY = "plain HTTP with the key"


class Handshakes:
    """Handshakes with a certificate that was made a moment ago, and that is its own issuer. `seen` has their outcomes.

    It wraps the connections of a `Front`.
    """

    def __init__(self, keys: KeyWatch) -> None:
        self.seen: list[Handshake] = []
        self._keys = keys
        self._context = _context()
        self._under_way = 0
        self._changed = threading.Condition()

    def __call__(self, connection: socket.socket) -> socket.socket:
        """Return the connection once it is encrypted. Raises `OSError` where that is not to be."""
        with self._changed:
            self._under_way += 1
        try:
            return self._encrypted(connection)
        finally:
            with self._changed:
                self._under_way -= 1
                self._changed.notify_all()

    def settle(self, seconds: float) -> None:
        """Wait until none is under way, so many seconds at most."""
        with self._changed:
            self._changed.wait_for(lambda: not self._under_way, seconds)

    def _encrypted(self, connection: socket.socket) -> socket.socket:
        connection.settimeout(_PATIENCE)
        first = connection.recv(_PEEK, socket.MSG_PEEK)
        if not first:
            raise ConnectionAbortedError
        if not first.startswith(_HANDSHAKE):
            has_key = self._keys.is_in(first.decode("latin-1"))
            self.seen.append(Handshake.PLAIN_WITH_KEY if has_key else Handshake.PLAIN)
            raise ConnectionAbortedError
        try:
            encrypted = self._context.wrap_socket(connection, server_side=True)
        except OSError as error:
            self.seen.append(_outcome(error))
            raise
        self.seen.append(Handshake.COMPLETED)
        return encrypted


def _outcome(error: OSError) -> Handshake:
    if isinstance(error, TimeoutError):
        return Handshake.FAILED
    if not isinstance(error, ssl.SSLError) or isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        return Handshake.REFUSED
    reason = error.reason or ""
    return Handshake.REFUSED if "_ALERT_" in reason and "PROTOCOL_VERSION" not in reason else Handshake.FAILED


def _context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "certificate.pem"
        path.write_bytes(_made())
        context.load_cert_chain(path)
    return context


def _made() -> bytes:
    """Return a key and a certificate for this machine, in PEM."""
    # What takes a tenth of a second to import is needed for this one trial.
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    names = [x509.DNSName("localhost"), *(x509.IPAddress(ipaddress.ip_address(ip)) for ip in ("127.0.0.1", "::1"))]
    now = datetime.datetime.now(datetime.UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = (
        builder.serial_number(x509.random_serial_number()).not_valid_before(now - _DAY).not_valid_after(now + _DAY)
    )
    certificate = builder.add_extension(x509.SubjectAlternativeName(names), critical=False).sign(key, hashes.SHA256())
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return private + certificate.public_bytes(pem)
