"""Speak to a running mock. Only the standard library: each command should be back at once."""

from __future__ import annotations

import json
from collections.abc import Sequence
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import click

_EXAMPLE = "http://127.0.0.1:8080"
_TIMEOUT = 20
_LONG_TIMEOUT = 600
_JSON = "application/json"
_PROBE = ("GET", "/webhooks")


class RequestRefused(click.ClickException):
    """The mock says no, and why."""

    exit_code = 2

    def __init__(self, message: str, errors: Sequence[dict[str, Any]] = ()) -> None:
        """`errors` are the mistakes in what was sent, each with its place."""
        super().__init__(message)
        self.errors = errors


class MockNotReached(click.ClickException):
    """No mock answers at the URL."""

    exit_code = 4


class _Content(dict[str, Any]):
    """Object in an answer of the controls; whoever answers without a name that they give is no mock."""

    def __missing__(self, name: str) -> Any:
        raise MockNotReached(f"No mock answers at that URL, since what does names no {name}; name one with --url.")


class ControlsClient:
    """The controls of the mock at a base URL."""

    def __init__(self, url: str) -> None:
        """Raises `click.UsageError` for a URL that can't be one."""
        try:
            parts = urlsplit(url)
            self._host, self._port = parts.hostname, parts.port or 80
        except ValueError:
            self._host = None
        if self._host is None or parts.scheme != "http" or not url.isascii():
            raise click.UsageError(f"--url must be the URL of a mock, such as {_EXAMPLE}")
        self._url, self._path = url, parts.path.rstrip("/")

    def get(self, path: str, **query: int) -> Any:
        """Return the answer of a control."""
        return self._ask("GET", path, b"", f"?{urlencode(query)}" if query else "")

    def post(self, path: str, content: Any = None) -> Any:
        """Return the answer of a control to a JSON body."""
        return self._ask("POST", path, json.dumps(content or {}).encode())

    def post_file(self, path: str, content: bytes, kind: str, **query: str) -> Any:
        """Return the answer of a control to a file of a kind such as `application/yaml`, which may take minutes."""
        return self._ask("POST", path, content, f"?{urlencode(query)}" if query else "", kind, _LONG_TIMEOUT)

    def patch(self, path: str, content: Any) -> Any:
        """Return the answer of a control that changes something."""
        return self._ask("PATCH", path, json.dumps(content).encode())

    def delete(self, path: str) -> Any:
        """Return the answer of a control that removes something."""
        return self._ask("DELETE", path, b"")

    def _ask(
        self, method: str, path: str, body: bytes, query: str = "", kind: str = _JSON, timeout: float = _TIMEOUT
    ) -> Any:
        assert self._host is not None
        connection = HTTPConnection(self._host, self._port, timeout=timeout)
        try:
            connection.request(method, f"{self._path}/_mock{quote(path)}{query}", body, {"Content-Type": kind})
            answer = connection.getresponse()
            status, content = answer.status, json.loads(answer.read(), object_hook=_Content)
            if status < 400:
                return content
            detail = str(content["detail"])
            errors = [each for each in content.get("errors", ()) if isinstance(each, dict)]
        except (OSError, HTTPException, ValueError, LookupError, TypeError) as error:
            raise MockNotReached(
                f"No mock answers at {self._url}; start one with oneinvoice-mock, or name it with --url."
            ) from error
        finally:
            connection.close()
        if status == 404 and (method, path) != _PROBE:
            # Either there is no such record, or there are no controls.
            self._ask(*_PROBE, b"")
        if status == 404 and (method, path) == _PROBE:
            raise RequestRefused(f"There are no controls at {self._url}; name a mock, or a sandbox that is.")
        raise MockNotReached(detail) if status >= 500 else RequestRefused(detail, errors)
