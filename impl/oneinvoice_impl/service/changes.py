"""Changes that an operator makes in the database of a service, which may run meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from oneinvoice_impl.command_line import SetupError
from oneinvoice_impl.domain.errors import IllegalTransition
from oneinvoice_impl.domain.text_line import folded, is_visible, unusable_character
from oneinvoice_impl.service.environment import opened, problems_told, service_settings
from oneinvoice_impl.store.accounts import users
from oneinvoice_impl.store.accounts.users import Organisation
from oneinvoice_impl.store.database import Database
from oneinvoice_impl.store.types import Connection

_LONGEST = 100


@contextmanager
def service_database() -> Iterator[Database]:
    """Return the database of the service for the time of the block. Raises `SetupError` or `DatabaseUnreachable`."""
    with problems_told():
        settings = service_settings()
    with opened(settings) as database:
        yield database


@contextmanager
def changing() -> Iterator[Connection]:
    """Return a transaction, which commits if the block ends without error.

    Raises `SetupError` or `DatabaseUnreachable`, for what the block refuses too.
    """
    with service_database() as database, transaction(database) as connection:
        yield connection


@contextmanager
def transaction(database: Database) -> Iterator[Connection]:
    """Return a transaction, which commits if the block ends without error. Raises `SetupError` for what is refused."""
    try:
        with database.exclusive() as connection:
            yield connection
    except IllegalTransition as refusal:
        raise SetupError(str(refusal)) from refusal


def existing_organisation(connection: Connection, id: str) -> Organisation:
    """Return the organisation of that id. Raises `SetupError`."""
    organisation = users.find_organisation(connection, id)
    if organisation is None:
        raise SetupError(f"There is no organisation {id!r}; `oneinvoice-service organisation list` shows their ids.")
    return organisation


def line_of_text(text: str, what: str) -> str:
    """Return a name as it is stored. Raises `SetupError` unless it is a short line that people can see."""
    name = folded(text)
    if not is_visible(name) or len(name) > _LONGEST or unusable_character(name):
        raise SetupError(f"{what} must be a line of 1 to {_LONGEST} visible characters.")
    return name
