"""Registry of sandboxes: each is an application of its own, with data in memory, and is found by its keys."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from oneinvoice_fixtures.organisations import organisations

from oneinvoice_impl.clock import ManualClock
from oneinvoice_impl.domain.errors import IllegalTransition
from oneinvoice_impl.domain.keys import digest, is_key
from oneinvoice_impl.domain.representation import timestamp
from oneinvoice_impl.mock.extension import LocalMock
from oneinvoice_impl.mock.faults.sends import Newest
from oneinvoice_impl.mock.seeded_ids import SeededIds
from oneinvoice_impl.mock.seeding import Seeded, give_keys, seed_database
from oneinvoice_impl.server.app import Application
from oneinvoice_impl.server.components import Components
from oneinvoice_impl.settings import Settings
from oneinvoice_impl.store.accounts.keys import find_key
from oneinvoice_impl.store.database import Database
from oneinvoice_impl.store.types import Connection

if TYPE_CHECKING:
    from oneinvoice_impl.mock.fixtures.fixtures import FixtureFile

MOST = 2_000
"""Sandboxes of one mock; each takes about 1 MiB."""

_TEMPLATES = 4
_MOST_FOUND = 10_000


class Sandbox(NamedTuple):
    """Application with data, keys, webhooks, limits, clock, faults and journal of its own. `url` is the mock's."""

    id: str
    url: str
    app: Application
    seeded: Seeded
    created_at: str

    @property
    def keys(self) -> Mapping[str, str]:
        """Texts of its keys, by their names."""
        both = organisations(self.seeded.seed, 1, self.seeded.holder)
        return {key.name: key.text for each in both for key in each.keys}

    def as_json(self) -> dict[str, Any]:
        """Represent it, with its keys."""
        return {
            "id": self.id,
            "url": self.url,
            "keys": dict(self.keys),
            "dashboard": f"{self.url}{path_of(self.id)}/",
            "seed": self.seeded.seed,
            "scale": self.seeded.scale,
            "created_at": self.created_at,
        }


def path_of(id: str) -> str:
    """Return the path below which a whole sandbox stands: its API, its dashboard and its controls."""
    return f"/sandboxes/{id}"


class Sandboxes:
    """Sandboxes of one mock. Used from one event loop."""

    def __init__(self, settings: Settings, components: Components, mock: LocalMock) -> None:
        """`settings` and `mock` are the mock's own; of both each sandbox gets others."""
        self._settings = replace(settings, database_url="sqlite://", redis_url=None, workers=1)
        self._components = components
        self._mock = mock
        self._number = 0
        self._by_id: dict[str, Sandbox] = {}
        self._seeded: dict[str, Sandbox] = {}  # by keys
        self._found: dict[str, Sandbox | None] = {}  # by keys that were looked for
        self._ending: set[asyncio.Task[None]] = set()
        self._templates: Newest[tuple[int, int], asyncio.Task[Database]] = Newest(_TEMPLATES)

    @property
    def prefix(self) -> str:
        """The path below which the mock itself is."""
        return self._settings.path_prefix

    @property
    def all(self) -> Sequence[Sandbox]:
        """Those that there are, the oldest first."""
        return tuple(self._by_id.values())

    def find(self, id: str) -> Sandbox | None:
        """Return one by its id."""
        return self._by_id.get(id)

    async def of_key(self, text: str) -> Sandbox | None:
        """Return the one that a key is of; None is the mock itself, which also answers for keys that nobody has."""
        if not is_key(text):
            return None
        if (own := self._seeded.get(text)) is not None:
            return own
        if text not in self._found:
            if len(self._found) >= _MOST_FOUND:
                self._found.clear()
            self._found[text] = await self._holder(text)
        return self._found.get(text)

    def look_anew(self) -> None:
        """Forget whose keys were that no sandbox had from the beginning: some came or went with a state."""
        self._found.clear()

    async def _holder(self, text: str) -> Sandbox | None:
        """Return the sandbox in whose dashboard a key was made, or that has it from a snapshot."""
        query = partial(find_key, digest=digest(text), even_revoked=True)
        for each in self.all:
            # Any of them may be removed meanwhile, and can't be asked then.
            if each.id in self._by_id and await each.app.database.read(query, short=True) is not None:
                return self.find(each.id)
        return None

    async def create(self, seed: int | None, scale: int | None, rate_limit: int | None) -> Sandbox:
        """Make one; None is as the mock itself has it. Raises `IllegalTransition` if there are too many."""
        if len(self._by_id) >= MOST:
            raise IllegalTransition(f"There are {MOST} sandboxes; remove some of them first.")
        self._number += 1
        id = f"sbx_{self._number}"
        own = self._mock.seeded
        seeded = Seeded(
            own.seed if seed is None else seed,
            own.scale if scale is None else scale,
            own.rate_limit if rate_limit is None else rate_limit,
            holder=id,
            file=own.file,
            statuses=own.statuses,
        )
        clock = ManualClock()
        mock = replace(
            self._mock, clock=clock, origin=self._mock.origin + path_of(id), seeded=seeded, ids=SeededIds(seeded.seed)
        )
        settings = replace(self._settings, path_prefix=self.prefix + path_of(id))
        app = mock.application(settings, self._components)
        await asyncio.to_thread(app.database.copy, await self._template(seeded.seed, seeded.scale))
        await app.database.write(partial(give_keys, seeded=seeded))
        if seeded.file is not None:
            await app.database.write(partial(_register_webhooks, seeded.file, seeded.seed, app))
        await app.start()
        sandbox = self._by_id[id] = Sandbox(id, self._mock.origin, app, seeded, timestamp(clock()))
        self._seeded |= dict.fromkeys(sandbox.keys.values(), sandbox)
        return sandbox

    async def _template(self, seed: int, scale: int) -> Database:
        """Return a database that was filled once for all sandboxes of a seed and scale, in a thread: others go on."""
        task = self._templates.pop((seed, scale), None)
        if task is None or (task.done() and task.exception() is not None):
            own = self._mock.seeded
            task = asyncio.create_task(asyncio.to_thread(_seeded_database, own.file, own.statuses, seed, scale))
        self._templates[seed, scale] = task
        return await asyncio.shield(task)

    async def remove(self, id: str) -> bool:
        """End one, and tell whether there was one; what it is sending may go on for a moment."""
        sandbox = self._by_id.pop(id, None)
        if sandbox is None:
            return False
        self._seeded = {key: each for key, each in self._seeded.items() if each is not sandbox}
        self._found = {key: each for key, each in self._found.items() if each is not sandbox}
        task = asyncio.create_task(sandbox.app.stop())
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)
        return True

    async def stop(self) -> None:
        """End all of them."""
        for id in list(self._by_id):
            await self.remove(id)
        await asyncio.gather(*self._ending, return_exceptions=True)


def _register_webhooks(file: FixtureFile, seed: int, app: Application, connection: Connection) -> None:
    """Register the endpoints of fixtures, of which the database of a template has none: keys differ."""
    from oneinvoice_impl.mock.fixtures.webhooks import register

    primary, other = organisations(seed)
    register(connection, (primary.id, other.id), file.fixtures, app.webhooks.encryption, file.at)


def _seeded_database(
    file: FixtureFile | None, statuses: Mapping[str, tuple[str, ...]], seed: int, scale: int
) -> Database:
    database = Database("sqlite://")
    seed_database(database, seed, scale, lambda done, total: None, file=file, statuses=statuses)
    return database
