"""Gateways of nginx, as staging sites have them: a password, a header that stands for it, TLS, client certificates."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from oneinvoice_conformance.engine.preflight import preflight
from oneinvoice_conformance.errors import Unreachable
from oneinvoice_conformance.http.client import Client
from oneinvoice_conformance.http.deployment import Deployment
from oneinvoice_conformance.model.verdict import Verdict

from tests.conformance.judging import MINIATURE_KEYS, judge
from tests.integration.conformance.http.authority import Authority
from tests.miniatures import FREE, serve

NGINX = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
pytestmark = pytest.mark.skipif(NGINX is None, reason="nginx is not installed")

FRAME = """
daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log;
events {{}}
http {{
  access_log off; proxy_http_version 1.1;
  client_body_temp_path {folder}/1; proxy_temp_path {folder}/2; fastcgi_temp_path {folder}/3;
  uwsgi_temp_path {folder}/4; scgi_temp_path {folder}/5;
  map $http_x_staging_pass $staging_realm {{ default "staging"; "open-sesame" off; }}
  server {{
    listen 127.0.0.1:{port}{tls};
    {lines}
    location / {{ proxy_pass {upstream}; proxy_set_header Connection ""; }}
  }}
}}
"""


@contextmanager
def gateway(folder: Path, lines: str, upstream: str = "http://127.0.0.1:9", tls: str = "") -> Iterator[str]:
    """The address of an nginx with these lines in its server."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    (folder / "htpasswd").write_text("user:{PLAIN}pass\n")
    path = folder / "nginx.conf"
    path.write_text(FRAME.format(folder=folder, port=port, tls=tls, lines=lines, upstream=upstream))
    with subprocess.Popen([str(NGINX), "-c", path], stderr=subprocess.PIPE) as process:
        try:
            for _ in range(250):
                with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                    break
                assert process.poll() is None, process.stderr.read() if process.stderr else ""
                time.sleep(0.02)
            yield f"127.0.0.1:{port}"
        finally:
            process.terminate()


def sentence(deployment: Deployment) -> str:
    with pytest.raises(Unreachable) as raised, Client(deployment, timeout=2.0) as client:
        preflight(client)
    return str(raised.value)


def password(folder: Path, realm: str = '"staging"') -> str:
    return f"auth_basic {realm}; auth_basic_user_file {folder}/htpasswd;"


def test_a_password_before_everything_is_named(tmp_path: Path):
    with serve(FREE["plain"].deployment()) as upstream, gateway(tmp_path, password(tmp_path), upstream) as address:
        text = sentence(Deployment(f"http://{address}", MINIATURE_KEYS))
    assert 'gets 401 from a gateway with a password of its own (Basic realm="staging")' in text
    assert "the key needs the Authorization header for itself, so have the gateway let /api/ through" in text


def test_a_header_that_the_gateway_takes_for_its_password_opens_it(tmp_path: Path):
    """The lines of decision 9."""
    lines = password(tmp_path, "$staging_realm")
    with serve(FREE["plain"].deployment()) as upstream, gateway(tmp_path, lines, upstream) as address:
        assert "a password of its own" in sentence(Deployment(f"http://{address}", MINIATURE_KEYS))
        report = judge(f"http://{address}", MINIATURE_KEYS, headers=(("X-Staging-Pass", "open-sesame"),))
    assert report.verdict is Verdict.CONFORMS


def test_a_gateway_without_its_upstream_is_no_verdict(tmp_path: Path):
    with gateway(tmp_path, "") as address:
        text = sentence(Deployment(f"http://{address}", MINIATURE_KEYS))
    assert "gets 502 from a gateway in front" in text


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


def tls_lines(authority: Authority, *more: str) -> str:
    server = authority.issue("server")
    return " ".join([f"ssl_certificate {server.cert}; ssl_certificate_key {server.key};", *more])


def test_http_at_a_port_of_tls_is_named(tmp_path: Path, authority: Authority):
    with gateway(tmp_path, tls_lines(authority), tls=" ssl") as address:
        text = sentence(Deployment(f"http://{address}", MINIATURE_KEYS))
    assert text.endswith("from a port that speaks TLS, and none reaches the API; write the address with https://.")


def test_https_at_a_port_without_tls_is_named(tmp_path: Path):
    with gateway(tmp_path, "") as address:
        text = sentence(Deployment(f"https://{address}", MINIATURE_KEYS))
    assert "what answers there does not speak TLS" in text


def test_a_client_certificate_that_nginx_wants(tmp_path: Path, authority: Authority):
    verify = f"ssl_client_certificate {authority.path}; ssl_verify_client on;"
    client, trust = authority.issue("client"), {"ca_file": str(authority.path)}
    own = {**trust, "cert": str(client.cert), "cert_key": str(client.key)}
    with (
        serve(FREE["plain"].deployment()) as upstream,
        gateway(tmp_path, tls_lines(authority, verify), upstream, " ssl") as address,
    ):
        text = sentence(Deployment(f"https://{address}", MINIATURE_KEYS, **trust))
        assert "gets 400 from a server that wants a client certificate" in text
        with Client(Deployment(f"https://{address}", MINIATURE_KEYS, **own), timeout=2.0) as right:
            preflight(right)
