"""Ports for servers that take a moment to start."""

from __future__ import annotations

import random
import socket
import threading
from contextlib import suppress

# Of its own, since tests set the seed of the one that all share.
_RANDOM = random.SystemRandom()
_given: set[int] = set()
_lock = threading.Lock()


def free_port() -> int:
    """A port that nothing listened at a moment ago, that no connection is given, and that this gave to nobody before.

    Linux gives connections ports from 32768 on; one that is free there may be taken when the server has started.
    """
    while True:
        port = _RANDOM.randrange(20_000, 32_000)
        with _lock:
            if port in _given:
                continue
            _given.add(port)
        with suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            return port
