"""JSON that is right, and written as few write it."""

from __future__ import annotations

import re
from typing import Any

from werkzeug.wrappers import Response

from tests.miniatures.data import Record
from tests.miniatures.decorators import variant
from tests.miniatures.deployment import Deployment, ListQuery


@variant()
class ByteOrderMark(Deployment):
    """JSON begins with the byte order mark of UTF-8, which a reader may ignore (RFC 8259, 8.1)."""

    def render(self, body: Any, status: int = 200) -> Response:
        return Response(self.dumps(body).encode("utf-8-sig"), status, content_type=self.content_type)


class _Written(Deployment):
    """Writes a field of each record in its own way."""

    text = ""

    def represent(self, record: Record, query: ListQuery) -> Any:
        return {**super().represent(record, query), "extra": "(extra)"}

    def dumps(self, body: Any) -> str:
        return super().dumps(body).replace('"(extra)"', self.text)


@variant()
class FiveThousandDigits(_Written):
    """Records have an integer of 5,000 digits."""

    text = "9" * 5_000


@variant()
class HugeExponents(_Written):
    """Records have a number that is larger than any a computer calculates with."""

    text = "-1.5e+999"


@variant()
class LoneSurrogates(_Written):
    """Records have a text with half of a character, escaped."""

    text = '"\\ud83d half"'


@variant()
class NameTwice(_Written):
    """Records have a field twice."""

    text = '1,"extra":2'


@variant()
class DeeplyNested(_Written):
    """Records have lists in lists, 400 deep."""

    text = "[" * 400 + "]" * 400


@variant()
class LongIds(Deployment):
    """Ids are integers of 5,000 digits."""

    def dumps(self, body: Any) -> str:
        return re.sub(r'"id":(\d+)', lambda match: f'"id":{match[1].rjust(5_000, "7")}', super().dumps(body))


# The rules that look at lists.
_LISTS = (
    *("AUTH-6", "ORG-1", "ORG-2", "ORG-3", "QUO-1", "QUO-2", "QUO-3", "QUO-4", "QUO-5"),
    *("MEM-1", "MEM-2", "MEM-3", "MEM-4", "MEM-5", "MEM-6", "MEM-7", "MEM-8"),
    *("INV-1", "INV-2", "INV-3", "INV-4", "INV-5"),
)


@variant()
class VeryDeeplyNested(_Written):
    """Records have lists in lists, 20,000 deep."""

    text = "[" * 20_000 + "]" * 20_000


@variant(undecided=_LISTS)
class ListsByStatus(Deployment):
    """Records stand in several lists, one for each status."""

    def envelope(self, items: list[Any], total: int, query: ListQuery) -> Any:
        lists: dict[str, list[Any]] = {"new": [], "odd": []}
        for item in items:
            lists.setdefault(item["status"], []).append(item)
        return lists
