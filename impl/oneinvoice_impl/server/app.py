"""Build the application, once."""

from __future__ import annotations

import gc
import os
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from oneinvoice_openapi.contract import deprecates
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from oneinvoice_impl.api.connexion_app import connexion_app
from oneinvoice_impl.api.operations import LISTED
from oneinvoice_impl.api.parameters import PageQueries
from oneinvoice_impl.api.rate_limit import RateLimitHeaders
from oneinvoice_impl.asgi.late_router import LateRouter
from oneinvoice_impl.asgi.proxy_headers import behind_proxies
from oneinvoice_impl.asgi.request_ids import RequestIds
from oneinvoice_impl.clock import SYSTEM_CLOCK, Clock
from oneinvoice_impl.mock_extension import Backend, MockExtension
from oneinvoice_impl.ratelimit.key_usage import KeyUsage
from oneinvoice_impl.server.components import DEFAULT, Components
from oneinvoice_impl.server.document import document_route
from oneinvoice_impl.server.mount import ApiAndDashboard
from oneinvoice_impl.server.path_prefix import PathPrefix
from oneinvoice_impl.settings import Settings, UnusableSetting
from oneinvoice_impl.store.database import Database
from oneinvoice_impl.webhooks.secret_encryption import EncryptionProblem
from oneinvoice_impl.webhooks.service import WebhookService

if TYPE_CHECKING:
    from oneinvoice_openapi.lifecycle.entries import Lifecycle


class Application:
    """The ASGI application. `database` is its own: it is closed when the application stops."""

    def __init__(
        self,
        app: ASGIApp,
        database: Database,
        webhooks: WebhookService,
        usage: KeyUsage,
        close: Sequence[Callable[[], None]],
    ) -> None:
        """`close` ends what else there is, when it stops."""
        self._app = app
        self.database = database
        self.webhooks = webhooks
        self._usage = usage
        self._close = close

    async def start(self) -> None:
        """Begin to deliver webhooks and to count requests. The lifespan of a server does it, and stops in the end."""
        await self.webhooks.start()
        self._usage.start()

    async def stop(self) -> None:
        """End all that runs, and close the database; nothing that is stored there is lost."""
        for close in self._close:
            close()
        await self._usage.stop()
        await self.webhooks.stop()
        self.database.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)


def create_app(
    settings: Settings | None = None,
    *,
    clock: Clock = SYSTEM_CLOCK,
    components: Components = DEFAULT,
    extension: MockExtension | None = None,
    lifecycle: Lifecycle | None = None,
) -> Application:
    """Build the API and dashboard on the database of `settings` (by default: of the environment). Connects to nothing.

    `extension` is what a mock adds; `lifecycle` tells what is deprecated, by default that of the contract. Raises
    `UnusableDatabase` for a database URL that can't be used, and `UnusableSetting` for another setting.
    """
    settings = _checked(settings or Settings.from_environment(os.environ))
    authored = components.document()
    database = _database(settings, components)
    limiter = components.limiter(settings, clock)
    usage = KeyUsage(database, clock)
    webhooks = _webhooks(database, settings, clock, components, extension)
    parameters = components.parameters(authored)
    bearer = partial(components.bearer, database, limiter, usage)
    backend = Backend(database, webhooks, usage, clock)

    @asynccontextmanager
    async def lifespan(_: Any) -> AsyncIterator[None]:
        await application.start()
        mount.load_in_quiet()
        gc.freeze()  # what is there by now stays, and full collections need not look at it: a twentieth of a delivery
        yield
        await application.stop()

    api = connexion_app(
        authored,
        handler=partial(getattr, components.operations(authored, database)),
        fallback=LateRouter(partial(_beside_operations, authored, settings, extension, backend)),
        bearer=partial(bearer, PageQueries(parameters, LISTED, clock)),
        parameters=parameters,
        lifespan=lifespan,
    )
    api, authored = _with_preview(api, authored, database, bearer, clock, settings)
    counted = RateLimitHeaders(_deprecating(api, lifecycle, clock, settings.path_prefix))
    wrapped = components.middleware(RequestIds(counted if extension is None else extension.wrap(counted, authored)))
    mount = ApiAndDashboard(_shared(wrapped, settings), settings, webhooks, usage, clock, extension)
    prefixed = PathPrefix(mount, settings.path_prefix) if settings.path_prefix else mount
    served = _checking(behind_proxies(prefixed, settings.trusted_proxies), database, extension)
    application = Application(served, database, webhooks, usage, close=(mount.close, limiter.close))
    return application


def _beside_operations(
    authored: dict[str, Any], settings: Settings, extension: MockExtension | None, backend: Backend
) -> Sequence[BaseRoute]:
    """Return the routes of what is no operation of the API: the document, and what a mock adds."""
    added = [] if extension is None else extension.routes(backend)
    return [*added, document_route("/openapi.json", authored, settings)]


def _checked(settings: Settings) -> Settings:
    if settings.smtp_url is not None and settings.public_url is None:
        raise UnusableSetting("Set ONEINVOICE_PUBLIC_URL too, so that the links in mails lead to this service.")
    return settings


def _database(settings: Settings, components: Components) -> Database:
    database = components.database(settings.database_url)
    if settings.has_workers:
        database.require_postgresql("Workers (ONEINVOICE_DELIVERIES=workers)")
    return database


def _with_preview(
    api: ASGIApp, authored: dict[str, Any], database: Database, bearer: Any, clock: Clock, settings: Settings
) -> tuple[ASGIApp, dict[str, Any]]:
    """Return the API and the paths of its document, with the preview that is asked for. Its code is loaded for that."""
    if settings.preview is None:
        return api, authored
    from oneinvoice_impl.server.preview import with_preview

    return with_preview(api, authored, database, bearer, clock, settings)


def _checking(app: ASGIApp, database: Database, extension: MockExtension | None) -> ASGIApp:
    """Return the application, which a service doesn't start on another version's tables; a mock looks itself."""
    if extension is not None or database.in_memory:
        return app
    from oneinvoice_impl.server.schema_check import CheckedSchema

    return CheckedSchema(app, database)


def _deprecating(api: ASGIApp, lifecycle: Lifecycle | None, clock: Clock, prefix: str) -> ASGIApp:
    """Return the API with the headers of what is deprecated. Their code is loaded if something is."""
    if lifecycle is None and not deprecates():
        return api
    from oneinvoice_openapi.lifecycle.reader import lifecycle as authored_lifecycle

    from oneinvoice_impl.api.deprecation import with_deprecations

    return with_deprecations(api, lifecycle or authored_lifecycle(), clock, prefix)


def _shared(api: ASGIApp, settings: Settings) -> ASGIApp:
    """Return the API as pages of other origins may read it."""
    if not settings.cors_origins:
        return api
    from oneinvoice_impl.asgi.cors import Cors

    return Cors(api, settings.cors_origins)


def _webhooks(
    database: Database, settings: Settings, clock: Clock, components: Components, extension: MockExtension | None
) -> WebhookService:
    attempts = components.delivery_attempts
    made = attempts if extension is None else extension.attempts(attempts, database)
    webhooks = components.webhooks(database, settings, clock, made)
    if settings.secret_key is not None:
        try:
            webhooks.encryption.prepare()
        except EncryptionProblem as problem:
            raise UnusableSetting(str(problem)) from problem
    return webhooks
