"""Invoices that aren't a list."""

from __future__ import annotations

from typing import Any

from werkzeug.wrappers import Request, Response

from tests.miniatures.decorators import fault
from tests.miniatures.deployment import Abort, Deployment, ListQuery


class _AnotherList(Deployment):
    def envelope(self, items: list[Any], total: int, query: ListQuery) -> Any:
        body = super().envelope(items, total, query)
        return self.instead(items, body) if query.resource == "invoices" else body

    def instead(self, items: list[Any], body: Any) -> Any:
        raise NotImplementedError


@fault("INV-1")
class InvoicesByNumber(_AnotherList):
    """Invoices are an object with their numbers as keys, not a list."""

    def instead(self, items: list[Any], body: Any) -> Any:
        return {"count": len(items), "invoices": {item["number"]: item for item in items}}


@fault("INV-1")
class InvoicesInUTF32(_AnotherList):
    """Invoices are JSON in UTF-32."""

    def instead(self, items: list[Any], body: Any) -> Any:
        raise Abort(Response(self.dumps(body).encode("utf-32"), content_type=self.content_type))


@fault("INV-1")
class InvoicesAsText(_AnotherList):
    """Invoices are JSON inside a JSON string, encoded twice."""

    def instead(self, items: list[Any], body: Any) -> Any:
        return self.dumps(body)


@fault("INV-1")
class InvoicesSummedUp(_AnotherList):
    """Invoices are told by their number and sum alone."""

    def instead(self, items: list[Any], body: Any) -> Any:
        return {"count": len(items), "sum": sum(item["total"] for item in items)}


@fault("INV-1")
class InvoicesNoContent(_AnotherList):
    """Invoices get 204 and nothing else."""

    def instead(self, items: list[Any], body: Any) -> Any:
        raise Abort(Response(status=204))


@fault("INV-1")
class InvoicesComeLater(Deployment):
    """Invoices get 202, and are never there."""

    def list_records(self, request: Request, resource: str) -> Response:
        honest = super().list_records(request, resource)
        is_due = resource == "invoices" and honest.status_code == 200
        return self.error(202, "They are being made ready.") if is_due else honest
