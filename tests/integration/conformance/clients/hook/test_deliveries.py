"""Genuine events of a real sandbox, and what reaches a receiver of them."""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest
from oneinvoice_conformance.clients.hooks.bodies import AS_PYTHON
from oneinvoice_conformance.clients.hooks.events import Events, events_of
from oneinvoice_conformance.clients.hooks.sender import Sender
from oneinvoice_conformance.clients.journal import Journal
from oneinvoice_conformance.clients.mock.controls import Data, MockControls
from oneinvoice_conformance.clients.observation import DeliveryKind
from oneinvoice_conformance.documented import EVENTS
from oneinvoice_conformance.http.delivery import Delivery
from oneinvoice_conformance.webhooks.receiver import Receiver, Reply
from oneinvoice_conformance.webhooks.signing import verify_signature

SECRET = "whsec_of_a_receiver"
FEW = Data(few=2)


@pytest.fixture
def events(controls: MockControls) -> Iterator[Events]:
    with controls.sandbox(1, FEW) as sandbox, events_of(sandbox, SECRET, AS_PYTHON) as made:
        yield made


def sender_to(receiver: Receiver) -> tuple[Sender, Journal]:
    journal = Journal()
    return Sender(f"{receiver.url}/hook", SECRET, journal, random.Random(1)), journal


def test_each_event_happens_to_a_record_of_its_own(events: Events):
    made = events.make_all([*EVENTS, "invoice.paid"])
    assert [event.name for event in made] == [*EVENTS, "invoice.paid"]
    assert len({event.id for event in made}) == len({event.record["id"] for event in made}) == len(made)
    assert all(event.body.isascii() for event in made)
    assert all(event.body == json.dumps(event.content).encode() for event in made)


def test_events_of_one_record_are_told_one_by_one(events: Events):
    created = events.make("invoice.created")
    sent = events.make("invoice.sent", invoice=str(created.record["id"]))
    assert (created.record["id"], sent.record["status"]) == (sent.record["id"], "sent")


def test_no_verdict_repeats_the_ids_of_another_with_its_seed(controls: MockControls):
    told = []
    for _ in range(2):
        with controls.sandbox(1, FEW) as sandbox, events_of(sandbox, SECRET) as made:
            event = made.make("quote.created")
            told.append((event.id, event.record["id"], event.record["number"]))
    assert not set(told[0]) & set(told[1])


def test_what_is_sent_is_what_comes(events: Events):
    with Receiver("127.0.0.1", 0, lambda delivery: Reply(202)) as receiver:
        sender, journal = sender_to(receiver)
        (event,) = events.make_all(["invoice.paid"])
        genuine = sender.parcel(event)
        sent = sender.send(genuine)
        sender.send(replace(genuine, signature=None, kind=DeliveryKind.FORGED))
        sender.send(sender.parcel(event, body=b'{"other": "bytes"}\r\n'))
    first, unsigned, other = receiver.deliveries
    assert (first.body, first.event, first.header("User-Agent")) == (event.body, "invoice.paid", "1invoice-webhooks/1")
    assert verify_signature(event.body, first.header("X-1Invoice-Signature") or "", SECRET)
    assert unsigned.header("X-1Invoice-Signature") is None
    assert verify_signature(b'{"other": "bytes"}\r\n', other.header("X-1Invoice-Signature") or "", SECRET)
    assert (sent.status, sent.is_accepted, len(journal.deliveries)) == (202, True, 3)


def test_an_attempt_keeps_the_id_of_its_delivery_and_another_delivery_has_another(events: Events):
    with Receiver("127.0.0.1", 0) as receiver:
        sender, _ = sender_to(receiver)
        event = events.make("invoice.paid")
        parcel = sender.parcel(event)
        for each in (parcel, parcel, sender.parcel(event)):
            sender.send(each)
    ids = [delivery.header("X-1Invoice-Delivery") for delivery in receiver.deliveries]
    assert ids[0] == ids[1] != ids[2]


def test_a_receiver_that_ends_the_connection_or_is_not_there_gave_no_answer(events: Events):
    event = events.make("invoice.paid")
    with Receiver("127.0.0.1", 0, lambda delivery: Reply(close=True)) as receiver:
        sender, _ = sender_to(receiver)
        parcel = sender.parcel(event)
        assert sender.send(parcel).problem == "the connection ended without an answer"
    sent = sender.send(parcel)
    assert (sent.status, sent.problem) == (0, "nothing takes connections there")


def test_all_at_once_are_under_way_at_the_same_time(events: Events):
    all_came = threading.Barrier(8, timeout=20)

    def reply(delivery: Delivery) -> Reply:
        all_came.wait()
        return Reply()

    with Receiver("127.0.0.1", 0, reply) as receiver:
        sender, _ = sender_to(receiver)
        sent = sender.send_all([sender.parcel(event) for event in events.make_all(["invoice.created"] * 8)])
    assert [each.status for each in sent] == [200] * 8
