"""Controls of a mock, by HTTP: sandboxes, each with data and keys of its own."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import urllib3

from oneinvoice_conformance.documented import ENDPOINTS, MAX_PAGE_SIZE
from oneinvoice_conformance.errors import Unreachable, UsageError

_TIMEOUT = 30.0  # seconds
_RATE_LIMIT = 1_000_000  # requests in a minute, which no client sends
_PROBLEM = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Data:
    """Records of a sandbox: members of a seeded organisation, or as few as `few` of each list, or a user's own.

    No common size of a page divides the default, nor the quotes and invoices that come with it: where a last page is
    full is tried apart. `fixtures` is the content of a file, in the type `fixtures_type`.
    """

    members: int = 463
    few: int | None = None
    fixtures: bytes | None = field(default=None, repr=False)
    fixtures_type: str = "application/yaml"


class Refused(Unreachable):
    """Raised where the mock refuses a control, with what it says of it."""

    def __init__(self, url: str, control: str, detail: str) -> None:
        super().__init__(f"The mock at {url} refused {control}: {detail}")
        self.detail = detail


class MockControls:
    """Controls of the mock at an origin. Raises `Unreachable` where nothing, or something else, answers there."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise UsageError(f"'{url}' is no URL of a mock; write it like http://127.0.0.1:8080.")
        self.url = url.rstrip("/")
        self.pool = urllib3.PoolManager(retries=False, timeout=_TIMEOUT, maxsize=16)

    def check(self) -> None:
        """Raise `Unreachable` unless the mock has the controls that scenarios need."""
        with self._reached():
            document = self.ask("GET", "/openapi.json")
            missing = [path for path in ("/sandboxes", "/trigger", "/webhooks") if path not in document["paths"]]
        if missing:
            raise Unreachable(f"The mock at {self.url} has no {missing[0]}; use the oneinvoice-mock of this kit.")

    @contextmanager
    def sandbox(self, seed: int, data: Data) -> Iterator[Sandbox]:
        """Make a sandbox for the context, and fill it."""
        with self._reached():
            made = self.ask("POST", "/sandboxes", {"seed": seed, "scale": data.members, "rate_limit": _RATE_LIMIT})
            sandbox = Sandbox(self, made["id"], made["keys"]["primary"], made["keys"]["revoked"])
            sandbox.fill(data)
        try:
            yield sandbox
        finally:
            with self._reached():
                self.ask("DELETE", f"/sandboxes/{sandbox.id}")

    def journal(self, after: int) -> Any:
        """Return the log of the requests after that number, as an HTTP archive has it. Raises `Unreachable`."""
        with self._reached():
            log = self.ask("GET", f"/requests.har?after={after}")["log"]
            if any("_oneinvoice" not in entry for entry in log["entries"]):
                raise Unreachable(f"The journal of the mock at {self.url} tells too little; use that of this kit.")
        return log

    def ask(self, method: str, path: str, content: Any = None, body: bytes | None = None, kind: str = "") -> Any:
        """Return what a control answers to JSON, or to a `body` of that `kind`. Raises `Unreachable`."""
        data = body if body is not None else None if content is None else json.dumps(content).encode()
        answer = self.pool.request(
            method, f"{self.url}/_mock{path}", body=data, headers={"Content-Type": kind or "application/json"}
        )
        if answer.status >= 400:
            raise Refused(self.url, f"{method} /_mock{path}", _reason(answer))
        return json.loads(answer.data)

    @contextmanager
    def _reached(self) -> Iterator[None]:
        try:
            yield
        except (urllib3.exceptions.HTTPError, OSError, ValueError, LookupError, TypeError) as error:
            raise Unreachable(
                f"No mock with controls answers at {self.url}; start one with oneinvoice-mock, or leave --mock out."
            ) from error


class Sandbox:
    """Mock within the mock that is a trial's alone."""

    def __init__(self, controls: MockControls, id: str, key: str, revoked_key: str) -> None:
        self.id = id
        self.key = key
        self.revoked_key = revoked_key
        self.origin = controls.url
        self.pool = controls.pool
        self._controls = controls

    def control(self, method: str, path: str, content: Any = None) -> Any:
        """Return what one of its controls answers, such as `control("POST", "/trigger", {"event": "invoice.paid"})`."""
        return self._controls.ask(method, f"/sandboxes/{self.id}{path}", content)

    def fill(self, data: Data) -> None:
        """Put other records in the place of those that were seeded, if they are to be. Raises `UsageError`."""
        if data.fixtures is not None:
            path = f"/sandboxes/{self.id}/fixtures?replace=true"
            try:
                self._controls.ask("POST", path, body=data.fixtures, kind=data.fixtures_type)
            except Refused as refused:
                raise UsageError(f"--fixtures can't be used: {refused.detail}") from refused
        elif data.few is not None:
            self.control("POST", "/fixtures?replace=true", {name: [{}] * data.few for name in ENDPOINTS})

    def records(self) -> dict[str, dict[str, Mapping[str, Any]]]:
        """Return all records by list and id, as the API tells them."""
        return {name: {str(record["id"]): record for record in self._all(name)} for name in ENDPOINTS}

    def _all(self, name: str) -> Iterator[Mapping[str, Any]]:
        offset, total = 0, 1
        while offset < total:
            target = f"{self.origin}/api/v1/{name}?limit={MAX_PAGE_SIZE}&offset={offset}"
            answer = self.pool.request("GET", target, headers={"Authorization": f"Bearer {self.key}"})
            page = json.loads(answer.data)
            yield from page["data"]
            total = page["pagination"]["total"] if page["data"] else 0
            offset += len(page["data"])


def _reason(answer: urllib3.BaseHTTPResponse) -> str:
    if answer.headers.get("Content-Type", "").startswith(_PROBLEM):
        return str(json.loads(answer.data).get("detail", answer.status))
    return f"{answer.status}, as nothing of oneinvoice-mock does; see what answers there."
