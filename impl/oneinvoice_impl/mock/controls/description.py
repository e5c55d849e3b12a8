"""Description of the controls, as an OpenAPI 3.1 document."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

from oneinvoice_openapi.contract import load_yaml
from starlette.requests import Request
from starlette.routing import Route

from oneinvoice_impl.mock.controls.routing import Routing
from oneinvoice_impl.webhooks.service import WebhookService


class DescriptionControls:
    """Handler of the request about the controls themselves."""

    def __init__(self, webhooks: WebhookService) -> None:
        self._webhooks = webhooks

    def routes(self, route: Routing) -> list[Route]:
        """Return its route."""
        return [route("GET", "/openapi.json", self.describe)]

    async def describe(self, request: Request) -> Any:
        """Return the document, with the events that there are here."""
        described = document()
        schemas = described["components"]["schemas"]
        names = {"EventName": schemas["EventName"] | {"enum": [*self._webhooks.events]}}
        return described | {"components": described["components"] | {"schemas": schemas | names}}


@cache
def document() -> dict[str, Any]:
    """Return what is written in `openapi.yaml`."""
    content: dict[str, Any] = load_yaml(files(__package__).joinpath("openapi.yaml").read_text("utf-8"))
    return content
