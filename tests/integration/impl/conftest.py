"""What the unit tests have, and a mock that really listens."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integration.impl.web.serving import Served, serving
from tests.unit.impl.conftest import (
    admin,
    app,
    clock,
    empty_database,
    memory_app,
    mock,
    other_admin,
    site,
    stranger,
    world,
)

__all__ = [
    "admin",
    "app",
    "clock",
    "empty_database",
    "memory_app",
    "mock",
    "other_admin",
    "site",
    "stranger",
    "world",
]


@pytest.fixture(scope="session", params=["memory", "file", "postgres"])
def database_kind(request: pytest.FixtureRequest) -> str:
    kind: str = request.param
    return kind


@pytest.fixture
def served() -> Iterator[Served]:
    """A mock that really listens, and so sends webhooks."""
    with serving() as found:
        yield found
