import io
from pathlib import Path

import pytest
from oneinvoice_conformance.cli.listen import Watcher
from oneinvoice_conformance.http.delivery import Delivery
from rich.console import Console

SECRET = "whsec_of-a-test-and-of-nothing-else"
COMMANDS = "\x1b[2J\x9b2J\x07"


def shown(target: str, headers: dict[str, str], *, forward_to: str | None = None) -> str:
    out = io.StringIO()
    watcher = Watcher(Console(file=out, width=500), SECRET, forward_to)
    watcher.answer(Delivery(1, 0.0, "POST", target, tuple(headers.items()), b"{}"))
    return out.getvalue()


@pytest.mark.parametrize("header", ["X-1Invoice-Event", "X-1Invoice-Signature", "User-Agent", "Content-Type"])
def test_nothing_of_a_sender_shows_the_secret_is_markup_or_commands_the_terminal(header: str):
    text = shown(f"/hook?{SECRET}{COMMANDS}[red]", {header: f"{SECRET}{COMMANDS}[red]"})
    assert "[red]" in text
    assert "$ONEINVOICE_WEBHOOK_SECRET" in text
    assert SECRET[:12] not in text
    assert not set(COMMANDS) & {"\x1b", "\x9b", "\x07"} & set(text)


def test_a_delivery_is_captured_as_it_came(tmp_path: Path):
    capture = tmp_path / "captured.jsonl"
    Watcher(Console(file=io.StringIO()), SECRET, capture=capture).answer(Delivery(1, 0.0, "POST", "/", (), b"{}"))
    assert capture.read_text().count("\n") == 1
