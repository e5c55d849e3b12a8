import hmac
import io
from pathlib import Path

import pytest
from oneinvoice_conformance.cli.listen import Judged, Watcher, judge
from oneinvoice_conformance.http.delivery import Delivery
from oneinvoice_conformance.webhooks.receiver import Reply
from rich.console import Console

SECRET = "whsec_of-a-test-and-of-nothing-else"
COMMANDS = "\x1b[2J\x9b2J\x07"


def shown(target: str, headers: dict[str, str], *, forward_to: str | None = None, method: str = "POST") -> str:
    out = io.StringIO()
    watcher = Watcher(Console(file=out, width=500), SECRET, forward_to)
    watcher.answer(Delivery(1, 0.0, method, target, tuple(headers.items()), b"{}"))
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


def right(event: str = "invoice.paid", body: bytes = b'{"a": 1}', secret: str = SECRET) -> dict[str, str]:
    """Headers of a delivery as it is documented."""
    return {
        "X-1Invoice-Event": event,
        "X-1Invoice-Signature": hmac.new(secret.encode(), body, "sha256").hexdigest(),
        "User-Agent": "1invoice-webhooks/1",
        "Content-Type": "application/json",
    }


def judged(method: str, headers: dict[str, str], body: bytes = b'{"a": 1}', secret: str = SECRET) -> Judged:
    return judge(Delivery(1, 0.0, method, "/hook", tuple(headers.items()), body), secret)


def test_only_a_delivery_of_which_all_is_right_has_a_tick():
    assert judged("POST", right()) == Judged("✓")
    assert judged("POST", right(), secret="").mark == "?"
    wrong = judged("POST", right() | {"X-1Invoice-Signature": "0" * 64})
    assert (wrong.mark, [sentence[:6] for sentence in wrong.sentences]) == ("✗", ["HOOK-4"])


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "DELETE"])
@pytest.mark.parametrize("agent", ["", "ELB-HealthChecker/2.0", "1invoice-webhooks/1"])
def test_a_probe_of_the_address_is_no_delivery(method: str, agent: str):
    probe = judged(method, {"User-Agent": agent}, b"")
    assert (probe.mark, len(probe.sentences)) == ("·", 1)
    assert probe.sentences[0].startswith("no delivery")
    assert "✓" not in shown("/", {}, method="GET")


def test_a_delivery_by_another_method_is_wrong():
    wrong = judged("GET", right(body=b""), b"")
    assert (wrong.mark, wrong.sentences[0][:7]) == ("✗", "HOOK-1:")


@pytest.mark.parametrize(("secret", "said"), [(SECRET, "; its signature verifies"), ("another", "does not verify")])
def test_an_event_that_is_not_documented_is_not_judged(secret: str, said: str):
    ping = judged("POST", right("ping"), secret=secret)
    assert ping.mark == "?"
    assert ping.sentences[0].startswith("not judged, since 'ping' is no documented event; its signature ")
    assert ping.sentences[0].endswith(said)


def test_what_is_left_open_is_no_tick():
    packed = judged("POST", right() | {"Content-Encoding": "gzip"})
    assert packed == Judged("?", ("HOOK-2: the body of delivery 1 (invoice.paid) is compressed (gzip)",))


def test_a_capture_that_has_no_room_is_told_and_the_sender_answered():
    watcher = Watcher(Console(file=io.StringIO()), SECRET, capture=Path("/dev/full"))
    assert watcher.answer(Delivery(1, 0.0, "POST", "/", (), b"{}")) == Reply(200)
    assert str(watcher.failure) == (
        "/dev/full can't be written to (No space left on device); make room or name another file, and start again."
    )


def test_what_came_and_is_no_delivery_is_told():
    out = io.StringIO()
    Watcher(Console(file=out, width=500), SECRET).tell(f"a TLS handshake came {COMMANDS}{SECRET}")
    assert "! a TLS handshake came" in out.getvalue()
    assert SECRET[:12] not in out.getvalue()
    assert not set(out.getvalue()) & {"\x1b", "\x9b", "\x07"}
