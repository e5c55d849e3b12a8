"""Dispatcher of webhooks: a loop that claims due deliveries, sends them and records the outcomes.

Each turn of the loop is one transaction that records what has come back and claims what is due. Under load many
outcomes share a turn; without load a turn begins the moment that something is committed, or soon after it comes back.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import NamedTuple, TypeVar

from oneinvoice_impl.clock import SYSTEM_CLOCK, Clock
from oneinvoice_impl.store.database import Database
from oneinvoice_impl.store.errors import DatabaseFailure
from oneinvoice_impl.store.types import Connection
from oneinvoice_impl.store.webhooks import delivery_queue
from oneinvoice_impl.store.webhooks.delivery_queue import Claim, Outcome
from oneinvoice_impl.webhooks.delivery_attempts import DeliveryAttempts, PutOff

T = TypeVar("T")

logger = logging.getLogger(__name__)


class DispatchLimits(NamedTuple):
    """Limits of what runs at the same time, and for how long."""

    total: int = 500
    """Attempts that run at the same time; each has a socket, so stay well below the limit of open files."""
    per_endpoint: int = 4
    per_failing_endpoint: int = 1
    per_turn: int = 200
    lease: timedelta = timedelta(seconds=25)
    """Longer than an attempt can take, and the time after which another takes over from a process that died."""
    spacing: float = 0.01
    """Seconds from the beginning of a turn to that of the next: what comes meanwhile shares a transaction."""
    poll: float = 1.0
    """Seconds until a database that others may write to, or one that failed, is asked again."""
    grace: float = 2.0
    """Seconds that attempts get to end in when the server stops."""

    def of_endpoint(self, failing_since: datetime | None) -> int:
        """Return how many attempts an endpoint may have at the same time."""
        return self.per_endpoint if failing_since is None else self.per_failing_endpoint


class Dispatcher:
    """Loop that delivers, in the server's event loop: `start` it, `wake` it after a commit, `stop` it."""

    def __init__(
        self,
        database: Database,
        delivery_attempts: DeliveryAttempts,
        *,
        limits: DispatchLimits | None = None,
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        self._database = database
        self._delivery_attempts = delivery_attempts
        self._limits = limits or DispatchLimits()
        self._clock = clock
        self._running: dict[Claim, asyncio.Task[None]] = {}
        self._outcomes: list[Outcome] = []
        self._looked_at: datetime | None = None
        self._turning = asyncio.Lock()
        self._awake = asyncio.Event()
        self._loop: asyncio.Task[None] | None = None
        self._stopping = False
        self._polls = True
        self._turned = asyncio.Condition()
        self._turns = 0
        self._began_all_in_turn = 0
        self._begun = 0

    def start(self, *, at_once: bool = True, polls: bool = True) -> None:
        """Begin, in the running event loop; unless `at_once`, look for what is due only when woken.

        Unless it `polls`, it looks again only when it is woken or told to `drain`, and when an attempt has ended.
        """
        self._polls = polls
        if at_once:
            self._awake.set()
        self._loop = asyncio.create_task(self._run(), name="webhooks")

    def wake(self) -> None:
        """Look at once for what is due. Call it in the event loop."""
        self._awake.set()

    async def drain(self, batch: int) -> bool:
        """Have the loop deliver what is due: return False once all of it is begun, or True once a batch is.

        False too when it stops. What the limit of an endpoint holds back is begun when its attempts end.
        """
        turns, begun = self._turns, self._begun

        def began_all() -> bool:
            return self._stopping or self._began_all_in_turn > turns

        self.wake()
        async with self._turned:
            await self._turned.wait_for(lambda: began_all() or self._begun - begun >= batch)
        return not began_all()

    async def stop(self) -> None:
        """Wait up to `grace` for running attempts, record their outcomes, and release the other claims."""
        # Not cancelled: a turn that is in the database goes on there, and what it claims must be known here.
        self._stopping = True
        self._awake.set()
        async with self._turned:
            self._turned.notify_all()
        if self._loop is not None:
            await self._loop
        if self._running:
            await asyncio.wait(self._running.values(), timeout=self._limits.grace)
        unfinished = await self._cancel()
        # What can't be written now is sent again once its lease is over.
        with suppress(DatabaseFailure):
            await self._finish(unfinished)
        self._delivery_attempts.close()

    async def replace_all(self, work: Callable[[Connection], T]) -> T:
        """Run `work`, which has other deliveries in the place of all that there are; what is being sent ends first.

        So nothing of before is recorded for one of after, whose id may be the same. If `work` fails, all goes on.
        """
        async with self._turning:
            unfinished = await self._cancel()
            try:
                result = await self._database.write(work)
            except BaseException:
                await self._finish(unfinished)
                raise
            self._outcomes.clear()
            self._delivery_attempts.forget()
        self.wake()
        return result

    async def turn(self) -> bool:
        """Record outcomes, claim due deliveries, and begin to send them. Return whether more may be due."""
        async with self._turning:
            return await self._turn()

    async def _turn(self) -> bool:
        outcomes, self._outcomes = self._outcomes, []
        limit = min(self._limits.per_turn, self._limits.total - len(self._running))
        running = list(self._running)
        self._turns += 1
        turn = self._turns

        def work(connection: Connection) -> list[Claim]:
            if outcomes:
                delivery_queue.record(connection, outcomes)
            now = self._looked_at = self._clock()
            return delivery_queue.claim(connection, now, self._limits.lease, limit, running, self._limits.of_endpoint)

        try:
            # Else it waits for all that was ordered before it, and the more there is to send, the less is sent.
            claims = await self._database.write(work, first=True)
        except DatabaseFailure:
            self._outcomes = outcomes + self._outcomes
            raise
        for claim in claims:
            self._running[claim] = asyncio.create_task(self._deliver(claim))
        self._begun += len(claims)
        if len(claims) < limit:
            self._began_all_in_turn = turn
        async with self._turned:
            self._turned.notify_all()
        return len(claims) == limit > 0

    async def deliver_due(self, seconds: float) -> bool:
        """Deliver what is due by now; return once that has come back, or False after so many seconds."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        while self._loop is not None and loop.time() < deadline:
            async with self._turning:
                due = await self._database.run(delivery_queue.next_due)
                if (due is None or due > self._clock()) and not self._running and not self._outcomes:
                    return True
            self.wake()
            await asyncio.sleep(self._limits.spacing)
        return False

    async def settle(self) -> None:
        """Wait until all running attempts have ended. The next turn records their outcomes."""
        while self._running:
            await asyncio.wait(self._running.values())

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        await self._awake.wait()
        while not self._stopping:
            next_turn = loop.time() + self._limits.spacing
            try:
                self._awake.clear()
                if not await self.turn():
                    await self._rest()
                if not self._stopping:
                    await asyncio.sleep(max(0, next_turn - loop.time()))
            except DatabaseFailure as error:
                logger.error("webhooks: database error: %s", error)
                await asyncio.sleep(self._limits.poll)
            except Exception:
                logger.exception("webhooks: unexpected error")
                await asyncio.sleep(self._limits.poll)

    async def _rest(self) -> None:
        """Wait until `wake` is called or an attempt ends; if it polls, until a delivery is due, or `poll` seconds."""
        if self._awake.is_set():
            return
        if not self._polls:
            await self._awake.wait()
            return
        due = await self._database.run(delivery_queue.next_due)
        # Nobody else writes to data in memory.
        wait = None if due is None and self._database.in_memory else self._limits.poll
        if due is not None and self._looked_at is not None and due > self._looked_at:
            # It may have become due since. What was due before waits for an attempt that runs, here or elsewhere.
            wait = min(self._limits.poll, max(0.0, (due - self._clock()).total_seconds()))
        with suppress(TimeoutError):
            await asyncio.wait_for(self._awake.wait(), wait)

    async def _deliver(self, claim: Claim) -> None:
        try:
            # In two steps: a turn may take the list away meanwhile.
            outcome = await self._delivery_attempts.attempt(claim)
            self._outcomes.append(outcome)
        except PutOff:
            """It is due later, and another claim's."""
        finally:
            del self._running[claim]
            self._awake.set()

    async def _cancel(self) -> list[Claim]:
        """End attempts that run, and return their claims."""
        unfinished = dict(self._running)
        for task in unfinished.values():
            task.cancel()
        await asyncio.gather(*unfinished.values(), return_exceptions=True)
        for claim in unfinished:
            self._running.pop(claim, None)  # one that had not begun did not end itself
        return list(unfinished)

    async def _finish(self, unfinished: list[Claim]) -> None:
        outcomes, self._outcomes = self._outcomes, []

        def work(connection: Connection) -> None:
            if outcomes:
                delivery_queue.record(connection, outcomes)
            if unfinished:
                delivery_queue.release(connection, unfinished)

        if outcomes or unfinished:
            await self._database.write(work)
