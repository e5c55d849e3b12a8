"""Mount the API and, beside it, the dashboard at one address."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from starlette.types import ASGIApp, Receive, Scope, Send

from oneinvoice_impl.clock import Clock
from oneinvoice_impl.mock_extension import MAILBOX_PATH, MockExtension
from oneinvoice_impl.ratelimit.key_usage import KeyUsage
from oneinvoice_impl.settings import Settings
from oneinvoice_impl.webhooks.service import WebhookService

if TYPE_CHECKING:
    from oneinvoice_impl.web.app import Dashboard

logger = logging.getLogger(__name__)

_API = ("/api/", "/openapi.json", "/_mock/")


class ApiAndDashboard:
    """ASGI application. The dashboard is loaded when it is first asked for: a user of the API alone doesn't pay for it.

    An unknown path is the API's to answer for, unless a browser asks for a page.
    """

    def __init__(
        self,
        api: ASGIApp,
        settings: Settings,
        webhooks: WebhookService,
        usage: KeyUsage,
        clock: Clock,
        extension: MockExtension | None,
    ) -> None:
        self._api = api
        self._settings = settings
        self._webhooks = webhooks
        self._usage = usage
        self._clock = clock
        self._extension = extension
        self._dashboard: Dashboard | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or (scope["path"].startswith(_API) and scope["path"] != MAILBOX_PATH):
            await self._api(scope, receive, send)
            return
        if self._dashboard is None:
            self._dashboard = self._load()
        await (self._dashboard if self._dashboard.serves(scope) else self._api)(scope, receive, send)

    def start(self) -> None:
        """Log what is missing."""
        if self._settings.smtp_url is None and self._extension is None:
            logger.warning("dashboard: nobody can log in, since no mail can be sent; set ONEINVOICE_SMTP_URL.")

    def close(self) -> None:
        """Close the dashboard, if it was loaded."""
        if self._dashboard is not None:
            self._dashboard.close()

    def _load(self) -> Dashboard:
        from oneinvoice_impl.web.app import Dashboard

        return Dashboard(self._settings, self._webhooks, self._usage, self._clock, self._extension)
