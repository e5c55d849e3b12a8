"""Build the application, once."""

from __future__ import annotations

import gc
import os
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from connexion import ConnexionMiddleware, Resolver
from connexion.middleware.exceptions import ExceptionMiddleware
from connexion.middleware.lifespan import LifespanMiddleware
from connexion.middleware.request_validation import RequestValidationMiddleware
from connexion.middleware.routing import RoutingMiddleware
from connexion.middleware.security import SecurityMiddleware
from connexion.middleware.server_error import ServerErrorMiddleware
from oneinvoice_openapi.contract import document
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from oneinvoice_impl.api.dispatch import Dispatch
from oneinvoice_impl.api.error_handlers import add_error_handlers
from oneinvoice_impl.api.operations import Operations, json_response
from oneinvoice_impl.api.parameters import ParameterValidator
from oneinvoice_impl.api.rate_limit import RateLimitHeaders
from oneinvoice_impl.api.skeleton import skeleton
from oneinvoice_impl.asgi.proxy_headers import behind_proxies
from oneinvoice_impl.asgi.request_ids import RequestIds
from oneinvoice_impl.clock import SYSTEM_CLOCK, Clock
from oneinvoice_impl.mock.extension import Local
from oneinvoice_impl.ratelimit.key_usage import KeyUse
from oneinvoice_impl.server.components import OWN, Parts
from oneinvoice_impl.server.mount import Surfaces
from oneinvoice_impl.settings import Settings, UnusableSetting
from oneinvoice_impl.store.database import Database
from oneinvoice_impl.webhooks.secret_encryption import VaultProblem
from oneinvoice_impl.webhooks.service import Webhooks


class _Routing(RoutingMiddleware):  # type: ignore[misc]  # connexion has no types
    """Connexion's, without redirects from paths that end in a slash.

    A redirect names the scheme that the server saw: behind a proxy, a client would send its key again without TLS.
    """

    def add_api(self, *args: Any, **kwargs: Any) -> None:
        super().add_api(*args, **kwargs)
        for route in self.router.routes:
            route.app.redirect_slashes = False


_MIDDLEWARES = [
    ServerErrorMiddleware,
    ExceptionMiddleware,
    _Routing,
    SecurityMiddleware,
    RequestValidationMiddleware,
    LifespanMiddleware,
]


class Application:
    """The ASGI application. `database` is its own: it is closed when the application shuts down."""

    def __init__(self, app: ASGIApp, database: Database, webhooks: Webhooks) -> None:
        self._app = app
        self.database = database
        self.webhooks = webhooks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)


def create_app(
    settings: Settings | None = None,
    more_routes: Callable[[Webhooks], Sequence[BaseRoute]] = lambda _: (),
    clock: Clock = SYSTEM_CLOCK,
    parts: Parts = OWN,
    local: Local | None = None,
) -> Application:
    """The API and dashboard on the database of `settings` (by default: of the environment). Connects to nothing yet.

    `more_routes` gives what is served beside the API, `local` is what a mock's dashboard has. Raises
    `UnusableDatabase` for a database URL that can't be used, and `UnusableSetting` for another setting.
    """
    settings = _checked(settings or Settings.from_environment(os.environ))
    authored = document()
    database = Database(settings.database_url)
    handler = partial(getattr, Operations(authored, database, clock))
    limiter = parts.limiter(settings, clock)
    use = KeyUse(database, clock)
    webhooks = _webhooks(database, settings, clock, parts)
    inbox = [] if local is None else local.inbox.routes(local.is_own, clock)
    beside = Router([_document_route(authored), *more_routes(webhooks), *inbox], redirect_slashes=False)

    @asynccontextmanager
    async def lifespan(_: Any) -> AsyncIterator[None]:
        await webhooks.start()
        use.start()
        surfaces.start()
        gc.freeze()  # what is there by now stays, and full collections need not look at it: a twentieth of a delivery
        yield
        surfaces.close()
        await use.stop()
        await webhooks.stop()
        limiter.close()
        database.close()

    app = ConnexionMiddleware(
        Dispatch(handler, beside),
        import_name=__name__,
        lifespan=lifespan,
        middlewares=list(_MIDDLEWARES),
    )
    app.add_api(
        skeleton(authored),
        resolver=Resolver(handler),
        security_map={"bearer": partial(parts.bearer, database, limiter, use)},
        validator_map={"parameter": partial(ParameterValidator, parts.parameters(authored))},
    )
    add_error_handlers(app)
    surfaces = Surfaces(parts.wrap(RequestIds(RateLimitHeaders(app))), settings, webhooks, use, clock, local)
    return Application(behind_proxies(surfaces, settings.trusted_proxies), database, webhooks)


def _checked(settings: Settings) -> Settings:
    if settings.smtp_url is not None and settings.public_url is None:
        raise UnusableSetting("Set ONEINVOICE_PUBLIC_URL too, so that the links in mails lead to this service.")
    return settings


def _webhooks(database: Database, settings: Settings, clock: Clock, parts: Parts) -> Webhooks:
    webhooks = Webhooks(database, settings, clock, parts.courier)
    if settings.secret_key is not None:
        try:
            webhooks.vault.prepare()
        except VaultProblem as problem:
            raise UnusableSetting(str(problem)) from problem
    return webhooks


def _document_route(authored: dict[str, Any]) -> Route:
    """Beside `/api/v1`, not under it: the document is ours, and the API's documentation doesn't promise it."""

    async def serve(_: Request) -> Response:
        return json_response(authored)

    return Route("/openapi.json", serve)
