import os
import shlex
import subprocess
from dataclasses import replace

import pytest
from oneinvoice_conformance.http.client import Client, default_headers
from oneinvoice_conformance.http.credentials import NOBODY, in_api_key, in_query, other_schemes
from oneinvoice_conformance.http.curl import curl
from oneinvoice_conformance.http.deployment import Deployment
from oneinvoice_conformance.http.exchange import Request
from oneinvoice_conformance.http.redaction import Redactor

from tests.unit.conformance.fakes import BASE, KEYS, VALID, http, wire

DEPLOYMENT = Deployment(BASE, KEYS, (("X-Gate", "open-sesame"),))
AGENT = default_headers()["User-Agent"]
OWN = f"-H 'User-Agent: {AGENT}' -H 'Accept: application/json'"


def test_a_line_with_the_key_in_a_variable():
    line = curl(Deployment(BASE, KEYS), Request("members", VALID, (("limit", "7"), ("status", "a'b&c"))))
    assert line == (
        f"curl -i -H \"Authorization: Bearer $ONEINVOICE_KEY\" {OWN} '{BASE}/api/v1/members?limit=7&status=a%27b%26c'"
    )


def test_a_line_without_credentials():
    assert curl(Deployment(BASE, KEYS), Request("", NOBODY)) == f"curl -i {OWN} '{BASE}/api/v1'"


def test_a_line_with_headers_of_the_request():
    line = curl(DEPLOYMENT, Request("members", NOBODY, headers=(("X-Odd", "it's $HOME"),)))
    url = f"{BASE}/api/v1/members"
    own = ("-H", f"User-Agent: {AGENT}", "-H", "Accept: application/json")
    assert shlex.split(line) == ["curl", "-i", "-H", "X-Odd: it's $HOME", *own, "-H", "X-Gate: …", url]


def test_a_header_that_was_given_stands_in_the_place_of_the_clients_own():
    line = curl(replace(DEPLOYMENT, headers=(("accept", "text/plain"),)), Request("members", NOBODY))
    assert "-H 'accept: …'" in line
    assert "application/json" not in line


def test_a_line_holds_no_secret_and_is_one_command():
    for credential in (*other_schemes(KEYS["primary"]).values(), in_api_key(KEYS["primary"])):
        line = curl(DEPLOYMENT, Request("quotes", credential))
        assert KEYS["primary"] not in line
        assert "open-sesame" not in line
        assert "-H 'X-Gate: …'" in line
        assert shlex.split(line)[-1] == f"{BASE}/api/v1/quotes"


def test_a_line_with_the_key_in_the_query():
    line = curl(DEPLOYMENT, Request("quotes", in_query(KEYS["primary"]), (("status", "accepted"),)))
    assert "Authorization" not in line
    assert line.endswith(
        f"'{BASE}/api/v1/quotes?status=accepted&api_key='\"$ONEINVOICE_KEY\"'&key='\"$ONEINVOICE_KEY\""
        "'&access_token='\"$ONEINVOICE_KEY\"'&token='\"$ONEINVOICE_KEY\""
    )


def test_what_may_hold_a_secret_is_redacted_before_it_is_quoted():
    secret = "it's-a-secret-of-mine"
    request = Request("members", NOBODY, (("q", secret),), headers=(("X-Odd", secret),))
    redact = Redactor(Deployment(BASE, {}, (("X-Gate", secret),)))
    line = curl(Deployment(BASE, {}), request, redact)
    assert "X-Odd: <X-Gate>" in shlex.split(line)
    assert "secret-of-mine" not in line
    assert shlex.split(line)[-1] == f"{BASE}/api/v1/members?q=<X-Gate>"


def test_the_address_of_the_deployment_is_no_secret():
    redact = Redactor(Deployment(BASE, {}, (("X-Forwarded-Host", BASE.removeprefix("http://")),)))
    assert f"'{BASE}/api/v1'" in curl(Deployment(BASE, {}), Request("", NOBODY), redact)


def test_over_tls_it_speaks_the_version_that_the_suite_speaks():
    line = curl(Deployment("https://deployment.example", {}, ca_file="/own/ca.pem"), Request("", NOBODY))
    assert line.startswith('curl -i --http1.1 --cacert "$ONEINVOICE_CA_FILE" ')
    assert "/own/" not in line


# What curl sends


def run(line: str) -> None:
    environment = {"PATH": os.environ["PATH"], "ONEINVOICE_KEY": KEYS["primary"]}
    subprocess.run(["sh", "-c", line], env=environment, capture_output=True, timeout=10, check=True)


def head(request: bytes) -> tuple[bytes, set[bytes]]:
    """The first line, and the headers in any order."""
    first, *headers = request.strip().split(b"\r\n")
    pairs = {name.lower() + b":" + value for name, _, value in (each.partition(b":") for each in headers)}
    return first, pairs - {b"accept-encoding: identity"}  # which curl says by saying nothing


@pytest.mark.parametrize("path", ["", "/base", "/it's", "/{a,b}[1-3]", "/a/../b", "/é$HOME"])
@pytest.mark.parametrize(
    "request_",
    [
        Request("members", VALID, (("limit", "[1-9]"), ("status", "{a,b} 'c' \"d\" $HOME `x` \\ é"))),
        Request("", NOBODY),
        *(Request("quotes", credential) for credential in other_schemes(KEYS["primary"]).values()),
        Request("members", in_api_key(KEYS["primary"])),
        Request("members", in_query(KEYS["primary"]), (("status", "it's"),)),
        Request("quotes", VALID, headers=(("X-Odd", 'it\'s $HOME \\ "x"'), ("Accept", "text/odd"))),
    ],
    ids=str,
)
def test_curl_sends_what_the_client_sent(path: str, request_: Request):
    with wire(lambda connection, number: connection.sendall(http(b"[]"))) as server:
        deployment = Deployment(f"{server.url}{path}", KEYS)
        with Client(deployment) as client:
            assert client.ask(request_).status == 200
        run(curl(deployment, request_))
        by_client, by_curl = server.requests
        assert head(by_curl) == head(by_client)
