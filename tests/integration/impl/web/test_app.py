"""What holds for every page: headers, files, errors, and what is beside them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest
from oneinvoice_impl.clock import ManualClock
from oneinvoice_impl.mock.extension import LocalMock
from oneinvoice_impl.mock.seeding import seed_database
from oneinvoice_impl.server.app import Application, create_app
from oneinvoice_impl.settings import Settings

from tests.services.postgres import Postgres
from tests.unit.impl.web.test_app import SECURE
from tests.unit.impl.web.visitor import Visitor, log_in

# Nothing of the dashboard, and none of the libraries that only it needs, or the other kind of database.
LAZY = """
import asyncio, sys
from oneinvoice_impl.server.app import create_app
from tests.unit.impl.asgi_client import asked
app = create_app()
asyncio.run(asked(app, "/api/v1"))
asyncio.run(asked(app, "/openapi.json"))
asyncio.run(asked(app, "/_mock/trigger"))
assert not [name for name in sys.modules if name.startswith("oneinvoice_impl.web.")]
assert "smtplib" not in sys.modules
assert "sqlalchemy.dialects.postgresql" not in sys.modules
asyncio.run(asked(app, "/login", [("Accept", "text/html")]))
assert "oneinvoice_impl.web.rendering.pages" in sys.modules
"""

# All of it once nothing was asked for a moment, and not while something is.
QUIET = """
import asyncio, sys
from oneinvoice_impl.server import mount
from oneinvoice_impl.server.app import create_app
from tests.unit.impl.asgi_client import asked
mount._QUIET_SECONDS = 0.3
app = create_app()
loaded = lambda: "oneinvoice_impl.web.rendering.pages" in sys.modules
async def run():
    application = app._app
    application.load_in_quiet()
    for _ in range(20):
        await asked(app, "/api/v1")
        await asyncio.sleep(0.05)
    assert not loaded()
    async with asyncio.timeout(20):
        await application._in_quiet
    assert loaded()
    from oneinvoice_impl.web.rendering.pages import _environment
    assert {"base.html", "accounts/login.html"} <= {name for _, name in _environment(None).cache}
    application.close()
asyncio.run(run())
"""


@pytest.fixture
def postgres_site(postgres_server: Postgres, mock: LocalMock, clock: ManualClock) -> Iterator[Application]:
    app = create_app(
        Settings(postgres_server.new_database(), secret_key="A" * 43 + "="), clock=clock, extension=mock,
    )  # fmt: skip
    seed_database(app.database, seed=1, scale=30, progress=lambda done, total: None)
    yield app
    app.database.close()


def test_postgres_and_when_it_is_away(
    postgres_site: Application, postgres_server: Postgres, mock: LocalMock, caplog: pytest.LogCaptureFixture
) -> None:
    visitor = Visitor(postgres_site)
    page = log_in(visitor, mock.mailer, "kari@nordlys.example")
    assert "Nordlys" in visitor.submit(page, "/welcome", name="Nordlys", kind="company").words
    assert "Nordlys" in log_in(Visitor(postgres_site), mock.mailer, "kari@nordlys.example").words
    postgres_server.stop()
    try:
        page = visitor.get("/")
        assert (page.status, page.path) == (503, "/")
        assert "The database did not answer" in page.words
        assert {name: page.headers[name] for name in SECURE} == SECURE
        assert visitor.cookies["session_8080"] not in caplog.text
    finally:
        postgres_server.start()
    assert "Nordlys" in visitor.get("/").words


def test_nothing_is_loaded_before_it_is_asked_for() -> None:
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", LAZY], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_dashboard_is_loaded_in_the_quiet_after_the_start() -> None:
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", QUIET], capture_output=True, text=True)
    assert (done.returncode, done.stderr.strip()) in (
        (0, ""),
        (0, "dashboard: nobody can log in, since no mail can be sent; set ONEINVOICE_SMTP_URL."),
    )
