"""A service of many processes before which things can be done to it: workers, PostgreSQL and Redis behind proxies."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import httpx
import psycopg

from tests.service.conftest import CLEAN, SERVICE, run
from tests.services.ports import free_port
from tests.services.postgres import Postgres, postgres
from tests.services.proxy import FaultyProxy, faulty_proxy
from tests.services.redis import Redis, redis

WEB_WORKERS = 2
DELIVERY_WORKERS = 2
REFUSED, DATABASE_UNREACHABLE = 2, 4  # exit codes
FROZEN = 1.5  # seconds


class Service:
    """Processes that are started, killed and started again, on a database that is never emptied."""

    def __init__(self, stack: ExitStack, secret_key: str) -> None:
        self.postgres: Postgres = stack.enter_context(postgres())
        self.redis: Redis = stack.enter_context(redis())
        self.postgres_proxy: FaultyProxy = stack.enter_context(faulty_proxy(self.postgres.port))
        self.redis_proxy: FaultyProxy = stack.enter_context(faulty_proxy(self.redis.port))
        self.database_url = self.postgres.new_database()
        self.url = f"http://127.0.0.1:{free_port()}"
        self._environment = CLEAN | {
            "ONEINVOICE_DATABASE_URL": _through(self.database_url, self.postgres.port, self.postgres_proxy),
            "ONEINVOICE_REDIS_URL": _through(self.redis.url, self.redis.port, self.redis_proxy),
            "ONEINVOICE_SECRET_KEY": secret_key,
            "ONEINVOICE_DELIVERIES": "workers",
            "ONEINVOICE_WEBHOOK_NETWORKS": "127.0.0.0/8",
        }
        assert run("init", variables=self._environment).returncode == 0
        self._web = self._serve()
        self._workers = [self._start("worker") for _ in range(DELIVERY_WORKERS)]

    def wait(self) -> None:
        """Wait until it answers."""
        until = time.monotonic() + 30
        while True:
            with suppress(httpx.HTTPError):
                if httpx.get(f"{self.url}/api/v1").status_code == 200:
                    return
            assert time.monotonic() < until, "the web workers don't answer"
            time.sleep(0.1)
            self.start_what_ended()

    def kills(self) -> dict[str, Callable[[random.Random], None]]:
        """What can be killed, each by a function of what draws; it is started again where nobody else does."""
        return {
            "web worker": self._kill_web_worker,
            "supervisor": self._kill_supervisor,
            "delivery worker": self._kill_worker,
            "redis": self._kill_redis,
            "backend": self._kill_backend,
            "postgresql": self._restart_postgres,
        }

    def faults(self) -> dict[str, Callable[[], None]]:
        """What the network can do."""
        return {
            "postgresql frozen": lambda: _freeze(self.postgres_proxy),
            "redis frozen": lambda: _freeze(self.redis_proxy),
            "postgresql cut": self.postgres_proxy.cut,
            "redis cut": self.redis_proxy.cut,
        }

    def start_what_ended(self) -> None:
        """Start again what was killed, or found no database when it began, as whoever supervises it does."""
        if self._web.poll() is not None:
            # Refused while the workers of the one before end, and while there is no database.
            assert self._web.returncode in (-signal.SIGKILL, REFUSED, DATABASE_UNREACHABLE)
            self._web = self._serve()
        for position, process in enumerate(self._workers):
            if process.poll() is not None:
                assert process.returncode == DATABASE_UNREACHABLE
                self._workers[position] = self._start("worker")

    def stop(self) -> list[int]:
        """Tell all to stop; return their exit codes."""
        processes = [*self._workers, self._web]
        for process in processes:
            process.terminate()
        return [process.wait(timeout=20) for process in processes]

    def kill_all(self) -> None:
        """Leave nothing behind."""
        for pid in _children(self._web.pid):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        for process in (*self._workers, self._web):
            process.kill()
            process.wait()

    def _serve(self) -> subprocess.Popen[bytes]:
        return self._start("serve", "--port", str(httpx.URL(self.url).port), "--workers", str(WEB_WORKERS))

    def _start(self, *words: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen([SERVICE, *words], env=self._environment, stdout=subprocess.DEVNULL)

    def _kill_web_worker(self, draw: random.Random) -> None:
        """The process that started it starts another."""
        serving = [pid for pid in _children(self._web.pid) if b"spawn_main" in _command_line(pid)]
        if serving:
            os.kill(draw.choice(serving), signal.SIGKILL)

    def _kill_supervisor(self, draw: random.Random) -> None:
        """Its workers end by themselves."""
        self._web.kill()
        self._web.wait()

    def _kill_worker(self, draw: random.Random) -> None:
        position = draw.randrange(len(self._workers))
        self._workers[position].kill()
        self._workers[position].wait()
        self._workers[position] = self._start("worker")

    def _kill_redis(self, draw: random.Random) -> None:
        self.redis.kill()
        time.sleep(draw.uniform(0, 0.5))
        self.redis.start()

    def _kill_backend(self, draw: random.Random) -> None:
        """PostgreSQL ends all others then, and recovers."""
        query = "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
        with psycopg.connect(self.database_url.replace("+psycopg", "")) as connection:
            pids = [pid for (pid,) in connection.execute(query)]
        if pids:
            with suppress(ProcessLookupError):
                os.kill(draw.choice(pids), signal.SIGKILL)

    def _restart_postgres(self, draw: random.Random) -> None:
        self.postgres.stop()
        time.sleep(draw.uniform(0, 0.5))
        self.postgres.start()


@contextmanager
def service(secret_key: str) -> Iterator[Service]:
    """A service that has started, and nothing of it at the end."""
    with ExitStack() as stack:
        made = Service(stack, secret_key)
        stack.callback(made.kill_all)
        yield made


def _through(url: str, port: int, proxy: FaultyProxy) -> str:
    assert f":{port}/" in url
    return url.replace(f":{port}/", f":{proxy.port}/")


def _freeze(proxy: FaultyProxy) -> None:
    proxy.freeze()
    time.sleep(FROZEN)
    proxy.go_on()


def _children(pid: int) -> list[int]:
    with suppress(FileNotFoundError, ProcessLookupError):
        return [
            int(word)
            for task in Path(f"/proc/{pid}/task").iterdir()
            for word in (task / "children").read_text().split()
        ]
    return []


def _command_line(pid: int) -> bytes:
    with suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    return b""
