"""Connexion set-up: it routes and authenticates by the authored document.

Its validation, dispatch and error handlers are replaced, since they are slow, or answer in another shape than the
document's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from connexion import ConnexionMiddleware, Resolver
from connexion.middleware.exceptions import ExceptionMiddleware
from connexion.middleware.lifespan import LifespanMiddleware
from connexion.middleware.request_validation import RequestValidationMiddleware
from connexion.middleware.routing import RoutingMiddleware
from connexion.middleware.security import SecurityMiddleware
from connexion.middleware.server_error import ServerErrorMiddleware
from starlette.types import ASGIApp

from oneinvoice_impl.api.dispatch import Dispatch, Handler
from oneinvoice_impl.api.error_handlers import add_error_handlers
from oneinvoice_impl.api.parameters import Parameter, ParameterValidator
from oneinvoice_impl.api.security import BearerHandler
from oneinvoice_impl.api.skeleton import skeleton


class _Routing(RoutingMiddleware):  # type: ignore[misc]  # connexion has no types
    """Connexion's routing, without redirects from paths that end in a slash.

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


def connexion_app(
    authored: dict[str, Any],
    *,
    handler: Callable[[str], Handler],
    fallback: ASGIApp,
    bearer: Callable[[], BearerHandler],
    parameters: Mapping[str, Sequence[Parameter]],
    lifespan: Any,
) -> ASGIApp:
    """Return the application that serves the operations of the authored document.

    `handler` returns the handler of an operation id, `fallback` answers requests that match no operation, `bearer`
    makes the handler that authenticates, and `parameters` are those of each operation.
    """
    app = ConnexionMiddleware(
        Dispatch(handler, fallback),
        import_name=__name__,
        lifespan=lifespan,
        middlewares=list(_MIDDLEWARES),
    )
    app.add_api(
        skeleton(authored),
        resolver=Resolver(handler),
        security_map={"bearer": bearer},
        validator_map={"parameter": partial(ParameterValidator, parameters)},
    )
    add_error_handlers(app)
    wrapped: ASGIApp = app
    return wrapped
