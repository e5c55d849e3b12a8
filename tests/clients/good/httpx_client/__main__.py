"""Programs of the client; the folder of its database is CLIENT_STORE."""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from tests.clients.good.httpx_client.database import Database

_FOLDER = Path(os.environ["CLIENT_STORE"])
_STATE = _FOLDER / "receiver.json"


def main(program: str, *arguments: str) -> int:
    database = Database(_FOLDER)
    if program == "sync":
        from tests.clients.good.httpx_client.pulling import sync

        return sync(database)
    if program == "receiver":
        return _receive(database, int(arguments[0]) if arguments else 0)
    if program == "dump":
        print(json.dumps(database.dump()))
    elif program == "rotate":
        database.set("secrets", [each for each in arguments if each])
    elif program == "restart":
        _restart()
    return 0


def _receive(database: Database, port: int) -> int:
    from tests.clients.good.httpx_client.hook import listen

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    if secret := os.environ.get("ONEINVOICE_WEBHOOK_SECRET"):
        database.set("secrets", [secret])
    server = listen(database, port)
    new = _STATE.with_suffix(".new")
    new.write_text(json.dumps({"pid": os.getpid(), "port": server.port}))
    new.replace(_STATE)
    server.serve_forever()
    return 0


def _restart() -> None:
    state = json.loads(_STATE.read_text())
    with suppress(ProcessLookupError):
        os.kill(state["pid"], signal.SIGKILL)
    _STATE.unlink()
    silence = subprocess.DEVNULL
    environment = {name: value for name, value in os.environ.items() if name != "ONEINVOICE_WEBHOOK_SECRET"}
    command = [sys.executable, "-m", "tests.clients.good.httpx_client", "receiver", str(state["port"])]
    subprocess.Popen(command, env=environment, stdin=silence, stdout=silence, stderr=silence, start_new_session=True)
    while not _STATE.exists():
        time.sleep(0.02)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
