"""What is said while a database is filled."""

from __future__ import annotations

import io

import pytest
from oneinvoice_impl.mock.cli.progress import ProgressLine


class Terminal(io.StringIO):
    """A stream that is watched."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [100.0]
    monkeypatch.setattr("oneinvoice_impl.mock.cli.progress.time.monotonic", lambda: now[0])
    return now


def test_nothing_within_the_first_second(clock: list[float]) -> None:
    stream = Terminal()
    progress = ProgressLine(stream)
    clock[0] += 0.9
    progress(1000, 1000)
    assert stream.getvalue() == ""


def test_a_line_that_is_rewritten_on_a_terminal(clock: list[float]) -> None:
    stream = Terminal()
    progress = ProgressLine(stream)
    for done in (1000, 2000, 3000):
        clock[0] += 1.5
        progress(done, 3000)
    assert stream.getvalue() == (
        "Seeding: 1,000 of 3,000 records\rSeeding: 2,000 of 3,000 records\rSeeding: 3,000 of 3,000 records\n"
    )


def test_one_plain_line_elsewhere(clock: list[float]) -> None:
    stream = io.StringIO()
    progress = ProgressLine(stream)
    for done in (1000, 2000, 3000):
        clock[0] += 1.5
        progress(done, 3000)
    assert stream.getvalue() == "Seeding: 1,000 of 3,000 records\n"
