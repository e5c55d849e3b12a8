"""What all pages of one application work with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from starlette.requests import HTTPConnection

from oneinvoice_impl.clock import Clock
from oneinvoice_impl.mail import Mailer
from oneinvoice_impl.mock_extension import MockExtension
from oneinvoice_impl.ratelimit.key_usage import KeyUse
from oneinvoice_impl.settings import Settings
from oneinvoice_impl.store.types import Connection
from oneinvoice_impl.web.throttle import Throttle
from oneinvoice_impl.webhooks.service import Webhooks

T = TypeVar("T")

KEY = "oneinvoice.site"


@dataclass(frozen=True, slots=True)
class Site:
    """The settings and services of the application."""

    settings: Settings
    webhooks: Webhooks
    key_use: KeyUse
    clock: Clock
    throttle: Throttle
    mailer: Mailer | None
    """None where no mail can be sent."""
    extension: MockExtension | None
    """What a mock adds for its user alone; None is a service."""

    @property
    def has_mailbox(self) -> bool:
        """Tell whether this is a mock that keeps its mails, and sends none."""
        return self.extension is not None and self.mailer is self.extension.mailer

    async def read(self, query: Callable[[Connection], T]) -> T:
        """Run `query` in a thread."""
        return await self.webhooks.read(query)

    async def transact(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in a transaction; what it stored in the outbox is sent once it is committed."""
        return await self.webhooks.transact(work)

    def is_staff(self, email: str) -> bool:
        """Whether the user of that address may announce changes; in a mock everybody may."""
        return self.extension is not None or email in self.settings.staff


def site(request: HTTPConnection) -> Site:
    """What the application that got this request works with."""
    found: Site = request.scope[KEY]
    return found


def through_tls(request: HTTPConnection) -> bool:
    """Whether the browser reaches us through TLS: by the address that we were told, or by this request."""
    return site(request).settings.tls or request.url.scheme == "https"
