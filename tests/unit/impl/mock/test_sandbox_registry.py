"""Registry of sandboxes: whose a key is."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from threading import Event
from typing import Any

import pytest
from oneinvoice_fixtures.organisations import organisations
from oneinvoice_impl.domain.errors import IllegalTransition
from oneinvoice_impl.mock.extension import LocalMock
from oneinvoice_impl.mock.sandboxes import registry
from oneinvoice_impl.mock.sandboxes.middleware import WithSandboxes
from oneinvoice_impl.mock.sandboxes.registry import Sandbox, Sandboxes
from oneinvoice_impl.mock.seeding import Seeded
from oneinvoice_impl.server.components import DEFAULT
from oneinvoice_impl.settings import Settings
from oneinvoice_impl.store.accounts.keys import KeyRepository
from oneinvoice_impl.store.database import Database
from oneinvoice_impl.store.types import Connection

from tests.unit.impl.asgi_client import asked, bearer
from tests.unit.impl.webhook_world import START

PRIMARY, _ = organisations(1, 3, "nobody")
KEY = PRIMARY.keys[0].text
"""Key that is in no mock by itself."""
MEMBERS = "/api/v1/members"
LOCAL = [("Host", "127.0.0.1")]


def with_sandboxes(run: Callable[[Sandboxes], Awaitable[None]]) -> None:
    async def whole() -> None:
        sandboxes = Sandboxes(Settings(), DEFAULT, LocalMock(seeded=Seeded(1, 3)))
        try:
            await run(sandboxes)
        finally:
            await sandboxes.stop()

    asyncio.run(whole())


async def add_key(sandbox: Sandbox) -> None:
    """Add a key, as its dashboard does."""

    def work(connection: Connection) -> None:
        KeyRepository(connection, PRIMARY.id).add("key_1", "Mine", KEY, START)

    await sandbox.app.database.write(work)


def test_one_that_ends_meanwhile_is_asked_for_no_key() -> None:
    async def run(sandboxes: Sandboxes) -> None:
        one, two = await sandboxes.create(None, None, None), await sandboxes.create(None, None, None)
        has_begun, is_over = Event(), Event()

        def write(connection: Connection) -> None:
            has_begun.set()
            is_over.wait()

        writing = asyncio.create_task(one.app.database.write(write))
        await asyncio.to_thread(has_begun.wait)
        known = asyncio.all_tasks()
        looking = asyncio.create_task(sandboxes.of_key(KEY))
        await asyncio.sleep(0)
        await sandboxes.remove(two.id)
        await asyncio.wait(asyncio.all_tasks() - known - {looking})
        is_over.set()
        assert await looking is None
        await writing

    with_sandboxes(run)


@pytest.mark.parametrize("control", ["reset", "scenario"])
def test_a_key_is_whose_it_is_since_a_state_was_restored(control: str) -> None:
    async def run(sandboxes: Sandboxes) -> None:
        one, two = await sandboxes.create(None, None, None), await sandboxes.create(None, None, None)
        app = WithSandboxes(one.app, sandboxes)  # nothing is asked of the mock itself
        assert await sandboxes.of_key(KEY) is None
        await add_key(one)
        snapshot = (await asked(one.app, f"/sandboxes/{one.id}/_mock/snapshot", LOCAL, "POST")).body
        assert await restored(app, two, snapshot) == 200
        assert await sandboxes.of_key(KEY) is one, "the older of both"
        assert (await asked(app, f"/_mock/sandboxes/{one.id}/{control}", LOCAL, "POST")).status == 200
        assert await sandboxes.of_key(KEY) is two

    with_sandboxes(run)


async def restored(app: Any, sandbox: Sandbox, snapshot: bytes) -> int:
    return (await asked(app, f"/_mock/sandboxes/{sandbox.id}/restore", LOCAL, "POST", snapshot)).status


def test_others_are_answered_while_the_data_of_one_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    has_begun, is_answered, made = Event(), Event(), registry._seeded_database

    def make(*arguments: Any) -> Database:
        has_begun.set()
        assert is_answered.wait(10), "nobody was answered meanwhile"
        return made(*arguments)

    async def run(sandboxes: Sandboxes) -> None:
        one = await sandboxes.create(None, None, None)
        monkeypatch.setattr(registry, "_seeded_database", make)
        creating = [asyncio.create_task(sandboxes.create(None, 5, None)) for _ in range(2)]
        assert await asyncio.to_thread(has_begun.wait, 10)
        answer = await asked(WithSandboxes(one.app, sandboxes), MEMBERS, bearer(one.keys["primary"]))
        is_answered.set()
        assert (answer.status, answer.json["pagination"]["total"]) == (200, 3)
        for each in [await task for task in creating]:
            answer = await asked(each.app, f"/sandboxes/{each.id}{MEMBERS}", bearer(each.keys["primary"]))
            assert answer.json["pagination"]["total"] == 5

    with_sandboxes(run)


def test_the_data_of_a_seed_and_scale_is_made_once_and_again_only_if_it_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    asked_for: list[Any] = []
    made = registry._seeded_database

    def make(*arguments: Any) -> Database:
        asked_for.append(arguments[-1])
        if asked_for == [7]:
            raise LookupError
        return made(*arguments)

    monkeypatch.setattr(registry, "_seeded_database", make)

    async def run(sandboxes: Sandboxes) -> None:
        with pytest.raises(LookupError):
            await sandboxes.create(None, 7, None)
        await asyncio.gather(*(sandboxes.create(None, 7, None) for _ in range(3)))
        assert asked_for == [7, 7]
        for scale in (1, 2, 4, 7, 5, 7, 1):  # four are kept, those that were asked for last
            await sandboxes.create(None, scale, None)
        assert asked_for == [7, 7, 1, 2, 4, 5, 1]

    with_sandboxes(run)


def test_there_are_not_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "MOST", 2)

    async def run(sandboxes: Sandboxes) -> None:
        one, _ = [await sandboxes.create(None, None, None) for _ in range(2)]
        with pytest.raises(IllegalTransition, match="There are 2 sandboxes; remove some of them first"):
            await sandboxes.create(None, None, None)
        await sandboxes.remove(one.id)
        assert (await sandboxes.create(None, None, None)).id == "sbx_3"

    with_sandboxes(run)


def test_keys_that_nobody_has_are_not_kept_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_MOST_FOUND", 3)

    async def run(sandboxes: Sandboxes) -> None:
        await sandboxes.create(None, None, None)
        for number in range(10):
            assert await sandboxes.of_key(organisations(1, 3, f"nobody {number}")[0].keys[0].text) is None
            assert len(sandboxes._found) <= 3

    with_sandboxes(run)
