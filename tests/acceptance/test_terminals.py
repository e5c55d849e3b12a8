"""What others wrote reaches a terminal as text: each command is run in a pseudo terminal."""

from __future__ import annotations

import json
import os
import pty
import re
import socket
import subprocess
import sysconfig
import threading
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote

import pytest
from oneinvoice_conformance.webhooks.receiver import Receiver

from tests.acceptance.command import ENVIRONMENT, KEYS

SCRIPTS = Path(sysconfig.get_path("scripts"))
CONTROLS = "\x1b]0;owned\x07 \x9b2J \r\x08\x7f \u202egnp\u2066 \u200b\ufeff\u2028"
ORDERS = "##vso[task.setvariable variable=a]b ##[error]c"
HOSTILE = f"::error::{CONTROLS} {ORDERS} [red]"
ASCII = f"::error::\x1b]0;owned\x07 {ORDERS}"
# What rich and the bar of progress send themselves: colours, erasing of lines, and the cursor's being hidden and shown.
OWN = re.compile(r"\x1b\[(?:[0-9;]*m|\d*[ABCDGK]|\?25[hl])|\r\n|\r(?=\x1b\[)|\n")


def in_terminal(*command: str | Path, folder: Path, until: str | None = None, env: dict[str, str] | None = None) -> str:
    """Run the command in a pseudo terminal of 100 columns, until it ends or has shown a text; give what it showed."""
    parent, child = pty.openpty()
    environment = ENVIRONMENT | {"TERM": "xterm-256color", "COLUMNS": "100"} | (env or {})
    process = subprocess.Popen(
        [*map(os.fspath, command)], stdin=child, stdout=child, stderr=child, cwd=folder, env=environment
    )
    os.close(child)
    shown = b""
    timer = threading.Timer(60, process.kill)
    timer.start()
    with suppress(OSError):  # the other end is closed
        while piece := os.read(parent, 65_536):
            shown += piece
            if until and until.encode() in shown:
                process.terminate()
                until = None
    process.wait()
    timer.cancel()
    os.close(parent)
    text = shown.decode("utf-8")
    assert "Traceback" not in text
    return text


def assert_harmless(shown: str, *parts: str) -> None:
    """Nothing but colours commands the terminal, no line is an order to a CI server; and the parts are shown."""
    plain = OWN.sub("\n", shown)
    odd = {hex(ord(each)) for each in plain if not (each.isprintable() or each == "\n")}
    assert not odd, (odd, shown)
    for line in plain.splitlines():
        assert "##[" not in line, line
        assert "##vso" not in line, line
        assert not line.lstrip().startswith("::"), line
    joined = re.sub(r"\s+", "", plain)
    for part in parts:
        assert re.sub(r"\s+", "", part) in joined, (part, plain)


class Hostile(BaseHTTPRequestHandler):
    """Deployment that answers everything with hostile texts, in the status given by the folder of the path."""

    def do_GET(self) -> None:
        status = {"/down": 500, "/page": 200, "/away": 302}.get(self.path[:5], 200)
        row = {"id": HOSTILE, "status": HOSTILE, HOSTILE: HOSTILE, "total": HOSTILE, "public_token": HOSTILE}
        body = json.dumps({"data": [row], "endpoints": [HOSTILE], HOSTILE: "/api/v1/members"}).encode()
        if self.path.startswith("/page"):
            body = f"<title>{HOSTILE}</title>{HOSTILE}".encode()
        self.send_response_only(status, ASCII)
        self.send_header("Content-Type", "text/html" if self.path.startswith("/page") else "application/json")
        self.send_header("X-Odd", HOSTILE.replace("\r", " ").encode().decode("latin-1"))
        self.send_header("Server", ASCII)
        if status == 302:
            self.send_header("Location", f"/{ASCII}")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        body = json.dumps({"detail": HOSTILE}).encode()
        self.send_response_only(400)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: object) -> None:
        """Print nothing."""


@contextmanager
def hostile_server() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Hostile) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def hostile() -> Iterator[str]:
    with hostile_server() as url:
        yield url


@pytest.mark.parametrize("place", ["", "/down", "/page", "/away"])
def test_run(tmp_path: Path, hostile: str, place: str):
    options = ["--key", KEYS["primary"], "--only", "DISC,MEM,QUO,INV-4", "--json", "r.json", "--har", "r.har"]
    shown = in_terminal(SCRIPTS / "oneinvoice-conform", hostile + place, *options, folder=tmp_path)
    assert_harmless(shown)
    for name in ("r.json", "r.har"):
        if (path := tmp_path / name).exists():
            text = path.read_text("utf-8")
            assert all(each.isprintable() or each == "\n" for each in text)
            assert "##[" not in text
            json.loads(text)


def test_usage_errors(tmp_path: Path):
    conform, mock, spec = (SCRIPTS / f"oneinvoice-{name}" for name in ("conform", "mock", "spec"))
    name = HOSTILE.replace("/", "")
    for command in (
        (conform, HOSTILE),
        (conform, f"--{HOSTILE}"),
        (conform, "http://x", HOSTILE),
        (conform, "http://x", "--only", HOSTILE),
        (conform, "http://x", "--map", name),
        (conform, f"http://{HOSTILE}"),
        (conform, "http://x", "--json", f"{name}/r.json"),
        (conform, "listen", "--listen", HOSTILE),
        (conform, "listen", "--forward-to", HOSTILE),
        (conform, "verify", HOSTILE),
        (conform, "proxy", HOSTILE),
        (conform, "proxy", "http://x", "--listen", HOSTILE),
        (conform, "proxy", "http://x", "--har", f"{name}/p.har"),
        (conform, "replay", name),
        (conform, "replay", "--only", HOSTILE, name),
        (conform, "diff", name, name),
        (mock, HOSTILE),
        (mock, "serve", "--host", HOSTILE),
        (mock, "serve", "--defect", HOSTILE),
        (mock, "serve", "--database", HOSTILE),
        (mock, "trigger", HOSTILE, "--url", HOSTILE),
        (mock, "keys", HOSTILE),
        (mock, "webhooks", HOSTILE),
        (mock, "clock", HOSTILE),
        (spec, HOSTILE),
        (spec, "check", f"--{HOSTILE}"),
        (spec, "check", name),
    ):
        shown = in_terminal(*command, folder=tmp_path)
        assert_harmless(shown)
        assert "\n" in shown, command


def test_listen(tmp_path: Path):
    with Receiver("127.0.0.1", 0) as free:
        port = free.port
    command = (SCRIPTS / "oneinvoice-conform", "listen", "--listen", f"127.0.0.1:{port}")

    def send() -> None:
        for _ in range(100):
            with suppress(ConnectionRefusedError), closing(socket.create_connection(("127.0.0.1", port))):
                break
            time.sleep(0.1)
        with suppress(ConnectionError):  # it is ended once it has shown the last one
            _deliver(port)

    sender = threading.Thread(target=send)
    sender.start()
    shown = in_terminal(*command, folder=tmp_path, until="the end", env={"ONEINVOICE_WEBHOOK_SECRET": "whsec_0123456"})
    sender.join()
    assert_harmless(shown, r"\x9b2J", r": :error::\x1b]0;owned\x07")


def test_proxy(tmp_path: Path, hostile: str):
    with Receiver("127.0.0.1", 0) as free:
        port = free.port
    command = (SCRIPTS / "oneinvoice-conform", "proxy", hostile, "--listen", f"127.0.0.1:{port}", "--har", "p.har")

    def send() -> None:
        for target in ("/api/v1", "/api/v1/members", f"/api/v1/members?x={CONTROLS}{ORDERS}", "/the-end"):
            for _ in range(100):
                with suppress(ConnectionRefusedError), closing(socket.create_connection(("127.0.0.1", port))) as client:
                    sent = "".join(each for each in target if each not in " \r\n\u2028").encode()
                    client.sendall(b"GET " + sent + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                    while client.recv(65_536):
                        pass
                    break
                time.sleep(0.1)

    sender = threading.Thread(target=send)
    sender.start()
    shown = in_terminal(*command, folder=tmp_path, until="the-end")
    sender.join()
    assert_harmless(shown, r"\x9b2J", r"\x1b]0;owned\x07")
    text = (tmp_path / "p.har").read_text("utf-8")
    assert all(each.isprintable() or each == "\n" for each in text)
    assert len(json.loads(text)["log"]["entries"]) == 4


def _deliver(port: int) -> None:
    event = HOSTILE.replace("\r", " ").encode().decode("latin-1")
    for value in (event, "\x1b[2J##[group]", "the end"):
        connection = HTTPConnection("127.0.0.1", port, timeout=5)
        connection.putrequest("POST", f"/hook?{quote(HOSTILE, safe='#[]:')}")
        for name in ("X-1Invoice-Event", "X-1Invoice-Signature", "User-Agent", "Content-Type"):
            connection._buffer.append(f"{name}: {value}".encode("latin-1"))  # type: ignore[attr-defined]
        connection.putheader("Content-Length", "2")
        connection.endheaders(b"{}")
        connection.getresponse().read()
        connection.close()


def test_files_of_others(tmp_path: Path):
    conform, spec = SCRIPTS / "oneinvoice-conform", SCRIPTS / "oneinvoice-spec"
    delivery = {
        "method": HOSTILE, "target": HOSTILE, "body_base64": b64encode(HOSTILE.encode()).decode(),
        "headers": [["X-1Invoice-Event", HOSTILE], ["X-1Invoice-Signature", HOSTILE], ["User-Agent", HOSTILE]],
    }  # fmt: skip
    (tmp_path / f"{CONTROLS}.jsonl").write_text(json.dumps(delivery))
    secret = {"ONEINVOICE_WEBHOOK_SECRET": "whsec_0123456"}
    for name in (f"{CONTROLS}.jsonl",):
        assert_harmless(in_terminal(conform, "verify", "--capture", name, folder=tmp_path, env=secret), r"\x9b2J")
    pairs = [{"name": "X-Odd", "value": HOSTILE}, {"name": HOSTILE, "value": HOSTILE}]
    entry = {
        "startedDateTime": "2026-01-01T00:00:00Z", "time": 1, "cache": {}, "timings": {},
        "request": {
            "method": "GET", "url": f"https://a.example/api/v1/members?{HOSTILE}", "queryString": [], "cookies": [],
            "headers": [{"name": "Authorization", "value": f"Bearer {KEYS['primary']}"}, *pairs],
        },
        "response": {
            "status": 500, "statusText": HOSTILE, "headers": pairs,
            "content": {"mimeType": "application/json", "size": 1, "text": HOSTILE},
        },
    }  # fmt: skip
    plain = json.loads(json.dumps(entry))
    plain["request"]["url"] = "https://a.example/api/v1/members"
    (tmp_path / "r.har").write_text(json.dumps({"log": {"version": "1.2", "entries": [entry, plain]}}))
    assert_harmless(in_terminal(conform, "replay", "r.har", folder=tmp_path))
    with hostile_server() as url:
        in_terminal(conform, url, "--key", KEYS["primary"], "--only", "MEM-1", "--json", "a.json", folder=tmp_path)
    report = json.loads((tmp_path / "a.json").read_text())
    report["deployment"] = report["requirements"][0]["statement"] = report["requirements"][0]["reason"] = HOSTILE
    report["requirements"][0]["outcome"] = "failed"
    (tmp_path / "b.json").write_text(json.dumps(report))
    assert_harmless(in_terminal(conform, "diff", "a.json", "b.json", folder=tmp_path), r"\x9b2J")
    (tmp_path / "c.yaml").write_text(
        json.dumps({"openapi": "3.1.0", HOSTILE: 1, "paths": {HOSTILE: {"get": HOSTILE}}, "info": {}})
    )
    assert_harmless(in_terminal(spec, "check", "c.yaml", folder=tmp_path))


def test_answers_of_what_is_no_mock(tmp_path: Path, hostile: str):
    mock = SCRIPTS / "oneinvoice-mock"
    for command in (
        ("trigger", "invoice.paid"), ("webhooks", "list"), ("webhooks", "add", "http://x"), ("webhooks", "deliveries"),
        ("clock",), ("clock", "reset"), ("keys", "limit", "x", "5"),
    ):  # fmt: skip
        assert_harmless(in_terminal(mock, *command, "--url", hostile, folder=tmp_path))
