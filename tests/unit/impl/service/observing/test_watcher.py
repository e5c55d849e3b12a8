"""Watchers are told of calls of the database and of attempts, and of what they failed of."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from oneinvoice_impl.service.observing.watcher import ObservedDatabase, observed_attempts
from oneinvoice_impl.store.errors import DatabaseFailure
from oneinvoice_impl.webhooks.delivery_attempts import DeliveryAttempts

from tests.unit.impl.service.observing.watching import Told


def test_calls_of_the_database() -> None:
    told = Told()
    database = ObservedDatabase("sqlite://", [told])

    async def calls() -> None:
        assert await database.run(lambda connection: 1) == 1
        assert await database.read(lambda connection: 2, short=True) == 2
        with pytest.raises(DatabaseFailure):
            await database.write(lambda connection: connection.exec_driver_sql("SELECT nothing"))

    asyncio.run(calls())
    database.close()
    assert told.all == [("run", None), ("read", None), ("write", "OperationalError")]


def test_attempts(monkeypatch: pytest.MonkeyPatch) -> None:
    async def attempt(self: DeliveryAttempts, claim: Any) -> Any:
        if claim == "broken off":
            raise asyncio.CancelledError
        return "outcome"

    monkeypatch.setattr(DeliveryAttempts, "attempt", attempt)
    told = Told()
    attempts: Any = object.__new__(observed_attempts([told]))
    assert asyncio.run(attempts.attempt("claim")) == "outcome"
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(attempts.attempt("broken off"))
    assert told.all == [("claim", "outcome"), ("broken off", None)]


def test_without_watchers_nothing_is_put_between() -> None:
    assert observed_attempts([]) is DeliveryAttempts
