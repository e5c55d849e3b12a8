from collections.abc import Callable
from dataclasses import replace

import pytest
from oneinvoice_conformance.model.finding import Undecided
from oneinvoice_conformance.session.list_reader import largest_limit
from oneinvoice_conformance.session.rule_context import RuleContext
from werkzeug.wrappers import Request, Response

from tests.miniatures import FAULTS, FREE, Deployment
from tests.miniatures.data import OTHER, PRIMARY, Record
from tests.miniatures.deployment import ListQuery
from tests.unit.conformance.fakes import NAMES, InProcess


def context(miniature: Deployment) -> RuleContext:
    return RuleContext(InProcess(miniature), NAMES)


def queries(it: RuleContext) -> list[str]:
    return [each.request.target.partition("?")[2] for each in it.client.journal]


class Answering(Deployment):
    """Gives other answers to requests with a limit of 200, one after the other, and then none other."""

    answers: tuple[int, ...] = ()

    def list_records(self, request: Request, resource: str) -> Response:
        if request.args.get("limit") == "200" and self.answers:
            status, *left = self.answers
            self.answers = tuple(left)
            if not status:
                raise TimeoutError
            if status != 200:
                return self.error(status, "Not this time.")
        return super().list_records(request, resource)


def answering(*statuses: int) -> RuleContext:
    miniature = Answering()
    miniature.answers = statuses
    return context(miniature)


@pytest.mark.parametrize("name", ["limit-capped-at-100", "limit-cut-to-150", "limit-capped-at-199", "pages-cut-to-20"])
def test_a_page_that_is_cut_is_read_on_from_where_it_ended(name: str):
    it = context(FAULTS[name].deployment())
    members = it.read_list("members").require_complete()
    assert (len(members), members.overlaps, members.offset_is_honoured) == (450, False, True)
    assert members.cut_at == len(members.pages[0])


@pytest.mark.parametrize(
    ("name", "limit"),
    [
        ("limit-over-100-bad-request", 100),
        ("limit-over-100-too-large", 100),
        ("limit-over-150-unprocessable", 100),
        ("limit-over-50-unprocessable", None),
    ],
)
def test_a_limit_that_is_refused_gives_way_to_one_that_is_served(name: str, limit: int | None):
    it = context(FAULTS[name].deployment())
    assert largest_limit(it) == limit
    assert len(it.read_list("members").require_complete()) == 450
    before = len(it.client.journal)
    assert len(it.read_list("members", status="active").require_complete()) == 210
    assert f"limit={limit}" in queries(it)[before] or limit is None


def test_a_page_of_members_under_a_filter_is_read_on_too():
    it = context(FAULTS["limit-cut-to-50-under-filter"].deployment())
    active = it.read_list("members", status="active").require_complete()
    assert (len(active), active.cut_at) == (210, 50)
    assert it.read_list("members").cut_at is None


def test_a_glitch_is_no_refusal():
    it = answering(503)
    assert largest_limit(it) == 200
    assert queries(it) == ["limit=200&offset=0", "limit=200&offset=0"]


@pytest.mark.parametrize("statuses", [(503, 503), (0, 0), (404,)])
def test_what_gets_no_page_of_200_is_read_in_smaller_ones(statuses: tuple[int, ...]):
    it = answering(*statuses)
    assert largest_limit(it) == 100
    assert len(it.read_list("members").require_complete()) == 450


@pytest.mark.parametrize("status", [401, 429])
def test_what_says_nothing_of_a_limit_is_no_refusal(status: int):
    assert largest_limit(answering(*[status] * 9)) == 200


class Small(Deployment):
    """Its primary organisation has 100 members, and past the end of theirs stand the other's."""

    def __init__(self) -> None:
        super().__init__()
        mine = [each for each in self.world.members if each.organisation == PRIMARY]
        gone = {each.id for each in mine[100:]}
        self.world.members = [each for each in self.world.members if each.id not in gone]

    def page(self, records: list[Record], query: ListQuery) -> list[Record]:
        if query.resource == "members" and query.offset >= len(records) and query.organisation == PRIMARY:
            return self.select(replace(query, organisation=OTHER))
        return super().page(records, query)


def test_what_stands_past_the_end_is_no_part_of_the_list():
    members = context(Small()).read_list("members")
    assert (len(members), members.complete, members.cut_at) == (100, True, None)
    assert members.end is not None
    assert len(members.end) == 23


def crumbs(size: int) -> type[Deployment]:
    class Crumbs(Deployment):
        def page(self, records: list[Record], query: ListQuery) -> list[Record]:
            return records[query.offset :][:size] if query.resource == "members" else records

    return Crumbs


@pytest.mark.parametrize(("make", "read"), [(crumbs(5), 250), (crumbs(1), 50)])
def test_pages_that_are_too_small_leave_the_list_open(make: Callable[[], Deployment], read: int):
    members = context(make()).read_list("members")
    assert (len(members), members.complete) == (read, False)


@pytest.mark.parametrize("status", [None, "active"])
def test_pages_of_ten_are_read_to_the_end(status: str | None):
    assert context(FAULTS["pages-cut-to-10"].deployment()).read_list("members", status=status).complete


def test_pages_that_all_have_the_same_ids_end_the_reading():
    members = context(FREE["ids-of-rows-on-page"].deployment()).read_list("members")
    assert (len(members), members.complete, members.ids_repeat) == (200, False, True)
    with pytest.raises(Undecided, match="the members behind the first 200 have their ids, and are others"):
        members.require_complete()


def test_a_list_that_only_looks_new_each_time_is_read_whole():
    quotes = context(FREE["links-freshly-signed"].deployment()).read_list("quotes").require_complete()
    assert (len(quotes), quotes.ids_repeat) == (60, False)


def test_a_limit_that_is_refused_under_a_filter_gives_way_there_alone():
    it = context(FAULTS["limit-over-100-bad-request-under-filter"].deployment())
    assert (largest_limit(it), largest_limit(it, "active")) == (200, 100)
    assert len(it.read_list("members", status="active").require_complete()) == 210
