"""Environment in which Alembic runs the migrations: the connection and transaction of `upgrade.py`."""

from alembic import context

from oneinvoice_impl.store.schema import VERSION_TABLE

context.configure(
    connection=context.config.attributes["connection"],
    version_table=VERSION_TABLE,
    on_version_apply=context.config.attributes["on_version_apply"],
)
context.run_migrations()
