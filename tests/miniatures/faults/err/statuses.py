"""Answers that the documentation doesn't have."""

from __future__ import annotations

from werkzeug.wrappers import Request, Response

from tests.miniatures.decorators import Run, fault
from tests.miniatures.deployment import Abort, Deployment, ListQuery


class _Odd(Deployment):
    """Gives an answer that isn't documented to some good requests."""

    status = 503

    def parse(self, request: Request, resource: str, organisation: str) -> ListQuery:
        query = super().parse(request, resource, organisation)
        if self.is_odd(query):
            raise Abort(self.error(self.status, "This is not documented."))
        return query

    def is_odd(self, query: ListQuery) -> bool:
        raise NotImplementedError


@fault("ERR-2")
class PendingIsTeapot(_Odd):
    """The filter status=pending on members gets 418."""

    status = 418

    def is_odd(self, query: ListQuery) -> bool:
        return query.resource == "members" and query.status == "pending"


@fault("ERR-2")
class LargePageUnavailable(_Odd):
    """A page of 200 members gets 503, for it takes too long."""

    def is_odd(self, query: ListQuery) -> bool:
        return query.limit == 200


@fault("ERR-2")
class SecondPageForbidden(_Odd):
    """Any page of members after the first gets 403, unless it is past the end."""

    status = 403

    def is_odd(self, query: ListQuery) -> bool:
        return 0 < query.offset < 450 and query.status is None


@fault("ERR-2")
class AcceptedQuotesCostMoney(_Odd):
    """The filter status=accepted on quotes gets 402."""

    status = 402

    def is_odd(self, query: ListQuery) -> bool:
        return query.resource == "quotes" and query.status == "accepted"


@fault("ERR-2")
class PaidInvoicesTimeOut(_Odd):
    """The filter status=paid on invoices gets 504."""

    status = 504

    def is_odd(self, query: ListQuery) -> bool:
        return query.resource == "invoices" and query.status == "paid"


@fault("ERR-2")
class InactiveNotFound(_Odd):
    """The filter status=inactive on members gets 404, as if nobody were."""

    status = 404

    def is_odd(self, query: ListQuery) -> bool:
        return query.resource == "members" and query.status == "inactive"


@fault("ERR-2")
class TextLimitErrorWithOk(Deployment):
    """A limit that is no number gets 200, with an error in the place of the list."""

    def number(self, text: str) -> int:
        if not text.removeprefix("-").isdigit():
            raise Abort(self.render({"error": "limit and offset are whole numbers."}))
        return super().number(text)


@fault("ERR-2")
class TextLimitToManual(Deployment):
    """A limit that is no number sends the client to the manual."""

    def number(self, text: str) -> int:
        if not text.removeprefix("-").isdigit():
            raise Abort(self.error(302, "See the manual.", Location="/docs"))
        return super().number(text)


@fault("ERR-2")
class UnknownStatusNoContent(Deployment):
    """A status that quotes don't have gets 204."""

    def parse_status(self, text: str | None, resource: str) -> str | None:
        if resource == "quotes" and text not in (None, "draft", "sent", "accepted", "rejected"):
            raise Abort(Response(status=204))
        return super().parse_status(text, resource)


@fault("ERR-2", shown_by=Run.GENERATED)
class FuzzOddLimitsForbidden(Deployment):
    """A limit between 11 and 199 but 50 gets 403, for it isn't on a list."""

    def parse_limit(self, text: str | None) -> int:
        limit = super().parse_limit(text)
        if text is not None and 11 <= limit < 200 and limit != 50:
            raise Abort(self.error(403, "Choose 10, 50 or 200."))
        return limit


class _WithoutList(Deployment):
    """Gives some good requests a success that holds no list."""

    def list_records(self, request: Request, resource: str) -> Response:
        honest = super().list_records(request, resource)
        is_other = honest.status_code == 200 and self.is_other(resource, request)
        return self.other(honest) if is_other else honest

    def is_other(self, resource: str, request: Request) -> bool:
        raise NotImplementedError

    def other(self, honest: Response) -> Response:
        raise NotImplementedError


@fault("ERR-2")
class PendingMembersAsScript(_WithoutList):
    """Members filtered by pending are a script that calls a function with them."""

    def is_other(self, resource: str, request: Request) -> bool:
        return resource == "members" and request.args.get("status") == "pending"

    def other(self, honest: Response) -> Response:
        return Response(f"show({honest.get_data(as_text=True)});", content_type="application/javascript")


@fault("ERR-2")
class SentQuotesInParts(_WithoutList):
    """Quotes filtered by sent get 206 and a sentence."""

    def is_other(self, resource: str, request: Request) -> bool:
        return resource == "quotes" and request.args.get("status") == "sent"

    def other(self, honest: Response) -> Response:
        return self.error(206, "The first part is on its way.")


@fault("ERR-2")
class SentInvoicesCutShort(_WithoutList):
    """The JSON of invoices filtered by sent ends in the middle."""

    def is_other(self, resource: str, request: Request) -> bool:
        return resource == "invoices" and request.args.get("status") == "sent"

    def other(self, honest: Response) -> Response:
        return Response(honest.get_data()[:2_000], content_type=self.content_type)


@fault("ERR-2")
class LaterMembersAsPage(_WithoutList):
    """Members from position 200 on are a page for people."""

    def is_other(self, resource: str, request: Request) -> bool:
        offset = request.args.get("offset", "")
        return resource == "members" and offset.isdecimal() and 200 <= int(offset) < 1_000

    def other(self, honest: Response) -> Response:
        return Response("<!doctype html><h1>Members</h1>", content_type="text/html")


@fault("ERR-2")
class HugeOffsetNoContent(Deployment):
    """A huge offset gets 204, where one past the end gets an empty list."""

    def negative(self, offset: int) -> int:
        return 0

    def number(self, text: str) -> int:
        number = super().number(text)
        if abs(number) >= 2**63:
            raise Abort(Response(status=204))
        return number


@fault("ERR-2")
class SentInvoicesUnavailable(_Odd):
    """The filter status=sent on invoices gets 503."""

    def is_odd(self, query: ListQuery) -> bool:
        return query.resource == "invoices" and query.status == "sent"
