"""Ports for servers that take a moment to start."""

from __future__ import annotations

import random
import socket
from contextlib import suppress


def free_port() -> int:
    """A port that nothing listened at a moment ago, and that no connection is given.

    Linux gives connections ports from 32768 on; one that is free there may be taken when the server has started.
    """
    while True:
        port = random.randrange(20_000, 32_000)
        with suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            return port
