"""Queries that break the server: parameters that are sent twice, and escapes that are none."""

from __future__ import annotations

import re

from werkzeug.wrappers import Request

from tests.miniatures.decorators import Run, fault
from tests.miniatures.deployment import Abort, Deployment, ListQuery


class _Brittle(Deployment):
    """Crashes at some queries of one list."""

    resource = "members"
    status = 500

    def parse(self, request: Request, resource: str, organisation: str) -> ListQuery:
        if resource == self.resource and self.breaks(request):
            raise Abort(self.error(self.status, "Internal server error."))
        return super().parse(request, resource, organisation)

    def breaks(self, request: Request) -> bool:
        raise NotImplementedError


@fault("ERR-1")
class RepeatedLimitCrashes(_Brittle):
    """A limit that is sent twice gets 500, from a list where a number is due."""

    def breaks(self, request: Request) -> bool:
        return len(request.args.getlist("limit")) > 1


@fault("ERR-1")
class RepeatedStatusCrashes(_Brittle):
    """A status that is sent twice gets 500, from the database."""

    def breaks(self, request: Request) -> bool:
        return len(request.args.getlist("status")) > 1


@fault("ERR-1")
class BrokenEscapeCrashes(_Brittle):
    """A percent sign that begins no escape gets 500, from decoding it."""

    def breaks(self, request: Request) -> bool:
        return re.search(rb"%(?![0-9A-Fa-f]{2})", request.query_string) is not None


@fault("ERR-1")
class LonePercentCrashes(_Brittle):
    """A value that is a percent sign gets 500, from looking for what comes behind it."""

    def breaks(self, request: Request) -> bool:
        return request.query_string.endswith(b"%")


@fault("ERR-1")
class InvalidUtf8BadGateway(_Brittle):
    """A value that isn't UTF-8 gets 502, for the server behind the proxy dies of it."""

    status = 502

    def breaks(self, request: Request) -> bool:
        return b"%FF" in request.query_string.upper()


@fault("ERR-1", shown_by=Run.WHOLE)
class RepeatedOffsetCrashes(_Brittle):
    """An offset that is sent twice gets 500."""

    def breaks(self, request: Request) -> bool:
        return len(request.args.getlist("offset")) > 1


@fault("ERR-1", shown_by=Run.WHOLE)
class RepeatedStatusOfQuotesCrashes(RepeatedStatusCrashes):
    """A status of quotes that is sent twice gets 500."""

    resource = "quotes"


@fault("ERR-1", shown_by=Run.WHOLE)
class InvalidUtf8OfQuotesCrashes(InvalidUtf8BadGateway):
    """A status of quotes that isn't UTF-8 gets 500."""

    resource, status = "quotes", 500


@fault("ERR-1", shown_by=Run.WHOLE)
class BrokenEscapeOfInvoicesCrashes(BrokenEscapeCrashes):
    """A percent sign that begins no escape gets 500 where invoices are filtered."""

    resource = "invoices"
