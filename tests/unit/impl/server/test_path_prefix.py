"""An application that is served under a path."""

from __future__ import annotations

from typing import Any

import pytest
from oneinvoice_impl.server.path_prefix import PathPrefix

from tests.unit.impl.asgi_client import ask


class Inner:
    """Keeps the scope, and answers with these headers."""

    def __init__(self, *headers: tuple[bytes, bytes]) -> None:
        self.headers = headers
        self.scope: dict[str, Any] = {}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.scope = scope
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": 200, "headers": self.headers})
            await send({"type": "http.response.body", "body": b"inner"})


@pytest.mark.parametrize(
    ("target", "path", "raw"),
    [
        ("/gateway/v/api/v1", "/api/v1", b"/api/v1"),
        ("/gateway/v/api/v1?x=/gateway/v", "/api/v1", b"/api/v1"),
        ("/gateway/v", "/", b"/"),
        ("/gateway/v/", "/", b"/"),
        ("/gateway/v/gateway/v/a", "/gateway/v/a", b"/gateway/v/a"),
        ("/gateway/v//a", "//a", b"//a"),
        ("/gateway/v/a%2Fb", "/a/b", b"/a%2Fb"),
        ("/gatew%61y/v/a", "/a", None),
    ],
)
def test_it_is_asked_as_at_the_root(target: str, path: str, raw: bytes | None) -> None:
    inner = Inner()
    assert ask(PathPrefix(inner, "/gateway/v"), target).body == b"inner"
    assert (inner.scope["path"], inner.scope["raw_path"]) == (path, raw)
    assert inner.scope["query_string"] == target.partition("?")[2].encode()


@pytest.mark.parametrize(
    "target", ["/", "/api/v1", "/gateway", "/gateway/vv", "/gateway/v1/a", "/x/gateway/v", "/Gateway/v"]
)
def test_beside_it_is_nothing(target: str) -> None:
    inner = Inner()
    answer = ask(PathPrefix(inner, "/gateway/v"), target)
    assert (answer.status, answer.headers["content-type"]) == (404, "application/problem+json")
    assert answer.json["detail"] == "There is nothing at this address; all is under /gateway/v."
    assert answer.json["request_id"] == answer.headers["x-request-id"]
    assert not inner.scope
    head = ask(PathPrefix(inner, "/gateway/v"), target, method="HEAD")
    assert (head.status, head.body) == (404, b"")


@pytest.mark.parametrize(
    ("name", "value", "led"),
    [
        ("location", "/login", "/g/login"),
        ("location", "https://1invoice.example/login", "https://1invoice.example/login"),
        ("hx-redirect", "/login", "/g/login"),
        ("set-cookie", "a=b; Path=/; HttpOnly", "a=b; Path=/g; HttpOnly"),
        ("set-cookie", "a=b; HttpOnly; Path=/", "a=b; HttpOnly; Path=/g"),
        ("set-cookie", "a=b; Path=/other", "a=b; Path=/other"),
        ("set-cookie", "__Host-a=b; Path=/; Secure", "__Host-a=b; Path=/; Secure"),
        ("link", "/login", "/login"),
    ],
)
def test_headers_lead_to_it(name: str, value: str, led: str) -> None:
    answer = ask(PathPrefix(Inner((name.encode(), value.encode())), "/g"), "/g/a")
    assert answer.headers == {name: led}
