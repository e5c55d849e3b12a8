"""The queue of deliveries: claim what is due, and record what became of it.

A claim is a lease with a fencing token: it ends by itself when its holder dies, and a holder who comes too late can
no longer write.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, column, exists, func, insert, literal_column, select, table, update

from oneinvoice_impl.store.prepared import Prepared
from oneinvoice_impl.store.tables.webhooks import attempts, deliveries, endpoints, events


@dataclass(frozen=True, slots=True, eq=False)
class DeliveryContent:
    """The content of a delivery, and the secrets that sign it; its fields are the columns `CONTENT_COLUMNS`."""

    delivery_id: str
    event: str
    body: bytes
    url: str
    secret: bytes
    previous_secret: bytes | None
    previous_until: datetime | None


@dataclass(frozen=True, slots=True, eq=False)
class Claim(DeliveryContent):
    """A delivery that is this process's to send until the lease ends; its fields are the columns of `_DUE`."""

    fence: int
    lease_until: datetime
    made: int
    """Attempts before this one."""
    endpoint_id: str
    event_id: str
    failing_since: datetime | None


class Outcome(NamedTuple):
    """The outcome of a claim."""

    claim: Claim
    started_at: datetime
    duration: timedelta
    status: int | None
    error: str | None
    answer: bytes
    next_at: datetime | None = None
    """The time to try again at, if that helps."""
    disable: str | None = None
    """The reason why the endpoint is to be disabled, if it is."""

    @property
    def delivered(self) -> bool:
        return self.error is None


CONTENT_COLUMNS = (
    deliveries.c.id.label("delivery_id"),
    deliveries.c.event,
    events.c.body,
    endpoints.c.url,
    endpoints.c.secret,
    endpoints.c.previous_secret,
    endpoints.c.previous_until,
)
# In the statement itself: a database uses an index of pending rows only if it can see that they are.
_PENDING = deliveries.c.status == literal_column("'pending'")
_NEXT_DUE = select(func.min(deliveries.c.due_at)).where(_PENDING, deliveries.c.lease_until.is_(None))
# The table of Procrastinate, which has more columns.
_jobs = table("procrastinate_jobs", column("queueing_lock"), column("status"))
_NEEDS_JOB = Prepared(
    select(
        exists().where(_PENDING, deliveries.c.lease_until.is_(None), deliveries.c.due_at <= bindparam("now"))
        & ~exists().where(_jobs.c.queueing_lock == bindparam("lock"), _jobs.c.status == literal_column("'todo'"))
    )
)
# Asked of each row that is looked at, and joined only once there are few: as one join, PostgreSQL would read and sort
# all that is due for each claim whenever its statistics are from before a backlog.
_IS_ACTIVE = select(endpoints.c.status).where(
    endpoints.c.id == deliveries.c.endpoint_id
).scalar_subquery() == literal_column("'active'")
_first_due = (
    select(
        deliveries.c.id,
        deliveries.c.event,
        deliveries.c.due_at,
        # As the lease makes it.
        (deliveries.c.fence + 1).label("fence"),
        deliveries.c.attempts.label("made"),
        deliveries.c.endpoint_id,
        deliveries.c.event_id,
    )
    .where(
        _PENDING,
        deliveries.c.due_at <= bindparam("now"),
        deliveries.c.lease_until.is_(None) | (deliveries.c.lease_until <= bindparam("now")),
        deliveries.c.endpoint_id.not_in(bindparam("full", expanding=True)),
        deliveries.c.id.not_in(bindparam("own", expanding=True)),
        _IS_ACTIVE,
    )
    .order_by(deliveries.c.due_at)
    .limit(bindparam("limit"))
    .with_for_update(of=deliveries, skip_locked=True)
    .cte("first_due")
)
_DUE = (
    select(
        _first_due.c.id.label("delivery_id"),
        _first_due.c.event,
        *CONTENT_COLUMNS[2:],
        _first_due.c.fence,
        bindparam("until", type_=deliveries.c.lease_until.type).label("lease_until"),
        _first_due.c.made,
        _first_due.c.endpoint_id,
        _first_due.c.event_id,
        endpoints.c.failing_since,
    )
    .join(endpoints, endpoints.c.id == _first_due.c.endpoint_id)
    .join(events, events.c.id == _first_due.c.event_id)
    .order_by(_first_due.c.due_at)
)
_LEASE = (
    update(deliveries)
    .where(deliveries.c.id.in_(bindparam("ids", expanding=True)))
    .values(lease_until=bindparam("until"), fence=deliveries.c.fence + 1)
)
_HOLDS_LEASE = (deliveries.c.id == bindparam("its_id")) & (deliveries.c.fence == bindparam("its_fence"))
_ATTEMPT = Prepared(
    insert(attempts).from_select(
        ["delivery_id", "number", "started_at", "duration_ms", "status", "error", "answer"],
        select(
            deliveries.c.id,
            deliveries.c.attempts + 1,
            bindparam("started_at", type_=attempts.c.started_at.type),
            bindparam("duration_ms", type_=attempts.c.duration_ms.type),
            bindparam("answered", type_=attempts.c.status.type),
            bindparam("error", type_=attempts.c.error.type),
            bindparam("answer", type_=attempts.c.answer.type),
        ).where(_HOLDS_LEASE),
    )
)
_RECORD = Prepared(
    update(deliveries)
    .where(_HOLDS_LEASE, _PENDING)
    .values(
        status=bindparam("becomes"),
        due_at=func.coalesce(bindparam("next_at", type_=deliveries.c.due_at.type), deliveries.c.due_at),
        finished_at=bindparam("finished_at"),
        attempts=deliveries.c.attempts + 1,
        lease_until=None,
        # Nothing more can be recorded for this claim.
        fence=deliveries.c.fence + 1,
    )
)
_RELEASE = update(deliveries).where(_HOLDS_LEASE, _PENDING).values(lease_until=None)
_PUT_OFF = update(deliveries).where(_HOLDS_LEASE, _PENDING).values(lease_until=None, due_at=bindparam("until"))
_BRING_ON = (
    update(deliveries)
    .where(deliveries.c.id == bindparam("its_id"), _PENDING, deliveries.c.lease_until.is_(None))
    .values(due_at=bindparam("at"))
)
_MARK_WORKING = update(endpoints).where(endpoints.c.id == bindparam("endpoint")).values(failing_since=None)
_MARK_FAILING = (
    update(endpoints)
    .where(endpoints.c.id == bindparam("endpoint"), endpoints.c.failing_since.is_(None))
    .values(failing_since=bindparam("since"))
)


def claim(
    connection: Connection,
    now: datetime,
    lease: timedelta,
    limit: int,
    running: Sequence[Claim],
    max_running: Callable[[datetime | None], int],
) -> list[Claim]:
    """Claim up to `limit` deliveries that are due, oldest first.

    `running` are the claims of this process that have not ended. `max_running` gives the number of deliveries that may
    run at the same time for an endpoint, from the time at which it began to fail.
    """
    counts = Counter(each.endpoint_id for each in running)
    busy = {each.endpoint_id for each in running if counts[each.endpoint_id] >= max_running(each.failing_since)}
    # Where the clock was moved, a lease can end while its holder still sends.
    expired = [each.delivery_id for each in running if each.lease_until <= now]
    until = now + lease
    claimed: list[Claim] = []
    while len(claimed) < limit:
        room = limit - len(claimed)
        values = {"now": now, "until": until, "full": list(busy), "own": expired, "limit": room}
        rows: Sequence[Sequence[Any]] = connection.execute(_DUE, values).all()
        due = [Claim(*row) for row in rows]
        chosen = []
        for each in due:
            if counts[each.endpoint_id] < max_running(each.failing_since):
                counts[each.endpoint_id] += 1
                chosen.append(each)
            else:
                busy.add(each.endpoint_id)
        if chosen:
            connection.execute(_LEASE, {"ids": [each.delivery_id for each in chosen], "until": until})
            claimed += chosen
        if len(due) < room:
            break
    return claimed


def record(connection: Connection, outcomes: Sequence[Outcome]) -> None:
    """Record attempts, and what follows from them; what is no longer ours is left out."""
    _ATTEMPT.run_each(connection, [_attempt(each) for each in outcomes])
    _RECORD.run_each(connection, [_recorded(each) for each in outcomes])
    works = {each.claim.endpoint_id for each in outcomes if each.delivered and each.claim.failing_since}
    if works:
        connection.execute(_MARK_WORKING, [{"endpoint": id} for id in sorted(works)])
    fails = {each.claim.endpoint_id: each.started_at for each in outcomes if not each.delivered}
    if fails:
        connection.execute(_MARK_FAILING, [{"endpoint": id, "since": at} for id, at in sorted(fails.items())])
    for each in outcomes:
        if each.disable is not None:
            disable(connection, each.claim.endpoint_id, each.disable, each.started_at + each.duration)


def release(connection: Connection, claims: Sequence[Claim]) -> None:
    """Give claims back: they are due again at once, and no attempt is counted."""
    connection.execute(_RELEASE, [{"its_id": each.delivery_id, "its_fence": each.fence} for each in claims])


def put_off(connection: Connection, claim: Claim, until: datetime) -> None:
    """Give a claim back: it is due again then, and no attempt is counted."""
    connection.execute(_PUT_OFF, {"its_id": claim.delivery_id, "its_fence": claim.fence, "until": until})


def bring_on(connection: Connection, id: str, at: datetime) -> bool:
    """Have a delivery that waits for its time be due already. Tell whether there is such a one."""
    return connection.execute(_BRING_ON, {"its_id": id, "at": at}).rowcount > 0


def disable(connection: Connection, endpoint_id: str, reason: str, at: datetime) -> None:
    """Send nothing more to an endpoint, and cancel what is due."""
    active = (endpoints.c.id == endpoint_id) & (endpoints.c.status == "active")
    connection.execute(
        update(endpoints).where(active).values(status="disabled", disabled_at=at, disabled_reason=reason)
    )
    pending = (deliveries.c.endpoint_id == endpoint_id) & _PENDING
    connection.execute(update(deliveries).where(pending).values(status="cancelled", finished_at=at))


def next_due(connection: Connection) -> datetime | None:
    """Return the time at which the next delivery is due; None if none is."""
    due_at: datetime | None = connection.execute(_NEXT_DUE).scalar()
    return due_at


def needs_job(connection: Connection, now: datetime, lock: str) -> bool:
    """Tell whether a delivery is due, and no job of that queueing lock waits for a worker yet.

    Whether one waits is asked first, since PostgreSQL logs each job that its index refuses as an error.
    """
    ((needed,),) = _NEEDS_JOB.run(connection, {"now": now, "lock": lock}).fetchall()
    return bool(needed)


def _attempt(outcome: Outcome) -> dict[str, Any]:
    return {
        "its_id": outcome.claim.delivery_id,
        "its_fence": outcome.claim.fence,
        "started_at": outcome.started_at,
        "duration_ms": outcome.duration // timedelta(milliseconds=1),
        "answered": outcome.status,
        "error": outcome.error,
        "answer": outcome.answer,
    }


def _recorded(outcome: Outcome) -> dict[str, Any]:
    again = outcome.next_at is not None
    return {
        "its_id": outcome.claim.delivery_id,
        "its_fence": outcome.claim.fence,
        "becomes": "delivered" if outcome.delivered else "pending" if again else "failed",
        "next_at": outcome.next_at,
        "finished_at": None if again else outcome.started_at + outcome.duration,
    }
