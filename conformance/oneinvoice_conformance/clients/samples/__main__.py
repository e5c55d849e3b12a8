"""Programs of the self-test's clients: `python -m oneinvoice_conformance.clients.samples good|naive sync|…`."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress

from oneinvoice_conformance.clients.samples.puller import GoodPuller, NaivePuller, pull, surroundings
from oneinvoice_conformance.clients.samples.receiver import GoodReceiver, NaiveReceiver, serve
from oneinvoice_conformance.clients.samples.store import Store, folder

_START = 20.0  # seconds


def main(client: str, command: str, *arguments: str) -> int:
    """Run a command of a client, and return its exit code."""
    is_good = client == "good"
    if command == "sync":
        puller = (GoodPuller if is_good else NaivePuller)(*surroundings())
        return pull(puller, Store())
    if command == "receive":
        serve(int(arguments[0]), GoodReceiver if is_good else NaiveReceiver)
    elif command == "start":
        _start(client, int(arguments[0]))
    elif command == "stop":
        _stop()
    elif command == "dump":
        print(json.dumps(Store().dump()))
    elif command == "rotate":
        Store().rotate(arguments[0], "".join(arguments[1:]))
    return 0


def _start(client: str, port: int) -> None:
    """Kill the receiver if one runs, start another in the background, and return once it listens."""
    _stop()
    receiver = subprocess.Popen(
        [sys.executable, "-m", "oneinvoice_conformance.clients.samples", client, "receive", str(port)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    (folder() / "receiver.pid").write_text(str(receiver.pid))
    limit = time.monotonic() + _START
    while time.monotonic() < limit:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.02)


def _stop() -> None:
    """Kill the receiver without warning."""
    with suppress(OSError, ValueError):
        pid = int((folder() / "receiver.pid").read_text())
        os.kill(pid, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
