"""Migrations of the schema by Alembic, from the tables of each release to those of this version."""
