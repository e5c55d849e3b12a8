"""Attempts with faults: what is held back, what is kept of it, and how faults and defects go together."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import pytest
from oneinvoice_impl.mock.defects import DEFECTS
from oneinvoice_impl.mock.faults.attempts import FaultyAttempts, faulty_attempts
from oneinvoice_impl.mock.faults.plan import FaultPlan, FaultRule
from oneinvoice_impl.mock.faults.sends import MOST_DELIVERIES, SendLog
from oneinvoice_impl.mock.faults.webhook_fault import WebhookFault
from oneinvoice_impl.store.database import Database
from oneinvoice_impl.store.webhooks import delivery_queue
from oneinvoice_impl.store.webhooks.delivery_queue import Claim, Outcome
from oneinvoice_impl.webhooks.delivery_attempts import DeliveryAttempts, PutOff
from oneinvoice_impl.webhooks.exchange import Reply
from oneinvoice_impl.webhooks.signing import sign
from oneinvoice_impl.webhooks.url_policy import UrlPolicy

from tests.unit.impl.webhook_world import World


class Taken(DeliveryAttempts):
    """Attempts whose receiver takes everything at once."""

    async def attempt(self, claim: Claim) -> Outcome:
        return self._outcome(claim, Reply(200), self._clock(), timedelta())


class WaitingDatabase:
    """A database whose first writer is slow, as one of several may be: it writes once it is let."""

    def __init__(self, world: World) -> None:
        self._database = world.database
        self.let = asyncio.Event()
        self._is_first = True

    async def write(self, work: Any) -> Any:
        if self._is_first:
            self._is_first = False
            await self.let.wait()
        return await self._database.write(work)


def claims(world: World, count: int) -> list[Claim]:
    """So many events of one endpoint, which are about to be sent."""
    world.add("http://127.0.0.1:1/")
    for number in range(count):
        world.happen(number)
    return world.do(
        lambda connection: delivery_queue.claim(connection, world.now, timedelta(seconds=25), 10, [], lambda _: 10)
    )


def with_fault(
    world: World, database: Any, fault: WebhookFault, made: type[DeliveryAttempts] = Taken
) -> tuple[FaultyAttempts, SendLog]:
    plan, log = FaultPlan(world.clock), SendLog()
    plan.add(FaultRule(fault, times=1))
    attempts = faulty_attempts(made, plan, log, database)(world.encryption, UrlPolicy(), world.clock)
    assert isinstance(attempts, FaultyAttempts)
    return attempts, log


def test_the_next_one_may_be_delivered_before_it_is_written_that_the_first_one_waits(world: World) -> None:
    first, second = claims(world, 2)

    async def run() -> None:
        database = WaitingDatabase(world)
        attempts, log = with_fault(world, database, WebhookFault("reorder", 600.0))
        held = asyncio.create_task(attempts.attempt(first))
        await asyncio.sleep(0)
        assert (await attempts.attempt(second)).delivered
        database.let.set()
        with pytest.raises(PutOff):
            await held
        assert log.fault_of(first.delivery_id) == "flt_1; webhook=reorder; delay=600"
        attempts.close()

    asyncio.run(run())
    row = next(each for each in world.deliveries if each["id"] == first.delivery_id)
    assert (row["status"], row["lease_until"], row["due_at"], row["attempts"]) == ("pending", None, world.now, 0)


def test_one_that_is_held_back_is_due_later_and_another_claims_it(world: World) -> None:
    (only,) = claims(world, 1)

    async def run() -> None:
        attempts, log = with_fault(world, world.database, WebhookFault("delay", 60.0))
        with pytest.raises(PutOff):
            await attempts.attempt(only)
        assert log.of(only.delivery_id) == ()
        assert (await attempts.attempt(only)).delivered
        assert [each.name for each in log.of(only.delivery_id)] == ["flt_1; webhook=delay; delay=60"]
        attempts.close()

    asyncio.run(run())
    (row,) = world.deliveries
    assert (row["lease_until"], row["due_at"]) == (None, world.now + timedelta(seconds=60))


def test_many_that_are_held_back_at_once_are_each_held_once(world: World) -> None:
    (only,) = claims(world, 1)
    many = [replace(only, delivery_id=f"del_{number}") for number in range(MOST_DELIVERIES + 2)]

    class Written:
        async def write(self, work: Any) -> None:
            """Nothing is stored of these."""

    async def run() -> None:
        plan, written = FaultPlan(world.clock), cast(Database, Written())
        plan.add(FaultRule(WebhookFault("delay", 60.0)))
        attempts = faulty_attempts(Taken, plan, SendLog(), written)(world.encryption, UrlPolicy(), world.clock)
        for each in many:
            with pytest.raises(PutOff):
                await attempts.attempt(each)
        assert [(await attempts.attempt(each)).delivered for each in many] == [True] * len(many)
        attempts.close()

    asyncio.run(run())


def test_a_mock_with_a_defect_has_faults_too(world: World) -> None:
    (only,) = claims(world, 1)
    sent: list[dict[str, str]] = []

    class Kept(DEFECTS["agent-of-version-two"].components.delivery_attempts):
        async def attempt(self, claim: Claim) -> Outcome:
            sent.append(self.headers(claim, world.now))
            return self._outcome(claim, Reply(200), world.now, timedelta())

    async def run() -> Outcome:
        attempts, _ = with_fault(world, world.database, WebhookFault("flip-bit"), Kept)
        outcome = await attempts.attempt(only)
        attempts.close()
        return outcome

    outcome = asyncio.run(run())
    assert (outcome.status, outcome.error, outcome.next_at) == (
        200,
        "It answered 200 to a forged signature; the true one follows.",
        world.now,
    )
    (headers,) = sent
    assert (headers["User-Agent"], headers["X-Mock-Fault"]) == ("1invoice-webhooks/2", "flt_1; webhook=flip-bit")
    assert headers["X-1Invoice-Signature"] == sign(only.body, "S")
