"""Standard output that is closed, full, left unread, or a report's."""

from __future__ import annotations

import json
import socket
import subprocess
import sysconfig
from pathlib import Path

import pytest
from oneinvoice_conformance.webhooks.receiver import Receiver

from tests.acceptance.command import ENVIRONMENT, KEYS, SCHEMA

SCRIPTS = Path(sysconfig.get_path("scripts"))
JUDGE = '"$SCRIPTS"/oneinvoice-conform "$URL" --only DISC,MEM-1,QUO'
Run = subprocess.CompletedProcess[str]


def shell(command: str, url: str) -> Run:
    """Run a line in a shell, whose exit code is that of the first command of a pipe."""
    environment = ENVIRONMENT | {"SCRIPTS": str(SCRIPTS), "URL": url, "ONEINVOICE_KEY": KEYS["primary"]}
    return subprocess.run(
        ["bash", "-o", "pipefail", "-c", command],
        capture_output=True, text=True, timeout=60, check=False, env=environment,
    )  # fmt: skip


@pytest.mark.parametrize(
    "command",
    [
        f"{JUDGE} | true",
        f"{JUDGE} | head -1",
        f"{JUDGE} >&-",
        f"{JUDGE} >&- 2>&-",
        f"{JUDGE} --json - | head -1",
        f"{JUDGE} --json - | true",
        f"{JUDGE} --plan | head -1",
        '"$SCRIPTS"/oneinvoice-mock keys | true',
        '"$SCRIPTS"/oneinvoice-mock keys >&-',
        '"$SCRIPTS"/oneinvoice-mock serve --list-defects | head -1',
        '"$SCRIPTS"/oneinvoice-spec check | true',
        '"$SCRIPTS"/oneinvoice-spec check >&-',
    ],
)
def test_nobody_who_reads_on_changes_the_exit_code(command: str, miniature: str) -> None:
    run = shell(command, miniature)
    assert (run.returncode, run.stderr if "--json -" not in command else "") == (0, "")
    assert "Traceback" not in run.stderr
    assert "Exception ignored" not in run.stderr


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (f"{JUDGE} > /dev/full", 4),
        (f"{JUDGE} --json - > /dev/full", 2),
        ('"$SCRIPTS"/oneinvoice-spec check > /dev/full', 4),
    ],
)
def test_a_full_disk_is_told(command: str, code: int, miniature: str) -> None:
    run = shell(command, miniature)
    assert run.returncode == code
    assert "No space left on device" in run.stderr
    assert "Traceback" not in run.stderr


def test_a_report_on_standard_output_has_it_alone(miniature: str, tmp_path: Path) -> None:
    run = shell(f"{JUDGE} --json - --markdown {tmp_path}/r.md", miniature)
    report = json.loads(run.stdout)
    SCHEMA.validate(report)
    assert (run.returncode, report["verdict"]) == (0, "conforms")
    assert "conforms  " in run.stderr
    assert f"report: {tmp_path}/r.md" in run.stderr
    assert "report: -" not in run.stderr
    (tmp_path / "a.json").write_text(run.stdout)
    compared = shell(f'"$SCRIPTS"/oneinvoice-conform diff --json - {tmp_path}/a.json {tmp_path}/a.json', miniature)
    assert json.loads(compared.stdout)["got_worse"] is False
    assert "0 worse" in compared.stderr


def test_two_reports_can_not_share_it(miniature: str) -> None:
    run = shell(f"{JUDGE} --json - --junit -", miniature)
    assert (run.returncode, run.stdout) == (2, "")
    assert "name the same file" in run.stderr


def test_a_sender_that_speaks_tls_is_counted() -> None:
    told: list[str] = []
    with Receiver("127.0.0.1", 0, on_tls=lambda: told.append("tls")) as receiver:
        with socket.create_connection(("127.0.0.1", receiver.port), timeout=5) as sender:
            sender.sendall(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(32))
            assert sender.recv(1) == b""
        assert (receiver.tls_hellos, told, receiver.deliveries) == (1, ["tls"], [])
