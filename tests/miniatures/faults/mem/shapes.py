"""Members that aren't a list."""

from __future__ import annotations

from typing import Any

from werkzeug.wrappers import Response

from tests.miniatures.data import Record
from tests.miniatures.decorators import fault
from tests.miniatures.deployment import Abort, Deployment, ListQuery


@fault("MEM-1")
class MembersById(Deployment):
    """Members are an object with their ids as keys, not a list."""

    def envelope(self, items: list[Any], total: int, query: ListQuery) -> Any:
        if query.resource != "members":
            return super().envelope(items, total, query)
        return {str(item["id"]): item for item in items}


@fault("MEM-1")
class MembersCountedOnly(Deployment):
    """Members are told by their number alone."""

    def envelope(self, items: list[Any], total: int, query: ListQuery) -> Any:
        return {"count": total} if query.resource == "members" else super().envelope(items, total, query)


@fault("MEM-1")
class MembersAsText(Deployment):
    """Members are JSON inside a JSON string, encoded twice."""

    def envelope(self, items: list[Any], total: int, query: ListQuery) -> Any:
        body = super().envelope(items, total, query)
        return self.dumps(body) if query.resource == "members" else body


@fault("MEM-1")
class MembersInUTF16(Deployment):
    """Members are JSON in UTF-16, which is for files of one's own."""

    def envelope(self, items: list[Any], total: int, query: ListQuery) -> Any:
        body = super().envelope(items, total, query)
        if query.resource == "members":
            raise Abort(Response(self.dumps(body).encode("utf-16"), content_type=self.content_type))
        return body


class _AnotherFormat(Deployment):
    def page(self, records: list[Record], query: ListQuery) -> list[Record]:
        page = super().page(records, query)
        if query.resource == "members":
            raise Abort(self.in_format([self.represent(record, query) for record in page]))
        return page

    def in_format(self, items: list[Any]) -> Response:
        raise NotImplementedError


@fault("MEM-1")
class MembersAsPage(_AnotherFormat):
    """Members are an HTML table."""

    def in_format(self, items: list[Any]) -> Response:
        rows = "".join(f"<tr><td>{item['name']}<td>{item['email']}" for item in items)
        return Response(f"<!doctype html><title>Members</title><table>{rows}</table>", content_type="text/html")


@fault("MEM-1")
class MembersAsCsv(_AnotherFormat):
    """Members are a CSV file."""

    def in_format(self, items: list[Any]) -> Response:
        rows = "".join(f"{item['id']},{item['name']},{item['email']},{item['status']}\r\n" for item in items)
        return Response(f"id,name,email,status\r\n{rows}", content_type="text/csv")


@fault("MEM-1")
class MembersAsLines(_AnotherFormat):
    """Members are one JSON object on each line, with no list round them."""

    def in_format(self, items: list[Any]) -> Response:
        return Response("".join(f"{self.dumps(item)}\n" for item in items), content_type=self.content_type)
