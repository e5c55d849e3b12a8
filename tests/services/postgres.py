"""A throw-away PostgreSQL server from Debian's packages."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from pathlib import Path

import psycopg

from tests.services.ports import free_port

PACKAGE = "postgresql"

# Nothing outlives the test, so nothing needs to survive a power cut.
_FAST = ("fsync=off", "full_page_writes=off")

_numbers = count()


class PostgresMissing(Exception):
    """PostgreSQL is not installed."""


@dataclass(frozen=True)
class Postgres:
    """A server whose files are in `folder`."""

    folder: Path
    port: int

    def new_database(self) -> str:
        """Create an empty database, and give its URL."""
        name = f"test{next(_numbers)}"
        connection = ("--host=127.0.0.1", f"--port={self.port}", "--username=tester")
        subprocess.run([_program("createdb"), *connection, name], check=True)
        return f"postgresql+psycopg://tester@127.0.0.1:{self.port}/{name}"

    @cached_property
    def _shared(self) -> str:
        return self.new_database()

    def emptied_database(self) -> str:
        """Empty the one database that tests use after each other, and give its URL; quicker than a new one for each."""
        with psycopg.connect(self._shared.replace("+psycopg", "")) as connection:
            connection.execute("SET lock_timeout = '10s'")
            connection.execute("DROP SCHEMA public CASCADE")
            connection.execute("CREATE SCHEMA public")
        return self._shared

    def start(self) -> None:
        """Start it; returns when it answers."""
        options = f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1 " + " ".join(
            f"-c {option}" for option in _FAST
        )
        self._control("start", "-w", "-o", options, "-l", str(self.folder / "log"))

    def stop(self) -> None:
        """Stop it, whoever is connected."""
        self._control("stop", "-w", "-m", "fast")

    def abandon(self) -> None:
        """Stop it for good: what it has not written to disk by now is lost."""
        self._control("stop", "-w", "-m", "immediate")

    def hang(self) -> None:
        """Let it keep its connections, and answer nothing until `go_on`: the system alone takes new ones for it."""
        self._signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """Answer again."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        """Send a signal to the server and all processes that it started, each of which is a group of its own."""
        server = int((self.folder / "data" / "postmaster.pid").read_text().partition("\n")[0])
        children = Path(f"/proc/{server}/task/{server}/children").read_text().split()
        for process in (server, *map(int, children)):
            with suppress(ProcessLookupError):
                os.kill(process, number)

    def _control(self, *arguments: str) -> None:
        command = [_program("pg_ctl"), "-D", str(self.folder / "data"), *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=self.folder, user=_user())


@contextmanager
def postgres() -> Iterator[Postgres]:
    """A server on a free port, started, and removed at the end. Raises `PostgresMissing`."""
    with tempfile.TemporaryDirectory(prefix="oneinvoice-postgres-", ignore_cleanup_errors=True) as folder:
        if (user := _user()) is not None:
            shutil.chown(folder, user)
        server = Postgres(Path(folder), free_port())
        initdb = [_program("initdb"), "-D", str(server.folder / "data"), "-A", "trust"]
        # Text in an order that is not that of its bytes, as on most servers.
        initdb += ["-U", "tester", "-E", "UTF8", "--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=en-US"]
        subprocess.run([*initdb, "-N"], check=True, stdout=subprocess.DEVNULL, cwd=folder, user=user)
        server.start()
        try:
            yield server
        finally:
            server.go_on()
            server.abandon()


def _program(name: str) -> str:
    """Debian keeps the server's programs off PATH, by version."""
    installed = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[4]))
    found = str(installed[-1]) if installed else shutil.which(name)
    if found is None:
        raise PostgresMissing(f"PostgreSQL's {name} is not installed; run `apt-get install {PACKAGE}` first.")
    return found


def _user() -> str | None:
    """PostgreSQL refuses to run as root; Debian's package creates a user for it."""
    return "postgres" if os.geteuid() == 0 else None
