"""The long forms of tests, which `make soak` runs."""

from __future__ import annotations

import os

import pytest

SOAK = os.environ.get("ONEINVOICE_SOAK") == "1"
soak_only = pytest.mark.skipif(not SOAK, reason="runs in `make soak`")
