"""A mock with controls, and stages with a receiver."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from oneinvoice_conformance.clients.mock.controls import MockControls
from oneinvoice_conformance.clients.mock.process import running_mock


@pytest.fixture(scope="package")
def controls() -> Iterator[MockControls]:
    with running_mock() as url:
        yield MockControls(url)
