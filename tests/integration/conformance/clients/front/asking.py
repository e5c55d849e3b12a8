"""Front without a mock behind it, and requests to it."""

from __future__ import annotations

import contextlib
import http.client
import ssl
from urllib.parse import urlsplit

from oneinvoice_conformance.clients.front.answer import Answer, Api, problem
from oneinvoice_conformance.clients.mock.controls import MockControls, Sandbox
from oneinvoice_conformance.clients.observation import ClientRequest, Mark

KEY = "1iv_KG22OG2ZcTmfMsUSL315TeHficfpnntXEGP8QXqEokv0vyljL"
SANDBOX = Sandbox(MockControls("http://127.0.0.1:1"), "none", KEY, "1iv_revoked")


def refuses(request: ClientRequest, api: Api) -> Answer:
    return problem(401, "Unauthorized", "Send a key.", Mark.ELSEWHERE, "")


def ask(origin: str, context: ssl.SSLContext | None = None) -> int:
    """Ask for members with the key, over TLS with a context, and return the status. Raises `OSError`."""
    host = urlsplit(origin).netloc
    connection = http.client.HTTPSConnection(host, context=context) if context else http.client.HTTPConnection(host)
    with contextlib.closing(connection):
        connection.request("GET", "/api/v1/members", headers={"Authorization": f"Bearer {KEY}"})
        return connection.getresponse().status
