"""Lists that are read in other steps, in another order, or more than once."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from tests.clients.base.puller import Page, Puller
from tests.clients.base.store import Record
from tests.clients.decorators import variant
from tests.clients.faults.workers import Concurrent

STATUSES = {
    "members": ("active", "inactive", "pending"),
    "quotes": ("draft", "sent", "accepted", "rejected"),
    "invoices": ("draft", "sent", "paid"),
}


@variant("reads one record at a time, as fast as it may", takes=200)
class PagesOfOne(Puller):
    limit = 1


@variant("reads pages of 10")
class PagesOfTen(Puller):
    limit = 10


@variant("leaves the size of pages to the API")
class DefaultPages(Puller):
    limit = None


@variant("reads pages of 100")
class PagesOfHundred(Puller):
    limit = 100


@variant("reads pages of 77, which divide nothing")
class PagesOfSeventySeven(Puller):
    limit = 77


@variant("asks for 500, and goes on by what it got")
class AsksForFiveHundred(Puller):
    limit = 500


@variant("reads with four workers, who share one gate")
class FourWorkers(Concurrent):
    pass


@variant("reads the three lists at once, with one gate")
class ThreeListsAtOnce(Puller):
    limit = 50
    workers = 3

    def sync(self) -> None:
        with ThreadPoolExecutor(3) as pool:
            list(pool.map(self.read, self.lists))


@variant("reads each list status by status", may_be_undecided=("TOL-2",))
class StatusByStatus(Puller):
    limit = 100

    def read(self, name: str) -> None:
        started, found = time.time(), dict[str, Record]()
        for status in STATUSES[name]:
            for _ in range(self.passes):
                pages = list(self.pages(name, {"status": status}))
                found |= {record["id"]: record for page in pages for record in page.records}
                if self.is_whole(pages):
                    break
        self.keep(name, found, pages, started)


@variant("reads every list twice")
class SecondPass(Puller):
    def read(self, name: str) -> None:
        super().read(name)
        super().read(name)


@variant("reads the last five records of each page again")
class OverlappingPages(Puller):
    limit = 100

    def next_offset(self, offset: int, page: Page) -> int:
        end = offset + len(page.records)
        return end if end >= page.total or len(page.records) < 6 else end - 5


@variant("begins with invoices, and ends with members")
class OtherOrder(Puller):
    lists = ("invoices", "quotes", "members")


@variant("keeps each page as it comes")
class KeepsEachPage(Puller):
    limit = 50

    def pages(self, name: str, query: dict[str, str]) -> Iterator[Page]:
        for page in super().pages(name, query):
            self.store.keep(name, page.records, page.as_of, time.time())
            yield page


@variant("goes on until a page is empty, one past the end")
class OnePastTheEnd(Puller):
    limit = 50

    def is_end(self, offset: int, page: Page) -> bool:
        return not page.records
