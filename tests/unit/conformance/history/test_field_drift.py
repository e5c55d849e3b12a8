"""What changed in fields and types: every break is told, and no freedom or other data is ever one."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oneinvoice_conformance.history.changes import ChangeSeverity
from oneinvoice_conformance.history.drift import drift
from oneinvoice_conformance.history.snapshot import ApiSnapshot, take_snapshot
from oneinvoice_conformance.http.exchange import Request
from oneinvoice_conformance.records.fields import MOST_FIELDS

from tests.unit.conformance.drifting import breaking, kinds, listed, page, quotes, told
from tests.unit.conformance.fakes import VALID, exchange

SIGNED = quotes(34, total="1.00", signing={"ip": "::1", "at": "now"})
BREAKS: dict[str, tuple[list[Any], list[Any], str]] = {
    "a field is gone": (
        [page(*SIGNED)],
        [page(*quotes(36, 100, total="1.00"))],
        "quotes: data[].signing was in all 34 records and is in none of 36 now",
    ),
    "a field of a bare list": (
        [quotes(5, total=1)],
        [quotes(5)],
        "quotes: [].total was in all 5 records and is in none of 5 now",
    ),
    "a nested field": (
        [quotes(customer={"name": "a", "email": "b"})],
        [quotes(customer={"name": "a"})],
        "quotes: [].customer.email was in all 6 records and is in none of 6 now",
    ),
    "the status itself": (
        [quotes(status=lambda number: ("draft", "sent")[number % 2])],
        [quotes(state="draft")],
        "quotes: [].status was in all 6 records and is in none of 6 now",
    ),
    "a type": (
        [quotes(total=lambda number: f"{number}.00")],
        [quotes(total=lambda number: number)],
        "quotes: [].total was a string in 6 records and is a number in 6 now",
    ),
    "a type of some": (
        [quotes(9, due=lambda number: None if number % 3 else "2026-01-01") * 1, quotes(9, 50, due="2026-01-01")],
        [quotes(9, due={"date": "2026-01-01"})],
        "quotes: [].due was a string in 12 records and is an object in 9 now",
    ),
    "the envelope": (
        [page(total=1), page(total=2)],
        [{"items": [], "total": 1}, {"items": [], "total": 2}],
        "quotes: data was in all 2 answers and is in none of 2 now",
    ),
    "a part of the envelope": (
        [page(paging={"limit": 1, "offset": 0}), page(paging={"limit": 2, "offset": 0})],
        [page(paging={"limit": 1}), page(paging={"limit": 2})],
        "quotes: paging.offset was in all 2 answers and is in none of 2 now",
    ),
    "a bare list in an envelope": (
        [quotes(1), quotes(2)],
        [page(*quotes(1)), page(*quotes(2))],
        "quotes: the answer was an array in 2 answers and is an object in 2 now",
    ),
}


@pytest.mark.parametrize("name", BREAKS)
def test_a_break_is_told_once_and_in_full(name: str) -> None:
    old, new, sentence = BREAKS[name]
    assert breaking(listed(old), listed(new)) == [sentence]


_MAP = {"m1": {"name": "a"}, "m2": {"name": "b"}}
_TAGS = {"vip": {"since": 1}, "late": {"since": 2}}
FREEDOMS: dict[str, tuple[list[Any], list[Any]]] = {
    "other records": ([quotes(9, total=1)], [quotes(9, 100, total=2)]),
    "few records then": ([quotes(4, total=1)], [quotes(9)]),
    "few records now": ([quotes(9, total=1)], [quotes(4)]),
    "no records now": ([page(*quotes(9, total=1))], [page()]),
    "few records in a bare list": ([quotes(1, total=1)], [quotes(1)]),
    "the same few records again and again": ([quotes(2, total=1)] * 9, [quotes(2)] * 9),
    "only drafts now": (
        [quotes(9, status="accepted", signing={"ip": "::1"})],
        [quotes(9, status="draft")],
    ),
    "only a few of the status that has it": (
        [[*quotes(9, status="accepted", signed_at="now"), *quotes(3, 20, status="draft", signed_at="now")]],
        [[*quotes(1, status="accepted"), *quotes(9, 20, status="draft")]],
    ),
    "another type in another status": (
        [quotes(9, status="accepted", signing={"ip": "::1"})],
        [quotes(9, status="draft", signing="none yet")],
    ),
    "a field that only some had": ([[*quotes(9, paid_at="now"), *quotes(1, 20)]], [quotes(9)]),
    "a field that some had, where few are now": ([[*quotes(4, paid_at="now"), *quotes(5, 20)]], [quotes(9)]),
    "a field that a status had which none has now": (
        [[*quotes(9, status="paid", paid_at="now"), *quotes(9, 20, status="draft")]],
        [quotes(40, status="draft")],
    ),
    "a field that hardly any had": ([[*quotes(1, odd=1), *quotes(30, 20)]], [quotes(30)]),
    "nulls now": ([quotes(9, paid_at="now")], [quotes(9, paid_at=None)]),
    "nulls then": ([quotes(9, paid_at=None)], [quotes(9, paid_at="now")]),
    "null instead of an object": ([quotes(9, signing={"ip": "::1"})], [quotes(9, signing=None)]),
    "one type of two": (
        [quotes(10, total=lambda number: number if number % 2 else "1.00")],
        [quotes(9, total="1.00")],
    ),
    "a second type": ([quotes(9, total="1")], [quotes(9, total=lambda number: number if number % 2 else "1.00")]),
    "numbers with and without a fraction": ([quotes(9, total=1)], [quotes(9, total=1.5)]),
    "no further page": ([page(next="/a", total=1), page(next="/b", total=1)], [page(total=1), page(total=2)]),
    "no further page among links": (
        [page(links={"self": "a", "next": "b"}), page(links={"self": "b", "next": "c"})],
        [page(links={"self": "a"}), page(links={"self": "b"})],
    ),
    "a map by id": (
        [{"members": _MAP, "n": 1}, {"members": _MAP, "n": 2}],
        [{"members": {}, "n": 1}, {"members": {}, "n": 2}],
    ),
    "a map by name": (
        [page(tags=_TAGS, n=1), page(tags=_TAGS, n=2)],
        [page(tags={"late": {"since": 3}}, n=1), page(tags={"late": {"since": 3}}, n=2)],
    ),
    "a map of which every name is another": (
        [page(by={"kari": 1}, n=1), page(by={"kari": 1}, n=2)],
        [page(by={"ola": 1}, n=1), page(by={"ola": 1}, n=2)],
    ),
    "a map of which nothing is left": (
        [page(by={"kari": 1}, n=1), page(by={"kari": 1}, n=2)],
        [page(by={}, n=1), page(by={}, n=2)],
    ),
    "counts by status": (
        [page(*quotes(6, status="draft"), of={"draft": 6, "all": 6}), page(of={"draft": 6, "all": 6})],
        [page(*quotes(6, status="sent"), of={"all": 6}), page(of={"all": 6})],
    ),
    "amounts by currency": (
        [page(sums={"NOK": 1, "EUR": 1}, n=1), page(sums={"NOK": 1, "EUR": 1}, n=2)],
        [page(sums={"NOK": 1}, n=1), page(sums={"NOK": 1}, n=2)],
    ),
    "an empty object that is written as a list": (
        [quotes(9, meta={"colour": "red"})],
        [quotes(9, meta=[])],
    ),
    "inner lists that are empty": ([quotes(9, tags=["a", "b"])], [quotes(9, tags=[])]),
    "one answer of an envelope": ([page(total=1)], [{"items": [], "total": 1}]),
    "an endpoint that was not asked": ([quotes(9)], []),
}


@pytest.mark.parametrize("name", FREEDOMS)
def test_other_data_and_freedoms_are_no_break(name: str) -> None:
    old, new = map(listed, FREEDOMS[name])
    assert breaking(old, new) == []
    assert breaking(new, old) == []


def test_what_is_not_enough_for_a_break_is_unsure() -> None:
    unsure = [
        "few records then",
        "few records now",
        "no records now",
        "only drafts now",
        "a second type",
        "a map by name",
        "a field that only some had",
    ]
    for name in unsure:
        old, new = map(listed, FREEDOMS[name])
        assert ChangeSeverity.UNSURE in {change.kind for change in drift(old, new)}, name


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("nulls now", "quotes: [].paid_at was never null and is in some now"),
        ("nulls then", "quotes: [].paid_at was null in some and is in none now"),
        (
            "a field that some had, where few are now",
            "quotes: [].paid_at was in 4 of 9 records and is in none of 9 now",
        ),
        (
            "a field that a status had which none has now",
            "quotes: [].paid_at was in 9 of 18 records and is in none of 40 now",
        ),
    ],
)
def test_other_changes_are_told(name: str, sentence: str) -> None:
    old, new = map(listed, FREEDOMS[name])
    assert told(old, new) == [sentence]
    assert kinds(old, new) == ["other"]


def test_what_is_new_is_told_without_what_stands_in_it() -> None:
    old, new = listed([quotes(9)]), listed([quotes(9, customer={"name": "a"}, odd=1)])
    assert told(old, new) == [
        "quotes: [].customer is new, in 9 of 9 records",
        "quotes: [].odd is new, in 9 of 9 records",
    ]
    assert set(kinds(old, new)) == {"other"}


def test_what_hardly_any_has_is_not_told() -> None:
    old, new = map(listed, FREEDOMS["a field that hardly any had"])
    assert kinds(old, new) == kinds(new, old) == []


def test_where_the_parent_went_what_stood_in_it_is_not_told() -> None:
    assert len(drift(listed([page(*SIGNED)]), listed([page(*quotes(36, total="1.00"))]))) == 1
    old = listed([page(*SIGNED), page(*SIGNED, n=1)])
    [gone, new] = drift(old, listed([{"items": SIGNED}, {"items": SIGNED, "n": 1}]))
    assert (gone.kind, new.kind) == (ChangeSeverity.BREAKING, ChangeSeverity.OTHER)


def test_the_answer_is_no_longer_json() -> None:
    old = listed([quotes(1), quotes(2)])
    pages = [exchange(b"<p>", 200, Request("quotes", VALID, (("limit", str(number)),))) for number in range(2)]
    assert breaking(old, take_snapshot(pages)) == ["quotes: the answer was JSON and is not now"]
    assert kinds(old, take_snapshot(pages[:1])) == ["unsure"]


def test_so_many_fields_that_some_were_cut_decide_nothing() -> None:
    letters = "abcdefghijklmnop"
    old = listed([quotes(9, total=1)])
    new = listed([quotes(9, **{f"x{first}{second}": 1 for first in letters for second in letters})])
    assert len(new.fields["quotes"]) == MOST_FIELDS
    assert told(old, new, ChangeSeverity.BREAKING, ChangeSeverity.UNSURE) == [
        "quotes: [].total was in all 9 records and is in none of 9 now"
    ]
    assert breaking(old, new) == []


# Of any records

_NAMES = st.sampled_from(["id", "name", "status", "due_date", "m1", "NOK", "a b", "x.y"])
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(0, 9) | st.sampled_from(["draft", "paid", "x"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner, max_size=3),
    max_leaves=6,
)
_RECORDS = st.lists(st.dictionaries(_NAMES, _VALUES, max_size=4), max_size=30)


@given(st.lists(_VALUES, max_size=5), _RECORDS)
def test_nothing_changes_between_a_run_and_itself(bodies: list[Any], records: list[Any]) -> None:
    snapshot = listed([*bodies, page(*records), records])
    assert drift(snapshot, ApiSnapshot.from_json(snapshot.as_json(str))) == ()


_ALWAYS = st.dictionaries(_NAMES, _VALUES, max_size=4)


@given(st.data(), st.lists(_ALWAYS, min_size=1, max_size=40), st.integers(0, 2**16))
def test_a_part_of_the_records_breaks_nothing_that_all_have(data: st.DataObject, extras: list[Any], seed: int) -> None:
    records = [{**extra, "id": number, "total": "1.00"} for number, extra in enumerate(extras)]
    some = random.Random(seed).sample(records, data.draw(st.integers(0, len(records))))
    whole, part = listed([records]), listed([some])
    always = [path for path, each in whole.fields["quotes"].items() if each.always]
    broken = breaking(whole, part) + breaking(part, whole)
    assert not [what for what in broken if any(f"{path} was in all" in what for path in always)]
    assert not [what for what in broken if "[].total" in what or "[].id" in what]
