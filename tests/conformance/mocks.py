"""Run the suite against the reference implementation as a mock, whole or with a defect, over real HTTP."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager

import urllib3
from oneinvoice_conformance.engine.report import Report
from oneinvoice_conformance.engine.runner import run
from oneinvoice_conformance.http.client import Client
from oneinvoice_conformance.http.deployment import Deployment
from oneinvoice_conformance.http.pacer import Pacer
from oneinvoice_conformance.webhooks.collector import WebhookCollector
from oneinvoice_conformance.webhooks.receiver import Receiver
from oneinvoice_conformance.webhooks.triggers import TriggerAttempt
from oneinvoice_fixtures.defaults import DEFAULT_SCALE, DEFAULT_SEED
from oneinvoice_fixtures.keys import key_text
from oneinvoice_impl.clock import ManualClock
from oneinvoice_impl.mock.extension import LocalMock
from oneinvoice_impl.mock.seeding import seed_database
from oneinvoice_impl.server.app import create_app
from oneinvoice_impl.server.components import DEFAULT, Components
from oneinvoice_impl.server.listener import base_url, listen
from oneinvoice_impl.server.serving import server
from oneinvoice_impl.settings import Settings

from tests.conformance.judging import BUT_HOOKS, CONTRACT, NAMES, WHOLE, SkippingClock

MOCK_KEYS = {role: key_text(DEFAULT_SEED, role) for role in ("primary", "sibling", "other", "revoked")}
MOCK_SECRET = "whsec_of_the_mock"


class _Controls:
    """Client of `/_mock/`."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._http = urllib3.PoolManager()

    def post(self, path: str, content: dict[str, object]) -> None:
        answer = self._http.request("POST", f"{self._url}/_mock{path}", json=content, retries=False)
        assert answer.status == 200, answer.data

    def close(self) -> None:
        self._http.clear()


class _MockClock(SkippingClock):
    """Clock on which waiting takes no time, and moves the mock's on."""

    def __init__(self, mock: _Controls) -> None:
        super().__init__()
        self._mock = mock

    def wait(self, seconds: float) -> None:
        self._mock.post("/clock", {"advance": max(0.0, seconds)})
        super().wait(seconds)


def judge_mock(components: Components = DEFAULT, *, hooks: bool = False) -> Report:
    """Judge all areas; HOOK, which takes longest, only if it is asked for."""
    with (
        serve_mock(components) as url,
        closing(_Controls(url)) as mock,
        Client(Deployment(url, MOCK_KEYS), pacer=Pacer(clock=_MockClock(mock))) as client,
    ):
        if not hooks:
            return run(client, CONTRACT, BUT_HOOKS, NAMES)
        with _hooks(mock) as receiving:
            return run(client, CONTRACT, WHOLE, NAMES, receiving)


@contextmanager
def serve_mock(components: Components) -> Iterator[str]:
    """Yield the base URL of a mock in this process."""
    clock, ready = ManualClock(), threading.Event()
    extension = LocalMock(clock=clock)
    settings = Settings(webhooks_to_loopback=True)
    app = create_app(settings, clock=clock, components=components, extension=extension)
    seed_database(app.database, DEFAULT_SEED, DEFAULT_SCALE, lambda done, total: None)
    serving = server(app, ready.set)
    with listen("127.0.0.1", 0) as listener:
        thread = threading.Thread(target=serving.run, args=([listener],))
        thread.start()
        try:
            assert ready.wait(10), "the mock did not start"
            yield base_url(listener)
        finally:
            serving.should_exit = True
            thread.join()


@contextmanager
def _hooks(mock: _Controls) -> Iterator[WebhookCollector]:
    """Yield a receiver at which the mock's webhook is registered, and its own trigger."""

    def trigger(event: str) -> TriggerAttempt:
        mock.post("/trigger", {"event": event})
        return TriggerAttempt(event)

    with Receiver("127.0.0.1", 0) as receiver:
        url = f"{receiver.url}/hook"
        mock.post("/webhooks", {"url": url, "secret": MOCK_SECRET})
        yield WebhookCollector(receiver, MOCK_SECRET, trigger, url=url, timeout=0.5)
