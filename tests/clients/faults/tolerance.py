"""Clients that rely on what is free, know all statuses, or take for data what is none."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from http.client import HTTPConnection, IncompleteRead
from typing import Any

from oneinvoice_openapi.contract import document

from tests.clients.base.puller import Page, Puller
from tests.clients.base.store import Record
from tests.clients.base.transport import Answer, Broken, Failure
from tests.clients.decorators import fault
from tests.clients.faults.content import Content

_RECORDS = ("Member", "Quote", "Invoice")
_SCHEMAS = document()["components"]["schemas"]
FIELDS = {f"{name.lower()}s": _SCHEMAS[name]["properties"].keys() for name in _RECORDS}
STATUSES = {each for name in _RECORDS for each in _SCHEMAS[f"{name}Status"]["enum"]}


class _Reading(Puller):
    """Looks at each record of a page."""

    def ask(self, name: str, offset: int, query: dict[str, str]) -> Page:
        page = super().ask(name, offset, query)
        for record in page.records:
            self.look(name, record)
        return page

    def look(self, name: str, record: Record) -> None:
        raise NotImplementedError


@fault("TOL-1", "fails at a field that it doesn't know, as a model with extra=forbid")
class ForbidsExtraFields(_Reading):
    def look(self, name: str, record: Record) -> None:
        if extra := record.keys() - FIELDS[name]:
            raise Failure(f"extra fields not permitted: {len(extra)}")


@fault("TOL-1", "fails at a field beside data and pagination")
class ForbidsExtraFieldsOfPages(Puller):
    def content(self, answer: Answer) -> Any:
        content = super().content(answer)
        if set(content) != {"data", "pagination"}:
            raise Failure("a page has other fields")
        return content


@fault("TOL-1", "takes the first field of a record for its id")
class FirstFieldIsId(_Reading):
    def look(self, name: str, record: Record) -> None:
        if next(iter(record)) != "id":
            raise Failure("a record does not begin with its id")


@fault("TOL-1", "finds records by the text that stands before each, as it is written today")
class ReadsByText(Puller):
    def content(self, answer: Answer) -> Any:
        content = super().content(answer)
        if answer.body.count(b'{"id":"') != len(content["data"]):
            raise Failure("the text of a page is not as it was")
        return content


@fault("TOL-1", "wants Content-Type to be application/json and nothing more")
class ExactContentType(Puller):
    def parse(self, answer: Answer) -> Page:
        if answer.headers.get("content-type") != "application/json":
            raise Failure("the answer is no JSON by its Content-Type")
        return super().parse(answer)


@fault("TOL-1", "wants the header RateLimit, which nobody promised")
class NeedsRateLimitHeader(Puller):
    def parse(self, answer: Answer) -> Page:
        if "ratelimit" not in answer.headers:
            raise Failure("the answer has no RateLimit")
        return super().parse(answer)


@fault("TOL-1", "looks for headers in the letter case that they have today")
class HeadersByCase(Puller):
    def parse(self, answer: Answer) -> Page:
        if "content-type" not in [name for name, _ in answer.lines]:
            raise Failure("the answer has no content-type")
        return super().parse(answer)


@fault("TOL-1", "reads as many bytes as Content-Length says, and none of a body in chunks")
class NeedsContentLength(Puller):
    def received(self, connection: HTTPConnection, url: str) -> Answer:
        answer = super().received(connection, url)
        if "content-length" not in answer.headers:
            raise Failure("the answer has no Content-Length")
        return answer


@fault("TOL-1", "asks for gzip, and can't read it")
class CannotUnpack(Puller):
    def unpacked(self, body: bytes, headers: dict[str, str]) -> bytes:
        return body


@fault("TOL-1", "takes an escaped letter for a mistake")
class NoEscapes(Puller):
    def content(self, answer: Answer) -> Any:
        if b"\\u" in answer.body or b"\\/" in answer.body:
            raise Failure("the answer has an escape")
        return super().content(answer)


@fault("TOL-2", "fails at a status that it doesn't know")
class ClosedEnum(_Reading):
    def look(self, name: str, record: Record) -> None:
        if record["status"] not in STATUSES:
            raise Failure("there is no such status")


@fault("TOL-2", "leaves out the page in which a status is unknown")
class DropsPageOfUnknownStatus(Content):
    limit = 50

    def pages(self, name: str, query: dict[str, str]) -> Iterator[Page]:
        for page in super().pages(name, query):
            if all(record["status"] in STATUSES for record in page.records):
                yield page
            else:
                self.is_content = True
                yield Page([], page.total)


@fault("TOL-2", "stops a list at a status that it doesn't know, and ends with 0")
class StopsAtUnknownStatus(Content):
    limit = 50

    def pages(self, name: str, query: dict[str, str]) -> Iterator[Page]:
        for page in super().pages(name, query):
            if any(record["status"] not in STATUSES for record in page.records):
                self.is_content = True
                return
            yield page

    def keep(self, name: str, found: dict[str, Record], pages: list[Page], started: float) -> None:
        if pages:
            super().keep(name, found, pages, started)


@fault("TOL-2", "crashes at an accepted quote whose signing is null")
class NeedsSigning(_Reading):
    def look(self, name: str, record: Record) -> None:
        if name == "quotes" and record["status"] == "accepted":
            len(record["signing"]["name"])


@fault("TOL-2", "crashes at a paid invoice whose paid_at is null")
class NeedsPaidAt(_Reading):
    def look(self, name: str, record: Record) -> None:
        if name == "invoices" and record["status"] == "paid":
            len(record["paid_at"])


@fault("TOL-3", "takes the records that are whole out of a body that is cut")
class SalvagesCutBodies(Content):
    def received(self, connection: HTTPConnection, url: str) -> Answer:
        try:
            return super().received(connection, url)
        except IncompleteRead as cut:
            return Answer(200, {}, cut.partial, url)

    def content(self, answer: Answer) -> Any:
        try:
            return json.loads(answer.body)
        except ValueError:
            self.is_content = True
            texts = re.findall(r'\{"id":[^{}]*(?:\{[^{}]*\}[^{}]*)*\}', answer.body.decode("utf-8", "replace"))
            return {"data": [json.loads(text) for text in texts], "pagination": {"total": 0}}


@fault("TOL-3", "takes what is no JSON for an empty page")
class NoJsonIsEmpty(Content):
    def content(self, answer: Answer) -> Any:
        try:
            return super().content(answer)
        except Broken:
            self.is_content = True
            return {"data": [], "pagination": {"total": 0}}


@fault("TOL-3", "skips a page that is no JSON, and ends with 0")
class SkipsWhatIsNoJson(Content):
    limit = 50

    def parse(self, answer: Answer) -> Page:
        try:
            return super().parse(answer)
        except Broken:
            self.is_content = True
            return Page([{"id": ""}] * 50, 10**6)

    def keep(self, name: str, found: dict[str, Record], pages: list[Page], started: float) -> None:
        found.pop("", None)
        super().keep(name, found, pages, started)


@fault("TOL-3", "takes the body of a 5xx for a page, if it has data")
class ErrorsAreData(Puller):
    def check(self, answer: Answer) -> None:
        if answer.status < 500 or b'"data"' not in answer.body:
            super().check(answer)


@fault("TOL-3", "takes any answer with data in it for a page, whatever its status")
class DataWins(Puller):
    def check(self, answer: Answer) -> None:
        if b'"data"' not in answer.body:
            super().check(answer)


@fault("TOL-3", "takes a connection that ends for the end of the list")
class LostConnectionIsTheEnd(Content):
    def exchange(self, target: str) -> Answer:
        try:
            return super().exchange(target)
        except Broken:
            self.is_content = True
            return Answer(200, {}, b'{"data": [], "pagination": {"total": 0}}')
