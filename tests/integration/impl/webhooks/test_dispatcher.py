"""From a commit to a recorded attempt, against real receivers."""

from __future__ import annotations

import asyncio
import logging
import socket
import time
from contextlib import ExitStack
from datetime import timedelta

import pytest
from oneinvoice_impl.store.types import Connection
from oneinvoice_impl.store.webhooks.endpoints import EndpointRepository
from oneinvoice_impl.webhooks import outbox
from oneinvoice_impl.webhooks.dispatcher import Dispatcher, DispatchLimits
from oneinvoice_impl.webhooks.secret_encryption import SecretEncryption
from oneinvoice_impl.webhooks.signing import verify_signature

from tests.integration.impl.receivers import receiver, saying, status
from tests.unit.impl.webhook_world import ORGANISATION, World

OK = status("200 OK", body=b"thanks")


def parsed(request: bytes) -> tuple[dict[str, str], bytes]:
    head, _, body = request.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")[1:]
    return dict(line.split(": ", 1) for line in lines), body


def test_a_delivery_as_documented(world: World) -> None:
    with receiver(OK) as target:
        world.add(target.url, secret="whsec_1")
        stored = world.happen()
        world.dispatch()
        headers, body = parsed(target.wait_for(1)[0])
    assert headers["X-1Invoice-Event"] == "invoice.created"
    assert headers["User-Agent"] == "1invoice-webhooks/1"
    assert headers["Content-Type"] == "application/json"
    assert headers["X-1Invoice-Delivery"] == stored.deliveries[0]
    assert verify_signature(body, headers["X-1Invoice-Signature"], "whsec_1")
    assert "X-1Invoice-Signature-Previous" not in headers
    assert body == world.events[0]["body"]
    (attempt,) = world.attempts
    assert (attempt["number"], attempt["status"], attempt["error"], attempt["answer"]) == (1, 200, None, b"thanks")
    assert world.deliveries[0]["status"] == "delivered"
    assert world.deliveries[0]["finished_at"] is not None


def test_every_attempt_sends_the_same_and_then_no_more(world: World) -> None:
    with receiver(status("500 Oops", body=b"broken")) as target:
        id = world.add(target.url)
        world.happen()
        waits = []
        for _ in range(8):
            world.dispatch()
            waits.append(world.deliveries[0]["due_at"] - world.now)
            world.clock.advance(max(timedelta(), world.deliveries[0]["due_at"] - world.now))
        world.go_on(days=30)
        world.dispatch()
        requests = target.wait_for(8)
    assert len(set(requests)) == 1
    assert len(requests) == 8
    for wait, expected in zip(waits, [5, 300, 1800, 7200, 18000, 36000, 36000], strict=False):
        assert expected <= wait.total_seconds() < expected + 5
    assert [row["number"] for row in world.attempts] == [*range(1, 9)]
    assert {(row["status"], row["error"], row["answer"]) for row in world.attempts} == {
        (500, "It answered 500.", b"broken")
    }
    assert world.deliveries[0]["status"] == "failed"
    assert world.endpoint(id)["status"] == "active"


def test_retry_after_is_honoured(world: World) -> None:
    with receiver(status("503 Later", "Retry-After: 600")) as target:
        world.add(target.url)
        world.happen()
        world.dispatch()
    wait = world.deliveries[0]["due_at"] - world.now
    assert timedelta(seconds=600) <= wait < timedelta(seconds=605)


def test_410_disables_at_once(world: World) -> None:
    with receiver(status("410 Gone")) as target:
        id = world.add(target.url)
        world.happen()
        world.dispatch()
        assert world.happen(2).deliveries == ()
    row = world.endpoint(id)
    assert (row["status"], row["disabled_reason"]) == ("disabled", "It answered 410 Gone.")
    assert [row["status"] for row in world.deliveries] == ["failed"]


def test_what_runs_for_an_endpoint_that_is_removed_is_recorded_nowhere(world: World) -> None:
    def remove(connection: Connection) -> None:
        endpoints = EndpointRepository(connection, ORGANISATION)
        row = endpoints.find(id)
        assert row is not None
        endpoints.remove(row)

    async def send(dispatcher: Dispatcher) -> None:
        await dispatcher.turn()
        await world.database.write(remove)
        await dispatcher.settle()
        await dispatcher.turn()

    with receiver(OK) as target:
        id, other = world.add(target.url), world.add(target.url)
        world.happen()
        world.with_dispatcher(send)
        assert len(target.wait_for(2)) == 2
    assert [row["endpoint_id"] for row in world.deliveries] == [other]
    assert [row["status"] for row in world.attempts] == [200]


def test_120_hours_of_nothing_but_failure_disable(world: World) -> None:
    with receiver(status("500 Oops")) as target:
        id = world.add(target.url)
        began = world.now
        number = 0
        while world.endpoint(id)["status"] == "active":
            number += 1
            world.happen(number)
            world.dispatch()
            world.go_on(hours=30)
    assert world.endpoint(id)["disabled_at"] - began >= timedelta(hours=120)
    assert number == 5
    assert world.endpoint(id)["disabled_reason"] == "It did nothing but fail for 120 hours."
    assert "pending" not in {row["status"] for row in world.deliveries}


def test_a_success_in_between_keeps_it(world: World) -> None:
    line = b"500 Oops"
    with receiver(lambda c: c.sendall(b"HTTP/1.1 " + line + b"\r\nContent-Length: 0\r\n\r\n")) as target:
        id = world.add(target.url)
        for number, line in enumerate([b"500 Oops", b"200 OK", b"500 Oops", b"500 Oops"]):  # noqa: B007
            world.happen(number)
            world.dispatch()
            world.go_on(hours=100)
    assert world.endpoint(id)["status"] == "active"
    assert world.endpoint(id)["failing_since"] == world.now - timedelta(hours=200)


def test_both_secrets_sign_for_24_hours(world: World) -> None:
    with receiver(OK) as target:
        id = world.add(target.url, secret="old")
        world.do(
            lambda c: world.endpoints(c).rotate(world_row(world, c, id), world.encryption.encrypt("new"), world.now)
        )
        world.happen(1)
        world.go_on(hours=23, minutes=59)
        world.dispatch()
        world.go_on(minutes=1)
        world.happen(2)
        world.dispatch()
        (during, first), (after, second) = map(parsed, target.wait_for(2))
    assert verify_signature(first, during["X-1Invoice-Signature"], "new")
    assert verify_signature(first, during["X-1Invoice-Signature-Previous"], "old")
    assert verify_signature(second, after["X-1Invoice-Signature"], "new")
    assert "X-1Invoice-Signature-Previous" not in after


def world_row(world: World, connection: object, id: str) -> object:
    return world.endpoints(connection).find(id)


def test_resending_keeps_the_event_and_its_bytes(world: World) -> None:
    with receiver(OK) as target:
        world.add(target.url)
        stored = world.happen()
        world.dispatch()
        delivery = world.do(lambda c: world.endpoints(c).delivery(stored.deliveries[0]))
        world.go_on(days=1)
        again = world.do(lambda c: world.endpoints(c).resend(delivery, world.now))
        world.dispatch()
        (first, one), (second, two) = map(parsed, target.wait_for(2))
    assert one == two
    assert (first["X-1Invoice-Delivery"], second["X-1Invoice-Delivery"]) == (stored.deliveries[0], again)
    assert again != stored.deliveries[0]
    assert len(world.events) == 1


def test_resending_what_waits_sends_it_at_once(world: World) -> None:
    with receiver(status("500 Oops")) as target:
        world.add(target.url)
        stored = world.happen()
        world.dispatch()
        delivery = world.do(lambda c: world.endpoints(c).delivery(stored.deliveries[0]))
        assert world.do(lambda c: world.endpoints(c).resend(delivery, world.now)) == stored.deliveries[0]
        world.dispatch()
        target.wait_for(2)
    assert [row["number"] for row in world.attempts] == [1, 2]


def test_a_ping_goes_to_its_endpoint_alone(world: World) -> None:
    with receiver(OK) as target, receiver(OK) as other:
        id = world.add(target.url, ["invoice.paid"])
        world.add(other.url)
        world.do(lambda c: outbox.store_ping(world.endpoints(c), world_row(world, c, id), world.now))
        world.dispatch()
        headers, body = parsed(target.wait_for(1)[0])
        assert not other.requests
    assert headers["X-1Invoice-Event"] == "ping"
    assert verify_signature(body, headers["X-1Invoice-Signature"], "S")


def test_one_that_hangs_holds_up_no_other(world: World) -> None:
    """Even with less at once than it has due."""
    world.limits = DispatchLimits(total=6, per_turn=6, per_endpoint=2, grace=0.1)
    with ExitStack() as stack:
        hanging = stack.enter_context(receiver(lambda connection: time.sleep(5)))
        quick = stack.enter_context(receiver(OK))
        world.add(hanging.url)
        for number in range(20):
            world.happen(number)
        world.go_on(seconds=1)
        world.add(quick.url)
        for number in range(20, 40):
            world.happen(number)

        async def run(dispatcher: Dispatcher) -> None:
            started = time.monotonic()
            dispatcher.start()
            while len(quick.requests) < 20:
                assert time.monotonic() - started < 4
                await asyncio.sleep(0.01)

        world.with_dispatcher(run)
        assert hanging.connections == 2


def test_a_commit_is_delivered_at_once(world: World) -> None:
    world.limits = DispatchLimits(poll=60)
    with receiver(OK) as target:
        world.add(target.url)

        async def run(dispatcher: Dispatcher) -> float:
            dispatcher.start()
            await asyncio.sleep(0.5)
            for number in range(2):
                await world.database.write(lambda c, number=number: world.happened(c, number))
                started = time.monotonic()
                dispatcher.wake()
                await asyncio.to_thread(target.wait_for, number + 1)
            return time.monotonic() - started

        assert world.with_dispatcher(run) < 1
    assert [row["status"] for row in world.deliveries] == ["delivered"] * 2


def test_what_is_due_waits_to_be_woken_for_where_none_is_there_from_before(world: World) -> None:
    with receiver(OK) as target:
        world.add(target.url)
        world.happen()

        async def run(dispatcher: Dispatcher) -> None:
            dispatcher.start(at_once=False)
            await asyncio.sleep(0.3)
            assert not target.requests
            dispatcher.wake()
            await asyncio.to_thread(target.wait_for, 1)

        world.with_dispatcher(run)
    assert [row["status"] for row in world.deliveries] == ["delivered"]


def test_each_delivery_is_sent_and_recorded_once_while_others_come_in(world: World) -> None:
    def answer_slowly(connection: socket.socket) -> None:
        time.sleep(0.02)
        OK(connection)

    with receiver(answer_slowly) as target:
        world.add(target.url)

        async def run(dispatcher: Dispatcher) -> None:
            dispatcher.start()
            for number in range(60):
                await world.database.write(lambda c, number=number: world.happened(c, number))
                dispatcher.wake()
                await asyncio.sleep(0.005)
            await asyncio.to_thread(target.wait_for, 60)

        world.with_dispatcher(run)
        assert len(target.requests) == 60
    assert {(row["status"], row["attempts"], row["fence"]) for row in world.deliveries} == {("delivered", 1, 2)}
    assert len(world.attempts) == 60


def test_what_another_process_committed_is_found(world: World) -> None:
    if world.database.in_memory:
        pytest.skip("no other process writes to data in memory")
    world.limits = DispatchLimits(poll=0.05)
    with receiver(OK) as target:
        world.add(target.url)

        async def run(dispatcher: Dispatcher) -> None:
            dispatcher.start()
            await asyncio.sleep(0.2)
            await world.database.write(world.happened)
            await asyncio.to_thread(target.wait_for, 1)

        world.with_dispatcher(run)


def test_stopping_records_what_ended_and_gives_back_the_rest(world: World) -> None:
    world.limits = DispatchLimits(grace=0.3)
    with receiver(OK) as quick, receiver(lambda connection: time.sleep(5)) as hanging:
        world.add(quick.url)
        slow = world.add(hanging.url)
        world.happen()

        async def run(dispatcher: Dispatcher) -> None:
            dispatcher.start()
            await asyncio.to_thread(hanging.wait_for, 1)

        started = time.monotonic()
        world.with_dispatcher(run)
        assert time.monotonic() - started < 3
    for row in world.deliveries:
        hangs = row["endpoint_id"] == slow
        assert (row["status"], row["lease_until"], row["attempts"]) == (
            ("pending", None, 0) if hangs else ("delivered", None, 1)
        )


def test_a_database_that_fails_for_a_while_loses_nothing(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.limits = DispatchLimits(poll=0.05)
    rename = "ALTER TABLE {} RENAME TO {}"

    def renamed(before: str, after: str) -> None:
        world.do(lambda connection: connection.exec_driver_sql(rename.format(before, after)))

    with receiver(OK) as target:
        world.add(target.url, secret="whsec_secret")
        world.happen()
        renamed("webhook_deliveries", "gone")

        async def run(dispatcher: Dispatcher) -> None:
            dispatcher.start()
            await asyncio.sleep(0.3)
            assert not target.requests
            await world.database.write(lambda c: c.exec_driver_sql(rename.format("gone", "webhook_deliveries")))
            await asyncio.to_thread(target.wait_for, 1)

        with caplog.at_level(logging.DEBUG, "oneinvoice_impl"):
            world.with_dispatcher(run)
    assert world.deliveries[0]["status"] == "delivered"
    assert "webhooks: database error" in caplog.text
    assert "whsec_secret" not in caplog.text


def test_a_secret_of_another_key_is_told_and_nothing_is_sent(world: World, caplog: pytest.LogCaptureFixture) -> None:
    with receiver(OK) as target:
        world.add(target.url)
        world.happen()
        world.encryption = SecretEncryption(None, ephemeral=True)
        world.dispatch()
        assert not target.requests
    assert "encrypted with another key" in world.attempts[0]["error"]
    assert "encrypted with another key" in caplog.text
    assert world.deliveries[0]["status"] == "pending"


def test_a_receiver_that_talks_nonsense_is_tried_again(world: World) -> None:
    with receiver(saying(b"nonsense\r\n\r\n")) as target:
        world.add(target.url)
        world.happen()
        world.dispatch()
    assert world.attempts[0]["status"] is None
    assert world.attempts[0]["error"] == "What came back is not HTTP."
    assert world.deliveries[0]["status"] == "pending"
