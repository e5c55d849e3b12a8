"""Members: "Paginated", limit "(default 50, max 200)", offset "starting position (default 0)", status "filter on"."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from tests.conformance.trust import lying
from tests.conformance.trust.lying import ANYWHERE, Asked, Corner, Lie, Lying
from tests.miniatures.data import Record
from tests.miniatures.deployment import ListQuery

LIMIT = "limit: items per page (default 50, max 200)"
OFFSET = "offset: starting position (default 0)"
STATUS = "status: filter on active, inactive, pending"
MEMBERS = "Returns members for your organisation. Paginated."

STATUSES = ("active", "inactive", "pending")
PageSize = Callable[[int], int]


class _OfMembers(Lying):
    resource = "members"


class PageOfAnotherSize(_OfMembers):
    """Takes another limit than that which was asked for."""

    size: PageSize
    among: Callable[[Asked], bool]

    def page(self, records: list[Record], query: ListQuery) -> list[Record]:
        page = super().page(records, query)
        if query.limit is None or not self.lies() or not type(self).among(self.asked):
            return page
        limit = type(self).size(self.asked.size)
        return self.instead(page, records[query.offset :][:limit])


class PageElsewhere(_OfMembers):
    """Begins at another position than that which was asked for."""

    start: Callable[[int, int], int]

    def page(self, records: list[Record], query: ListQuery) -> list[Record]:
        page = super().page(records, query)
        if query.limit is None or not self.lies():
            return page
        start = type(self).start(query.offset, query.limit)
        return self.instead(page, records[start:][: query.limit])


class PageChanged(_OfMembers):
    """Changes what is on a page: leaves one out, has one twice, or turns it round."""

    change: Callable[[list[Record]], list[Record]]
    last_only = False

    def page(self, records: list[Record], query: ListQuery) -> list[Record]:
        page = super().page(records, query)
        is_last = query.limit is not None and query.offset + query.limit >= len(records)
        if query.limit is None or not self.lies() or len(page) < 2 or (self.last_only and not is_last):
            return page
        return self.instead(page, type(self).change(page))


class OrderUnstable(_OfMembers):
    """Sorts otherwise with each request, or for some of them."""

    how = "shuffled"

    def order(self, records: list[Record], query: ListQuery) -> list[Record]:
        ordered = super().order(records, query)
        if query.resource != "members" or not self.lies():
            return ordered
        if self.how == "shuffled":
            return self.instead(ordered, Random(len(self.log)).sample(ordered, len(ordered)))
        if self.how == "shuffled for each page":
            return self.instead(ordered, Random(query.offset).sample(ordered, len(ordered)))
        if self.how == "turned round where the position is odd":
            return self.instead(ordered, ordered[::-1] if query.offset % 2 else ordered)
        # ties of time in another order
        ties = sorted(ordered, key=lambda record: Random(f"{record.id} {len(self.log)}").random())
        return self.instead(ordered, sorted(ties, key=lambda record: record.created))


class FilterChanged(Lying):
    """Gives other records than those of a status."""

    change: Callable[[list[Record], list[Record], Random], list[Record]]

    def filter(self, records: list[Record], query: ListQuery) -> list[Record]:
        found = super().filter(records, query)
        if query.status is None or not self.lies() or query.status not in STATUSES_OF[query.resource]:
            return found
        changed = type(self).change(found, records, Random(f"filter {query.status}"))
        return self.instead(found, changed)


class FilterAfterPaging(_OfMembers):
    """Filters the page of the unfiltered list, and doesn't page the filtered one."""

    def filter(self, records: list[Record], query: ListQuery) -> list[Record]:
        return records if query.resource == "members" and self.lies() else super().filter(records, query)

    def page(self, records: list[Record], query: ListQuery) -> list[Record]:
        page = super().page(records, query)
        if query.resource != "members" or query.status is None or not self.lies():
            return page
        return self.instead(page, [each for each in page if self.matches(each, query.status)])


class ParameterIgnored(_OfMembers):
    """Doesn't look at a parameter."""

    parameter = "offset"

    def page(self, records: list[Record], query: ListQuery) -> list[Record]:
        page = super().page(records, query)
        if query.limit is None or not self.lies():
            return page
        offset, limit = (0, query.limit) if self.parameter == "offset" else (query.offset, 50)
        return self.instead(page, records[offset:][:limit])


class Forgotten(Lying):
    """Leaves records out of a list as if there were none, though a filter finds them."""

    every = 0

    def select(self, query: ListQuery) -> list[Record]:
        records = super().select(query)
        if not self.lies() or not records:
            return records
        kept = [each for each in records if each.id % self.every] if self.every else records[:-1]
        return self.instead(records, kept)


STATUSES_OF = {
    "members": STATUSES,
    "quotes": ("draft", "sent", "accepted", "rejected"),
    "invoices": ("draft", "sent", "paid"),
}
FILTERS: dict[str, Callable[[list[Record], list[Record], Random], list[Record]]] = {
    "have one of another status at their end": lambda found, all, _: (
        found + [each for each in all if each not in found][-1:]
    ),
    "have one of another status at their beginning": lambda found, all, _: (
        [each for each in all if each not in found][:1] + found
    ),
    "have one of another status in the place of one": lambda found, all, chance: (
        [each for each in found if each is not found[len(found) // 2]] + [each for each in all if each not in found][:1]
        if found
        else found
    ),
    "lack the first one": lambda found, all, _: found[1:],
    "lack the last one": lambda found, all, _: found[:-1],
    "lack one in the middle": lambda found, all, _: found[: len(found) // 2] + found[len(found) // 2 + 1 :],
    "lack a tenth": lambda found, all, _: [each for each in found if each.id % 10],
    "are all of any status": lambda found, all, _: all,
    "are none": lambda found, all, _: [],
    "are all others": lambda found, all, _: [each for each in all if each not in found],
}
_SIZES: dict[str, tuple[Corner, PageSize]] = {
    "10 members": (lying.DEFAULT_PAGE, lambda size: 10),
    "25 members": (lying.DEFAULT_PAGE, lambda size: 25),
    "49 members": (lying.DEFAULT_PAGE, lambda size: 49),
    "51 members": (lying.DEFAULT_PAGE, lambda size: 51),
    "100 members": (lying.DEFAULT_PAGE, lambda size: 100),
    "200 members": (lying.DEFAULT_PAGE, lambda size: 200),
    "all members": (lying.DEFAULT_PAGE, lambda size: 100_000),
    "one too few": (lying.WITH_LIMIT, lambda size: min(size, 200) - 1),
    "one too many": (lying.WITH_LIMIT, lambda size: size + 1),
    "a limit of at least 10": (lying.SMALL_PAGE, lambda size: max(size, 10)),
    "a limit of at least 5": (lying.SMALL_PAGE, lambda size: max(size, 5)),
    "100 members at most": (lying.LARGE_PAGE, lambda size: min(size, 100)),
    "150 members at most": (lying.LARGE_PAGE, lambda size: min(size, 150)),
    "199 members at most": (lying.LARGE_PAGE, lambda size: min(size, 199)),
    "20 members": (lying.WITH_LIMIT, lambda size: 20),
}
_ABOVE: dict[str, PageSize] = {
    "any limit over 200 is honoured": lambda size: size,
    "250 members are served at most": lambda size: min(size, 250),
    "201 members are served at most": lambda size: min(size, 201),
    "a limit over 200 means all": lambda size: 100_000,
    "1,000 members are served at most": lambda size: min(size, 1_000),
}
_STARTS: dict[str, Callable[[int, int], int]] = {
    "one too far": lambda offset, limit: offset + 1,
    "one too early": lambda offset, limit: max(offset - 1, 0),
    "at a page number": lambda offset, limit: offset * limit,
    "at a page number from 1 on": lambda offset, limit: max(offset - 1, 0) * limit,
    "at a multiple of the limit": lambda offset, limit: offset // max(limit, 1) * limit,
    "at a multiple of 10": lambda offset, limit: offset // 10 * 10,
    "at 100 at most": lambda offset, limit: min(offset, 100),
    "at 0": lambda offset, limit: 0,
}
_PAGES: dict[str, Callable[[list[Record]], list[Record]]] = {
    "lack their first one": lambda page: page[1:],
    "lack their last one": lambda page: page[:-1],
    "lack one in the middle": lambda page: page[: len(page) // 2] + page[len(page) // 2 + 1 :],
    "have their first one twice": lambda page: page[:1] + page[:-1],
    "have their last one twice, in the place of the one before": lambda page: page[:-2] + page[-1:] * 2,
    "are turned round": lambda page: page[::-1],
    "have their first two in the other order": lambda page: [page[1], page[0], *page[2:]],
}
_PLACES = [
    ANYWHERE,
    ANYWHERE,
    lying.UNFILTERED,
    lying.filtered(),
    *(lying.filtered(status) for status in STATUSES),
    lying.LATER_PAGE,
    lying.FIRST_PAGE,
    lying.with_key("primary"),
]


def _members(corner: Corner) -> str:
    return f"Members {corner.words}".rstrip()


def _lie(clause: str, does: str, base: type[Lying], corner: Corner, **attributes: Any) -> Lie:
    return Lie(("MEM",), clause, does, base, {"resource": "members", "corner": corner} | attributes)


def size(chance: Random) -> Lie:
    name = chance.choice([*_SIZES])
    within, change = _SIZES[name]
    corner = chance.choice(_PLACES) & within
    among: Callable[[Asked], bool] = lambda asked: 1 <= asked.size <= 200  # noqa: E731
    return _lie(LIMIT, f"{_members(corner)} come by {name}.", PageOfAnotherSize, corner, size=change, among=among)


def above(chance: Random) -> Lie:
    name = chance.choice([*_ABOVE])
    corner = chance.choice(_PLACES)
    among: Callable[[Asked], bool] = lambda asked: asked.size > 200  # noqa: E731
    does = f"{_members(corner)}: {name}."
    lie = _lie(LIMIT, does, PageOfAnotherSize, corner, size=_ABOVE[name], among=among)
    hidden = frozenset({"large-limit-bad-request", "large-limit-unprocessable"})
    return Lie(lie.areas, lie.clause, lie.does, lie.base, lie.attributes, without=hidden)


def start(chance: Random) -> Lie:
    name = chance.choice([*_STARTS])
    corner = chance.choice([*_PLACES, lying.from_position(100), lying.SMALL_PAGE, lying.LARGE_PAGE])
    return _lie(OFFSET, f"{_members(corner)} begin {name}.", PageElsewhere, corner, start=_STARTS[name])


def page(chance: Random) -> Lie:
    name, last = chance.choice([*_PAGES]), chance.random() < 0.3
    corner = chance.choice([*_PLACES, lying.from_position(100), lying.LARGE_PAGE, lying.DEFAULT_PAGE])
    words = f"{'the last page of members' if last else 'pages of members'} {corner.words}".rstrip()
    return _lie(MEMBERS, f"{words.capitalize()} {name}.", PageChanged, corner, change=_PAGES[name], last_only=last)


def order(chance: Random) -> Lie:
    how = chance.choice(["shuffled", "shuffled for each page", "turned round where the position is odd", "tied"])
    corner = chance.choice([ANYWHERE, ANYWHERE, lying.UNFILTERED, lying.filtered(), lying.filtered("active")])
    return _lie(OFFSET, f"{_members(corner)} are {how}.", OrderUnstable, corner, how=how)


def status(chance: Random) -> Lie:
    name, one = chance.choice([*FILTERS]), chance.choice(STATUSES)
    corner = lying.filtered(one) & chance.choice(
        [
            *(ANYWHERE, ANYWHERE, ANYWHERE, lying.LATER_PAGE, lying.FIRST_PAGE, lying.LARGE_PAGE, lying.WITH_LIMIT),
            *(lying.DEFAULT_PAGE, lying.with_key("primary"), lying.from_request(chance.randint(2, 30))),
        ]
    )
    return _lie(STATUS, f"{_members(corner)} {name}.", FilterChanged, corner, change=FILTERS[name])


def filter_after(chance: Random) -> Lie:
    corner = chance.choice([ANYWHERE, lying.filtered("pending"), lying.LATER_PAGE, lying.DEFAULT_PAGE])
    return _lie(STATUS, f"{_members(corner)} are paged before they are filtered.", FilterAfterPaging, corner)


def ignored(chance: Random) -> Lie:
    parameter = chance.choice(["offset", "limit"])
    corner = chance.choice([*_PLACES, lying.from_request(chance.randint(2, 30)), lying.KEPT_CONNECTION])
    clause = OFFSET if parameter == "offset" else LIMIT
    return _lie(clause, f"{_members(corner)} ignore {parameter}.", ParameterIgnored, corner, parameter=parameter)


def forgotten(chance: Random) -> Lie:
    every = chance.choice([0, 2, 7, 50])
    corner = chance.choice([lying.UNFILTERED, lying.filtered(), lying.filtered(chance.choice(STATUSES))])
    words = f"each with a number that {every} divides" if every else "the last one"
    return _lie(MEMBERS, f"{_members(corner)} lack {words}.", Forgotten, corner, every=every)


DRAWN = (size, size, above, start, start, page, page, order, status, status, filter_after, ignored, forgotten)
