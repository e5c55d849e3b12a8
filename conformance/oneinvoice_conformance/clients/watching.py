"""Watch: what a running client happens to do at a mock, by the mock's journal."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from oneinvoice_conformance.clients.mock.controls import MockControls
from oneinvoice_conformance.clients.observation import Trial
from oneinvoice_conformance.clients.recorded import trials_of

_EVERY = 1.0  # seconds between two looks at the journal, which keeps some hundred requests


class Watch:
    """Watch over a mock from now on, without any request of its own to the API."""

    def __init__(self, controls: MockControls, tell: Callable[[str], None]) -> None:
        self._controls = controls
        self._tell = tell
        self._entries: dict[int, Any] = {}
        self._deliveries: dict[int, Any] = {}
        first = controls.journal(0)
        self._before = max((each["_oneinvoice"]["number"] for each in first["entries"]), default=0)
        self._sent_before = max((each["number"] for each in first.get("_deliveries", ())), default=0)
        self._last = self._before

    def go_on(self, seconds: float) -> None:
        """Look at the journal for so long."""
        end = time.monotonic() + seconds
        pause = threading.Event()
        while (left := end - time.monotonic()) > 0:
            pause.wait(min(_EVERY, left))
            self.look()
            what = f"{len(self._entries)} requests and {len(self._deliveries)} deliveries seen"
            self._tell(f"{what}, {max(0.0, left):.0f} s left")

    def look(self) -> None:
        """Take what came since the last look."""
        log = self._controls.journal(self._last)
        self._entries |= {each["_oneinvoice"]["number"]: each for each in log["entries"]}
        self._last = max(self._entries, default=self._last)
        sent = {each["number"]: each for each in log.get("_deliveries", ())}
        self._deliveries |= {number: each for number, each in sent.items() if number > self._sent_before}

    @property
    def trials(self) -> list[Trial]:
        """Trials of what was seen."""
        entries = [self._entries[number] for number in sorted(self._entries)]
        deliveries = [self._deliveries[number] for number in sorted(self._deliveries)]
        return trials_of({"entries": entries, "_deliveries": deliveries})[0]
