"""Services that all pages of one application work with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from starlette.requests import HTTPConnection

from oneinvoice_impl.clock import SYSTEM_CLOCK, Clock
from oneinvoice_impl.mail import Mailer
from oneinvoice_impl.mock_extension import MockExtension
from oneinvoice_impl.ratelimit.key_usage import KeyUsage
from oneinvoice_impl.settings import Settings
from oneinvoice_impl.store.types import Connection
from oneinvoice_impl.web.throttle import Throttle
from oneinvoice_impl.webhooks.service import WebhookService

T = TypeVar("T")

KEY = "oneinvoice.site"


@dataclass(frozen=True, slots=True)
class DashboardServices:
    """The settings and services of the application."""

    settings: Settings
    webhooks: WebhookService
    key_use: KeyUsage
    clock: Clock
    throttle: Throttle
    mailer: Mailer | None
    """None where no mail can be sent."""
    extension: MockExtension | None
    """Additions of a mock for its user alone; None is a service."""

    @property
    def has_mailbox(self) -> bool:
        """Tell whether this is a mock that keeps its mails, and sends none."""
        return self.extension is not None and self.mailer is self.extension.mailer

    async def read(self, query: Callable[[Connection], T]) -> T:
        """Run `query` in a thread."""
        return await self.webhooks.read(query)

    async def transact(self, work: Callable[[Connection], T], *, seconds: float | None = None) -> T:
        """Run `work` in a transaction; what it stored in the outbox is sent once it is committed.

        `seconds` is its deadline, if it rightly takes longer than other requests.
        """
        return await self.webhooks.transact(work, seconds=seconds)

    @property
    def session_clock(self) -> Clock:
        """Return the clock of sessions: whoever moves a mock's time stays logged in."""
        return self.clock if self.extension is None else SYSTEM_CLOCK

    def is_staff(self, email: str) -> bool:
        """Tell whether the user of that address may announce changes; in a mock everybody may."""
        return self.extension is not None or email in self.settings.staff


def services_of(request: HTTPConnection) -> DashboardServices:
    """Return the services of the application that got this request."""
    services: DashboardServices = request.scope[KEY]
    return services


def through_tls(request: HTTPConnection) -> bool:
    """Tell whether the browser reaches us through TLS: by the address that we were told, or by this request."""
    return services_of(request).settings.tls or request.url.scheme == "https"
