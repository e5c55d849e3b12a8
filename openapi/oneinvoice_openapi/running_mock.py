"""Running mock, as commands reach it at its URL: its controls, and what it serves."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import urllib3

from oneinvoice_openapi.references import Unusable

_TIMEOUT = 20.0  # seconds
_EXAMPLE = "http://127.0.0.1:8080"
_LONGEST_ANSWER = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """Answer of a mock. The body is cut at 1 MiB."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """Return what the body holds. Raises `ValueError`."""
        return json.loads(self.body)


class RunningMock:
    """Mock at a URL, or what is there in its place. Its requests go through one connection, which is kept."""

    def __init__(self, url: str) -> None:
        """`url` is what was given with --to. Raises `Unusable` if it can't be one of a mock."""
        self.url = _checked(url)
        self._pool = urllib3.PoolManager(retries=False, timeout=_TIMEOUT)

    def ask(self, method: str, path: str, content: Any = None, key: str | None = None) -> Answer:
        """Return the answer to a request, for use within `reached`."""
        headers = {} if key is None else {"Authorization": f"Bearer {key}"}
        body = None if content is None else json.dumps(content).encode()
        if body is not None:
            headers["Content-Type"] = "application/json"
        answer = self._pool.request(
            method, self.url + path, body=body, headers=headers, redirect=False, preload_content=False
        )
        whole = answer.read(_LONGEST_ANSWER, decode_content=True)
        if len(whole) >= _LONGEST_ANSWER:
            answer.close()  # what is left of it must not be taken for the next answer
        return Answer(answer.status, answer.headers, whole)

    def control(self, method: str, path: str, content: Any = None) -> tuple[int, Any]:
        """Return status and content of a control's answer, for use within `reached`."""
        answer = self.ask(method, f"/_mock{path}", content)
        return answer.status, answer.json()

    @contextmanager
    def reached(self) -> Iterator[None]:
        """Raise `Unusable` where within the context nothing answers, or what does is no mock."""
        try:
            yield
        except (urllib3.exceptions.HTTPError, OSError, ValueError, LookupError, TypeError) as error:
            raise Unusable(
                f"No mock answers at {self.url} ({_reason(error)}); start one with oneinvoice-mock, and name it with "
                "--to."
            ) from error

    def refused(self, status: int, told: str, what: str) -> Unusable:
        """Return the sentence that a control refused something; `what` completes “it doesn't”."""
        if status == 404:
            told = "it has no such control; a mock has"
        told = told.rstrip(".")
        return Unusable(f"{self.url} doesn't {what} ({status}: {told}); name a mock with --to.")


def _checked(url: str) -> str:
    try:
        parts = urlsplit(url)
        is_usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_usable = False
    if not is_usable or not url.isascii() or not url.isprintable() or parts.username is not None or parts.query:
        raise Unusable(f"--to must be the URL of a mock, such as {_EXAMPLE}, without a name, a password or a query.")
    return url.rstrip("/")


def _reason(error: Any) -> str:
    if isinstance(error, urllib3.exceptions.NewConnectionError):
        return "nothing takes connections there"
    if isinstance(error, urllib3.exceptions.TimeoutError):
        return f"nothing came within {_TIMEOUT:.0f} s"
    return (
        "what answers is no mock" if isinstance(error, ValueError | LookupError | TypeError) else "the connection fails"
    )
