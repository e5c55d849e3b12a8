"""Files that somebody sent, until it is known what is in their columns."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, or_, select

from oneinvoice_impl.store.tables.dashboard import member_imports

IMPORT_LIFE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class MemberImports:
    """The files of one organisation, within a transaction."""

    connection: Connection
    organisation_id: str

    def add(self, id: str, user_id: str, file: bytes, at: datetime) -> None:
        """Keep a file for an hour; the one of that user before it, and all whose time is over, are forgotten."""
        over = or_(member_imports.c.user_id == user_id, member_imports.c.created_at <= at - IMPORT_LIFE)
        self.connection.execute(delete(member_imports).where(over))
        row = {
            "id": id,
            "organisation_id": self.organisation_id,
            "user_id": user_id,
            "file": file,
            "created_at": at,
        }
        self.connection.execute(insert(member_imports), row)

    def file(self, id: str, at: datetime) -> bytes | None:
        """Return the file of that id; None if there is none, or its time is over."""
        query = select(member_imports.c.file).where(
            member_imports.c.id == id,
            member_imports.c.organisation_id == self.organisation_id,
            member_imports.c.created_at > at - IMPORT_LIFE,
        )
        return self.connection.execute(query).scalar()

    def end(self, id: str) -> None:
        """Forget a file."""
        condition = (member_imports.c.id == id) & (member_imports.c.organisation_id == self.organisation_id)
        self.connection.execute(delete(member_imports).where(condition))
