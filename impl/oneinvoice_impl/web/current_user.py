"""The current user, who acts for the organisation that is theirs."""

from __future__ import annotations

from dataclasses import dataclass

from oneinvoice_impl.store.accounts.keys import KeyRepository
from oneinvoice_impl.store.accounts.users import Organisation, User
from oneinvoice_impl.store.records.documents import DocumentRepository
from oneinvoice_impl.store.records.member_imports import MemberImports
from oneinvoice_impl.store.records.members import MemberRepository
from oneinvoice_impl.store.records.record_browser import RecordBrowser
from oneinvoice_impl.store.types import Connection
from oneinvoice_impl.store.webhooks.delivery_log import DeliveryLog
from oneinvoice_impl.store.webhooks.endpoints import EndpointRepository


@dataclass(frozen=True, slots=True)
class CurrentUser:
    """User who is logged in; every repository that is made here is bound to the user's organisation."""

    account: User
    organisation: Organisation

    @property
    def browse(self) -> RecordBrowser:
        """Looks through members, quotes and invoices, the newest first."""
        return RecordBrowser(self.organisation.id)

    def members(self, connection: Connection) -> MemberRepository:
        """Return the repository that adds members."""
        return MemberRepository(connection, self.organisation.id)

    def imports(self, connection: Connection) -> MemberImports:
        """Return the repository that keeps files of members between two pages."""
        return MemberImports(connection, self.organisation.id)

    def documents(self, connection: Connection) -> DocumentRepository:
        """Return the repository that changes quotes and invoices."""
        return DocumentRepository(connection, self.organisation.id)

    def endpoints(self, connection: Connection) -> EndpointRepository:
        """Return the repository that reads and changes endpoints."""
        return EndpointRepository(connection, self.organisation.id)

    def log(self, connection: Connection) -> DeliveryLog:
        """Return the log of what endpoints were sent."""
        return DeliveryLog(connection, self.organisation.id)

    def keys(self, connection: Connection) -> KeyRepository:
        """Return the repository that reads and changes keys."""
        return KeyRepository(connection, self.organisation.id)
