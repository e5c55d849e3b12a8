"""Deployments that give nothing to judge, or less and less: a verdict on them must never be a good one."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from werkzeug.wrappers import Request, Response

from tests.miniatures.deployment import RESOURCES, Deployment

Answer = Callable[[Deployment], Response]


def status(code: int, **headers: str) -> Answer:
    """Return an error of that status."""
    return lambda deployment: deployment.error(code, "No.", **headers)


def content(text: str, code: int = 200, content_type: str = "application/json", **headers: str) -> Answer:
    return lambda deployment: Response(text, code, headers, content_type=content_type)


def page(code: int = 200) -> Answer:
    """Return an HTML page."""
    return content("<!doctype html><title>Welcome</title><h1>Nothing to see</h1>", code, "text/html; charset=utf-8")


def dropped(deployment: Deployment) -> Response:
    """Drop the connection without an answer."""
    raise ConnectionResetError("dropped on purpose")


def dripping(deployment: Deployment) -> Response:
    """Return an answer that begins, and goes on for a minute, byte by byte."""

    def drip() -> Iterator[str]:
        yield '{"items": ['
        for _ in range(600):
            time.sleep(0.1)
            yield " "

    return Response(drip(), content_type="application/json")


class Starved(Deployment):
    """Gives the same answer to all requests after the first so many, or to those of one key, or for one endpoint."""

    streams = True

    def __init__(self, starve: Answer, *, after: int = 0, key: str | None = None, endpoint: str | None = None) -> None:
        super().__init__()
        self.starve = starve
        self.after = after
        self.key = key
        self.endpoint = endpoint

    def answer(self, request: Request) -> Response:
        return self.starve(self) if self.starves(request) else super().answer(request)

    def starves(self, request: Request) -> bool:
        last = request.path.rstrip("/").rpartition("/")[2]
        endpoint = last if last in RESOURCES else "discovery"
        return len(self.log) > self.after and self.key in (None, self.log[-1].key) and self.endpoint in (None, endpoint)
