import contextlib
import os
import ssl
import subprocess
from pathlib import Path

import pytest
from oneinvoice_conformance.errors import UsageError
from oneinvoice_conformance.http.client import Client
from oneinvoice_conformance.http.curl import curl
from oneinvoice_conformance.http.deployment import Deployment
from oneinvoice_conformance.http.failure import FailureKind

from tests.integration.conformance.asking import MEMBERS, QUOTES, client_of, says
from tests.integration.conformance.http import authority
from tests.unit.conformance.fakes import KEYS, http, wire


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that nobody signed, and its key."""
    folder = tmp_path_factory.mktemp("tls")
    paths = folder / "certificate.pem", folder / "key.pem"
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=127.0.0.1"
    subprocess.run(
        [*command.split(), "-addext", "subjectAltName=IP:127.0.0.1", "-out", paths[0], "-keyout", paths[1]],
        check=True,
        capture_output=True,
    )
    return paths


def over_tls(certificate: tuple[Path, Path]) -> contextlib.AbstractContextManager[str]:
    """The address of a server that answers with an empty list over TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    return authority.over_tls(context, lambda secure: secure.sendall(http()))


def test_a_certificate_that_nobody_signed_is_a_tls_error(certificate: tuple[Path, Path]):
    with over_tls(certificate) as url, client_of(url) as client:
        error = client.ask(MEMBERS).error
        assert len(client.journal) == 1
    assert error is not None
    assert error.kind is FailureKind.TLS
    assert "self-signed" in str(error)


def test_a_ca_file_makes_it_trusted(certificate: tuple[Path, Path]):
    with over_tls(certificate) as url, client_of(url, ca_file=str(certificate[0])) as client:
        assert client.ask(MEMBERS).json() == []
        assert client.ask(QUOTES).json() == []


def test_a_curl_line_trusts_it_too(certificate: tuple[Path, Path]):
    with over_tls(certificate) as url:
        line = curl(Deployment(url, KEYS, ca_file="given"), MEMBERS)
        environment = {"PATH": os.environ["PATH"], "ONEINVOICE_CA_FILE": str(certificate[0])}
        done = subprocess.run(["sh", "-c", line], env=environment, capture_output=True, timeout=10)
    assert (done.returncode, done.stdout[:15]) == (0, b"HTTP/1.1 200 OK")


def test_https_where_http_is_spoken_is_a_tls_error():
    with wire(says(http())) as server, client_of(server.url.replace("http:", "https:")) as client:
        # What comes in is no request, so that nothing is answered until the client gives up.
        assert client.ask(MEMBERS).error


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_a_ca_file_that_is_none_is_refused(tmp_path: Path, content: str | None):
    path = tmp_path / "ca.pem"
    if content:
        path.write_text(content)
    with pytest.raises(UsageError, match=r"--ca-file \(.*\); name a file"):
        Client(Deployment("https://127.0.0.1", {}, ca_file=str(path)))
