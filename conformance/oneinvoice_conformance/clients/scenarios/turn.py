"""Turn of a run: the page at which something happens to a client."""

from __future__ import annotations

import random
import threading
from dataclasses import replace

from oneinvoice_conformance.clients.mock.controls import Data
from oneinvoice_conformance.clients.observation import ClientRequest, Trial
from oneinvoice_conformance.clients.timing import is_concurrent

_PAGES = 12  # of each list, so that workers have something left to ask for
_MOST = 2400  # records of a list


class Turn:
    """Turn of a run, at the first page that is asked for once one or two others were. Threads may share it."""

    def __init__(self, source: random.Random) -> None:
        self._left = source.choice((1, 2))
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
    """Return as many pages of each list as keep a client's workers busy, if it has any."""
    if data.fixtures is not None or not is_concurrent(control.requests):
        return data
    size = max((request.records for request in control.requests if request.records), default=1)
    return replace(data, few=min(_MOST, _PAGES * size))
