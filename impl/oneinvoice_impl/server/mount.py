"""Mount the API and, beside it, the dashboard at one address."""

from __future__ import annotations

import asyncio
import gc
import logging
from collections.abc import Awaitable
from typing import TYPE_CHECKING

from starlette.types import ASGIApp, Receive, Scope, Send

from oneinvoice_impl.clock import Clock
from oneinvoice_impl.mock_extension import LOGIN_PATH, MAILBOX_PATH, MockExtension
from oneinvoice_impl.ratelimit.key_usage import KeyUsage
from oneinvoice_impl.settings import Settings
from oneinvoice_impl.webhooks.service import WebhookService

if TYPE_CHECKING:
    from oneinvoice_impl.web.app import Dashboard

logger = logging.getLogger(__name__)

_API = ("/api/", "/openapi.json", "/_mock/")
_PAGES = (MAILBOX_PATH, LOGIN_PATH)  # though they are under a path of the API's
_QUIET_SECONDS = 0.5


class ApiAndDashboard:
    """ASGI application. The dashboard is loaded once nothing was asked for a moment, or else when it first is itself.

    So neither the start nor a client that comes at once waits for it, nor who opens the first page. An unknown path is
    the API's to answer for, unless a browser asks for a page.
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
        self._loading: asyncio.Future[Dashboard] | None = None
        self._in_quiet: asyncio.Task[None] | None = None
        self._requests = 0

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        self._requests += 1
        if scope["type"] != "http" or (scope["path"].startswith(_API) and scope["path"] not in _PAGES):
            return self._api(scope, receive, send)
        return self._page(scope, receive, send)

    async def _page(self, scope: Scope, receive: Receive, send: Send) -> None:
        dashboard = self._dashboard or await self._loaded()
        await (dashboard if dashboard.serves(scope) else self._api)(scope, receive, send)

    def load_in_quiet(self) -> None:
        """Log what is missing, and load the dashboard once nothing is asked for."""
        if self._settings.smtp_url is None and self._extension is None:
            logger.warning("dashboard: nobody can log in, since no mail can be sent; set ONEINVOICE_SMTP_URL.")
        self._in_quiet = asyncio.create_task(self._load_in_quiet(), name="dashboard")

    def close(self) -> None:
        """Close the dashboard, if it was loaded."""
        if self._in_quiet is not None:
            self._in_quiet.cancel()
        if self._dashboard is not None:
            self._dashboard.close()

    async def _load_in_quiet(self) -> None:
        before = -1
        while self._requests != before:
            before = self._requests
            await asyncio.sleep(_QUIET_SECONDS)
        dashboard = await self._loaded()
        await asyncio.to_thread(dashboard.compile_templates)
        gc.freeze()  # as what the start loaded

    async def _loaded(self) -> Dashboard:
        """Return the dashboard, loaded in a thread: the API answers meanwhile."""
        if self._loading is None:
            self._loading = asyncio.get_running_loop().run_in_executor(None, self._load)
        self._dashboard = await asyncio.shield(self._loading)
        return self._dashboard

    def _load(self) -> Dashboard:
        from oneinvoice_impl.web.app import Dashboard

        return Dashboard(self._settings, self._webhooks, self._usage, self._clock, self._extension)
