"""A watcher that keeps what it is told."""

from __future__ import annotations

from typing import Any


class Told:
    """Watcher whose `all` has a tuple for each thing that ended."""

    def __init__(self) -> None:
        self.all: list[tuple[Any, ...]] = []

    def begin_request(self, scope: Any) -> str:
        return "begun"

    def end_request(self, begun: str, **what: Any) -> None:
        del what["seconds"], what["request_id"]
        self.all.append((begun, *what.values()))

    def begin_call(self, kind: str) -> str:
        return kind

    def end_call(self, begun: str, failure: str | None) -> None:
        self.all.append((begun, failure))

    def begin_attempt(self, claim: Any) -> Any:
        return claim

    def end_attempt(self, begun: Any, outcome: Any, seconds: float) -> None:
        self.all.append((begun, outcome))

    def close(self) -> None:
        self.all.append(("closed",))
