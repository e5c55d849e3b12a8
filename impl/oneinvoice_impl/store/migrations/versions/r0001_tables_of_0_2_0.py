"""Create the tables of 0.2.0."""

from __future__ import annotations

from alembic import op

from oneinvoice_impl.store.migrations.tables_0_2_0 import metadata

revision = "0001"
down_revision = None


def upgrade() -> None:
    metadata.create_all(op.get_bind(), checkfirst=False)
