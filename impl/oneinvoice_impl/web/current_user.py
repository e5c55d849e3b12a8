"""Who acts: a user, for the organisation that is theirs."""

from __future__ import annotations

from dataclasses import dataclass

from oneinvoice_impl.store.accounts.keys import Keys
from oneinvoice_impl.store.accounts.users import Organisation, User
from oneinvoice_impl.store.records.browse import Browse
from oneinvoice_impl.store.records.documents import Ledger
from oneinvoice_impl.store.records.member_imports import Imports
from oneinvoice_impl.store.records.members import Members
from oneinvoice_impl.store.records.scope import Scope
from oneinvoice_impl.store.types import Connection
from oneinvoice_impl.store.webhooks.delivery_log import Log
from oneinvoice_impl.store.webhooks.endpoints import Endpoints


@dataclass(frozen=True, slots=True)
class Actor:
    """The one way from a request to an organisation's data: all that is made here is bound to that organisation."""

    user: User
    organisation: Organisation

    @property
    def scope(self) -> Scope:
        """Reads members, quotes and invoices."""
        return Scope(self.organisation.id)

    @property
    def browse(self) -> Browse:
        """Looks through members, quotes and invoices, the newest first."""
        return Browse(self.organisation.id)

    def members(self, connection: Connection) -> Members:
        """Adds members."""
        return Members(connection, self.organisation.id)

    def imports(self, connection: Connection) -> Imports:
        """Keeps files of members between two pages."""
        return Imports(connection, self.organisation.id)

    def ledger(self, connection: Connection) -> Ledger:
        """Changes quotes and invoices."""
        return Ledger(connection, self.organisation.id)

    def endpoints(self, connection: Connection) -> Endpoints:
        """Reads and changes webhooks."""
        return Endpoints(connection, self.organisation.id)

    def log(self, connection: Connection) -> Log:
        """Reads what webhooks were sent."""
        return Log(connection, self.organisation.id)

    def keys(self, connection: Connection) -> Keys:
        """Reads and changes keys."""
        return Keys(connection, self.organisation.id)
