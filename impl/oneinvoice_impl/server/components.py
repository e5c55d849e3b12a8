"""Components that an application is put together from, in the order in which a request meets them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.types import ASGIApp

from oneinvoice_impl.api.implemented import document
from oneinvoice_impl.api.operations import Operations
from oneinvoice_impl.api.parameters import Parameter, query_parameters
from oneinvoice_impl.api.security import BearerHandler
from oneinvoice_impl.clock import Clock
from oneinvoice_impl.ratelimit.limiter import Limiter, make_limiter
from oneinvoice_impl.settings import Settings
from oneinvoice_impl.store.database import Database
from oneinvoice_impl.webhooks.delivery_attempts import DeliveryAttempts
from oneinvoice_impl.webhooks.service import MakeAttempts, WebhookService


@dataclass(frozen=True, slots=True)
class Components:
    """The reference implementation's own by default; a mock with a defect or another contract has others."""

    document: Callable[[], dict[str, Any]] = document
    """Returns the document that is served."""
    middleware: Callable[[ASGIApp], ASGIApp] = lambda app: app
    """Wraps the whole API."""
    database: Callable[[str], Database] = Database
    """Opens the database of a URL."""
    bearer: type[BearerHandler] = BearerHandler
    """Finds a key, and with it the scope that reads an organisation's records."""
    limiter: Callable[[Settings, Clock], Limiter] = make_limiter
    parameters: Callable[[dict[str, Any]], Mapping[str, Sequence[Parameter]]] = query_parameters
    """Reads the query parameters of each operation of the document."""
    operations: Callable[[dict[str, Any], Database], Operations] = Operations
    """Answers what the document asks for."""
    webhooks: Callable[[Database, Settings, Clock, MakeAttempts], WebhookService] = WebhookService
    """Stores and delivers events."""
    delivery_attempts: type[DeliveryAttempts] = DeliveryAttempts
    """Sends deliveries."""


DEFAULT = Components()
