"""What breaks clients that rely on what v1 once was; each deployment would be fine if it had always been so."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

from werkzeug.wrappers import Request, Response

from tests.miniatures.data import Invoice, Member, Quote
from tests.miniatures.decorators import Run, fault
from tests.miniatures.deployment import API, RESOURCES, Abort, Deployment, ListQuery
from tests.miniatures.freedoms.versions import SecondVersion


@fault("VER-2", shown_by=Run.EARLIER)
class FieldRemoved(Deployment):
    """Quotes have no currency any more."""

    def quote(self, quote: Quote) -> dict[str, Any]:
        content = super().quote(quote)
        del content["currency"]
        return content


@fault("VER-2", shown_by=Run.EARLIER)
class FieldRenamed(Deployment):
    """The number of an invoice has another name."""

    def invoice(self, invoice: Invoice) -> dict[str, Any]:
        content = super().invoice(invoice)
        content["invoice_number"] = content.pop("number")
        return content


@fault("VER-2", shown_by=Run.EARLIER)
class NestedFieldRemoved(Deployment):
    """Nobody is told any more from which address a quote was answered."""

    def signature(self, quote: Quote) -> Any:
        content = super().signature(quote)
        return content and {"by": content["by"], "at": content["at"]}


@fault("VER-2", shown_by=Run.EARLIER)
class TypeChanged(Deployment):
    """The total of a quote, a number before, is an object."""

    def quote(self, quote: Quote) -> dict[str, Any]:
        content = super().quote(quote)
        return content | {"total": {"amount": str(quote.total), "currency": quote.currency}}


@fault("VER-2", shown_by=Run.EARLIER)
class IdsAsText(Deployment):
    """The id of a member, a number before, is text."""

    def member(self, member: Member) -> dict[str, Any]:
        return super().member(member) | {"id": str(member.id)}


@fault("VER-2", shown_by=Run.EARLIER)
class EnvelopeRenamed(Deployment):
    """What stands round a list has other names."""

    def envelope(self, items: list[Any], total: int, query: ListQuery) -> Any:
        return {"total": total, "records": items}


@fault("VER-2", shown_by=Run.EARLIER)
class EnvelopeTakenOff(Deployment):
    """Lists stand alone, without what stood round them."""

    def envelope(self, items: list[Any], total: int, query: ListQuery) -> Any:
        return items


@fault("VER-2", shown_by=Run.EARLIER)
class StatusOfBadInputChanged(Deployment):
    """A limit of zero, refused with 400 before, gets 422."""

    def too_small(self, limit: int) -> int:
        raise Abort(self.error(422, "limit is 1 or more."))


@fault("VER-2", shown_by=Run.EARLIER)
class LargeLimitRefused(Deployment):
    """A limit over 200, taken for 200 before, gets 400."""

    def too_large(self, limit: int) -> int:
        raise Abort(self.error(400, "limit is 200 at most."))


@fault("VER-2", shown_by=Run.EARLIER, besides=("AUTH-6",))
class EndpointGone(Deployment):
    """There are no invoices any more."""

    def select(self, query: ListQuery) -> Any:
        if query.resource == "invoices":
            raise Abort(self.error(410, "Invoices are nothing of ours any more."))
        return super().select(query)


@fault("VER-2", shown_by=Run.EARLIER)
class ListedNoMore(Deployment):
    """Discovery lists fewer endpoints than it did."""

    def discovery(self, origin: str) -> Any:
        return {"name": "REST API", "endpoints": [{"path": f"{API}/{name}"} for name in ("health", *RESOURCES)]}


@fault("VER-3", shown_by=Run.EARLIER)
class EndedForTheNext(SecondVersion):
    """v1 is gone, and v2 is served."""

    def route(self, request: Request) -> Response:
        if request.path.startswith(self.prefix + API):
            return self.error(410, "v1 has ended; go on with /api/v2.")
        return super().route(request)


@fault("VER-3", shown_by=Run.EARLIER)
class EndedButTold(EndedForTheNext):
    """v1 is gone, but for its discovery, and v2 is served."""

    def route(self, request: Request) -> Response:
        if request.path.rstrip("/") == self.prefix + API:
            return self.discover(request)
        return super().route(request)


@fault("VER-3", shown_by=Run.EARLIER)
class SunsetSoon(SecondVersion):
    """There is a v2, and v1 is to end in three months."""

    def finish(self, request: Request, response: Response) -> Response:
        response.headers["Sunset"] = format_datetime(datetime.now(UTC) + timedelta(days=90), usegmt=True)
        return response


@fault("VER-3", shown_by=Run.EARLIER)
class SunsetWithoutNext(SunsetSoon):
    """v1 is to end in three months, and there is no v2."""

    route = Deployment.route


@fault("VER-3", shown_by=Run.READ)
class SunsetOfFilterWithoutNext(Deployment):
    """The filtered quotes are to end in three months, and there is no v2."""

    def finish(self, request: Request, response: Response) -> Response:
        if request.path.endswith("/quotes") and "status" in request.args and response.status_code == 200:
            response.headers["Sunset"] = format_datetime(datetime.now(UTC) + timedelta(days=90), usegmt=True)
        return response


@fault("VER-3", shown_by=Run.READ)
class SunsetOfActiveMembersWithoutNext(Deployment):
    """The active members are to end in a month, and there is no v2."""

    def finish(self, request: Request, response: Response) -> Response:
        is_due = request.path.endswith("/members") and request.args.get("status") == "active"
        if is_due and response.status_code == 200:
            response.headers["Sunset"] = format_datetime(datetime.now(UTC) + timedelta(days=30), usegmt=True)
        return response
