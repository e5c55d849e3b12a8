"""Claims, leases and fencing tokens."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from oneinvoice_impl.store.database import Database
from oneinvoice_impl.store.webhooks import delivery_queue
from oneinvoice_impl.store.webhooks.delivery_queue import Claim, Outcome
from sqlalchemy import event

from tests.unit.impl.webhook_world import World

LEASE = timedelta(seconds=25)


def claim(world: World, limit: int = 100, running: Sequence[Claim] = (), bound: int = 100) -> list[Claim]:
    return world.do(lambda c: delivery_queue.claim(c, world.now, LEASE, limit, running, lambda _: bound))


def outcome(claim: Claim, at: datetime, status: int = 200, **more: object) -> Outcome:
    error = None if status == 200 else f"It answered {status}."
    return Outcome(claim, at, timedelta(milliseconds=12), status, error, b"ok")._replace(**more)


def record(world: World, *outcomes: Outcome) -> None:
    world.do(lambda connection: delivery_queue.record(connection, outcomes))


def test_what_is_claimed_is_nobody_elses_until_the_lease_ends(world: World) -> None:
    world.add("http://127.0.0.1/hook")
    world.happen()
    (first,) = claim(world)
    assert (first.fence, first.made, first.event, first.url) == (1, 0, "invoice.created", "http://127.0.0.1/hook")
    assert claim(world) == []
    world.clock.advance(LEASE)
    (second,) = claim(world)
    assert (second.delivery_id, second.fence, second.body) == (first.delivery_id, 2, first.body)


def test_who_comes_too_late_writes_nothing(world: World) -> None:
    world.add("http://127.0.0.1/hook")
    world.happen()
    (late,) = claim(world)
    world.clock.advance(LEASE)
    (holder,) = claim(world)
    record(world, outcome(late, world.now, 500))
    world.do(lambda connection: delivery_queue.release(connection, [late]))
    assert not world.attempts
    assert world.deliveries[0]["lease_until"] == world.now + LEASE
    record(world, outcome(holder, world.now))
    record(world, outcome(holder, world.now, 500))
    assert [(row["number"], row["status"]) for row in world.attempts] == [(1, 200)]
    assert (world.deliveries[0]["status"], world.deliveries[0]["attempts"]) == ("delivered", 1)


def test_a_clock_that_goes_back_holds_up_only_what_was_due_before(world: World) -> None:
    world.add("http://127.0.0.1/hook")
    hours = timedelta(hours=6)
    world.happen(0)
    (lost,) = claim(world)
    world.clock.set(world.now - hours)
    world.happen(1)
    (new,) = claim(world)
    record(world, outcome(new, world.now))
    assert claim(world) == []
    world.clock.advance(hours + LEASE)
    (again,) = claim(world)
    assert again.delivery_id == lost.delivery_id
    record(world, outcome(again, world.now))
    assert [row["status"] for row in world.deliveries] == ["delivered"] * 2
    assert claim(world) == []


def test_nothing_is_claimed_before_it_is_due(world: World) -> None:
    world.add("http://127.0.0.1/hook")
    world.happen()
    (first,) = claim(world)
    record(world, outcome(first, world.now, 500, next_at=world.now + timedelta(seconds=5)))
    assert world.do(delivery_queue.next_due) == world.now + timedelta(seconds=5)
    world.go_on(seconds=4.9)
    assert claim(world) == []
    world.go_on(seconds=0.1)
    (second,) = claim(world)
    assert second.made == 1


def test_oldest_first_and_no_more_than_asked_for(world: World) -> None:
    world.add("http://127.0.0.1/hook")
    stored = []
    for number in range(5):
        world.go_on(seconds=1)
        stored.append(world.happen(number).deliveries[0])
    assert [each.delivery_id for each in claim(world, limit=3)] == stored[:3]
    assert [each.delivery_id for each in claim(world, limit=3)] == stored[3:]


def test_no_endpoint_gets_more_than_its_bound_and_none_waits_for_another(world: World) -> None:
    busy = world.add("http://127.0.0.1/busy")
    for number in range(30):
        world.happen(number)
    world.go_on(seconds=1)
    other = world.add("http://127.0.0.1/other")
    world.happen(99)
    first = claim(world, limit=10, bound=4)
    assert [each.endpoint_id for each in first] == [busy] * 4 + [other]
    assert claim(world, limit=10, running=first, bound=4) == []
    assert len(claim(world, limit=10, running=first[1:], bound=4)) == 1


def test_released_claims_are_due_at_once(world: World) -> None:
    world.add("http://127.0.0.1/hook")
    world.happen()
    claims = claim(world)
    world.do(lambda connection: delivery_queue.release(connection, claims))
    assert [each.made for each in claim(world)] == [0]


def test_an_endpoint_fails_from_its_first_failure_until_a_success(world: World) -> None:
    id = world.add("http://127.0.0.1/hook")
    began = world.now
    for number in range(3):
        world.happen(number)
        (each,) = claim(world)
        record(world, outcome(each, world.now, 500))
        assert world.endpoint(id)["failing_since"] == began
        world.go_on(hours=1)
    world.happen(9)
    (each,) = claim(world)
    assert each.failing_since == began
    record(world, outcome(each, world.now))
    assert world.endpoint(id)["failing_since"] is None
    assert sorted(row["status"] for row in world.deliveries) == ["delivered", "failed", "failed", "failed"]


def test_a_disabled_endpoint_gets_nothing_more(world: World) -> None:
    id = world.add("http://127.0.0.1/hook")
    other = world.add("http://127.0.0.1/other")
    for number in range(3):
        world.happen(number)
    (first, *_) = claim(world, limit=6, bound=1)
    endpoint = first.endpoint_id
    record(world, outcome(first, world.now, 410, disable="It answered 410 Gone."))
    assert world.endpoint(endpoint)["status"] == "disabled"
    assert world.endpoint(endpoint)["disabled_reason"] == "It answered 410 Gone."
    assert world.endpoint(other if endpoint == id else id)["status"] == "active"
    statuses = sorted(row["status"] for row in world.deliveries if row["endpoint_id"] == endpoint)
    assert statuses == ["cancelled", "cancelled", "failed"]
    world.clock.advance(LEASE)
    assert endpoint not in {each.endpoint_id for each in claim(world)}


def test_two_processes_never_claim_the_same(world: World) -> None:
    world.add("http://127.0.0.1/hook")
    for number in range(60):
        world.happen(number)

    async def together() -> list[list[Claim]]:
        claims = (
            world.database.write(lambda c: delivery_queue.claim(c, world.now, LEASE, 10, [], lambda _: 100))
            for _ in range(12)
        )
        return await asyncio.gather(*claims)

    claimed = [each.delivery_id for claims in asyncio.run(together()) for each in claims]
    assert len(claimed) == len(set(claimed))
    claimed += [each.delivery_id for each in claim(world)]
    assert len(claimed) == len(set(claimed)) == 60


def test_what_is_due_is_read_from_an_index() -> None:
    world = World(Database("sqlite://"))
    ran: list[tuple[str, Any]] = []
    event.listen(
        world.database.engine, "before_cursor_execute", lambda c, cursor, sql, values, *_: ran.append((sql, values))
    )
    claim(world)
    world.do(delivery_queue.next_due)
    for statement, values in [each for each in ran if each[0].startswith("SELECT")]:
        explain = f"EXPLAIN QUERY PLAN {statement}"
        plan = str(world.do(lambda c, explain=explain, values=values: c.exec_driver_sql(explain, values).all()))
        assert "webhook_deliveries_due" in plan
        assert "TEMP B-TREE" not in plan
    world.database.close()
