"""Tables as they are created on each kind of database."""

from __future__ import annotations

import pytest
from oneinvoice_impl.store.schema import metadata
from sqlalchemy import create_mock_engine
from sqlalchemy.schema import CreateIndex


@pytest.mark.parametrize("url", ["sqlite://", "postgresql+psycopg://"])
def test_indexes_of_a_part_are_so_everywhere(url: str) -> None:
    partial = {}

    def note(statement: object, *_: object, **__: object) -> None:
        if isinstance(statement, CreateIndex):
            _, where, condition = str(statement.compile(dialect=engine.dialect)).partition(" WHERE ")
            if where:
                partial[statement.element.name] = condition

    engine = create_mock_engine(url, note)
    metadata.create_all(engine, checkfirst=False)
    assert partial == {
        "invoices_of_quote": "quote_id IS NOT NULL",
        "invoices_due": "status = 'sent'",
        "webhook_deliveries_due": "status = 'pending'",
    }
