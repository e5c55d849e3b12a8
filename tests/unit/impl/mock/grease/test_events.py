"""Greased events: what is stored is what every attempt sends."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from oneinvoice_impl.clock import SYSTEM_CLOCK
from oneinvoice_impl.mock.defects import DEFECTS
from oneinvoice_impl.mock.grease.events import UNKNOWN_EVENTS, GreasedEvents, with_greased_events
from oneinvoice_impl.server.components import DEFAULT
from oneinvoice_impl.settings import Settings
from oneinvoice_impl.store.database import Database
from oneinvoice_impl.store.tables.webhooks import deliveries, events
from oneinvoice_impl.store.webhooks.endpoints import EndpointRepository
from oneinvoice_impl.webhooks import outbox

from tests.unit.impl.mock.grease.plain import plain
from tests.unit.impl.webhook_world import ORGANISATION, World


@pytest.fixture
def world() -> Iterator[World]:
    database = Database("sqlite://")
    yield World(database)
    database.close()


def happen(world: World, recorder: outbox.Recorder, count: int) -> None:
    for number in range(1, count + 1):
        world.do(partial(outbox.recording, recorder, lambda connection, n=number: world.happened(connection, n)))


def stored(world: World) -> list[dict[str, Any]]:
    return [dict(each._mapping) for each in world.do(lambda connection: connection.execute(events.select()).all())]


def test_an_event_is_stored_with_other_bytes_of_the_same_meaning(world: World) -> None:
    happen(world, GreasedEvents(7).record, 20)
    known = [each for each in stored(world) if each["name"] == "invoice.created"]
    assert len(known) == 20
    for number, row in enumerate(known, 1):
        content = plain(json.loads(row["body"]))
        assert (content["id"], content["event"]) == (row["id"], "invoice.created")
        assert content["created_at"] == "2026-04-02T12:00:00Z"
        assert (content["data"]["id"], content["data"]["customer"]["name"]) == (f"inv_{number}", "Blåbær Kafé")
        assert sorted(content) == ["created_at", "data", "event", "id"]
    assert len({tuple(plain(json.loads(row["body"]))) for row in known}) > 5
    assert any(b"x_grease_" in row["body"] or b"x\\u005fgrease" in row["body"] for row in known)


def test_an_unknown_event_now_and_then_goes_to_whoever_takes_all(world: World) -> None:
    every, some = world.add("http://a.example"), world.add("http://b.example", ["invoice.created"])
    happen(world, GreasedEvents(7).record, 40)
    unknown = {row["id"]: row for row in stored(world) if row["name"] != "invoice.created"}
    assert 3 < len(unknown) < 20
    assert {row["name"] for row in unknown.values()} == set(UNKNOWN_EVENTS)
    assert {row["organisation_id"] for row in unknown.values()} == {ORGANISATION}
    for id, row in unknown.items():
        content = json.loads(row["body"])
        assert (content["id"], content["event"], plain(content["data"])) == (id, row["name"], {})
    sent = [each._mapping for each in world.do(lambda connection: connection.execute(deliveries.select()).all())]
    assert sorted(
        each["event_id"] for each in sent if each["endpoint_id"] == every and each["event_id"] in unknown
    ) == (sorted(unknown))
    assert sum(each["endpoint_id"] == some for each in sent) == 40


def test_the_nth_event_has_the_same_choices_again() -> None:
    def names(seed: int) -> list[str]:
        database = Database("sqlite://")
        world = World(database)
        happen(world, GreasedEvents(seed).record, 30)
        found = [row["name"] for row in stored(world)]
        database.close()
        return found

    assert names(7) == names(7) != names(8)


def test_a_ping_is_alone(world: World) -> None:
    id = world.add("http://a.example")

    def ping(connection: Any) -> None:
        endpoints = EndpointRepository(connection, ORGANISATION)
        outbox.store_ping(endpoints, endpoints.find(id), world.now)

    recorder = GreasedEvents(7).record
    for _ in range(30):
        world.do(partial(outbox.recording, recorder, ping))
    assert {row["name"] for row in stored(world)} == {"ping"}


def test_what_is_stored_otherwise_is_not_greased(world: World) -> None:
    happen(world, GreasedEvents(7).record, 1)
    world.happen(2)
    (row,) = [each for each in stored(world) if json.loads(each["body"])["data"].get("id") == "inv_2"]
    assert row["body"].startswith(b'{"id": "evt_')


@pytest.mark.parametrize("components", [DEFAULT, DEFECTS["paid-invoices-of-others-delivered"].components])
def test_webhooks_of_any_kind_are_greased(components: Any, world: World) -> None:
    arguments = (world.database, Settings(), SYSTEM_CLOCK, components.delivery_attempts)
    assert components.webhooks(*arguments).recorder == outbox.record
    service = with_greased_events(components, 7).webhooks(*arguments)
    assert type(service).__name__ == type(components.webhooks(*arguments)).__name__
    assert service.recorder != outbox.record
