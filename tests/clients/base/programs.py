"""Programs of a client: sync, receiver, dump, restart and rotate, as `oneinvoice-conform client` runs them.

Their environment has the folder of the store in CLIENT_STORE; that of `sync` has ONEINVOICE_URL and ONEINVOICE_KEY, and
that of the first `receiver` ONEINVOICE_WEBHOOK_SECRET.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.clients.base.puller import Puller
from tests.clients.base.receiver import Receiver
from tests.clients.base.store import Store

STATE = "receiver.json"
USAGE = "usage: … sync | receiver [PORT] | dump | restart | rotate NEW [OLD]"


def main(
    puller: type[Puller],
    receiver: type[Receiver],
    command: Sequence[str],
    arguments: Sequence[str],
    contents: Callable[[Store], dict[str, Any]] = Store.contents,
) -> int:
    """Run one of the programs of a client, and return its exit code.

    `command` starts this client anew, and `contents` is what `dump` tells of a store.
    """
    store = Store(Path(os.environ.get("CLIENT_STORE", ".")))
    program, *rest = arguments or ["help"]
    programs: dict[str, Callable[[], int]] = {
        "sync": lambda: puller(os.environ["ONEINVOICE_URL"], os.environ["ONEINVOICE_KEY"], store).run(),
        "receiver": lambda: listen(receiver(store), store, int(rest[0]) if rest else 0),
        "dump": lambda: dump(contents(store)),
        "restart": lambda: restart(store, command),
        "rotate": lambda: rotate(receiver(store), *rest),
    }
    if program not in programs:
        print(USAGE, file=sys.stderr)
        return 2
    return programs[program]()


def listen(receiver: Receiver, store: Store, port: int) -> int:
    """Serve until it is killed; who and where it is stands in the store from then on."""
    if (secret := os.environ.get("ONEINVOICE_WEBHOOK_SECRET")) and store.read("secrets.json") is None:
        receiver.rotate(secret, "")
    server = bound(receiver, port)
    store.write(STATE, {"pid": os.getpid(), "port": server.server_address[1]})
    with suppress(KeyboardInterrupt):
        server.serve_forever(poll_interval=0.05)
    return 0


def bound(receiver: Receiver, port: int) -> ThreadingHTTPServer:
    """Return a server at a port, which the one before may take a moment to leave."""
    for _ in range(100):
        with suppress(OSError):
            return receiver.serve(port)
        time.sleep(0.02)
    return receiver.serve(port)


def dump(contents: dict[str, Any]) -> int:
    print(json.dumps(contents))
    return 0


def rotate(receiver: Receiver, new: str, old: str = "") -> int:
    receiver.rotate(new, old)
    return 0


def restart(store: Store, command: Sequence[str]) -> int:
    """Kill the receiver without warning, and start it again at the same port; return once it listens."""
    state = store.read(STATE)
    with suppress(ProcessLookupError):
        os.kill(state["pid"], signal.SIGKILL)
    started = subprocess.Popen(
        [*command, "receiver", str(state["port"])],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    # The port may still be that of the one that was killed, so that an answer there tells nothing.
    while store.read(STATE)["pid"] != started.pid:
        if started.poll() is not None:
            return 1
        time.sleep(0.02)
    return 0
