"""Staying within the rate limit, on a clock that only waiting moves on."""

from __future__ import annotations

from pathlib import Path

import pytest
from oneinvoice_conformance.errors import UsageError
from oneinvoice_conformance.http.pacer import CommandClock, Pacer


def test_a_command_moves_the_clock_on(tmp_path: Path) -> None:
    clock = CommandClock(f"echo {{seconds}} >> '{tmp_path}/waited'")
    before = clock.now()
    Pacer(1, clock).wait(61.0, "waiting")
    assert (tmp_path / "waited").read_text() == "61\n"
    assert clock.now() - before >= 61


@pytest.mark.parametrize(
    ("command", "sentence"), [("true", r"needs \{seconds\}"), ("echo sorry {seconds}; exit 4", "exit code 4: sorry 1")]
)
def test_a_command_that_can_not_wait_is_told(command: str, sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        CommandClock(command).wait(1.0)
