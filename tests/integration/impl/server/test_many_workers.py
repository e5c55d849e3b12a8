"""Two workers of a service on one database: what is done at one of them holds at the other with its next request."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta

import pytest
from oneinvoice_fixtures.keys import key_text
from oneinvoice_impl.clock import ManualClock
from oneinvoice_impl.mock.extension import LocalMock
from oneinvoice_impl.mock.seeding import seed_database
from oneinvoice_impl.server.app import Application, create_app
from oneinvoice_impl.settings import Settings
from oneinvoice_impl.store.tables.dashboard import key_use
from oneinvoice_impl.store.tables.records import api_keys, invoices
from sqlalchemy import Table, func, select

from tests.services.postgres import Postgres
from tests.unit.impl.api.test_rate_limit import MEMBERS, set_limit
from tests.unit.impl.asgi_client import ask, bearer
from tests.unit.impl.web.members.test_member_import import GOOD, upload
from tests.unit.impl.web.settings.test_keys import PATH as KEYS
from tests.unit.impl.web.settings.test_keys import create, id_of
from tests.unit.impl.web.visitor import ADMIN, Visitor, log_in

KEY = key_text(1, "primary")
NEW = "/invoices/new"
VALUES = {"customer_name": "Blåbær Kafé", "customer_email": "", "total": "99.90", "currency": "EUR"}

Workers = tuple[Application, Application]
Visitors = tuple[Visitor, Visitor]


@pytest.fixture(scope="module")
def module_clock() -> ManualClock:
    return ManualClock()


@pytest.fixture(scope="module")
def mocks(module_clock: ManualClock) -> tuple[LocalMock, LocalMock]:
    return LocalMock(clock=module_clock), LocalMock(clock=module_clock)


@pytest.fixture(scope="module")
def workers(
    postgres_server: Postgres, module_clock: ManualClock, mocks: tuple[LocalMock, LocalMock]
) -> Iterator[Workers]:
    settings = Settings(postgres_server.new_database(), secret_key="A" * 43 + "=")
    one, other = (create_app(settings, clock=module_clock, extension=mock) for mock in mocks)
    seed_database(one.database, seed=1, scale=30, progress=lambda done, total: None)
    yield one, other
    one.database.close()
    other.database.close()


@pytest.fixture(scope="module")
def visitors(workers: Workers, mocks: tuple[LocalMock, LocalMock]) -> Visitors:
    """One browser, whose requests go to the one worker or to the other; it has logged in at the first."""
    one, other = map(Visitor, workers)
    assert log_in(one, mocks[0].mailer, ADMIN).status == 200
    other.cookies = one.cookies
    return one, other


def count(app: Application, table: Table) -> int:
    return asyncio.run(
        app.database.run(lambda connection: connection.scalar(select(func.count()).select_from(table)) or 0)
    )


def test_a_form_of_one_is_taken_by_the_other_once_and_the_first_tells_it(workers: Workers, visitors: Visitors) -> None:
    one, other = visitors
    before = count(workers[0], invoices)
    form = one.get(NEW)
    created = other.submit(form, NEW, follow=False, **VALUES)
    assert created.status == 303
    one.cookies = other.cookies
    shown = one.get(created.headers["location"])
    assert "The invoice is a draft" in shown.words
    again = one.submit(form, NEW, follow=False, **VALUES)
    assert again.headers["location"] == created.headers["location"]
    assert count(workers[0], invoices) == before + 1


def test_a_file_of_members_that_one_got_is_imported_by_the_other(visitors: Visitors) -> None:
    one, other = visitors
    columns = upload(one, GOOD)
    assert "2 members were imported." in other.submit(columns, columns.path).words


def test_a_key_that_is_revoked_at_one_gets_401_at_the_other(workers: Workers, visitors: Visitors) -> None:
    one, other = visitors
    _, key = create(other)
    for app in workers:
        assert ask(app, MEMBERS, bearer(key)).status == 200
    path = f"{KEYS}/{id_of(workers[0], 'Accounting')}/revoke"
    one.submit(one.get(path), path)
    for app in workers:
        assert ask(app, MEMBERS, bearer(key)).status == 401


def test_a_limit_that_is_changed_holds_at_both(workers: Workers) -> None:
    for limit in (600, 30):
        set_limit(workers[0], limit)
        for app in workers:
            assert f";q={limit};" in ask(app, MEMBERS, bearer(KEY)).headers["ratelimit-policy"]


def test_what_both_served_is_summed_and_the_last_is_the_last(workers: Workers, module_clock: ManualClock) -> None:
    one, other = workers
    for app in workers:
        asyncio.run(app._usage.flush())
    before = requests(one)
    ask(one, MEMBERS, bearer(KEY))
    module_clock.advance(timedelta(seconds=2))
    second_at = module_clock()
    ask(other, MEMBERS, bearer(KEY))
    for app in (other, one):
        asyncio.run(app._usage.flush())
    assert requests(one) == before + 2
    with one.database.engine.connect() as connection:
        last = connection.execute(select(api_keys.c.last_used_at).where(api_keys.c.name == "primary")).scalar_one()
    assert last >= second_at, "the first one's was written after it"


def requests(app: Application) -> int:
    with app.database.engine.connect() as connection:
        return connection.scalar(select(func.sum(key_use.c.requests))) or 0
