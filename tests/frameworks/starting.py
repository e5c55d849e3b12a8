"""Deployments on stock parts: what starts each on a free port, in processes of its own, and stops it."""

from __future__ import annotations

import http.client
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from tests.frameworks.data import statements, tables, write_data
from tests.frameworks.nginx import write_configuration
from tests.services.ports import free_port
from tests.services.redis import redis

FOLDER = Path(__file__).parent / "deployments"
NODE_MODULES = Path(sys.prefix) / "node" / "node_modules"  # where `scripts/node-packages` puts them
LONGEST_START = 60.0
_GUNICORN = (sys.executable, "-m", "gunicorn", "--workers={workers}", "--bind=127.0.0.1:{port}", "--log-level=error")
_UVICORN = (sys.executable, "-m", "uvicorn", "--workers={workers}", "--port={port}", "--log-level=error")
COMMANDS = {
    "django": (*_GUNICORN, "--threads=4", "django_rest:application"),
    "fastapi": (*_UVICORN, "fast_api:app"),
    "flask": (*_GUNICORN, "flask_service:app"),
    "litestar": (*_UVICORN, "litestar_service:app"),
    "express": ("node", "express.cjs"),
    "fastify": ("node", "fastify.cjs"),
    "hono": ("node", "hono.cjs"),
    "koa": ("node", "koa.cjs"),
}
DEPLOYMENTS = (*COMMANDS, "nginx")
# Mistakes of nginx that a redirect of the upstream shows.
_SLASHES = {"port-dropped": "strict-slashes", "past-the-proxy": "strict-slashes-of-lists"}


@contextmanager
def deployment(name: str, mistake: str, folder: Path, workers: int = 1) -> Iterator[str]:
    """Start a deployment, correct or with a mistake, and yield its URL."""
    write_data(folder)
    with ExitStack() as stack:
        if name == "nginx":
            yield stack.enter_context(_nginx(mistake, folder))
            return
        variables = {"MISTAKE": mistake}
        if name == "flask":
            variables["REDIS_URL"] = stack.enter_context(redis()).url
        if mistake == "ties-without-order":  # SQLite has an order even where none is asked for
            variables |= stack.enter_context(_postgres())
        yield stack.enter_context(_process(COMMANDS[name], folder, variables, workers))


@contextmanager
def _nginx(mistake: str, folder: Path) -> Iterator[str]:
    variables = {"LIMITER": "off", "MISTAKE": _SLASHES.get(mistake, "")}
    with _process(COMMANDS["flask"], folder, variables) as upstream:
        port = free_port()
        configuration = write_configuration(mistake, folder, port, int(upstream.rpartition(":")[2]))
        program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin") or "nginx"
        with _process((program, "-e", "stderr", "-c", str(configuration)), folder, {}, port=port) as url:
            yield url


@contextmanager
def _postgres() -> Iterator[Mapping[str, str]]:
    from psycopg import connect

    from tests.services.postgres import postgres

    with postgres() as server:
        url = server.new_database()
        with connect(url.replace("+psycopg", "")) as connection:
            for statement, values in statements(tables(), "%s"):
                connection.cursor().executemany(statement, values)
        yield {"POSTGRES_PORT": str(server.port), "POSTGRES_DATABASE": url.rpartition("/")[2]}


@contextmanager
def _process(
    command: tuple[str, ...], folder: Path, variables: Mapping[str, str], workers: int = 1, port: int = 0
) -> Iterator[str]:
    """Start a server and yield its URL as soon as it answers anything at all."""
    port = port or free_port()
    words = [word.format(port=port, workers=workers) for word in command]
    environment = {**os.environ, "NODE_PATH": str(NODE_MODULES), "DATA_FOLDER": str(folder), "PORT": str(port)}
    with (folder / f"log-{port}").open("w") as log:
        process = subprocess.Popen(
            words, cwd=FOLDER, env={**environment, **variables}, stdout=log, stderr=log, start_new_session=True
        )
    try:
        until = time.monotonic() + LONGEST_START
        while not _answers(port):
            log_text = (folder / f"log-{port}").read_text()
            assert process.poll() is None, f"{words} ended: {log_text}"
            assert time.monotonic() < until, f"{words} does not answer: {log_text}"
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _answers(port: int) -> bool:
    """Tell whether anything at all is answered, be it an error or a redirect."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/api/v1")
        connection.getresponse()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return True
