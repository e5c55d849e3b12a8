"""What the mock prints."""

from __future__ import annotations

import io

import pytest
from oneinvoice_fixtures.keys import key_text
from oneinvoice_impl.mock.cli.banner import key_lines, ready_lines, show
from oneinvoice_impl.mock.defects import DEFECTS

LINES = ready_lines("http://127.0.0.1:8080", 1)


class Terminal(io.StringIO):
    """A narrow terminal."""

    def isatty(self) -> bool:
        return True


def test_the_keys_of_the_seed() -> None:
    assert key_lines(7) == [
        f"export ONEINVOICE_KEY={key_text(7, 'primary')}",
        f"export ONEINVOICE_SIBLING_KEY={key_text(7, 'sibling')}",
        f"export ONEINVOICE_OTHER_KEY={key_text(7, 'other')}",
        f"export ONEINVOICE_REVOKED_KEY={key_text(7, 'revoked')}",
    ]


def test_a_defect_is_told_first_and_in_comments() -> None:
    defect = DEFECTS["revoked-key-works"]
    told = ready_lines("http://127.0.0.1:8080", 1, defect)
    assert told[0] == "# !!! THIS MOCK IS BROKEN ON PURPOSE: revoked-key-works breaks AUTH-3."
    assert told[1].startswith("# !!! A revoked key works on.")
    assert told[2:] == LINES


def test_grease_is_told_with_its_seed() -> None:
    told = ready_lines("http://127.0.0.1:8080", 1, grease=0)
    assert told[0].startswith("# Grease is on, seed 0: ")
    assert told[1:] == LINES


def test_a_defect_stands_out_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Terminal()
    monkeypatch.setattr("sys.stdout", stream)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    show(ready_lines("http://127.0.0.1:8080", 1, DEFECTS["revoked-key-works"]))
    loud, quiet = (next(line for line in stream.getvalue().splitlines() if text in line) for text in ("!!!", "First"))
    assert loud.startswith("\x1b[1;31m# !!!")
    assert not quiet.startswith("\x1b[1;31m")


def test_plain_lines_into_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    show(LINES)
    assert capsys.readouterr().out == "\n".join(LINES) + "\n"


def test_no_line_is_wrapped_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Terminal()
    monkeypatch.setattr("sys.stdout", stream)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "20")
    monkeypatch.delenv("NO_COLOR", raising=False)
    show(LINES)
    printed = stream.getvalue()
    assert "\x1b[" in printed
    assert all(line in printed for line in LINES)
    assert len(printed.splitlines()) == len(LINES)
