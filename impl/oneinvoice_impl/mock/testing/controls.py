"""Speak to the controls of a mock. Only the standard library, and nothing of the server: tests start at once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import urlencode, urlsplit

_TIMEOUT = 30  # seconds; moving the clock waits for deliveries


class MockProblem(Exception):
    """A mock refuses what it is told, or is not there; the text is one sentence that says why.

    `status` is that of its answer, if there is one.
    """

    def __init__(self, sentence: str, status: int | None = None) -> None:
        super().__init__(sentence)
        self.status = status


@dataclass(frozen=True, slots=True)
class Controls:
    """Controls of a mock, or of one of its sandboxes; `url` is where their paths begin."""

    url: str

    def get(self, path: str, **query: int) -> Any:
        """Return the answer of a control."""
        return self._ask("GET", f"{path}?{urlencode(query)}" if query else path)

    def post(self, path: str, content: Mapping[str, Any] | None = None) -> Any:
        """Return the answer of a control to a JSON object."""
        return self._ask("POST", path, content or {})

    def delete(self, path: str) -> Any:
        """Return the answer of a control that removes something."""
        return self._ask("DELETE", path)

    def _ask(self, method: str, path: str, content: Mapping[str, Any] | None = None) -> Any:
        body = b"" if content is None else json.dumps(content).encode()
        try:
            parts = urlsplit(self.url)
            if parts.scheme != "http" or parts.hostname is None:
                raise ValueError
            connection = HTTPConnection(parts.hostname, parts.port or 80, timeout=_TIMEOUT)
            try:
                connection.request(method, parts.path + path, body, {"Content-Type": "application/json"})
                answer = connection.getresponse()
                status, content = answer.status, json.loads(answer.read())
            finally:
                connection.close()
            detail = "" if status < 400 else str(content["detail"])
        except (OSError, HTTPException, ValueError, LookupError, TypeError) as error:
            raise MockProblem(f"No controls of a mock answer at {self.url}.") from error
        if status >= 400:
            raise MockProblem(detail, status)
        return content
