"""An organisation's members, to be added to within a transaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, select

from oneinvoice_impl.domain.member import Member
from oneinvoice_impl.store import organisations
from oneinvoice_impl.store.records import counts
from oneinvoice_impl.store.records.stored_json import stored_json
from oneinvoice_impl.store.tables import records

_EMAILS_IN_USE = select(func.lower(records.members.c.email)).where(
    records.members.c.organisation_id == bindparam("organisation_id"),
    func.lower(records.members.c.email).in_(bindparam("emails", expanding=True)),
)


@dataclass(frozen=True, slots=True)
class MemberRepository:
    """The members of one organisation."""

    connection: Connection
    organisation_id: str

    def emails_in_use(self, emails: Collection[str]) -> set[str]:
        """Return those of these addresses, in lower case, that members have, and keep others from adding any meanwhile.

        At most some ten thousand: SQLite takes 32,766 values in a statement.
        """
        organisations.lock(self.connection, self.organisation_id)
        values = {"organisation_id": self.organisation_id, "emails": [*emails]}
        return set(self.connection.execute(_EMAILS_IN_USE, values).scalars())

    def add(self, members: Sequence[Member]) -> None:
        """Store new ones, at least one."""
        organisations.lock(self.connection, self.organisation_id)
        self.connection.execute(insert(records.members), [_row(member) for member in members])
        counts.count(self.connection, self.organisation_id, "members", Counter(each.status for each in members))


def _row(member: Member) -> dict[str, Any]:
    row: dict[str, Any] = {name: getattr(member, name) for name in member.__slots__}
    row["json"] = stored_json("members", member)
    return row
