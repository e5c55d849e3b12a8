"""Databases as released versions left them, of `tests/data`."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import psycopg
from oneinvoice_impl.store.database import Database

DATA = Path(__file__).parents[3] / "data"
SECRET_KEY = "b25laW52b2ljZS1raXQncyBrZXkgZm9yIDAuMi4wLi4="
"""Encrypts the secrets in them."""


def restore(database: Database, folder: str = "database_of_0_2_0") -> None:
    """Have an empty database hold what a version left."""
    if database.file is not None:
        with closing(sqlite3.connect(database.file)) as connection:
            connection.executescript((DATA / folder / "sqlite.sql").read_text("utf-8"))
    else:
        url = database.url.set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(url) as server:
            server.execute((DATA / folder / "postgresql.sql").read_bytes())
