"""Page on proving a client: its clients come out as it says."""

from __future__ import annotations

from pathlib import Path

from tests.acceptance.documents import PROOF
from tests.acceptance.test_guides import assert_happens


def test_the_clients_of_the_guide_conform(tmp_path: Path) -> None:
    assert_happens(PROOF, tmp_path)
