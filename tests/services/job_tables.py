"""The tables of Procrastinate, in a database that the service's own tables are made in apart."""

from __future__ import annotations

from oneinvoice_impl.store.database import Database
from procrastinate import App, SyncPsycopgConnector


def create_job_tables(database: Database) -> None:
    """Create them in a database without them."""
    app = App(connector=SyncPsycopgConnector(conninfo=database.driver_url))
    with app.open():
        app.schema_manager.apply_schema()
