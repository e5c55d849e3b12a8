"""What an application is put together from, in the order in which a request meets it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.types import ASGIApp

from oneinvoice_impl.api.parameters import Parameter, query_parameters
from oneinvoice_impl.api.security import BearerHandler
from oneinvoice_impl.clock import Clock
from oneinvoice_impl.ratelimit.limiter import Limiter, make_limiter
from oneinvoice_impl.settings import Settings
from oneinvoice_impl.webhooks.delivery_attempts import Courier


@dataclass(frozen=True, slots=True)
class Parts:
    """The reference implementation's own; a mock that is told to have a defect has another in the place of one."""

    wrap: Callable[[ASGIApp], ASGIApp] = lambda app: app
    """What stands round the whole application."""
    bearer: type[BearerHandler] = BearerHandler
    """What finds a key, and with it the scope that reads an organisation's records."""
    limiter: Callable[[Settings, Clock], Limiter] = make_limiter
    parameters: Callable[[dict[str, Any]], Mapping[str, Sequence[Parameter]]] = query_parameters
    """What reads the query parameters of each operation of the authored document."""
    courier: type[Courier] = Courier
    """What sends deliveries."""


OWN = Parts()
