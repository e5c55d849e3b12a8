"""An organisation with endpoints, on a database of its own, and a clock that goes on when it is told to."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar

from oneinvoice_impl.clock import ManualClock
from oneinvoice_impl.domain.invoice import create_invoice
from oneinvoice_impl.store.database import Database
from oneinvoice_impl.store.records.documents import DocumentRepository
from oneinvoice_impl.store.schema import metadata
from oneinvoice_impl.store.tables.records import organisations
from oneinvoice_impl.store.tables.webhooks import attempts, deliveries, endpoints, events
from oneinvoice_impl.store.webhooks.endpoints import EndpointRepository
from oneinvoice_impl.store.webhooks.outbox import StoredEvent
from oneinvoice_impl.webhooks import outbox
from oneinvoice_impl.webhooks.delivery_attempts import DeliveryAttempts
from oneinvoice_impl.webhooks.dispatcher import Dispatcher, DispatchLimits
from oneinvoice_impl.webhooks.secret_encryption import SecretEncryption
from oneinvoice_impl.webhooks.url_policy import UrlPolicy
from sqlalchemy import Connection, RowMapping, Table, insert, select

T = TypeVar("T")

START = datetime(2026, 4, 2, 12, tzinfo=UTC)
ORGANISATION = "org_1"


@dataclass
class World:
    """`do` runs a transaction; `dispatch` runs turns of a dispatcher until nothing is due."""

    database: Database
    encryption: SecretEncryption = field(default_factory=lambda: SecretEncryption(None, ephemeral=True))
    clock: ManualClock = field(default_factory=lambda: ManualClock(START))
    limits: DispatchLimits = field(default_factory=DispatchLimits)

    def __post_init__(self) -> None:
        def fill(connection: Connection) -> None:
            metadata.create_all(connection)
            more = {"kind": "company", "created_at": START}
            names = [{"id": id, "name": id} for id in (ORGANISATION, "org_2")]
            connection.execute(insert(organisations), [each | more for each in names])

        self.do(fill)

    @property
    def now(self) -> datetime:
        return self.clock()

    def go_on(self, **duration: float) -> None:
        self.clock.advance(timedelta(**duration))

    def do(self, work: Callable[[Connection], T]) -> T:
        return asyncio.run(self.database.write(work))

    def add(
        self, url: str, events: Sequence[str] | None = None, secret: str = "S", organisation: str = ORGANISATION
    ) -> str:
        encrypted = self.encryption.encrypt(secret)
        return self.do(
            lambda connection: EndpointRepository(connection, organisation).add(url, events, encrypted, self.now)
        )

    def happen(self, number: int = 1) -> StoredEvent:
        """An invoice is created."""
        return self.do(lambda connection: self.happened(connection, number))

    def happened(self, connection: Connection, number: int = 1) -> StoredEvent:
        invoice, event = create_invoice(
            id=f"inv_{number}",
            organisation_id=ORGANISATION,
            number=f"2026-{number:04d}",
            customer=("Blåbær Kafé", None),
            total_cents=1_250_000,
            currency="NOK",
            due_date=date(2026, 4, 16),
            at=self.now,
        )
        DocumentRepository(connection, ORGANISATION).add(invoice)
        return outbox.store(connection, event, invoice)

    def dispatcher(self) -> Dispatcher:
        delivery_attempts = DeliveryAttempts(
            self.encryption, UrlPolicy(loopback=True), self.clock, lambda low, high: (low + high) / 2
        )
        return Dispatcher(self.database, delivery_attempts, limits=self.limits, clock=self.clock)

    def dispatch(self) -> None:
        """Deliver what is due now, and record it."""
        self.with_dispatcher(_all_turns)

    def with_dispatcher(self, use: Callable[[Dispatcher], Awaitable[T]]) -> T:
        async def run() -> T:
            dispatcher = self.dispatcher()
            try:
                return await use(dispatcher)
            finally:
                await dispatcher.stop()

        return asyncio.run(run())

    def rows(self, table: Table) -> Sequence[RowMapping]:
        query = select(table).order_by(*table.primary_key)
        return self.do(lambda connection: connection.execute(query).mappings().all())

    def endpoint(self, id: str) -> RowMapping:
        return next(row for row in self.rows(endpoints) if row["id"] == id)

    @property
    def deliveries(self) -> Sequence[RowMapping]:
        return self.rows(deliveries)

    @property
    def attempts(self) -> Sequence[RowMapping]:
        return self.rows(attempts)

    @property
    def events(self) -> Sequence[RowMapping]:
        return self.rows(events)

    def endpoints(self, connection: Any) -> EndpointRepository:
        return EndpointRepository(connection, ORGANISATION)


async def _all_turns(dispatcher: Dispatcher) -> None:
    for _ in range(3):
        await dispatcher.turn()
        await dispatcher.settle()
