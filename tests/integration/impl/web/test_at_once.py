"""Two clicks at the same moment, where the database runs transactions side by side: each thing happens once.

That database also refuses texts that SQLite takes.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from oneinvoice_impl.clock import ManualClock
from oneinvoice_impl.domain.announcement import Announcement
from oneinvoice_impl.domain.errors import IllegalTransition
from oneinvoice_impl.mock.extension import LocalMock
from oneinvoice_impl.mock.seeding import seed_database
from oneinvoice_impl.server.app import Application, create_app
from oneinvoice_impl.settings import Settings
from oneinvoice_impl.store import announcements
from oneinvoice_impl.store.webhooks.endpoints import EndpointRepository
from sqlalchemy import Connection

from tests.services.postgres import Postgres
from tests.unit.impl.web.members.test_member_import import GOOD, newest, upload
from tests.unit.impl.web.sales.test_quotes import NEW, VALUES, create, events
from tests.unit.impl.web.visitor import HTML, PRIMARY, Page, Visitor
from tests.unit.impl.webhook_world import START

CLICKS = 4


@pytest.fixture
def site(clock: ManualClock, mock: LocalMock, postgres_server: Postgres) -> Iterator[Application]:
    app = create_app(Settings(postgres_server.new_database()), clock=clock, extension=mock)
    seed_database(app.database, seed=1, scale=30, progress=lambda done, total: None)
    yield app
    app.database.close()


def click(app: Application, visitor: Visitor, page: Page, action: str, **values: str) -> Counter[int]:
    """Send a form several times at once; how often each status came."""
    fields = {**page.form(action).fields, **values}

    async def clicks() -> list[httpx.Response]:
        transport = httpx.ASGITransport(app, client=("127.0.0.1", 50000))
        async with httpx.AsyncClient(
            transport=transport, base_url="http://127.0.0.1:8080", cookies=visitor.cookies, headers=HTML
        ) as client:
            return await asyncio.gather(*(client.post(action, data=fields) for _ in range(CLICKS)))

    return Counter(response.status_code for response in asyncio.run(clicks()))


def test_a_quote_lives_once(admin: Visitor, site: Application, mock: LocalMock) -> None:
    once = {303: 1, 409: CLICKS - 1}
    assert click(site, admin, admin.get(NEW), NEW, **VALUES) == {303: CLICKS}
    assert [name for name, _ in events(site)] == ["quote.created"]
    draft = create(admin)
    before = len(mock.mailer.mails)
    assert click(site, admin, draft, f"{draft.path}/send") == once
    assert len(mock.mailer.mails) == before + 1
    link = mock.mailer.mails[0].link
    assert link is not None
    path = link.removeprefix("http://127.0.0.1:8080")
    customer = Visitor(site)
    assert click(site, customer, customer.get(path), path, name="Kari", decision="accepted") == once
    accepted = admin.get(draft.path)
    assert click(site, admin, accepted, f"{draft.path}/convert") == once
    assert [name for name, _ in events(site)][2:] == ["quote.sent", "quote.accepted", "invoice.created"]


def test_a_file_is_imported_once(admin: Visitor, site: Application) -> None:
    page = upload(admin, GOOD)
    assert click(site, admin, page, page.path) == {303: 1, 404: CLICKS - 1}
    newest(site, 2)


@pytest.mark.parametrize(
    "path",
    [
        "/quotes",
        "/invoices",
        "/members/import",
        "/q",
        "/settings/api",
        "/settings/webhooks",
        "/settings/webhooks/deliveries",
    ],
)
def test_an_address_that_the_database_would_choke_on_is_not_there(admin: Visitor, path: str) -> None:
    assert admin.get(f"{path}/%00").status == 404


def test_a_log_from_a_delivery_that_cannot_be_is_the_newest(admin: Visitor, site: Application) -> None:
    with site.database.exclusive() as connection:
        id = EndpointRepository(connection, PRIMARY.id).add("https://x.example", None, b"", START)
    assert admin.get(f"/settings/webhooks/{id}?after=%00").status == 200


def test_a_url_is_registered_once(site: Application) -> None:
    def register(connection: Connection) -> None:
        EndpointRepository(connection, PRIMARY.id).register("https://x.example", None, b"", START)

    second = while_another_has_not_ended(site, register)
    with pytest.raises(IllegalTransition, match="registered already"):
        second.result(timeout=10)


def test_an_announcement_is_made_once(site: Application) -> None:
    announcement = Announcement("ann_1", "The fax field goes away", START.date(), None)
    second = while_another_has_not_ended(site, lambda connection: announcements.add(connection, announcement, START))
    assert second.result(timeout=10) is False


def while_another_has_not_ended(site: Application, work: Callable[[Connection], Any]) -> Future[Any]:
    """Do it in two transactions; the second waits until the first has ended."""

    def again() -> Any:
        with site.database.engine.begin() as connection:
            return work(connection)

    with ThreadPoolExecutor(1) as thread, site.database.engine.begin() as connection:
        work(connection)
        second = thread.submit(again)
        with pytest.raises(TimeoutError):
            second.result(timeout=0.5)
    return second
