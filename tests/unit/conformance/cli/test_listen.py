import io
from pathlib import Path

import pytest
from oneinvoice_conformance.cli.listen import Watcher
from oneinvoice_conformance.http.delivery import Delivery
from oneinvoice_conformance.webhooks.signing import sign
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


@pytest.mark.parametrize(
    ("method", "headers", "doubt"),
    [
        ("GET", {"User-Agent": "probe/1"}, "no delivery: a GET"),
        ("HEAD", {}, "no delivery: a HEAD"),
        ("POST", {"X-1Invoice-Event": "ping"}, "'ping' is no documented event"),
    ],
)
def test_what_is_not_judged_is_no_tick(method: str, headers: dict[str, str], doubt: str):
    out = io.StringIO()
    watcher = Watcher(Console(file=out, width=500), SECRET)
    watcher.answer(Delivery(1, 0.0, method, "/hook", tuple(headers.items()), b"{}" if method == "POST" else b""))
    assert " ? " in out.getvalue()
    assert doubt in out.getvalue()
    assert "✓" not in out.getvalue()


def test_a_right_delivery_is_a_tick_and_counted_apart_from_probes():
    out = io.StringIO()
    watcher = Watcher(Console(file=out, width=500), SECRET)
    headers = {
        "X-1Invoice-Event": "invoice.paid",
        "X-1Invoice-Signature": sign(b"{}", SECRET),
        "User-Agent": "1invoice-webhooks/1",
        "Content-Type": "application/json",
    }
    watcher.answer(Delivery(1, 0.0, "POST", "/hook", tuple(headers.items()), b"{}"))
    watcher.answer(Delivery(2, 0.0, "GET", "/hook", (), b""))
    assert "✓ invoice.paid" in out.getvalue()
    assert watcher.summary == "1 delivery came, and 1 that is none."


def test_a_delivery_is_captured_as_it_came(tmp_path: Path):
    capture = tmp_path / "captured.jsonl"
    Watcher(Console(file=io.StringIO()), SECRET, capture=capture).answer(Delivery(1, 0.0, "POST", "/", (), b"{}"))
    assert capture.read_text().count("\n") == 1
