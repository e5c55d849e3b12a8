"""Extension point of the service: routes, pages and a mailer that a mock adds."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from starlette.routing import BaseRoute
from starlette.types import ASGIApp

if TYPE_CHECKING:
    from oneinvoice_impl.clock import Clock
    from oneinvoice_impl.mail import Mailer
    from oneinvoice_impl.ratelimit.key_usage import KeyUsage
    from oneinvoice_impl.store.database import Database
    from oneinvoice_impl.webhooks.delivery_attempts import DeliveryAttempts
    from oneinvoice_impl.webhooks.service import MakeAttempts, WebhookService

MAILBOX_PATH = "/_mock/mailbox"
"""A page of the dashboard, though it is under the path of the controls."""
LOGIN_PATH = "/_mock/login"
"""Where a form logs in as one of the admins, without a mail."""
INBOX_PAGE = "/settings/webhooks/inbox"
REQUESTS_PAGE = "/requests"


class Backend(NamedTuple):
    """Parts of an application that the controls of a mock work with."""

    database: Database
    webhooks: WebhookService
    usage: KeyUsage
    clock: Clock


class MockExtension(Protocol):
    """Additions of a mock, all for the user who runs it. A service has none, and knows no more of a mock than this."""

    @property
    def admins(self) -> Collection[str]:
        """The e-mail addresses of the users that there is data for."""

    @property
    def notice(self) -> str | None:
        """A sentence for every page on what the mock serves, if that is not the usual."""

    @property
    def inbox_url(self) -> str:
        """The URL that an endpoint has if it sends to the mock's own receiver."""

    @property
    def mailer(self) -> Mailer:
        """Takes the mails where no mail server is set."""

    @property
    def templates(self) -> Path:
        """The folder with the templates of its pages."""

    def wrap(self, api: ASGIApp, authored: dict[str, Any]) -> ASGIApp:
        """Return the API of the authored document with what stands before it."""

    def attempts(self, made: type[DeliveryAttempts], database: Database) -> MakeAttempts:
        """Return what makes the attempts at deliveries, by those of the application."""

    def routes(self, backend: Backend) -> Sequence[BaseRoute]:
        """Return the routes beside the API, under `/_mock/`."""

    def pages(self) -> Sequence[BaseRoute]:
        """Return the pages of the dashboard that come before all others."""

    def mailbox_pages(self) -> Sequence[BaseRoute]:
        """Return the pages that show what the mailer took."""
