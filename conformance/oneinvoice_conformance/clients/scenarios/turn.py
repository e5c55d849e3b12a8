"""Turn of a run: the page at which something happens to a client."""

from __future__ import annotations

import random
import threading
from dataclasses import replace

from oneinvoice_conformance.clients.mock.controls import Data
from oneinvoice_conformance.clients.observation import ClientRequest, Trial

_PAGES = 12  # of each list, so that workers have something left to ask for
_MOST = 1200  # records of a list


def pages_before(source: random.Random, control: Trial | None) -> int:
    """Return after how many pages something happens: one or two, or none where the client asks for no more."""
    asked = sum(map(is_for_a_page, control.requests)) if control else 0
    return source.choice((1, 2) if asked > 2 else (max(0, asked - 1),))


class Turn:
    """Turn of a run, at the first page that is asked for after so many others. Threads may share it."""

    def __init__(self, after: int) -> None:
        self._left = after
        self._page: object = None
        self._lock = threading.Lock()

    def takes(self, request: ClientRequest) -> bool:
        """Tell whether a request is for the page of the turn."""
        with self._lock:
            if self._page is None and is_for_a_page(request):
                if self._left == 0:
                    self._page = request.page
                self._left -= 1
            return self._page is not None and request.page == self._page


def is_for_a_page(request: ClientRequest) -> bool:
    """Tell whether a request asks for a page with the key."""
    return request.page is not None and bool(request.key_places)


def with_pages_for_workers(control: Trial, data: Data) -> Data:
    """Return as many pages of each list as keep a client's workers busy, of which the control may show nothing."""
    if data.fixtures is not None:
        return data
    size = max((request.records for request in control.requests if request.records), default=1)
    return replace(data, few=min(_MOST, _PAGES * size))
