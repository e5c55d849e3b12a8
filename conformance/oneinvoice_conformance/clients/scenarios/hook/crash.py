"""Scenario of a crash: the receiver is killed while it works, right after its answer, and in a stream of events."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, wait

from oneinvoice_conformance.clients.hooks.events import Event
from oneinvoice_conformance.clients.hooks.sender import Parcel
from oneinvoice_conformance.clients.observation import DeliveryKind
from oneinvoice_conformance.clients.scenarios.effects import await_effects, settle
from oneinvoice_conformance.clients.scenarios.hook.deliveries import (
    accepted_ids,
    deliver,
    deliver_until_accepted,
    few,
    new_events,
    take_genuine,
)
from oneinvoice_conformance.clients.scenarios.scenario import scenario
from oneinvoice_conformance.clients.stage import NotPlayed, Stage
from oneinvoice_conformance.clients.subject import Means

CRASH = "crash"
ALONE = "under way as the receiver was killed"
STREAM = "in a stream in which the receiver was killed"
BEFORE = "again after a kill"
BETWEEN = "between two kills"
# Seconds from sending an event to ordering the kill, unless its answer comes before; a command takes time to start.
_DELAYS = ((0.0, 0.0), (0.1, 0.4), (0.4, 0.8))
_STREAM = 120  # events at most
_SENDERS = 6
_HEAD_START = 0.15  # seconds that the stream has run for when the kill is ordered
_START = 15.0  # seconds that a receiver may take to listen


@scenario(CRASH, "The receiver is killed.", "HOOK-7", needs=(Means.HOOK, Means.RESTART), seconds=8.0, data=few)
def crash(stage: Stage) -> None:
    """Kill the receiver at several moments, and deliver again what it didn't accept."""
    before = take_genuine(stage)
    await_effects(stage, [event.id for event in before])
    for event, delay in zip(new_events(stage, len(_DELAYS)), _DELAYS, strict=True):
        _kill_while_it_works(stage, stage.sender.parcel(event, form=ALONE), stage.random.uniform(*delay))
    _kill_in_a_stream(stage)
    _repeat(stage, before)
    take_genuine(stage)
    settle(stage, accepted_ids(stage))


def _kill_while_it_works(stage: Stage, parcel: Parcel, delay: float) -> None:
    """Kill the receiver before it answers, or right after it has."""
    with ThreadPoolExecutor(max_workers=1) as threads:
        sending = threads.submit(stage.sender.send, parcel)
        wait([sending], delay)
        stage.restart()
        accepted = sending.result().is_accepted
    _await_start(stage)
    if not accepted:
        deliver_until_accepted(stage, parcel, 1.0)


def _kill_in_a_stream(stage: Stage) -> None:
    """Kill the receiver while several events are under way all the time."""
    parcels = iter([stage.sender.parcel(event, form=STREAM) for event in new_events(stage, _STREAM)])
    down, lock, unaccepted = threading.Event(), threading.Lock(), list[Parcel]()

    def send() -> None:
        while not down.is_set():
            with lock:
                parcel = next(parcels, None)
            if parcel is None:
                return
            sent = stage.sender.send(parcel)
            if not sent.is_accepted:
                unaccepted.append(parcel)
            if sent.problem:
                down.set()

    with ThreadPoolExecutor(max_workers=_SENDERS) as threads:
        try:
            for _ in range(_SENDERS):
                threads.submit(send)
            stage.wait(_HEAD_START, "events come all the time")
            stage.restart()
        finally:
            down.set()
    _await_start(stage)
    deliver(stage, unaccepted)


def _await_start(stage: Stage) -> None:
    """Wait until the receiver takes an event again. Raises `NotPlayed`."""
    (event,) = new_events(stage, 1)
    if not deliver_until_accepted(stage, stage.sender.parcel(event, form=BETWEEN), _START):
        raise NotPlayed(f"the receiver took no event within {_START:.0f} s after --restart")


def _repeat(stage: Stage, events: Sequence[Event]) -> None:
    """Deliver again what had its effect before the kills, as where its sender didn't get the answer."""
    deliver(stage, [stage.sender.parcel(event, DeliveryKind.REPEATED, BEFORE) for event in events])
