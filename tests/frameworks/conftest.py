"""Deployments need more than the other tests do."""

from __future__ import annotations

import pytest

from tests.frameworks.starting import NODE_MODULES


@pytest.fixture(autouse=True, scope="session")
def _installed() -> None:
    if not NODE_MODULES.exists():
        pytest.fail("The frameworks are not installed here; run `tox run -e frameworks`.", pytrace=False)
