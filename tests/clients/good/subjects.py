"""The three clients that were written apart, in free variants, as the judge runs them."""

from __future__ import annotations

import atexit
import os
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

import oneinvoice_openapi

from tests.clients.judging import Subject

_DOCUMENT = Path(oneinvoice_openapi.__file__).parent / "v1" / "openapi.yaml"
_NODE = Path(__file__).parent / "node" / "client.js"
_ALL = frozenset({"receiver", "readback", "restart", "rotate"})
_VARIANTS: dict[str, dict[str, dict[str, str]]] = {
    "httpx": {
        "": {},
        "workers": {"CLIENT_WORKERS": "4", "CLIENT_PAGE_SIZE": "30"},
        "pages-of-50": {"CLIENT_PAGE_SIZE": "50"},
        "asks-for-500": {"CLIENT_PAGE_SIZE": "500"},
        "no-redirects": {"CLIENT_REDIRECTS": "no", "CLIENT_REFUSED": "403"},
    },
    "node": {
        "": {},
        "workers": {"CLIENT_WORKERS": "3", "CLIENT_PAGE_SIZE": "40"},
        "accepts-204": {"CLIENT_ACCEPTED": "204", "CLIENT_REFUSED": "404", "CLIENT_PAGE_SIZE": "200"},
    },
    "generated": {
        "": {},
        "workers": {"CLIENT_WORKERS": "5", "CLIENT_PAGE_SIZE": "25"},
        "refuses-500": {"CLIENT_REFUSED": "500", "CLIENT_ACCEPTED": "202"},
    },
}


def subject(name: str) -> Subject:
    """Return a client by the name of its kind and its variant, such as `httpx` and `httpx workers`."""
    kind, _, variant = name.partition(" ")
    commands: dict[str, tuple[str, ...]] = {
        "httpx": (sys.executable, "-m", "tests.clients.good.httpx_client"),
        "node": ("node", str(_NODE)),
        "generated": (sys.executable, "-m", "tests.clients.good.generated"),
    }
    made = {"CLIENT_MADE": str(_made())} if kind == "generated" else {}
    return Subject(name, commands[kind], {**_VARIANTS[kind][variant], **made})


def names() -> list[str]:
    return [f"{kind} {variant}".strip() for kind, variants in _VARIANTS.items() for variant in variants]


def partial_subjects() -> list[Subject]:
    """Return clients of which less is shown: part of the lists, no receiver, no state."""
    one, node = subject("httpx"), subject("node")
    return [
        Subject("httpx members alone", one.command, {"CLIENT_LISTS": "members"}, _ALL, ("--scope", "members")),
        Subject("httpx polls", one.command, {}, frozenset({"readback"})),
        Subject("node without readback", node.command, {}, frozenset({"receiver", "restart", "rotate"})),
        Subject("node without restart", node.command, {}, frozenset({"receiver", "readback"})),
    ]


@cache
def _made() -> Path:
    """Have openapi-python-client make its client, once, and return the folder that it is in."""
    temporary = tempfile.TemporaryDirectory(prefix="made-")
    atexit.register(temporary.cleanup)
    folder = Path(temporary.name)
    command: list[str | Path] = [
        Path(sys.executable).with_name("openapi-python-client"), "generate", "--path", _DOCUMENT, "--meta", "none",
        "--output-path", folder / "oneinvoice_client",
    ]  # fmt: skip
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"  # where its formatter is
    subprocess.run(command, check=True, capture_output=True, env={**os.environ, "PATH": path})
    return folder
