"""However much a deployment answers, a run takes at most 400 MB of memory, and judges it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.acceptance.command import ENVIRONMENT, KEY_OPTIONS, KEYS

LIMIT = 400  # MB
STATUSES = ("active", "inactive", "pending")
# The command line, which tells at its end the most memory that the process had: VmHWM, since ru_maxrss has what the
# process had that started it.
MEASURED = """
import atexit, pathlib, sys
from oneinvoice_conformance.cli.main import main
status = pathlib.Path("/proc/self/status")
atexit.register(lambda: print(*[line for line in status.read_text().splitlines() if "VmHWM" in line], file=sys.stderr))
main()
"""
REPORTS = {
    "--json": "report.json",
    "--junit": "report.xml",
    "--html": "report.html",
    "--markdown": "report.md",
    "--badge": "report.svg",
    "--pytest-out": "test_report.py",
    "--har": "report.har",
}


class Lists(BaseHTTPRequestHandler):
    """The API with so many members, which ignores every parameter but a status."""

    protocol_version = "HTTP/1.1"
    members = 0
    written: dict[str, bytes]  # since it takes long

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        endpoint = url.path.removeprefix("/api/v1").strip("/")
        names = {f"Bearer {key}": name for name, key in KEYS.items() if name != "revoked"}
        if not endpoint:
            self.answer(200, json.dumps([f"/api/v1/{name}" for name in ("members", "quotes", "invoices")]).encode())
        elif organisation := names.get(self.headers.get("Authorization", "")):
            whose = "theirs" if organisation == "other" else "ours"
            status = dict(parse_qsl(url.query)).get("status", "")
            self.lists(endpoint, whose, status)
        else:
            self.answer(401, b"{}")

    def lists(self, endpoint: str, whose: str, status: str) -> None:
        written = f"{endpoint} {whose} {status}"
        if written not in self.written:
            records = self.member_records(whose) if endpoint == "members" else document_records(endpoint, whose)
            kept = [record for record in records if status in ("", record["status"])]
            self.written[written] = json.dumps({"data": kept}, ensure_ascii=False).encode()
        self.answer(200, self.written[written])

    def member_records(self, whose: str) -> Iterator[dict[str, Any]]:
        for number in range(self.members):
            yield {
                "id": f"{whose}-{number}",
                "name": f"Åse Lund Nygård the {number}th of {whose}",
                "status": STATUSES[number % len(STATUSES)],
                "email": f"{number}@x.no",
                "address": {"street": f"Storgata {number}", "city": "København"},
            }

    def answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        pass


def document_records(endpoint: str, whose: str) -> Iterator[dict[str, Any]]:
    for number in range(12):
        name = f"{endpoint} {number} of {whose}"
        yield {
            **{"id": name, "status": "paid" if endpoint == "invoices" else "accepted", "total": "10.00"},
            **{"public_token": name, "signing": {"name": name}},
            **{"payment_status": "paid", "due_date": "2026-01-31"},
        }


class Endless(Lists):
    """Its members never end."""

    members = 1

    def lists(self, endpoint: str, whose: str, status: str) -> None:
        if endpoint != "members":
            super().lists(endpoint, whose, status)
            return
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        [record] = self.member_records(whose)
        chunk = (json.dumps(record) + ",").encode() * 500
        try:
            self.chunk(b'{"data": [')
            while True:
                self.chunk(chunk)
        except OSError:
            self.close_connection = True  # the client has had enough

    def chunk(self, content: bytes) -> None:
        self.wfile.write(b"%x\r\n%b\r\n" % (len(content), content))


class Server(ThreadingHTTPServer):
    """Server whose client may hang up at any time."""

    def handle_error(self, request: object, client_address: object) -> None:
        if not isinstance(sys.exception(), ConnectionError):
            raise


@contextmanager
def serving(members: int, kind: type[Lists] = Lists) -> Iterator[str]:
    handler = type("_Handler", (kind,), {"members": members or kind.members, "written": {}})
    server = Server(("127.0.0.1", 0), handler)
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@dataclass(frozen=True)
class Judged:
    """A run that is over: its exit code, what it printed, the most memory that it took, in MB, and its report."""

    code: int
    out: str
    peak: int
    report: dict[str, Any]

    @property
    def outcomes(self) -> dict[str, str]:
        return {row["id"]: row["outcome"] for row in self.report["requirements"]}

    def reason(self, id: str) -> str:
        return next(str(row["reason"]) for row in self.report["requirements"] if row["id"] == id)


def conform(folder: Path, *arguments: str) -> Judged:
    """Run the command line with all reports at once, and measure the memory of its process."""
    reports = [part for pair in REPORTS.items() for part in pair]
    if arguments[0] == "replay":
        reports = [part for part in reports if part not in ("--pytest-out", "test_report.py")]
    command = [sys.executable, "-c", MEASURED, *arguments, *reports]
    ran = subprocess.run(command, cwd=folder, env=ENVIRONMENT, capture_output=True, text=True, timeout=120, check=False)
    assert ran.returncode in (0, 1, 3), ran
    report = json.loads((folder / "report.json").read_text())
    return Judged(ran.returncode, ran.stdout, int(ran.stderr.split()[-2]) // 1024, report)


def assert_violates(judged: Judged, ids: Iterable[str]) -> None:
    assert judged.code == 1, judged.out
    assert judged.peak < LIMIT
    assert {judged.outcomes[id] for id in ids} == {"failed"}
    assert "error" not in judged.outcomes.values()
    assert not [id for id, outcome in judged.outcomes.items() if outcome == "failed" and not id.startswith("MEM-")]


def test_40_000_members_in_8_mb_whatever_the_limit(tmp_path: Path):
    with serving(40_000) as url:
        judged = conform(tmp_path, url, *KEY_OPTIONS, "--skip", "HOOK,RATE,NEWS")
    assert_violates(judged, ("MEM-2", "MEM-3", "MEM-4"))
    assert judged.reason("MEM-2") == "without a limit a page holds 40,000 members"
    assert "gives 40,000 records, of which the first 1,000 are looked at" in judged.reason("MEM-5")
    assert judged.outcomes["MEM-1"] == "passed"
    assert sum(path.stat().st_size for path in tmp_path.glob("report.[!h]*")) < 2**20
    (tmp_path / "report.har").rename(tmp_path / "run.har")
    again = conform(tmp_path, "replay", "run.har", "--skip", "HOOK,RATE,NEWS")
    assert_violates(again, ("MEM-2", "MEM-3", "MEM-4"))
    assert again.outcomes == judged.outcomes
    (tmp_path / "run.har").unlink()
    (tmp_path / "report.har").unlink()


@pytest.mark.parametrize(("members", "kind"), [(100_000, Lists), (0, Endless)], ids=["18 MB", "endless"])
def test_an_answer_of_more_than_16_mib_is_judged_by_those(tmp_path: Path, members: int, kind: type[Lists]):
    with serving(members, kind) as url:
        judged = conform(tmp_path, url, *KEY_OPTIONS, "--only", "MEM,ORG-1")
    assert_violates(judged, ("MEM-2", "MEM-3", "MEM-4"))
    assert "goes on behind the 16 MiB that were read of it" in judged.reason("MEM-1")
    assert judged.outcomes["MEM-1"] == judged.outcomes["ORG-1"] == "inconclusive"
    har = (tmp_path / "report.har").read_text()
    assert '"_cut": true' in har
    (tmp_path / "report.har").rename(tmp_path / "run.har")
    assert conform(tmp_path, "replay", "run.har", "--only", "MEM,ORG-1").outcomes == judged.outcomes
