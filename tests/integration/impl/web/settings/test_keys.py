"""Settings → REST API."""

from __future__ import annotations

from oneinvoice_impl.clock import ManualClock
from oneinvoice_impl.mock.extension import LocalMock
from oneinvoice_impl.mock.seeding import seed_database
from oneinvoice_impl.server.app import create_app
from oneinvoice_impl.settings import Settings

from tests.services.postgres import Postgres
from tests.unit.impl.asgi_client import ask, bearer
from tests.unit.impl.web.settings.test_keys import MEMBERS, PATH, create, id_of
from tests.unit.impl.web.visitor import ADMIN, Visitor, log_in


def test_on_postgres(postgres_server: Postgres, mock: LocalMock, clock: ManualClock) -> None:
    app = create_app(Settings(postgres_server.new_database(), secret_key="A" * 43 + "="), clock=clock, extension=mock)
    seed_database(app.database, seed=1, scale=30, progress=lambda done, total: None)
    visitor = Visitor(app)
    log_in(visitor, mock.mailer, ADMIN)
    _, key = create(visitor)
    path = f"{PATH}/{id_of(app, 'Accounting')}"
    for _ in range(3):
        assert ask(app, MEMBERS, bearer(key)).status == 200
        page = visitor.get(path)
    assert "3 requests in the last 24 hours" in page.words
    visitor.submit(visitor.get(f"{path}/revoke"), f"{path}/revoke")
    assert ask(app, MEMBERS, bearer(key)).status == 401
    app.database.close()
