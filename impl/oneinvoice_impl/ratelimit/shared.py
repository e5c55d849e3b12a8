"""Sliding windows that all processes share, in Redis.

This module imports `limits` and `redis`: import it when there is a Redis.
"""

from __future__ import annotations

import asyncio
import logging
import re
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

from limits.storage import RedisStorage
from redis import ConnectionError as NoConnection
from redis import ConnectionPool, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

from oneinvoice_impl.ratelimit.standing import Standing, standing
from oneinvoice_impl.ratelimit.windows import SlidingWindows
from oneinvoice_impl.settings import UnusableSetting

logger = logging.getLogger(__name__)

SOCKET_TIMEOUT = 0.25
LONGEST_WAIT = 0.5
"""Seconds that a request waits for Redis at most, the look-up of its name included."""
PAUSE = 2.0
"""Seconds until a Redis that failed is asked again, by no request."""

_SKEW = 5.0
"""Seconds by which the clocks of several machines may differ."""
_THREADS = 4
_PROBE = "probe"


class SharedLimiter:
    """Counts in Redis, and in this process while Redis can't be reached.

    Redis is called in threads, as the database is, so that the client is bound to no event loop.
    """

    def __init__(self, url: str, windows: SlidingWindows, counted: str = "requests") -> None:
        """Connect to nothing yet. Raises `UnusableSetting` for a bad URL.

        `windows` count while Redis is away, and tell how long a window is; `counted` names what is counted.
        """
        self._pool = _pool(url)
        self._storage = RedisStorage(url, connection_pool=self._pool, key_prefix=f"oneinvoice:{counted}")
        self._windows = windows
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="redis")
        self._is_suspended = False
        self._next_probe_at = 0.0

    @property
    def is_suspended(self) -> bool:
        """Tell whether Redis can't be used, and this process counts for itself."""
        return self._is_suspended

    async def hit(self, key_id: str, limit: int) -> Standing:
        """Count a request, unless it is over the limit."""
        if self._is_suspended:
            self._probe_if_due()
            return self._windows.hit(key_id, limit)
        counted = asyncio.get_running_loop().run_in_executor(self._threads, self._hit, key_id, limit)
        try:
            return await asyncio.wait_for(counted, LONGEST_WAIT)
        except Exception as error:
            # Whatever it is: that requests can't be counted together is no reason to refuse them.
            self._suspend(error)
            return self._windows.hit(key_id, limit)

    def close(self) -> None:
        """Wait for nobody, and close all connections."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._pool.disconnect()

    def _hit(self, key_id: str, limit: int) -> Standing:
        if self._is_suspended:
            raise NoConnection
        # One atomic script each. The first stores nothing if the limit is reached.
        seconds = self._windows.seconds
        served = self._storage.acquire_entry(key_id, limit, seconds)
        oldest, count = self._storage.get_moving_window(key_id, limit, seconds)
        if oldest > time.time() + _SKEW:
            # The clock was set back since: until it has caught up, this window would neither move nor end.
            self._storage.clear(key_id)
            served = self._storage.acquire_entry(key_id, limit, seconds)
            oldest, count = self._storage.get_moving_window(key_id, limit, seconds)
        # `limits` takes the time of this machine, as the log has it.
        remaining = max(limit - count, 0) if served else 0
        return standing(served, limit, remaining, oldest + seconds - time.time(), seconds)

    def _suspend(self, error: Exception) -> None:
        if self._is_suspended:
            return
        self._is_suspended = True
        self._next_probe_at = time.monotonic() + PAUSE
        # Without its text, which may name the server and its user.
        logger.warning(
            "rate limit: Redis can't be used (%s); until it can, each worker allows a key its part of the limit.",
            type(error).__name__,
        )

    def _probe_if_due(self) -> None:
        now = time.monotonic()
        if now >= self._next_probe_at:
            self._next_probe_at = now + PAUSE
            self._threads.submit(self._probe)

    def _probe(self) -> None:
        """Do what requests need: a Redis that only reads would answer a ping."""
        try:
            self._storage.acquire_entry(_PROBE, 1, 1)
        except (RedisError, OSError):
            return
        self._is_suspended = False
        logger.warning("rate limit: Redis can be used again.")


def _pool(url: str) -> ConnectionPool:
    try:
        parts = urlsplit(url)
        # redis takes a database that is no number for the first one, and looks at a port only when it connects.
        if parts.scheme not in ("redis", "rediss") or not parts.hostname or not re.fullmatch("(/[0-9]*)?", parts.path):
            raise ValueError
        pool = ConnectionPool.from_url(
            url,
            socket_timeout=SOCKET_TIMEOUT,
            socket_connect_timeout=SOCKET_TIMEOUT,
            # Once, for a connection that was closed since it was last used; not where Redis takes too long.
            retry=Retry(NoBackoff(), 1, (NoConnection,)),
        )
        # Options of the URL that don't exist are refused here.
        pool.make_connection()
    except (ValueError, TypeError, RedisError):
        # Without the cause, whose text may be the URL.
        raise UnusableSetting(
            "ONEINVOICE_REDIS_URL can't be used; give one such as redis://user:password@host:6379/0."
        ) from None
    return pool
