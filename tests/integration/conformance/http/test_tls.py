"""Each problem of TLS has its own sentence, over real handshakes."""

import contextlib
import socket
import ssl
import threading
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from oneinvoice_conformance.engine.preflight import preflight
from oneinvoice_conformance.errors import Unreachable, UsageError
from oneinvoice_conformance.http.client import Client
from oneinvoice_conformance.http.deployment import Deployment
from oneinvoice_conformance.http.failure import FailureKind

from tests.integration.conformance.asking import MEMBERS, client_of
from tests.integration.conformance.http.authority import DAY, Authority, Certificate, context_of, over_tls
from tests.unit.conformance.fakes import KEYS, http, wire


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def good(authority: Authority) -> Certificate:
    return authority.issue("good")


def empty(connection: ssl.SSLSocket) -> None:
    connection.sendall(http(b"[]"))


def sentence(deployment: Deployment, timeout: float = 2.0) -> str:
    """What stands on the terminal, where nothing is judged."""
    with pytest.raises(Unreachable) as raised, Client(deployment, timeout=timeout) as client:
        preflight(client)
    return str(raised.value)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"ends": -DAY / 2}, "(the certificate has expired); have it renewed."),
        (
            {"begins": DAY / 2},
            "(the certificate is not valid yet); see its dates, and the",
        ),
        ({"host": "other.example"}, "(the certificate is for another host: IP address mismatch"),
    ],
    ids=["expired", "not yet valid", "another host"],
)
def test_a_certificate_that_is_not_good(authority: Authority, options: dict[str, object], told: str):
    certificate = authority.issue("bad", **options)  # type: ignore[arg-type]
    with over_tls(context_of(certificate), empty) as url:
        text = sentence(Deployment(url, KEYS, ca_file=str(authority.path)))
    assert text.startswith(f"{url} can't be trusted: TLS error {told}")


def test_an_authority_that_is_not_known(good: Certificate):
    with over_tls(context_of(good), empty) as url:
        text = sentence(Deployment(url, KEYS))
    assert "can't be trusted: TLS error (its authority is not known here: unable to get local issuer" in text
    assert "; name its authority's certificate with --ca-file, or have the server send" in text


def test_an_authority_of_another_name_does_not_help(good: Certificate, tmp_path: Path):
    with over_tls(context_of(good), empty) as url:
        text = sentence(Deployment(url, KEYS, ca_file=str(Authority(tmp_path, "stranger").path)))
    assert "its authority is not known here" in text


# Client certificates


def wants_client_certificate(authority: Authority, certificate: Certificate, version: ssl.TLSVersion) -> ssl.SSLContext:
    context = context_of(certificate)
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(authority.path)
    context.maximum_version = version
    return context


VERSIONS = pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])


@VERSIONS
def test_a_client_certificate_is_shown(authority: Authority, good: Certificate, version: ssl.TLSVersion):
    own = authority.issue("client")
    both = own.cert.with_name("both.pem")
    both.write_bytes(own.cert.read_bytes() + own.key.read_bytes())
    with over_tls(wants_client_certificate(authority, good, version), empty) as url:
        for cert, key in ((own.cert, str(own.key)), (both, None)):
            deployment = Deployment(url, KEYS, ca_file=str(authority.path), cert=str(cert), cert_key=key)
            with Client(deployment, timeout=2.0) as client:
                assert client.ask(MEMBERS).json() == []


@VERSIONS
def test_a_client_certificate_that_is_missing(authority: Authority, good: Certificate, version: ssl.TLSVersion):
    with over_tls(wants_client_certificate(authority, good, version), empty) as url:
        text = sentence(Deployment(url, KEYS, ca_file=str(authority.path)))
    assert "can't be reached: TLS error (it " in text
    assert "give a client certificate that it accepts with --cert, and its key with --cert-key" in text


@VERSIONS
def test_a_client_certificate_of_a_stranger(
    authority: Authority, good: Certificate, version: ssl.TLSVersion, tmp_path: Path
):
    own = Authority(tmp_path, "stranger").issue("client")
    with over_tls(wants_client_certificate(authority, good, version), empty) as url:
        files = {"ca_file": str(authority.path), "cert": str(own.cert), "cert_key": str(own.key)}
        text = sentence(Deployment(url, KEYS, **files))
    assert "it wants a client certificate, or refuses the one that was given" in text


def test_a_page_that_asks_for_a_client_certificate(authority: Authority, good: Certificate):
    page = http(b"<center>No required SSL certificate was sent</center>", "400 Bad Request", Content_Type="text/html")
    with over_tls(context_of(good), lambda connection: connection.sendall(page)) as url:
        text = sentence(Deployment(url, KEYS, ca_file=str(authority.path)))
    assert "gets 400 from a server that wants a client certificate" in text
    assert "give one with --cert and its key with --cert-key" in text


@pytest.mark.parametrize("kind", ["missing", "mismatched", "encrypted", "no certificate"])
def test_a_client_certificate_that_is_none(authority: Authority, good: Certificate, kind: str, tmp_path: Path):
    own = authority.issue("own", passphrase=b"secret" if kind == "encrypted" else None)
    files = {
        "missing": (tmp_path / "no.pem", own.key),
        "mismatched": (own.cert, good.key),
        "encrypted": (own.cert, own.key),
        "no certificate": (own.key, own.key),
    }
    cert, key = map(str, files[kind])
    with pytest.raises(UsageError, match=r"can't be used as --cert and --cert-key \(.*\); name a certificate in PEM"):
        Client(Deployment("https://127.0.0.1", {}, cert=cert, cert_key=key))


# The wrong port


@contextlib.contextmanager
def listening(answer: Callable[[socket.socket], None]) -> Iterator[int]:
    """A port at which each connection is answered as it comes."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    with connection, contextlib.suppress(OSError):
                        answer(connection)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


def test_too_old_a_tls(authority: Authority, good: Certificate):
    context = context_of(good)
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    with over_tls(context, empty) as url:
        text = sentence(Deployment(url, KEYS, ca_file=str(authority.path)))
    assert "it speaks too old or too weak a TLS" in text
    assert "; have it speak TLS 1.2 or newer" in text


def answers(content: bytes) -> Callable[[socket.socket, int], bool]:
    def answer(connection: socket.socket, number: int) -> bool:
        connection.sendall(content)
        return False

    return answer


def test_https_where_http_is_spoken_says_so():
    def refuses(connection: socket.socket) -> None:
        connection.recv(4096)
        connection.sendall(http(b"", "400 Bad Request"))

    with listening(refuses) as port:
        text = sentence(Deployment(f"https://127.0.0.1:{port}", KEYS))
    assert "what answers there does not speak TLS" in text
    assert "; check the address: http:// or another port may be right." in text


def test_https_where_http_waits_for_the_end_of_a_line_says_so():
    with wire(answers(http(b"[]"))) as server:
        text = sentence(Deployment(server.url.replace("http:", "https:"), KEYS), timeout=0.3)
    assert text.endswith("; HTTP without TLS is spoken at that port, so write the address with http://.")


def test_http_where_tls_is_spoken_says_so(good: Certificate):
    with over_tls(context_of(good), empty) as url:
        text = sentence(Deployment(url.replace("https:", "http:"), KEYS))
    assert text.endswith("; TLS is spoken at that port, so write the address with https://.")


@pytest.mark.parametrize(
    "words",
    [
        b"<center><h1>400 Bad Request</h1></center><center>The plain HTTP request was sent to HTTPS port</center>",
        b"Client sent an HTTP request to an HTTPS server.\n",
        b"Reason: You're speaking plain HTTP to an SSL-enabled server port.<br />",
        b"Bad Request\r\nThis combination of host and port requires TLS.\r\n",
    ],
)
def test_a_port_of_tls_that_answers_http_is_named(words: bytes):
    page = http(words, "400 Bad Request", Content_Type="text/html", Connection="close")
    with wire(answers(page)) as server:
        text = sentence(Deployment(server.url, KEYS))
    assert "gets 400 from a port that speaks TLS" in text
    assert text.endswith("; write the address with https://.")


def test_silence_is_no_protocol():
    with wire(answers(b"")) as server:
        text = sentence(Deployment(server.url, KEYS), timeout=0.3)
        assert text.endswith("; check the address, and whether the deployment is up.")
    with client_of("https://127.0.0.1:1") as client:
        error = client.ask(MEMBERS).error
        assert error is not None
        assert error.kind is FailureKind.CONNECT
