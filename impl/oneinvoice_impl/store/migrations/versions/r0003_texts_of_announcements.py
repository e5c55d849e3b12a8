"""Keep what an announcement tells, and which operations and events it concerns."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column, MetaData

from oneinvoice_impl.store.migrations.tables_0_2_0 import announcements
from oneinvoice_impl.store.tables.metadata import Text

revision = "0003"
down_revision = "0002"

_LISTS = ("operations", "events")


def upgrade() -> None:
    complete = announcements.to_metadata(MetaData())
    for name in ("text", "level", *_LISTS):
        op.add_column("announcements", Column(name, Text))
        complete.append_column(Column(name, Text))
    op.execute(complete.update().values(dict.fromkeys(_LISTS, "[]")))
    with op.batch_alter_table("announcements", copy_from=complete) as batch:
        for name in _LISTS:
            batch.alter_column(name, existing_type=Text, nullable=False)
