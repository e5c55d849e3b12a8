"""Run oneinvoice-mock so that it stops at a step of a delivery, says HOLDS, and waits to be killed.

python killable.py STEP OPTIONS…: the functions that take the step are wrapped from here; the product knows nothing of
it. Leases and retries are short, so that what a killed server held is taken over soon.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from oneinvoice_impl.mock.cli.main import main
from oneinvoice_impl.store.sqlite_write_queue import SqliteWriteQueue
from oneinvoice_impl.store.webhooks import delivery_queue
from oneinvoice_impl.webhooks import delivery_attempts, dispatcher, outbox, retry_schedule


def hold(*_: Any) -> None:
    """Say that the step is reached, and go no further."""
    print("HOLDS", flush=True)
    time.sleep(60)


def after(function: Callable[..., Any], condition: Callable[[Any], bool]) -> Callable[..., Any]:
    """`function`, and then hold if its result is such."""

    def wrapped(*arguments: Any, **options: Any) -> Any:
        result = function(*arguments, **options)
        if condition(result):
            hold()
        return result

    return wrapped


def before_commit() -> None:
    outbox.store_for = after(outbox.store_for, bool)


def stored_here() -> list[Any]:
    """What this process stores of its own, as it does."""
    stored: list[Any] = []
    store_for = outbox.store_for
    outbox.store_for = lambda *arguments: stored.append(store_for(*arguments)) or stored[-1]
    return stored


def after_commit() -> None:
    stored = stored_here()
    SqliteWriteQueue.commit = after(SqliteWriteQueue.commit, lambda _: bool(stored))


def after_claim() -> None:
    stored = stored_here()  # what an earlier process left may be claimed before there is anything new

    def claimed(results: Any) -> bool:
        claims = (value for value, _ in results if isinstance(value, list) and value)
        return bool(stored) and any(isinstance(claim[0], delivery_queue.Claim) for claim in claims)

    SqliteWriteQueue.commit = after(SqliteWriteQueue.commit, claimed)


def after_2xx() -> None:
    delivery_queue.record = hold


def during_a_retry_wait() -> None:
    record = delivery_queue.record

    def recorded(connection: Any, outcomes: Any) -> None:
        record(connection, outcomes)
        held.append(True)

    held: list[bool] = []
    delivery_queue.record = recorded
    SqliteWriteQueue.commit = after(SqliteWriteQueue.commit, lambda _: bool(held))


STEPS = {
    "before commit": before_commit,
    "after commit": after_commit,
    "after claim": after_claim,
    "after 2xx": after_2xx,
    "during a retry wait": during_a_retry_wait,
}

if __name__ == "__main__":
    retry_schedule.RETRIES = (timedelta(seconds=1),) * 7
    limits = dispatcher.DispatchLimits
    dispatcher.DispatchLimits = lambda: limits(lease=timedelta(seconds=2), poll=0.1)
    step = sys.argv.pop(1)
    STEPS.get(step, lambda: None)()
    assert delivery_attempts
    main()
