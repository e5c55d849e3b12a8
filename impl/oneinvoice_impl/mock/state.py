"""State of a mock: what it was seeded with, and all that has become of it since."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from oneinvoice_impl.clock import ManualClock
from oneinvoice_impl.domain.representation import timestamp
from oneinvoice_impl.mock.faults.plan import FaultPlan
from oneinvoice_impl.mock.faults.sends import SendLog
from oneinvoice_impl.mock.inbox import Inbox
from oneinvoice_impl.mock.journal.journal import Journal
from oneinvoice_impl.mock.mailbox import Mailbox
from oneinvoice_impl.mock.seeded_ids import SeededIds
from oneinvoice_impl.mock.seeding import Seeded, seed_again
from oneinvoice_impl.mock_extension import Backend
from oneinvoice_impl.store import snapshots
from oneinvoice_impl.store.database import LONG_SECONDS
from oneinvoice_impl.store.snapshots import Rows, UnusableRows
from oneinvoice_impl.store.types import Connection

_FORMAT = "oneinvoice-mock-snapshot"
_VERSION = 1
_MOST_ROWS = 200_000
_WINDOW_SECONDS = 3600.0  # the longest of all windows in which something is counted
_SECRETS = ("secret", "previous_secret")


@dataclass(frozen=True, slots=True)
class _ClockState:
    """Time of a clock: how far ahead of the system's it goes, or else when it stands."""

    now: datetime
    ahead: timedelta
    is_frozen: bool

    @classmethod
    def of(cls, clock: ManualClock) -> _ClockState:
        return cls(clock(), clock.ahead, clock.is_frozen)

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> _ClockState:
        now, ahead = datetime.fromisoformat(content["now"]), timedelta(seconds=content["ahead_seconds"])
        earliest, latest = ManualClock.EARLIEST, ManualClock.LATEST
        if not (earliest <= now <= latest and abs(ahead) <= latest - earliest):
            raise ValueError
        return cls(now, ahead, bool(content["frozen"]))

    def as_json(self) -> dict[str, Any]:
        return {"now": timestamp(self.now), "ahead_seconds": self.ahead.total_seconds(), "frozen": self.is_frozen}

    def apply(self, clock: ManualClock) -> None:
        clock.reset()
        if self.is_frozen:
            clock.freeze()
        target = self.now if self.is_frozen else clock() + self.ahead
        clock.set(min(max(target, clock.EARLIEST), clock.LATEST))


@dataclass(frozen=True, slots=True)
class MockState:
    """State of one mock, in its database and in memory. `ids` are its source of ids, unless they are random."""

    backend: Backend
    seeded: Seeded
    clock: ManualClock | None
    ids: SeededIds | None
    faults: FaultPlan
    sends: SendLog
    journal: Journal
    inbox: Inbox
    mailbox: Mailbox

    async def reset(self, work: Callable[[Connection], object] = lambda connection: None) -> None:
        """Go back to what was seeded: data, keys, ids, clock; without other webhooks, faults, mails and a journal.

        `work` is done in the same transaction, after that. What it raises leaves all as it was.
        """

        def seed_and_work(connection: Connection) -> None:
            seed_again(connection, self.seeded, self.backend.webhooks.encryption)
            work(connection)

        await self._replace(seed_and_work, Counter())
        self.faults.clear()
        self.journal.clear()
        self.inbox.clear()
        self.mailbox.clear()
        if self.clock is not None:
            self.clock.reset()

    async def snapshot(self) -> dict[str, Any]:
        """Return data, ids and clock, as JSON has them, with the secrets of webhooks. Raises `UnusableRows`."""
        await self.backend.usage.flush()
        rows = await self.backend.database.run(_dumped, seconds=LONG_SECONDS)
        for row in rows["webhook_endpoints"]:
            row |= {name: row[name] and self._decrypted(row[name]) for name in _SECRETS}
        return {
            "format": _FORMAT,
            "version": _VERSION,
            "seed": self.seeded.seed,
            "clock": None if self.clock is None else _ClockState.of(self.clock).as_json(),
            "ids": None if self.ids is None else dict(self.ids.taken),
            "tables": rows,
        }

    async def restore(self, snapshot: Mapping[str, Any]) -> None:
        """Go back to a snapshot, of this mock or of another of its seed. Raises `UnusableRows`, and changes nothing."""
        rows, clock, taken = self._checked(snapshot)
        await self._replace(lambda connection: snapshots.load(connection, rows), taken)
        if self.clock is not None and clock is not None:
            clock.apply(self.clock)

    async def _replace(self, work: Callable[[Connection], None], taken: Counter[str]) -> None:
        async with self.backend.usage.forgetting():
            await self.backend.webhooks.replace_all(partial(_with_ids, self.ids, taken, work))
        self.sends.clear()
        if self.clock is not None:
            self.clock.let_pass(_WINDOW_SECONDS)

    def _checked(self, snapshot: Mapping[str, Any]) -> tuple[Rows, _ClockState | None, Counter[str]]:
        """Return what a snapshot holds. Raises `UnusableRows`."""
        if snapshot.get("format") != _FORMAT:
            raise UnusableRows("This is no snapshot of a mock; give one as POST /_mock/snapshot answers it.")
        if snapshot.get("version") != _VERSION:
            raise UnusableRows("The snapshot is of another version of the mock; take a new one.")
        if snapshot.get("seed") != self.seeded.seed:
            raise UnusableRows(f"The snapshot is of another seed than {self.seeded.seed}; take a new one.")
        try:
            tables = {name: [dict(row) for row in rows] for name, rows in snapshot["tables"].items()}
            for row in tables["webhook_deliveries"]:
                row["lease_until"] = None  # whoever was sending it then isn't now
            for row in tables["webhook_endpoints"]:
                row |= {name: row[name] and self._encrypted(row[name]) for name in _SECRETS}
            clock = None if snapshot["clock"] is None else _ClockState.from_json(snapshot["clock"])
            return tables, clock, Counter({str(name): int(count) for name, count in (snapshot["ids"] or {}).items()})
        except (LookupError, TypeError, ValueError, OverflowError, AttributeError) as error:
            raise UnusableRows("The snapshot was changed since it was taken; take a new one.") from error

    def _decrypted(self, stored: str) -> str:
        return self.backend.webhooks.encryption.decrypt(b64decode(stored))

    def _encrypted(self, secret: str) -> str:
        return b64encode(self.backend.webhooks.encryption.encrypt(secret)).decode()


def _with_ids(
    ids: SeededIds | None, taken: Counter[str], work: Callable[[Connection], None], connection: Connection
) -> None:
    """Run `work`, and have so many ids be taken: within its transaction, as the next one may take some at once."""
    if ids is None:
        work(connection)
        return
    before, ids.taken = ids.taken, taken
    try:
        work(connection)
    except BaseException:
        ids.taken = before
        raise


def _dumped(connection: Connection) -> dict[str, list[dict[str, Any]]]:
    snapshots.read_at_one_moment(connection)
    if (count := snapshots.row_count(connection)) > _MOST_ROWS:
        raise UnusableRows(
            f"There are {count} rows of data, and a snapshot has up to {_MOST_ROWS}; use a smaller --scale, or reset."
        )
    return snapshots.dump(connection)
