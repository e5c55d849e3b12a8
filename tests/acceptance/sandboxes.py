"""Sandboxes of a running mock, as tests use them, and the mock itself as one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.acceptance.test_mock import Mock


@dataclass(frozen=True)
class Sandbox:
    """A sandbox, or the mock itself without an id."""

    mock: Mock
    id: str | None
    keys: dict[str, str]

    def get(self, target: str, key: str = "primary") -> Any:
        """The answer of the API."""
        url, headers = self.mock.variables["ONEINVOICE_URL"], {"Authorization": f"Bearer {self.keys[key]}"}
        return self.mock.http.request("GET", url + target, headers=headers, retries=False, timeout=10)

    def control(self, method: str, path: str, content: Any = None, status: int = 200) -> Any:
        """The answer of a control."""
        base = "/_mock" if self.id is None else f"/_mock/sandboxes/{self.id}"
        answer = self.mock.http.request(
            method, self.mock.variables["ONEINVOICE_URL"] + base + path, json=content, retries=False, timeout=30
        )
        assert answer.status == status, answer.json()
        return answer.json()

    def happen(self, event: str) -> str:
        return str(self.control("POST", "/trigger", {"event": event})["events"][-1]["record"])

    def total(self, resource: str, key: str = "primary") -> int:
        answer = self.get(f"/api/v1/{resource}?limit=1", key)
        assert answer.status == 200
        return int(answer.json()["pagination"]["total"])


def itself(mock: Mock) -> Sandbox:
    names = {"primary": "KEY", "sibling": "SIBLING_KEY", "other": "OTHER_KEY", "revoked": "REVOKED_KEY"}
    return Sandbox(mock, None, {name: mock.variables[f"ONEINVOICE_{each}"] for name, each in names.items()})


def sandbox(mock: Mock, **options: int) -> Sandbox:
    made = itself(mock).control("POST", "/sandboxes", options, 201)
    assert made["url"] == mock.variables["ONEINVOICE_URL"]
    return Sandbox(mock, made["id"], made["keys"])
