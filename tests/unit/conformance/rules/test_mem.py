import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from oneinvoice_conformance.model.outcome import Outcome
from oneinvoice_conformance.records.bodies import Body
from oneinvoice_conformance.rules import RULES
from oneinvoice_conformance.rules.member_pages import not_as_long, too_long
from oneinvoice_conformance.session.pages import Page, RecordList
from oneinvoice_conformance.session.rule_context import RuleContext
from werkzeug.wrappers import Request, Response

from tests.miniatures import FAULTS, FREE, Deployment
from tests.miniatures.data import PRIMARY, Member, Record
from tests.miniatures.deployment import ListQuery
from tests.miniatures.faults.org.tenants import CountsIds
from tests.miniatures.freedoms.records import RecordsWithoutId
from tests.unit.conformance.fakes import KEYS, NAMES, InProcess, exchange, judged

MEMBERS = tuple(id for id in RULES if id.startswith("MEM-"))


def with_members(count: int, name: str = "plain") -> Deployment:
    """A free variant whose primary organisation has only so many members."""
    miniature = FREE[name].deployment()
    mine = [member for member in miniature.world.members if member.organisation == PRIMARY]
    gone = {member.id for member in mine[count:]}
    miniature.world.members = [member for member in miniature.world.members if member.id not in gone]
    return miniature


@pytest.mark.parametrize(
    ("name", "count"),
    [*(("past-the-end-not-found", count) for count in (0, 1, 2, 3, 4, 30, 50, 51, 200)), ("plain", 1), ("plain", 30)],
)
def test_an_organisation_too_small_to_tell_fails_nothing(name: str, count: int):
    client = InProcess(with_members(count, name))
    outcomes = {id: judged(id, client).outcome for id in (*MEMBERS, "ERR-2")}
    assert Outcome.FAILED not in outcomes.values(), outcomes
    assert {outcomes["MEM-3"], outcomes["MEM-4"]} == {Outcome.INCONCLUSIVE}
    assert outcomes["MEM-1"] is Outcome.PASSED


@pytest.mark.parametrize(("count", "settled"), [(50, False), (51, True)])
def test_the_default_limit_takes_51_members_to_tell(count: int, settled: bool):
    assert (judged("MEM-2", with_members(count)).outcome is Outcome.PASSED) is settled
    assert (judged("MEM-5", with_members(count)).outcome is Outcome.PASSED) is settled


@pytest.mark.parametrize(("count", "settled"), [(200, False), (201, True)])
def test_the_largest_limit_takes_201_members_to_tell(count: int, settled: bool):
    assert (judged("MEM-3", with_members(count)).outcome is Outcome.PASSED) is settled


def test_what_to_create_is_said():
    assert "create at least 51" in judged("MEM-2", with_members(4)).reason
    assert "create at least 201" in judged("MEM-3", with_members(4)).reason


@pytest.mark.parametrize("id", ["MEM-5", "MEM-7"])
def test_a_row_number_that_differs_with_the_query_makes_no_new_members(id: str):
    finding = judged(id, FREE["rows-numbered-without-id"].deployment())
    assert finding.outcome is Outcome.INCONCLUSIVE
    assert "show another 'row' in another answer" in finding.reason
    assert finding.reason.endswith("have them show an id")


class SignedAnew(RecordsWithoutId):
    """Members have no id, and a link that is new in each answer."""

    def member(self, member: Member) -> dict[str, Any]:
        return {**super().member(member), "picture": f"/{len(self.log)}"}


@pytest.mark.parametrize("id", ["MEM-5", "MEM-6", "MEM-7", "MEM-8"])
def test_a_link_that_is_ever_new_makes_no_new_members(id: str):
    finding = judged(id, SignedAnew())
    assert (finding.outcome, "another 'picture'" in finding.reason) == (Outcome.INCONCLUSIVE, True)


@pytest.mark.parametrize("id", ["MEM-5", "MEM-7", "MEM-8"])
def test_members_that_look_just_like_another_leave_it_open(id: str):
    finding = judged(id, FREE["names-alone"].deployment(), {"primary": KEYS["primary"]})
    assert finding.outcome is Outcome.INCONCLUSIVE
    assert "just like another, without an id to tell them apart" in finding.reason


def test_members_that_both_organisations_have_are_not_said_to_be_of_the_other():
    finding = judged("MEM-5", FREE["filled-alike"].deployment())
    assert finding.reason.startswith("5 members are listed, just the same, to the other organisation, ")


class CountedAndOpen(CountsIds):
    """Each organisation counts its ids from 1, and one sees the members of all where `leaks` says so."""

    def __init__(self, leaks: Callable[[ListQuery], bool]) -> None:
        super().__init__()
        self.leaks = leaks

    def scope(self, records: list[Record], query: ListQuery) -> list[Record]:
        sees_all = (query.resource, query.organisation) == ("members", PRIMARY) and self.leaks(query)
        return records if sees_all else super().scope(records, query)


@pytest.mark.parametrize(
    ("id", "leaks"),
    [
        ("MEM-5", lambda query: query.status is None),
        ("MEM-7", lambda query: query.status == "active"),
        ("MEM-8", lambda query: query.status == "pending"),
    ],
)
def test_strangers_whose_ids_are_taken_are_no_matter_of_order(id: str, leaks: Callable[[ListQuery], bool]):
    client = InProcess(CountedAndOpen(leaks))
    assert judged(id, client).outcome is not Outcome.FAILED
    assert Outcome.FAILED in {judged(rule, client).outcome for rule in ("ORG-1", "ORG-2")}


def test_a_stranger_in_the_second_place_is_no_matter_of_positions():
    finding = judged("MEM-6", FAULTS["stranger-alone"].deployment())
    assert finding.outcome is Outcome.INCONCLUSIVE
    assert finding.reason.endswith(" to the other organisation, so that the order can't be judged; see ORG-1")


def test_a_page_behind_an_offset_that_is_too_short_breaks_the_default():
    finding = judged("MEM-2", FAULTS["default-of-20-with-offset"].deployment())
    assert finding.reason == "with an offset but no limit a page holds 20 members where 50 are due"


@pytest.mark.parametrize("count", [51, 60, 99, 100, 101])
def test_the_last_page_may_be_short(count: int):
    assert judged("MEM-2", with_members(count)).outcome is Outcome.PASSED


def test_a_page_that_is_lost_behind_an_offset_is_no_matter_of_the_default():
    assert judged("MEM-2", FAULTS["offset-counts-pages"].deployment()).outcome is Outcome.PASSED


def test_a_list_whose_offsets_count_pages_does_not_end_behind_its_first_page():
    client = InProcess(FAULTS["offset-counts-pages"].deployment())
    outcomes = {id: judged(id, client).outcome for id in ("MEM-4", "MEM-5", "MEM-7", "MEM-8")}
    assert {outcomes["MEM-5"], outcomes["MEM-8"]} == {Outcome.FAILED}
    assert {outcomes["MEM-4"], outcomes["MEM-7"]} == {Outcome.INCONCLUSIVE}
    assert "gives none of the 200 members" in judged("MEM-7", client).reason


@pytest.mark.parametrize(("count", "enough"), [(201, False), (202, True)])
def test_a_page_of_201_behind_the_first_member_takes_202(count: int, enough: bool):
    finding = judged("MEM-4", with_members(count))
    assert finding.outcome is Outcome.INCONCLUSIVE, "no status has as many"
    assert ("create at least 202" not in finding.reason) is enough


def test_an_answer_without_content_is_no_list():
    class NoContent(Deployment):
        def list_records(self, request: Request, resource: str) -> Response:
            return Response(status=204)

    finding = judged("MEM-1", NoContent())
    assert finding.outcome is Outcome.FAILED
    assert finding.reason == "GET /api/v1/members gets 204, which holds no list, not even an empty one"


SIZES = [name for name, fault in FAULTS.items() if fault.deployment.__module__.endswith(".page_sizes")]


@pytest.mark.parametrize("name", SIZES)
def test_a_page_size_fails_no_rule_but_those_of_sizes(name: str):
    client = InProcess(FAULTS[name].deployment())
    findings = {id: judged(id, client) for id in RULES if id.startswith(("MEM-", "ORG-", "ERR-"))}
    failed = {id for id, finding in findings.items() if finding.outcome is Outcome.FAILED}
    assert failed == {"MEM-3", *FAULTS[name].besides}
    undecided = {id for id, finding in findings.items() if finding.outcome is Outcome.INCONCLUSIVE}
    is_readable = name != "pages-cut-to-one"
    assert undecided == (set() if is_readable else {"MEM-4", "MEM-5", "MEM-7", "MEM-8", "ORG-1", "ORG-3"})


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("limit-capped-at-100", "limit=200 gives 100 of 450 members"),
        ("limit-over-100-bad-request", "limit=200 is refused with 400, and limit=100 is served"),
        ("limit-over-100-too-large", "limit=200 is refused with 413, and limit=100 is served"),
        ("pages-cut-to-10", "limit=200 gives 10 of 450 members"),
        ("limit-cut-to-100-under-filter", "status=active with limit=200 gives 100 of 210 members"),
        ("limit-needs-offset", "limit=7 gives 50 members"),
    ],
)
def test_a_page_size_is_told_with_what_was_seen(name: str, reason: str):
    finding = judged("MEM-3", FAULTS[name].deployment())
    assert (finding.outcome, finding.reason) == (Outcome.FAILED, reason)


def test_pages_too_small_to_read_are_told_with_what_to_do():
    finding = judged("MEM-5", FAULTS["pages-cut-to-one"].deployment())
    assert finding.outcome is Outcome.INCONCLUSIVE
    assert (
        "(see MEM-3), and there may be more; have pages hold 200, or use an organisation with fewer" in finding.reason
    )


def test_a_page_of_200_that_only_fails_is_undecided_and_read_on_without():
    client = InProcess(FAULTS["large-page-unavailable"].deployment())
    finding = judged("MEM-3", client)
    assert finding.outcome is Outcome.INCONCLUSIVE
    assert finding.reason == "limit=200 gets no page (503), and limit=100 is served; see ERR-2"
    assert judged("MEM-5", client).outcome is Outcome.PASSED


def test_an_offset_that_is_refused_within_the_list_is_a_failure():
    finding = judged("MEM-5", FAULTS["offset-over-300-bad-request"].deployment())
    assert finding.outcome is Outcome.FAILED
    assert finding.reason.endswith("limit=200&offset=400 is refused with 400, though filters list 450 members")


class OffsetsIgnored(Deployment):
    """Offsets of members change nothing."""

    is_ignored: Callable[[ListQuery], bool] = staticmethod(lambda query: True)

    def page(self, records: list[Record], query: ListQuery) -> list[Record]:
        return super().page(records, replace(query, offset=0) if self.is_ignored(query) else query)


class FilteredOffsetsIgnored(OffsetsIgnored):
    """Offsets change nothing under a filter."""

    is_ignored = staticmethod(lambda query: query.status is not None)


@pytest.mark.parametrize(
    ("id", "deployment", "rule"),
    [
        ("MEM-3", OffsetsIgnored, "MEM-5"),
        ("MEM-4", OffsetsIgnored, "MEM-5"),
        ("MEM-4", FilteredOffsetsIgnored, "MEM-8"),
    ],
)
def test_where_offsets_are_ignored_nobody_is_told_to_create_members(
    id: str, deployment: type[Deployment], rule: str
) -> None:
    finding = judged(id, deployment())
    assert finding.outcome is Outcome.INCONCLUSIVE
    assert "create" not in finding.reason
    assert finding.reason.endswith(f"so that nobody knows how many there are; see {rule}")
    assert "gives members where 200 were read, and none that is new" in finding.reason


def test_of_a_page_that_is_cut_it_is_told_that_there_may_be_more() -> None:
    body = Body(json.dumps({"data": [{"id": number} for number in range(3_000)]}).encode()[:-20], is_cut=True)
    page = Page(replace(exchange(), body=body))
    assert (page.told_count, too_long("without a limit", page).reason) == (
        "2,998 or more",
        "without a limit a page holds 2,998 or more members",
    )
    asked = not_as_long(RuleContext(InProcess(Deployment()), NAMES), page, 200, RecordList(), 0)
    assert asked is not None
    assert asked.reason.endswith("gives 2,998 or more members")
