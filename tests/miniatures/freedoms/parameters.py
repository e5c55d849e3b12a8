"""What gets a parameter that the documentation doesn't allow, and in which order records come."""

from __future__ import annotations

from operator import attrgetter
from typing import NoReturn

from werkzeug.wrappers import Request

from tests.miniatures.data import Record
from tests.miniatures.decorators import variant
from tests.miniatures.deployment import Abort, Deployment, ListQuery

# Words of payment are no strangers to invoices, whether or not any shows them as its status.
STATUSES = {
    "members": ("active", "inactive", "pending"),
    "quotes": ("draft", "sent", "accepted", "rejected"),
    "invoices": ("draft", "sent", "paid", "unpaid", "overdue"),
}


class _Strict(Deployment):
    def reject(self, sentence: str, status: int = 400) -> NoReturn:
        raise Abort(self.error(status, sentence))


@variant()
class LargeLimitBadRequest(_Strict):
    """A limit over 200 gets 400."""

    def too_large(self, limit: int) -> int:
        self.reject("limit is 200 at most.")


@variant()
class LargeLimitUnprocessable(_Strict):
    """A limit over 200 gets 422."""

    def too_large(self, limit: int) -> int:
        self.reject("limit is 200 at most.", 422)


@variant()
class LargeLimitAsDefault(Deployment):
    """A limit over 200 gives a page of 50, as if none had been sent."""

    def too_large(self, limit: int) -> int:
        return self.default_limit


@variant()
class UnknownStatusBadRequest(_Strict):
    """An unknown status gets 400."""

    def parse_status(self, text: str | None, resource: str) -> str | None:
        if text is not None and text not in STATUSES[resource]:
            self.reject(f"status is one of {', '.join(STATUSES[resource])}.")
        return text


@variant()
class UnknownStatusIgnored(Deployment):
    """An unknown status gives the unfiltered list."""

    def parse_status(self, text: str | None, resource: str) -> str | None:
        return text if text in STATUSES[resource] else None


@variant()
class UnknownStatusNotFound(_Strict):
    """An unknown status gets 404."""

    def parse_status(self, text: str | None, resource: str) -> str | None:
        if text is not None and text not in STATUSES[resource]:
            self.reject("There is no such status.", 404)
        return text


@variant()
class StatusInAnyCase(Deployment):
    """A status is found in upper case too."""

    def parse_status(self, text: str | None, resource: str) -> str | None:
        return None if text is None else text.lower()


@variant()
class BadNumbersUnprocessable(_Strict):
    """Numbers that are none, or out of range, get 422."""

    def number(self, text: str) -> int:
        if not text.isascii() or not text.isdigit() or len(text) > 18:
            self.reject("limit and offset are whole numbers of 0 or more.", 422)
        return int(text)

    def too_small(self, limit: int) -> int:
        self.reject("limit is 1 or more.", 422)


@variant()
class BadNumbersIgnored(Deployment):
    """Numbers that are none, or out of range, count as not sent."""

    def parse_limit(self, text: str | None) -> int:
        return super().parse_limit(text if _is_small_number(text) and text != "0" else None)

    def parse_offset(self, text: str | None) -> int:
        return super().parse_offset(text if _is_small_number(text) else None)


def _is_small_number(text: str | None) -> bool:
    return text is not None and text.isascii() and text.isdigit() and len(text) < 10


@variant()
class LimitOfZeroEmpty(Deployment):
    """A limit of 0 gives an empty list."""

    def too_small(self, limit: int) -> int:
        return 0 if limit == 0 else super().too_small(limit)


@variant()
class LimitOfZeroIsOne(Deployment):
    """A limit below 1 gives a page of one."""

    def too_small(self, limit: int) -> int:
        return 1


@variant()
class NegativeIgnored(Deployment):
    """Negative numbers count as not sent."""

    def too_small(self, limit: int) -> int:
        return self.default_limit

    def negative(self, offset: int) -> int:
        return 0


@variant()
class PastTheEndNotFound(_Strict):
    """An offset past the end gets 404."""

    past_the_end = 404

    def page(self, records: list[Record], query: ListQuery) -> list[Record]:
        if query.offset >= max(len(records), 1):
            self.reject("There are not so many.", self.past_the_end)
        return super().page(records, query)


@variant()
class PastTheEndBadRequest(PastTheEndNotFound):
    """An offset past the end gets 400."""

    past_the_end = 400


@variant()
class UnknownParametersBadRequest(_Strict):
    """A parameter that isn't documented for the endpoint gets 400, so limit and offset do on quotes and invoices."""

    def parse(self, request: Request, resource: str, organisation: str) -> ListQuery:
        known = {"status"} | ({"limit", "offset"} if resource in self.paged else set())
        unknown = set(request.args) - known
        if unknown:
            self.reject(f"Not known here: {', '.join(sorted(unknown))}.")
        return super().parse(request, resource, organisation)


@variant()
class DeepOffsetBadRequest(_Strict):
    """An offset over 10,000 gets 400, so that nobody reads so far in."""

    def parse_offset(self, text: str | None) -> int:
        offset = super().parse_offset(text)
        if offset > 10_000:
            self.reject("offset is 10000 at most.")
        return offset


@variant()
class NewestFirst(Deployment):
    """Records come in descending order of creation."""

    def order(self, records: list[Record], query: ListQuery) -> list[Record]:
        return super().order(records, query)[::-1]


@variant()
class MembersByName(Deployment):
    """Members come in the order of their names."""

    def order(self, records: list[Record], query: ListQuery) -> list[Record]:
        if query.resource != "members":
            return super().order(records, query)
        return sorted(records, key=attrgetter("last_name", "first_name", "id"))


@variant()
class QuotesByTotal(Deployment):
    """Quotes and invoices come with the largest first."""

    def order(self, records: list[Record], query: ListQuery) -> list[Record]:
        if query.resource == "members":
            return super().order(records, query)
        return sorted(records, key=attrgetter("total", "id"), reverse=True)


@variant()
class UnpagedOrderVaries(Deployment):
    """Quotes and invoices, which don't page, come in no particular order."""

    def order(self, records: list[Record], query: ListQuery) -> list[Record]:
        ordered = super().order(records, query)
        turn = len(self.log) % len(ordered) if ordered and query.resource != "members" else 0
        return ordered[turn:] + ordered[:turn]
