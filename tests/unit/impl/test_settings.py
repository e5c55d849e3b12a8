"""What the environment says."""

from __future__ import annotations

import pytest
from oneinvoice_impl.app import create_app
from oneinvoice_impl.settings import Settings


def test_the_environment_names_the_database() -> None:
    assert Settings.from_environment({"ONEINVOICE_DATABASE_URL": "sqlite:///x.db"}) == Settings("sqlite:///x.db")


def test_an_application_without_settings_asks_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONEINVOICE_DATABASE_URL", "sqlite:///named.db")
    database = create_app().database
    assert database.url.database == "named.db"
    database.close()


def test_defaults() -> None:
    assert Settings.from_environment({"OTHER": "x"}) == Settings("sqlite://")
