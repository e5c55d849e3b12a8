"""A mock that really listens, in a thread, and browsers that reach it over HTTP: webhooks are sent, and arrive."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from oneinvoice_impl.clock import ManualClock
from oneinvoice_impl.mock.extension import LocalMock
from oneinvoice_impl.mock.seeding import seed_database
from oneinvoice_impl.server.app import Application, create_app
from oneinvoice_impl.server.listener import base_url, listen
from oneinvoice_impl.server.serving import server
from oneinvoice_impl.settings import Settings

from tests.unit.impl.web.visitor import ADMIN, Page, Visitor, log_in

PATIENCE = 10.0


class Browser(Visitor):
    """A visitor that goes over the network."""

    async def _send(self, method: str, path: str, follow: bool, headers: Any, content: Any) -> Page:
        self._transport = httpx.AsyncHTTPTransport()
        return await super()._send(method, path, follow, headers, content)

    def wait_for(self, path: str, found: Callable[[Page], bool]) -> Page:
        """The page, once it shows what is looked for."""
        deadline = time.monotonic() + PATIENCE
        while not found(page := self.get(path)):
            assert time.monotonic() < deadline, page.words
            time.sleep(0.05)
        return page


@dataclass(frozen=True)
class Served:
    """A mock and where it listens."""

    app: Application
    url: str
    mock: LocalMock
    clock: ManualClock

    def browser(self, email: str = ADMIN) -> Browser:
        """One that is logged in."""
        browser = Browser(None, self.url)
        assert log_in(browser, self.mock.mailer, email).status == 200
        return browser

    def trigger(self, event: str) -> None:
        """Make it happen."""
        httpx.post(f"{self.url}/_mock/trigger", json={"event": event}).raise_for_status()


@contextmanager
def serving(host: str = "127.0.0.1", **settings_beside: Any) -> Iterator[Served]:
    """It serves until the end of the block."""
    with listen(host, 0) as listener:
        url, clock, ready = base_url(listener), ManualClock(), threading.Event()
        mock = LocalMock(clock=clock, origin=url)
        settings = Settings(webhooks_to_loopback=True, public_url=url, **settings_beside)
        app = create_app(settings, clock=clock, extension=mock)
        seed_database(app.database, seed=1, scale=30, progress=lambda done, total: None)
        running = server(app, ready.set)
        thread = threading.Thread(target=running.run, args=([listener],))
        thread.start()
        try:
            assert ready.wait(PATIENCE)
            yield Served(app, url, mock, clock)
        finally:
            running.should_exit = True
            thread.join()
