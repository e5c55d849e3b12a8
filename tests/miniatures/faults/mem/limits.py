"""Pages of members that aren't lists, or hold too few or too many."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from werkzeug.wrappers import Request, Response

from tests.miniatures.data import Record
from tests.miniatures.deployment import Ask, Deployment, Stop


class MembersById(Deployment):
    """Members are an object with their ids as keys, not a list."""

    def envelope(self, items: list[Any], total: int, ask: Ask) -> Any:
        if ask.resource != "members":
            return super().envelope(items, total, ask)
        return {str(item["id"]): item for item in items}


class MembersCountedOnly(Deployment):
    """Members are told by their number alone."""

    def envelope(self, items: list[Any], total: int, ask: Ask) -> Any:
        return {"count": total} if ask.resource == "members" else super().envelope(items, total, ask)


class MembersAsText(Deployment):
    """Members are JSON inside a JSON string, encoded twice."""

    def envelope(self, items: list[Any], total: int, ask: Ask) -> Any:
        body = super().envelope(items, total, ask)
        return self.dumps(body) if ask.resource == "members" else body


class _AnotherFormat(Deployment):
    def page(self, records: list[Record], ask: Ask) -> list[Record]:
        page = super().page(records, ask)
        if ask.resource == "members":
            raise Stop(self.in_format([self.represent(record, ask) for record in page]))
        return page

    def in_format(self, items: list[Any]) -> Response:
        raise NotImplementedError


class MembersAsPage(_AnotherFormat):
    """Members are an HTML table."""

    def in_format(self, items: list[Any]) -> Response:
        rows = "".join(f"<tr><td>{item['name']}<td>{item['email']}" for item in items)
        return Response(f"<!doctype html><title>Members</title><table>{rows}</table>", content_type="text/html")


class MembersAsCsv(_AnotherFormat):
    """Members are a CSV file."""

    def in_format(self, items: list[Any]) -> Response:
        rows = "".join(f"{item['id']},{item['name']},{item['email']},{item['status']}\r\n" for item in items)
        return Response(f"id,name,email,status\r\n{rows}", content_type="text/csv")


class MembersAsLines(_AnotherFormat):
    """Members are one JSON object on each line, with no list round them."""

    def in_format(self, items: list[Any]) -> Response:
        return Response("".join(f"{self.dumps(item)}\n" for item in items), content_type=self.content_type)


class DefaultOf20(Deployment):
    """Without a limit a page holds 20 members."""

    default_limit = 20


class DefaultOf49(Deployment):
    """Without a limit a page holds 49 members."""

    default_limit = 49


class DefaultOf51(Deployment):
    """Without a limit a page holds 51 members, one too many from asking whether there is a next page."""

    default_limit = 51


class DefaultOf100(Deployment):
    """Without a limit a page holds 100 members."""

    default_limit = 100


class DefaultOf200(Deployment):
    """Without a limit a page holds 200 members, the most there may be."""

    default_limit = 200


class DefaultOfAll(Deployment):
    """Without a limit a page holds all members."""

    default_limit = 1_000_000


class DefaultOf100WithOffset(Deployment):
    """With an offset but no limit a page holds 100 members."""

    def parse(self, request: Request, resource: str, organisation: str) -> Ask:
        ask = super().parse(request, resource, organisation)
        return replace(ask, limit=100) if ask.offset and "limit" not in request.args else ask


class DefaultOf20WithOffset(Deployment):
    """With an offset but no limit a page holds 20 members."""

    def parse(self, request: Request, resource: str, organisation: str) -> Ask:
        ask = super().parse(request, resource, organisation)
        return replace(ask, limit=20) if ask.offset and "limit" not in request.args else ask


class _AnotherLimit(Deployment):
    """Asks for another number of members than the client did."""

    def page(self, records: list[Record], ask: Ask) -> list[Record]:
        if ask.limit is None:
            return super().page(records, ask)
        return records[ask.offset :][: self.size(ask.limit, ask)]

    def size(self, limit: int, ask: Ask) -> int:
        raise NotImplementedError


class LimitIgnored(_AnotherLimit):
    """A page always holds 50 members, whatever the limit."""

    def size(self, limit: int, ask: Ask) -> int:
        return 50


class LimitCappedAt100(_AnotherLimit):
    """No page holds more than 100 members, though 200 are promised."""

    def size(self, limit: int, ask: Ask) -> int:
        return min(limit, 100)


class LimitCappedAt199(_AnotherLimit):
    """A limit of exactly 200 gives 199."""

    def size(self, limit: int, ask: Ask) -> int:
        return min(limit, 199)


class LimitOneMore(_AnotherLimit):
    """A page holds one more than a limit below 200."""

    def size(self, limit: int, ask: Ask) -> int:
        return limit + 1 if limit not in (50, 200) else limit


class LimitOneLess(_AnotherLimit):
    """A page holds one less than a limit of more than one."""

    def size(self, limit: int, ask: Ask) -> int:
        return limit - 1 if limit not in (1, 50) else limit


class LimitOfOneIgnored(_AnotherLimit):
    """A limit of 1 is taken for "yes, please", and gives the default."""

    def size(self, limit: int, ask: Ask) -> int:
        return 50 if limit == 1 else limit


class LimitRoundedToTens(_AnotherLimit):
    """A limit is rounded up to tens."""

    def size(self, limit: int, ask: Ask) -> int:
        return -(-limit // 10) * 10


class LimitOfTenAtLeast(_AnotherLimit):
    """A limit below 10 is taken for 10."""

    def size(self, limit: int, ask: Ask) -> int:
        return max(10, limit)


class LimitOfSomeSizes(_AnotherLimit):
    """A limit is raised to the next size of a page that the product's own lists have."""

    def size(self, limit: int, ask: Ask) -> int:
        return next(size for size in (10, 25, 50, 100, self.max_limit) if size >= limit)


class LimitOnlyShrinks(_AnotherLimit):
    """A limit over the default of 50 gives 50."""

    def size(self, limit: int, ask: Ask) -> int:
        return min(limit, 50)


class LimitIgnoredOnLaterPages(_AnotherLimit):
    """A limit counts on the first page only; later ones hold 50."""

    def size(self, limit: int, ask: Ask) -> int:
        return 50 if ask.offset else limit


class _AnotherMaximum(Deployment):
    """Lets a limit through that should be cut down to 200."""

    def parse_limit(self, text: str | None) -> int:
        return self.largest(text) if text is not None and self.number(text) > 200 else super().parse_limit(text)

    def largest(self, text: str) -> int:
        raise NotImplementedError


class NoMaximum(_AnotherMaximum):
    """A limit of any size is honoured."""

    def largest(self, text: str) -> int:
        return int(text)


class MaximumOf201(_AnotherMaximum):
    """A limit over 200 gives 201 members."""

    def largest(self, text: str) -> int:
        return 201


class MaximumOf500(_AnotherMaximum):
    """The largest page holds 500 members."""

    def largest(self, text: str) -> int:
        return min(int(text), 500)


class MaximumComparedAsText(_AnotherMaximum):
    """The maximum is compared as text, so that 1000 comes before 200 and is honoured."""

    def largest(self, text: str) -> int:
        return int(min(text, "200"))


class NoMaximumWhenFiltered(Deployment):
    """A limit of any size is honoured for members of one status."""

    def parse(self, request: Request, resource: str, organisation: str) -> Ask:
        ask = super().parse(request, resource, organisation)
        if ask.limit == self.max_limit and ask.status is not None:
            return replace(ask, limit=int(request.args["limit"]))
        return ask


class NoMaximumWithOffset(Deployment):
    """A limit of any size is honoured behind the first member."""

    def parse(self, request: Request, resource: str, organisation: str) -> Ask:
        ask = super().parse(request, resource, organisation)
        return replace(ask, limit=int(request.args["limit"])) if ask.offset and ask.limit == self.max_limit else ask


class LimitOfZeroGivesAll(Deployment):
    """A limit of 0 means "no limit", and gives all members."""

    def too_small(self, limit: int) -> int:
        return 1_000_000 if limit == 0 else super().too_small(limit)


class NegativeLimitGivesAll(Deployment):
    """A negative limit means "no limit", as in SQLite, and gives all members."""

    def too_small(self, limit: int) -> int:
        return 1_000_000 if limit < 0 else super().too_small(limit)


class TextLimitGivesAll(Deployment):
    """A limit that is no number means "no limit", and gives all members."""

    def parse_limit(self, text: str | None) -> int:
        is_number = text is None or text.removeprefix("-").isdigit()
        return super().parse_limit(text) if is_number else 1_000_000


FAULTS: dict[str, list[type[Deployment]]] = {
    "MEM-1": [MembersById, MembersCountedOnly, MembersAsText, MembersAsPage, MembersAsCsv, MembersAsLines],
    "MEM-2": [
        DefaultOf20,
        DefaultOf49,
        DefaultOf51,
        DefaultOf100,
        DefaultOf200,
        DefaultOfAll,
        DefaultOf100WithOffset,
        DefaultOf20WithOffset,
    ],
    "MEM-3": [
        LimitIgnored,
        LimitCappedAt100,
        LimitCappedAt199,
        LimitOneMore,
        LimitOneLess,
        LimitOfOneIgnored,
        LimitRoundedToTens,
        LimitOfTenAtLeast,
        LimitOfSomeSizes,
        LimitOnlyShrinks,
        LimitIgnoredOnLaterPages,
    ],
    "MEM-4": [
        NoMaximum,
        MaximumOf201,
        MaximumOf500,
        MaximumComparedAsText,
        NoMaximumWhenFiltered,
        NoMaximumWithOffset,
        LimitOfZeroGivesAll,
        NegativeLimitGivesAll,
        TextLimitGivesAll,
    ],
}
