"""The pages, and what every request to them goes through."""

from __future__ import annotations

from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import HTTPConnection
from starlette.routing import BaseRoute, Match, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from oneinvoice_impl.asgi.request_ids import RequestIds
from oneinvoice_impl.clock import Clock
from oneinvoice_impl.mail import Mailer, SmtpMailer
from oneinvoice_impl.mock_extension import MockExtension
from oneinvoice_impl.ratelimit.key_usage import KeyUsage
from oneinvoice_impl.settings import Settings
from oneinvoice_impl.web.accounts import login, overview, welcome
from oneinvoice_impl.web.csrf import Csrf
from oneinvoice_impl.web.developers import docs, roadmap
from oneinvoice_impl.web.errors import HANDLERS
from oneinvoice_impl.web.headers import SecurityHeaders
from oneinvoice_impl.web.members import member_import, members
from oneinvoice_impl.web.public import quote_page
from oneinvoice_impl.web.rendering import static_files
from oneinvoice_impl.web.rendering.pages import compile_all
from oneinvoice_impl.web.sales import invoices, quotes
from oneinvoice_impl.web.services import KEY, DashboardServices
from oneinvoice_impl.web.session import Sessions
from oneinvoice_impl.web.settings import keys, webhooks
from oneinvoice_impl.web.throttle import Throttle
from oneinvoice_impl.webhooks.service import WebhookService

_PAGES: tuple[BaseRoute, ...] = (
    *overview.ROUTES,
    *login.ROUTES,
    *welcome.ROUTES,
    *members.ROUTES,
    *member_import.ROUTES,
    *quotes.ROUTES,
    *invoices.ROUTES,
    *quote_page.ROUTES,
    *keys.ROUTES,
    *roadmap.ROUTES,
    *docs.ROUTES,
    *webhooks.ROUTES,
)
_SHORTEST_GZIP = 1024
_GZIP_LEVEL = 6


class Dashboard:
    """The ASGI application of the pages."""

    def __init__(
        self,
        settings: Settings,
        webhooks: WebhookService,
        usage: KeyUsage,
        clock: Clock,
        extension: MockExtension | None,
    ) -> None:
        mailer = _mailer(settings, extension)
        self._services = DashboardServices(
            settings, webhooks, usage, clock, Throttle(settings, clock), mailer, extension
        )
        # Before the others, one of which takes any name there for an endpoint's id.
        first = () if extension is None else extension.pages()
        last = extension.mailbox_pages() if extension is not None and self._services.has_mailbox else ()
        pages = [*first, *_PAGES, *last]
        self._routes = [static_files.ROUTE, *pages]
        self._app = _wrapped(Router(pages, redirect_slashes=False, default=_not_found), settings.tls)

    def serves(self, scope: Scope) -> bool:
        """Tell whether the request is for a page, or from somebody who wants to read one."""
        return _reads_pages(scope) or any(route.matches(scope)[0] is not Match.NONE for route in self._routes)

    def compile_templates(self) -> None:
        """Compile the templates, which the first page of each would else do."""
        compile_all(self._services.extension)

    def close(self) -> None:
        """Send no more mails, and count no more attempts."""
        self._services.throttle.close()
        if self._services.mailer is not None:
            self._services.mailer.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope[KEY] = self._services
        # Whose presence tells Starlette's routes to raise what is wrong.
        scope["app"] = self
        await self._app(scope, receive, send)


def _mailer(settings: Settings, extension: MockExtension | None) -> Mailer | None:
    if settings.smtp_url is not None:
        return SmtpMailer(settings.smtp_url, settings.mail_from)
    return None if extension is None else extension.mailer


def _wrapped(pages: ASGIApp, tls: bool) -> ASGIApp:
    # Files are nobody's: they need no session.
    app: ASGIApp = Router([static_files.ROUTE], redirect_slashes=False, default=Sessions(Csrf(pages)))
    app = ExceptionMiddleware(app, HANDLERS)
    app = GZipMiddleware(app, minimum_size=_SHORTEST_GZIP, compresslevel=_GZIP_LEVEL)
    return RequestIds(SecurityHeaders(app, tls))


async def _not_found(scope: Scope, receive: Receive, send: Send) -> None:
    raise HTTPException(HTTPStatus.NOT_FOUND)


def _reads_pages(scope: Scope) -> bool:
    return "text/html" in HTTPConnection(scope).headers.get("accept", "").lower()
