"""What the start of a mock loads, which only a process of its own can tell."""

from __future__ import annotations

import subprocess
import sys

START = """
import asyncio, sys
from oneinvoice_impl.command_line import import_connexion
import_connexion()
from oneinvoice_impl.mock.extension import LocalMock
from oneinvoice_impl.server.components import DEFAULT
from oneinvoice_impl.settings import Settings
from tests.unit.impl.asgi_client import asked
app = LocalMock("mock.example").application(Settings(), DEFAULT)
ask = lambda path: asyncio.run(asked(app, path, [("Host", "mock.example")])).status
loaded = lambda *names: [name for name in names if name in sys.modules]
assert ask("/api/v1") == 200
assert loaded("connexion", "httpx", "sqlalchemy") == ["connexion", "httpx", "sqlalchemy"]
assert not loaded("rich", "pygments", "jsonschema_rs", "oneinvoice_impl.mock.controls", "oneinvoice_impl.mock.state")
assert ask("/openapi.json") == 200
assert ask("/_mock/openapi.json") == 200
assert ask("/_mock/nowhere") == 404
assert loaded("oneinvoice_impl.mock.controls.routing")
# What was left out can still be loaded.
import httpx._main
assert loaded("rich")
"""


def test_a_start_loads_no_controls_and_no_library_for_terminals() -> None:
    done = subprocess.run([sys.executable, "-c", START], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
