"""Caches that forget whose the records are."""

from __future__ import annotations

from dataclasses import replace

from werkzeug.wrappers import Request, Response

from tests.miniatures.decorators import fault
from tests.miniatures.deployment import Deployment, ListQuery


@fault("ORG-1", besides=("MEM-5",))
class CachedQueries(Deployment):
    """The application looks at the key, and then keeps lists by what was asked for alone."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[ListQuery, Response] = {}

    def list_records(self, request: Request, resource: str) -> Response:
        query = self.parse(request, resource, self.authenticate(request, resource))
        asked = replace(query, organisation="")
        if asked not in self.kept:
            self.kept[asked] = super().list_records(request, resource)
        return self.kept[asked]
