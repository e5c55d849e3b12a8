"""Passes through a list, told from requests."""

from __future__ import annotations

from dataclasses import replace

import pytest
from oneinvoice_conformance.clients.observation import Mark
from oneinvoice_conformance.clients.rules.passes import gaps, ids_got, is_covered, passes, readings

from tests.unit.conformance.clients.happenings import asked
from tests.unit.conformance.clients.reading import ids, page, whole


def test_a_reading_is_of_a_list_and_a_status_and_of_good_pages_alone():
    pages = [page(0.0, "members", 0, 9), page(1.0, "members", 0, 9, filter="active"), page(2.0, "quotes", 0, 9)]
    bad = [asked(3.0, "members", 500), page(4.0, "members", 0, 9, mark=Mark.BROKEN), page(5.0, "members", 0, 9, got=0)]
    left = page(6.0, "members", 0, 9, is_left=True)
    head = replace(page(7.0, "members", 0, 9), method="HEAD")
    found = readings([*pages, *bad, left, head])
    assert {key: len(got) for key, got in found.items()} == {
        ("members", None): 2, ("members", "active"): 1, ("quotes", None): 1
    }  # fmt: skip


def test_a_pass_begins_where_the_reading_began():
    twice = [*whole("members", 120), *whole("members", 120, at=5.0)]
    assert [len(each) for each in passes(twice)] == [3, 3]
    backwards = [page(number / 10, "members", offset, 120) for number, offset in enumerate((100, 50, 0, 100, 50, 0))]
    assert [len(each) for each in passes(backwards)] == [3, 3]
    assert passes([]) == []


def test_a_first_page_that_is_asked_for_twice_at_once_begins_one_pass():
    at_once = [page(0.0, "members", 0, 50, took=0.5), page(0.1, "members", 0, 50, took=0.5)]
    assert len(passes(at_once)) == 1


@pytest.mark.parametrize(
    ("offsets", "missing"),
    [
        ([0, 50, 100], []),
        ([100, 0, 50], []),
        ([0, 20, 70, 100], []),
        ([0, 50], [range(100, 120)]),
        ([50, 100], [range(0, 50)]),
        ([0, 100], [range(50, 100)]),
        ([], [range(0, 120)]),
        ([0, 50, 100, 200], []),
    ],
)
def test_gaps_are_what_no_page_has(offsets: list[int], missing: list[range]):
    pages = [page(0.0, "members", offset, 120) for offset in offsets]
    assert gaps(pages, 120) == missing
    covered = [position for position in range(120) if is_covered(position, pages)]
    assert covered == [position for position in range(120) if not any(position in gap for gap in missing)]


def test_ids_are_of_one_list():
    assert ids_got([page(0.0, "members", 0, 2), page(1.0, "quotes", 0, 3)], "members") == set(ids("members", range(2)))
