"""Revisions of the schema, which Alembic reads by file. None imports `store/tables`, which goes on changing."""
