"""Lists that are read in part, in steps that are too long, without an end, or as if nothing moved."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

from tests.clients.base.puller import Page, Puller
from tests.clients.decorators import fault


class _Content(Puller):
    """Takes what it got for all that there is."""

    def is_whole(self, pages: list[Page]) -> bool:
        return True


@fault("PAGE-1", "reads the first page of 50, and no other")
class StopsAtFifty(_Content):
    limit = None

    def is_end(self, offset: int, page: Page) -> bool:
        return True


@fault("PAGE-1", "pages members alone, since the documentation says of no other list that it is paginated")
class PagesMembersAlone(_Content):
    limit = None

    def pages(self, name: str, query: dict[str, str]) -> Iterator[Page]:
        for page in super().pages(name, query):
            yield page
            if name != "members":
                return


@fault("PAGE-1", "counts pages from 1, and so begins with the second")
class CountsPagesFromOne(_Content):
    limit = 50

    def first_offset(self) -> int:
        return 50


@fault("PAGE-1", "leaves out a last page that isn't full")
class LeavesOutShortPage(_Content):
    limit = 40

    def is_end(self, offset: int, page: Page) -> bool:
        return super().is_end(offset, page) or offset + 40 > page.total


@fault("PAGE-1", "reads active members alone")
class ReadsActiveAlone(_Content):
    def target(self, name: str, offset: int, query: dict[str, str]) -> str:
        return super().target(name, offset, query | ({"status": "active"} if name == "members" else {}))


@fault("PAGE-1", "reads two pages at most")
class TwoPagesAtMost(_Content):
    limit = 50

    def is_end(self, offset: int, page: Page) -> bool:
        return super().is_end(offset, page) or offset >= 100


class _AsksTooMuch(_Content):
    limit = 500


@fault("PAGE-2", "asks for 500, and goes on by 500")
class AdvancesByAsked(_AsksTooMuch):
    def next_offset(self, offset: int, page: Page) -> int:
        return offset + 500


@fault("PAGE-2", "asks for 500, and takes a page that is shorter for the last")
class ShortPageIsLast(_AsksTooMuch):
    def is_end(self, offset: int, page: Page) -> bool:
        return len(page.records) < 500


@fault("PAGE-2", "asks for 300, and counts the pages before by the total")
class CountsPagesBefore(_Content):
    limit = 300

    def next_offset(self, offset: int, page: Page) -> int:
        return offset + 300 if page.records else page.total


@fault("PAGE-2", "asks for 1000 to have all at once")
class AllAtOnce(_Content):
    limit = 1000

    def is_end(self, offset: int, page: Page) -> bool:
        return True


class _Unending(_Content):
    limit = 50

    def is_repeated(self, ids: set[str], seen: set[str]) -> bool:
        return False


@fault("PAGE-3", "goes on until three pages in a row are empty")
class ThreeEmptyPages(_Unending):
    empty = 0

    def next_offset(self, offset: int, page: Page) -> int:
        return offset + (len(page.records) or 50)

    def is_end(self, offset: int, page: Page) -> bool:
        self.empty = 0 if page.records else self.empty + 1
        return self.empty % 3 == 0 and not page.records


@fault("PAGE-3", "asks for ever where a page repeats")
class RepeatsForEver(_Unending):
    def pages(self, name: str, query: dict[str, str]) -> Iterator[Page]:
        found = set[str]()
        while True:
            page = self.ask(name, len(found), query)
            yield page
            found |= {record["id"] for record in page.records}
            if not page.records or len(found) >= page.total:
                return


@fault("PAGE-3", "starts anew where the total is a multiple of the limit, three times")
class StartsAnew(_Unending):
    def pages(self, name: str, query: dict[str, str]) -> Iterator[Page]:
        for number in count(1):
            page = None
            for page in super().pages(name, query):
                yield page
            if page is None or page.total % 50 or number > 3:
                return
            for past in range(2):
                yield self.ask(name, page.total + 50 * past, query)


@fault("PAGE-3", "asks for pages past the end until one gets an error, ten at most")
class UntilAnError(_Unending):
    def next_offset(self, offset: int, page: Page) -> int:
        return offset + (len(page.records) or 50)

    def is_end(self, offset: int, page: Page) -> bool:
        return offset > page.total + 450


@fault("PAGE-4", "trusts offsets: it reads once, whatever moves meanwhile")
class TrustsOffsets(_Content):
    limit = 50


@fault("PAGE-4", "reads again where a list grew, but not where it shrank")
class ReadsAgainAfterGrowthAlone(Puller):
    limit = 50

    def is_whole(self, pages: list[Page]) -> bool:
        return pages[-1].total <= pages[0].total


@fault("PAGE-4", "reads the last page again where a list moved, and no other")
class ReadsLastPageAgain(_Content):
    limit = 50

    def pages(self, name: str, query: dict[str, str]) -> Iterator[Page]:
        totals, page = set[int](), None
        for page in super().pages(name, query):
            totals.add(page.total)
            yield page
        if page and len(totals) > 1:
            yield self.ask(name, max(0, page.total - 50), query)
