"""A proxy that was named leads to the deployment, and none that the environment names does."""

import os
import subprocess
from pathlib import Path

import pytest
from oneinvoice_conformance.engine.preflight import preflight
from oneinvoice_conformance.errors import Unreachable
from oneinvoice_conformance.http.client import Client
from oneinvoice_conformance.http.curl import curl
from oneinvoice_conformance.http.deployment import Deployment
from oneinvoice_conformance.http.redaction import Redactor

from tests.integration.conformance.asking import MEMBERS, QUOTES, says
from tests.integration.conformance.http.authority import Authority, context_of, over_tls
from tests.integration.conformance.http.proxying import proxy
from tests.unit.conformance.fakes import KEYS, http, wire

LOGIN = "user:p@ss word"
WRITTEN = "user:p%40ss%20word@"
HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"


def sentence(deployment: Deployment) -> str:
    with pytest.raises(Unreachable) as raised, Client(deployment, timeout=2.0) as client:
        preflight(client)
    return Redactor(deployment)(str(raised.value))


def test_http_is_asked_for_by_its_whole_address():
    with wire(says(http(b"[1]"))) as server, proxy(login=LOGIN) as it:
        url = it.url.replace("//", f"//{WRITTEN}")
        with Client(Deployment(server.url, KEYS, proxy=url), timeout=2.0) as client:
            assert [client.ask(request).json() for request in (MEMBERS, QUOTES)] == [[1], [1]]
    assert it.lines == [f"GET {server.url}/api/v1/{name}" for name in ("members", "quotes")]
    assert b"proxy-authorization" not in server.requests[0].lower()


@pytest.mark.parametrize("interim", [b"", HINTS, HINTS * 2], ids=["plainly", "after a hint", "after hints"])
def test_https_goes_through_a_tunnel(tmp_path: Path, interim: bytes):
    authority = Authority(tmp_path)
    server = over_tls(context_of(authority.issue("server")), lambda connection: connection.sendall(http(b"[1]")))
    with server as url, proxy(login=LOGIN, interim=interim) as it:
        way = it.url.replace("//", f"//{WRITTEN}")
        deployment = Deployment(url, KEYS, ca_file=str(authority.path), proxy=way)
        with Client(deployment, timeout=2.0) as client:
            assert [client.ask(request).json() for request in (MEMBERS, QUOTES)] == [[1], [1]]
        line = curl(deployment, MEMBERS)
        environment = {"PATH": os.environ["PATH"], "ONEINVOICE_CA_FILE": str(authority.path), "ONEINVOICE_PROXY": way}
        if not interim:
            done = subprocess.run(["sh", "-c", line], env=environment, capture_output=True, timeout=10)
            assert b"HTTP/1.1 200 OK" in done.stdout
    assert set(it.lines) == {f"CONNECT {url.removeprefix('https://')}"}
    assert "p@ss" not in line
    assert "p%40ss" not in line


def test_a_password_that_is_missing_is_asked_for_in_one_sentence():
    with proxy(login=LOGIN) as it:
        told = "give user name and password with it, as --proxy http://USER:PASSWORD@HOST:PORT"
        over_https = sentence(Deployment("https://deployment.example", KEYS, proxy=it.url))
        assert "connection failed (the proxy answers 407 Proxy Authentication Required)" in over_https
        assert told in over_https
        over_http = sentence(Deployment("http://deployment.example", KEYS, proxy=it.url))
        assert "gets 407 from a proxy that asks for a user name" in over_http


def test_a_proxy_that_refuses_or_is_not_there_is_named():
    with proxy(refuses="403 Forbidden") as it:
        refused = sentence(Deployment("https://deployment.example", KEYS, proxy=it.url))
    assert "the proxy answers 403 Forbidden); have the proxy let this address through." in refused
    absent = sentence(Deployment("http://deployment.example", KEYS, proxy=it.url))
    assert "connection failed (to the proxy: Connection refused)" in absent
    assert absent.endswith("; check --proxy.")


def test_a_proxy_of_the_environment_is_left_alone_and_told_of(monkeypatch: pytest.MonkeyPatch):
    with wire(says(http(b"[]"))) as server, proxy() as it:
        monkeypatch.setenv("http_proxy", it.url)
        monkeypatch.setenv("no_proxy", "")
        with Client(Deployment(server.url, KEYS), timeout=2.0) as client:
            assert client.ask(MEMBERS).json() == []
        assert it.lines == []
    text = sentence(Deployment("http://127.0.0.1:1", KEYS))
    assert text.endswith("HTTP_PROXY is set and left alone: give --proxy if the way there leads through it.")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    assert "HTTP_PROXY" not in sentence(Deployment("http://127.0.0.1:1", KEYS))
    assert "HTTP_PROXY" not in sentence(Deployment("https://127.0.0.1:1", KEYS))


def test_a_password_of_a_proxy_is_shown_nowhere():
    deployment = Deployment("http://deployment.example", KEYS, proxy=f"http://{WRITTEN}proxy.example:3128")
    redact = Redactor(deployment)
    assert "p@ss" not in repr(deployment)
    for echoed in ("p@ss word", "p%40ss%20word", "Basic dXNlcjpwQHNzIHdvcmQ="):
        assert redact(f"you sent {echoed}!").endswith("<proxy>!")
