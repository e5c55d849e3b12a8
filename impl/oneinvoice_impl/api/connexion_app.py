"""Connexion set-up: it routes and authenticates by the authored document.

Its validation, dispatch and error handlers are replaced, since they are slow, or answer in another shape than the
document's.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any

from connexion import ConnexionMiddleware, Resolver
from connexion.middleware.exceptions import ExceptionMiddleware
from connexion.middleware.lifespan import LifespanMiddleware
from connexion.middleware.request_validation import RequestValidationAPI, RequestValidationMiddleware
from connexion.middleware.routing import RoutingMiddleware
from connexion.middleware.security import SecurityMiddleware
from connexion.middleware.server_error import ServerErrorMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from oneinvoice_impl.api.dispatch import Dispatch, Handler
from oneinvoice_impl.api.error_handlers import add_error_handlers
from oneinvoice_impl.api.parameters import Parameter, ParameterValidator
from oneinvoice_impl.api.security import BearerHandler
from oneinvoice_impl.api.skeleton import skeleton


class _Routing(RoutingMiddleware):  # type: ignore[misc]  # connexion has no types
    """Connexion's routing, without redirects from paths that end in a slash, and quick for paths without parameters.

    A redirect names the scheme that the server saw: behind a proxy, a client would send its key again without TLS.
    """

    def __init__(self, app: ASGIApp) -> None:
        super().__init__(app)
        self._fixed: dict[tuple[str, str], dict[str, str | None]] = {}

    def add_api(self, *args: Any, **kwargs: Any) -> None:
        super().add_api(*args, **kwargs)
        for mount in self.router.routes:
            mount.app.redirect_slashes = False
            for route in mount.app.routes:
                if not route.param_convertors:
                    found = {"api_base_path": mount.path, "operation_id": route.endpoint.operation_id}
                    self._fixed |= {(method, mount.path + route.path): found for method in route.methods}

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        found = self._fixed.get((scope["method"], scope["path"])) if scope["type"] == "http" else None
        if found is None or scope.get("root_path"):
            routed: Awaitable[None] = super().__call__(scope, receive, send)
            return routed
        # What Connexion's own routing leaves behind, too.
        scope.setdefault("path_params", {})
        scope.setdefault("extensions", {})["connexion_routing"] = found
        answered: Awaitable[None] = self.app(scope, receive, send)
        return answered


class _Parameters:
    """Validates the parameters of an operation that takes no body, of whatever type a request says its body is."""

    def __init__(self, next_app: ASGIApp, validator: ParameterValidator) -> None:
        self._next_app = next_app
        self._validator = validator

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        self._validator.validate(scope)
        return self._next_app(scope, receive, send)


class _ValidationAPI(RequestValidationAPI):  # type: ignore[misc]
    def make_operation(self, operation: Any) -> Any:
        if operation.request_body:
            return super().make_operation(operation)
        return _Parameters(self.next_app, self.validator_map["parameter"]())


class _Validation(RequestValidationMiddleware):  # type: ignore[misc]
    """Connexion's validation of requests, which for each one looks for the type of a body that no operation takes."""

    api_cls = _ValidationAPI


_MIDDLEWARES = [
    ServerErrorMiddleware,
    ExceptionMiddleware,
    _Routing,
    SecurityMiddleware,
    _Validation,
    LifespanMiddleware,
]


def connexion_app(
    authored: dict[str, Any],
    *,
    handler: Callable[[str], Handler],
    fallback: ASGIApp,
    bearer: Callable[[], BearerHandler],
    parameters: Mapping[str, Sequence[Parameter]],
    lifespan: Any = None,
    version: str = "v1",
) -> ASGIApp:
    """Return the application that serves the operations of the authored document.

    `handler` returns the handler of an operation id, `fallback` answers requests that match no operation, `bearer`
    makes the handler that authenticates, and `parameters` are those of each operation. `version` is the
    one that errors speak of.
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
    add_error_handlers(app, version)
    wrapped: ASGIApp = app
    return wrapped
