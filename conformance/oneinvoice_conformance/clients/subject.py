"""Client under test: how it is run, where it listens, and how it is asked what it kept."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

RUN_TIMEOUT = 30.0  # seconds
SETTLE = 10.0  # seconds


class Means(StrEnum):
    """Means that a scenario or a rule needs, by the option that supplies it."""

    RUN = "--run"
    HOOK = "--hook"
    READBACK = "--readback"
    RESTART = "--restart"
    ROTATE = "--rotate"


@dataclass(frozen=True, slots=True)
class Client:
    """Client by its commands, which go through the shell, and the URL of its receiver; None for what isn't given.

    `lists` are those that it reads; `run_timeout` and `settle` are in seconds: how long its program may take, and how
    long an effect may come after the answer to a delivery.
    """

    run: str | None = None
    hook: str | None = None
    webhook_secret: str | None = field(repr=False, default=None)
    readback: str | None = None
    restart: str | None = None
    rotate: str | None = None
    lists: tuple[str, ...] = ("members", "quotes", "invoices")
    run_timeout: float = RUN_TIMEOUT
    settle: float = SETTLE

    @property
    def means(self) -> frozenset[Means]:
        """Means that were given."""
        given = {
            Means.RUN: self.run,
            Means.HOOK: self.hook,
            Means.READBACK: self.readback,
            Means.RESTART: self.restart,
            Means.ROTATE: self.rotate,
        }
        return frozenset(means for means, value in given.items() if value)

    @property
    def label(self) -> str:
        """Client in words, for reports."""
        return self.run or self.hook or "a client"
