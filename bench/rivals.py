"""Measure what a list of fifty costs, beside other mocks of HTTP APIs; print JSON.

    python bench/rivals.py [--requests 240] [--rounds 5] [--folder FOLDER]

- Prism (npm `@stoplight/prism-cli`, default settings) mocks the same authored document: an example, without any state.
- localstripe and the server of moto (PyPI) keep state: fifty customers, and fifty objects in a bucket, are listed.

They are installed into a temporary folder, or into FOLDER, which is used again. All take turns, as in request_path.py;
`of` is their processor time per answer divided by ours, and `required` what it is to be at least.
"""

from __future__ import annotations

import argparse
import http.client
import json
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import oneinvoice_openapi
from oneinvoice_fixtures.keys import key_text
from request_path import PATH, SEED, UNLIMITED, Contestant, race, request_bytes
from servers import free_port, mock_command

RECORDS = 50
REQUIRED = {"prism": 1, "localstripe": 2, "moto": 2}
STRIPE_KEY = "sk_test_12345"
AWS = "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0"
DOCUMENT = Path(oneinvoice_openapi.__file__).with_name("v1") / "openapi.yaml"


def install(folder: Path) -> dict[str, list[str]]:
    """Install what can be installed; the commands by name, to which a port is added."""
    commands = {"ours": mock_command("sqlite://", SEED, 2_000, UNLIMITED)}
    prism = folder / "prism" / "node_modules" / ".bin" / "prism"
    if not prism.exists() and shutil.which("npm"):
        quiet = ["--silent", "--no-fund", "--no-audit"]
        subprocess.run(
            ["npm", "install", *quiet, "--prefix", str(folder / "prism"), "@stoplight/prism-cli"], check=False
        )
    if prism.exists():
        commands["prism"] = [str(prism), "mock", str(DOCUMENT), "--port"]
    scripts = folder / "v" / "bin"
    if not scripts.exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder / "v")], check=True)
        for name in ("localstripe", "moto[server,s3]"):
            subprocess.run([str(scripts / "python"), "-m", "pip", "install", "--quiet", name], check=False)
    if (scripts / "localstripe").exists():
        commands["localstripe"] = [str(scripts / "localstripe"), "--from-scratch", "--port"]
    if (scripts / "moto_server").exists():
        commands["moto"] = [str(scripts / "moto_server"), "--port"]
    return commands


def _send(port: int, method: str, path: str, authorization: str, body: str | None = None) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port)
    headers = {"Authorization": authorization}
    if method == "POST":
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    connection.request(method, path, body, headers)
    status = connection.getresponse().status
    connection.close()
    return status


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(2_400):
        if process.poll() is not None:
            raise RuntimeError(f"{process.args} exited with {process.returncode}")
        try:
            _send(port, "GET", "/", "Bearer none")
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"{process.args} doesn't answer")


def fill(name: str, port: int) -> bytes:
    """Have fifty records; the request that lists them."""
    if name == "localstripe":
        for number in range(RECORDS):
            _send(port, "POST", "/v1/customers", f"Bearer {STRIPE_KEY}", f"name=Customer+{number}&email=c%40c.example")
        return request_bytes(f"/v1/customers?limit={RECORDS}", STRIPE_KEY)
    if name == "moto":
        for path in ("/bench", *(f"/bench/object-{number}" for number in range(RECORDS))):
            assert _send(port, "PUT", path, AWS, "") == 200
        return f"GET /bench?list-type=2 HTTP/1.1\r\nHost: localhost\r\nAuthorization: {AWS}\r\n\r\n".encode()
    return request_bytes(PATH, key_text(SEED, "primary"))


def main() -> None:
    """Measure all that can be installed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=240)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--folder", type=Path)
    arguments = parser.parse_args()
    with ExitStack() as stack:
        folder = arguments.folder or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="oneinvoice-bench-")))
        all_of_them: dict[str, Contestant] = {}
        for name, command in install(folder).items():
            port = free_port()
            process = subprocess.Popen(
                [*command, str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder
            )
            stack.callback(process.wait)
            stack.callback(process.kill)  # not all end when they are told to
            _wait(port, process)
            all_of_them[name] = Contestant(port, process.pid, fill(name, port))
        required = {name: least for name, least in REQUIRED.items() if name in all_of_them}
        measured: dict[str, Any] = race(all_of_them, arguments.requests, arguments.rounds)
    asked = {"requests": arguments.requests, "rounds": arguments.rounds, "required": required}
    print(json.dumps(asked | measured, indent=2))


if __name__ == "__main__":
    main()
