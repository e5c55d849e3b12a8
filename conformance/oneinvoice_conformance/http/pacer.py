"""Pacing within the rate limit: the documentation grants a key 60 requests in a minute."""

from __future__ import annotations

import math
import time
from collections import defaultdict
from collections.abc import Callable
from typing import Protocol

from oneinvoice_conformance.documented import RATE_LIMIT
from oneinvoice_conformance.errors import UsageError
from oneinvoice_conformance.shell import run_in_shell

# A request counts until so many seconds after its answer: only then has it left every window of a minute in which
# the deployment may have counted it, whenever between sending and answering that was.
WINDOW = 61.0
_TICK = 1.0  # seconds between two looks at the clock that is shown
_COMMAND_TIMEOUT = 60.0  # seconds
_PLACEHOLDER = "{seconds}"


class Clock(Protocol):
    """Clock and a way to wait for it, both in seconds."""

    def now(self) -> float: ...

    def wait(self, seconds: float) -> None: ...


class WallClock:
    """Monotonic clock of the machine."""

    def now(self) -> float:
        return time.monotonic()

    def wait(self, seconds: float) -> None:
        time.sleep(seconds)


class CommandClock:
    """Clock that a shell command moves on instead of waiting, for a deployment whose own clock can be moved.

    `{seconds}` in the command is the number of whole seconds. Raises `UsageError` where that is missing, or when the
    command fails.
    """

    def __init__(self, command: str) -> None:
        if _PLACEHOLDER not in command:
            raise UsageError(f"--wait-command needs {_PLACEHOLDER} in its command, where the time to wait is put.")
        self.command = command
        self._moved = 0.0

    def now(self) -> float:
        return time.monotonic() + self._moved

    def wait(self, seconds: float) -> None:
        whole = math.ceil(seconds)
        if problem := run_in_shell(self.command.replace(_PLACEHOLDER, str(whole)), _COMMAND_TIMEOUT):
            raise UsageError(f"The command of --wait-command {problem}.")
        self._moved += whole


class Pacer:
    """Sliding-window limiter of our own requests: `limit` of one account in any 61 seconds, by waiting.

    An account that is spread also sends at even distances, `limit` in a minute. `progress` is called with what is
    waited for and the seconds that are left.
    """

    def __init__(
        self,
        limit: int = RATE_LIMIT,
        clock: Clock | None = None,
        progress: Callable[[str, float], None] = lambda what, seconds: None,
    ) -> None:
        self.limit = limit
        self.clock = clock or WallClock()
        self._progress = progress
        self._answered: dict[str, list[float]] = defaultdict(list)
        self._spread: dict[str, float] = {}

    def acquire(self, account: str) -> None:
        """Wait until the account may send one more request."""
        log = self._answered[account]
        now = self.clock.now()
        log[:] = [answered for answered in log if answered + WINDOW > now]
        if len(log) >= self.limit:
            leaves = sorted(log)[len(log) - self.limit] + WINDOW
            self.wait(leaves - now, f"waiting for the rate limit of {self.limit} a minute")
            self.acquire(account)
        elif account in self._spread:
            if (early := self._spread[account] - now) > 0:
                self.wait(early, "sending one by one")
            self._spread[account] = self.clock.now() + self.interval

    def record(self, account: str, received: float) -> None:
        """Record the time at which a request of the account was answered, or given up."""
        self._answered[account].append(received)

    @property
    def interval(self) -> float:
        """Seconds between two requests of `limit` that are spread evenly over a minute."""
        return 60.0 / self.limit

    def spread(self, account: str) -> None:
        """Have the account send its requests at even distances from now on."""
        self._spread[account] = self.clock.now() + self.interval

    def is_spread(self, account: str) -> bool:
        return account in self._spread

    def wait(self, seconds: float, why: str) -> None:
        """Wait so many seconds, and show why and how long still."""
        end = self.clock.now() + seconds
        while (left := end - self.clock.now()) > 0:
            self._progress(why, left)
            self.clock.wait(left if isinstance(self.clock, CommandClock) else min(_TICK, left))
