"""Filling a database, all or nothing."""

from __future__ import annotations

import pytest
from oneinvoice_impl.mock import seeding
from oneinvoice_impl.mock.seeding import seed_database
from oneinvoice_impl.store.database import Database
from oneinvoice_impl.store.errors import UnusableDatabase
from oneinvoice_impl.store.schema import create_tables, metadata
from oneinvoice_impl.store.tables.dashboard import users
from oneinvoice_impl.store.tables.records import organisations
from sqlalchemy import func, inspect, select, text


def nobody(done: int, total: int) -> None:
    """Progress that nobody watches."""


def counts(database: Database) -> dict[str, int]:
    with database.engine.connect() as connection:
        return {
            table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in metadata.sorted_tables
        }


def test_everything_is_stored(empty_database: Database) -> None:
    seed_database(empty_database, 1, 450, nobody)
    assert counts(empty_database) == {
        "organisations": 2,
        "api_keys": 4,
        "members": 450 + 12,
        "quotes": 60 + 6,
        "invoices": 120 + 8,
        "record_counts": 20,
        "users": 2,
        "login_links": 0,
        "dashboard_sessions": 0,
        "key_use": 0,
        "announcements": 0,
        "member_imports": 0,
        "webhook_endpoints": 0,
        "webhook_events": 0,
        "webhook_deliveries": 0,
        "webhook_attempts": 0,
    }


def indexes(database: Database) -> set[str]:
    sqlite = database.engine.dialect.name == "sqlite"
    names = "SELECT name FROM sqlite_master" if sqlite else "SELECT indexname FROM pg_indexes"
    with database.engine.connect() as connection:
        return set(connection.execute(text(names)).scalars())


def test_many_rows_are_the_same_with_all_indexes(empty_database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[int] = []
    monkeypatch.setattr(seeding, "_MANY", 100)
    seed_database(empty_database, 1, 450, lambda done, total: told.append(done))
    assert counts(empty_database)["members"] == 450 + 12
    assert {index.name for table in metadata.sorted_tables for index in table.indexes} <= indexes(empty_database)
    # The last is told when the indexes are there too.
    assert told == sorted(set(told))
    assert told[-1] == 462 + 66 + 128


def test_the_same_again_changes_nothing(empty_database: Database) -> None:
    seed_database(empty_database, 1, 15, nobody)
    before = counts(empty_database)
    seed_database(empty_database, 1, 15, nobody)
    assert counts(empty_database) == before


@pytest.mark.parametrize(("seed", "scale"), [(2, 15), (1, 16)])
def test_another_seed_or_scale_is_refused(empty_database: Database, seed: int, scale: int) -> None:
    seed_database(empty_database, 1, 15, nobody)
    before = counts(empty_database)
    with pytest.raises(UnusableDatabase, match="filled with --seed 1 --scale 15"):
        seed_database(empty_database, seed, scale, nobody)
    assert counts(empty_database) == before


@pytest.mark.parametrize("name", ["something", "members", "seedings"])
def test_a_database_of_something_else_is_left_alone(empty_database: Database, name: str) -> None:
    with empty_database.engine.begin() as connection:
        connection.execute(text(f"CREATE TABLE {name} (seed integer, scale integer)"))
    with pytest.raises(UnusableDatabase, match="something else"):
        seed_database(empty_database, 1, 15, nobody)
    assert inspect(empty_database.engine).get_table_names() == [name]


def test_a_database_of_an_older_version_is_told(empty_database: Database) -> None:
    seed_database(empty_database, 1, 15, nobody)
    with empty_database.engine.begin() as connection:
        connection.execute(text("DROP TABLE oneinvoice_schema"))
        connection.execute(text("DROP TABLE record_counts"))
    with pytest.raises(UnusableDatabase, match=r"older version; .*run oneinvoice-service migrate .*, or name an empty"):
        seed_database(empty_database, 1, 15, nobody)


def test_a_database_of_a_service_is_left_alone(empty_database: Database) -> None:
    with empty_database.exclusive() as connection:
        create_tables(connection)
    with pytest.raises(UnusableDatabase, match="that of a service, which no mock filled; name an empty one"):
        seed_database(empty_database, 1, 15, nobody)


def test_each_organisation_has_a_user(empty_database: Database) -> None:
    seed_database(empty_database, 1, 15, nobody)
    both = organisations.c.id == users.c.organisation_id
    query = select(organisations.c.name, users.c.email).where(both)
    with empty_database.engine.connect() as connection:
        assert set(map(tuple, connection.execute(query))) == {
            ("Fjordlyst Idrettslag", "admin@fjordlyst-idrettslag.example"),
            ("Þingvellir Kulturforening", "admin@thingvellir-kulturforening.example"),
        }


def test_stopped_on_the_way_leaves_it_empty(empty_database: Database) -> None:
    def interrupt(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        seed_database(empty_database, 1, 15, interrupt)
    assert inspect(empty_database.engine).get_table_names() == []
    seed_database(empty_database, 1, 15, nobody)
    assert counts(empty_database)["members"] == 15 + 12


def test_nothing_but_the_other_organisation_at_scale_0(empty_database: Database) -> None:
    seed_database(empty_database, 1, 0, nobody)
    assert counts(empty_database) | {"members": 12, "quotes": 6, "invoices": 8} == counts(empty_database)


def test_progress_counts_up_to_all_records() -> None:
    told: list[tuple[int, int]] = []
    database = Database("sqlite://")
    seed_database(database, 1, 3000, lambda done, total: told.append((done, total)))
    database.close()
    assert len(told) > 3
    assert told == sorted(told)
    assert told[-1] == (3000 + 400 + 800 + 12 + 6 + 8,) * 2


def test_lists_have_an_index_to_be_read_from() -> None:
    database = Database("sqlite://")
    seed_database(database, 1, 30, nobody)
    with database.engine.connect() as connection:
        for where, index in (("", "members_listed"), ("AND status = 'active'", "members_listed_by_status")):
            query = f"SELECT * FROM members WHERE organisation_id = 'x' {where} ORDER BY created_at, id LIMIT 5"
            plan = str(connection.execute(text(f"EXPLAIN QUERY PLAN {query}")).all())
            assert f"USING INDEX {index} " in plan
            assert "TEMP B-TREE" not in plan
    database.close()
