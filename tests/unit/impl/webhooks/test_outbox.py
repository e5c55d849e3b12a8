"""Events and deliveries are stored with what happened, or not at all."""

from __future__ import annotations

import json

import pytest
from oneinvoice_impl.store.tables.webhooks import endpoints
from oneinvoice_impl.store.webhooks import delivery_queue
from sqlalchemy import Connection, update

from tests.unit.impl.store.records.listings import listing
from tests.unit.impl.webhook_world import ORGANISATION, World


def test_one_delivery_for_each_active_endpoint_that_subscribes(world: World) -> None:
    all_of_it = world.add("http://127.0.0.1/all")
    some = world.add("http://127.0.0.1/some", ["invoice.created", "quote.sent"])
    world.add("http://127.0.0.1/others", ["invoice.paid"])
    world.add("http://127.0.0.1/elsewhere", organisation="org_2")
    disabled = world.add("http://127.0.0.1/disabled")
    world.do(lambda connection: delivery_queue.disable(connection, disabled, "It answered 410 Gone.", world.now))
    stored = world.happen()
    assert {row["endpoint_id"] for row in world.deliveries} == {all_of_it, some}
    assert {row["id"] for row in world.deliveries} == set(stored.deliveries)
    assert {(row["status"], row["due_at"], row["attempts"]) for row in world.deliveries} == {("pending", world.now, 0)}


def test_the_body_is_the_resource_as_the_api_gives_it(world: World) -> None:
    stored = world.happen()
    (event,) = world.events
    (invoice,) = world.do(lambda connection: listing(connection, ORGANISATION, "invoices", world.now.date())).records
    assert json.loads(event["body"]) == {
        "id": stored.id,
        "event": "invoice.created",
        "created_at": "2026-04-02T12:00:00Z",
        "data": json.loads(invoice),
    }
    assert "Blåbær Kafé".encode() in event["body"]


def test_no_usual_writer_of_json_gives_the_same_bytes(world: World) -> None:
    world.happen()
    body = bytes(world.events[0]["body"])
    for separators in (None, (",", ":")):
        for ensure_ascii in (True, False):
            written = json.dumps(json.loads(body), separators=separators, ensure_ascii=ensure_ascii)
            assert written.encode() != body


def test_what_is_rolled_back_leaves_no_event(world: World) -> None:
    world.add("http://127.0.0.1/hook")

    def fail(connection: Connection) -> None:
        world.happened(connection)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        world.do(fail)
    assert not world.events
    assert not world.deliveries


def test_secrets_are_not_in_the_database(world: World) -> None:
    id = world.add("http://127.0.0.1/hook", secret="whsec_in_the_clear")
    row = world.endpoint(id)
    world.do(lambda connection: world.endpoints(connection).rotate(row, world.encryption.encrypt("whsec_2"), world.now))
    row = world.endpoint(id)
    assert b"whsec" not in row["secret"] + row["previous_secret"]
    assert world.encryption.decrypt(row["secret"]) == "whsec_2"
    assert world.encryption.decrypt(row["previous_secret"]) == "whsec_in_the_clear"


def test_an_event_of_another_name_is_not_part_of_a_name(world: World) -> None:
    id = world.add("http://127.0.0.1/hook")
    world.do(lambda connection: connection.execute(update(endpoints).values(events="invoice.created_again")))
    world.happen()
    assert not world.deliveries, id
