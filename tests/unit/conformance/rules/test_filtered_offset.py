"""Where MEM-8 looks at a filtered list without a limit: behind an odd offset, with more than a page left if it can."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from oneinvoice_conformance.documented import DEFAULT_PAGE_SIZE
from oneinvoice_conformance.model.outcome import Outcome
from oneinvoice_conformance.rules.member_pages import ODD_OFFSET

from tests.miniatures import Deployment
from tests.miniatures.data import PRIMARY
from tests.unit.conformance.fakes import judged_thoroughly


def with_statuses(miniature: Deployment, **counts: int) -> Deployment:
    """The miniature with so many members of each status in the primary organisation."""
    left = dict(counts)
    kept = []
    for member in miniature.world.members:
        if member.organisation == PRIMARY:
            left[member.status] -= 1
        if member.organisation != PRIMARY or left[member.status] >= 0:
            kept.append(member)
    miniature.world.members = kept
    return miniature


def offsets_without_limit(miniature: Deployment, status: str) -> set[int]:
    queries = [parse_qs(urlsplit(call.target).query) for call in miniature.log]
    alone = [query for query in queries if query.keys() == {"offset", "status"} and query["status"] == [status]]
    return {int(query["offset"][0]) for query in alone}


@pytest.mark.parametrize(
    ("count", "offset"),
    [(120, ODD_OFFSET), (DEFAULT_PAGE_SIZE + 30, 29), (DEFAULT_PAGE_SIZE + 2, 3), (20, 3)],
)
def test_more_than_a_page_is_left_behind_it_if_there_is_so_much(count: int, offset: int) -> None:
    miniature = with_statuses(Deployment(), active=210, inactive=count, pending=min(count, 15) - 1)
    finding = judged_thoroughly("MEM-8", miniature)
    assert finding.outcome is Outcome.PASSED, finding
    assert offset in offsets_without_limit(miniature, "inactive")


def test_a_list_that_ends_before_it_is_not_asked_for() -> None:
    miniature = with_statuses(Deployment(), active=210, inactive=3, pending=2)
    assert judged_thoroughly("MEM-8", miniature).outcome is Outcome.INCONCLUSIVE
    assert 3 not in offsets_without_limit(miniature, "inactive")
