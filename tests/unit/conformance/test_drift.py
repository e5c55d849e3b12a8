"""What changed between two runs: every break is told, and no freedom or other data is ever one."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oneinvoice_conformance.drift import Kind, drift
from oneinvoice_conformance.exchange import ENDPOINTS, NOBODY, Credential, Exchange, Request
from oneinvoice_conformance.fields import MOST_FIELDS
from oneinvoice_conformance.surface import Surface, observe

from tests.unit.conformance.fakes import VALID, exchange

_UNKNOWN = Credential("an unknown key", "invalid")
_OTHER = Credential("the other key", "other", valid=True)
_DISCOVERY = {"endpoints": [{"path": f"/api/v1/{name}"} for name in ENDPOINTS]}


def got(code: int, endpoint: str = "members", credential: Credential = VALID, **query: str) -> Exchange:
    return exchange([] if code == 200 else {}, code, Request(endpoint, credential, tuple(query.items())))


def listed(bodies: Iterable[Any]) -> Surface:
    """Quotes that were answered so, each body to another request."""
    return observe(
        exchange(body, 200, Request("quotes", VALID, (("limit", str(number)),))) for number, body in enumerate(bodies)
    )


def quotes(count: int = 6, start: int = 0, **fields: Any) -> list[dict[str, Any]]:
    """Quotes that differ, in which a field is what its function makes of the number."""
    made = {name: value if callable(value) else lambda _, value=value: value for name, value in fields.items()}
    return [
        {"id": number, **{name: make(number) for name, make in made.items()}} for number in range(start, start + count)
    ]


def page(*records: dict[str, Any], **envelope: Any) -> dict[str, Any]:
    return {"data": list(records), **envelope}


def kinds(old: Surface, new: Surface) -> list[str]:
    return [change.kind.value for change in drift(old, new)]


def told(old: Surface, new: Surface, *wanted: Kind) -> list[str]:
    return [change.what for change in drift(old, new) if change.kind in (wanted or Kind)]


def breaking(old: Surface, new: Surface) -> list[str]:
    return told(old, new, Kind.BREAKING)


# Fields and types

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
    ]
    for name in unsure:
        old, new = map(listed, FREEDOMS[name])
        assert Kind.UNSURE in {change.kind for change in drift(old, new)}, name


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("nulls now", "quotes: [].paid_at was never null and is in some now"),
        ("nulls then", "quotes: [].paid_at was null in some and is in none now"),
        ("a field that only some had", "quotes: [].paid_at was in 9 of 10 records and is in none of 9 now"),
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
    assert (gone.kind, new.kind) == (Kind.BREAKING, Kind.OTHER)


def test_the_answer_is_no_longer_json() -> None:
    old = listed([quotes(1), quotes(2)])
    pages = [exchange(b"<p>", 200, Request("quotes", VALID, (("limit", str(number)),))) for number in range(2)]
    assert breaking(old, observe(pages)) == ["quotes: the answer was JSON and is not now"]
    assert kinds(old, observe(pages[:1])) == ["unsure"]


# Statuses

_STATUSES = [
    (200, 400, Kind.BREAKING),
    (200, 403, Kind.UNSURE),  # the key may be another
    (200, 301, Kind.UNSURE),
    (200, 204, Kind.UNSURE),
    (200, 429, None),
    (200, 500, None),
    (400, 422, Kind.BREAKING),
    (400, 404, Kind.BREAKING),
    (400, 200, Kind.OTHER),
    (401, 400, Kind.UNSURE),
    (301, 404, Kind.UNSURE),
    (301, 302, Kind.OTHER),
    (301, 200, Kind.OTHER),
    (500, 400, None),
]


@pytest.mark.parametrize(("before", "now", "kind"), _STATUSES)
def test_another_status_of_the_same_request(before: int, now: int, kind: Kind | None) -> None:
    old, new = observe([got(before, limit="0")]), observe([got(now, limit="0")])
    assert [change.kind for change in drift(old, new) if "limit" in change.what] == ([kind] if kind else [])


@pytest.mark.parametrize(
    ("before", "now", "kind"),
    [
        (401, 403, Kind.BREAKING),
        (401, 200, Kind.OTHER),
        (200, 401, Kind.OTHER),
        (403, 401, Kind.OTHER),
        (200, 403, Kind.OTHER),
    ],
)
def test_whoever_has_no_valid_key_may_be_refused(before: int, now: int, kind: Kind) -> None:
    for credential in (NOBODY, _UNKNOWN):
        old, new = (observe([got(status, credential=credential, limit="1")]) for status in (before, now))
        assert [change.kind for change in drift(old, new) if "limit" in change.what] == [kind]


def test_discovery_needs_no_key() -> None:
    old, new = (observe([got(status, "", NOBODY)]) for status in (200, 401))
    assert breaking(old, new) == ["GET /api/v1 with no credentials got 200 and gets 401 now"]


def test_a_key_that_still_opens_something_is_no_other_key() -> None:
    old = observe([got(200, "members"), got(200, "quotes")])
    assert breaking(old, observe([got(401, "members"), got(401, "quotes")])) == []
    assert breaking(old, observe([got(401, "members"), got(200, "quotes")])) == [
        "GET /api/v1/members with the primary key got 200 and gets 401 now"
    ]


def test_requests_that_changed_alike_are_told_together() -> None:
    old = observe([got(400, limit=limit) for limit in ("0", "-1", "x")] + [got(400, "quotes", status="x")])
    new = observe([got(422, limit=limit) for limit in ("0", "-1", "x")] + [got(422, "quotes", status="x")])
    assert breaking(old, new) == [
        "GET /api/v1/members?limit=0 with the primary key got 400 and gets 422 now, as do 2 more requests",
        "GET /api/v1/quotes?status=x with the primary key got 400 and gets 422 now",
    ]


def test_a_filter_without_matches_may_be_not_found() -> None:
    old, new = observe([got(200), got(200, status="active")]), observe([got(200), got(404, status="active")])
    assert kinds(old, new) == ["unsure"]


def test_an_endpoint_that_is_gone_is_told_once() -> None:
    old = observe([exchange(_DISCOVERY, 200, Request("", NOBODY)), got(200), got(200, limit="1"), got(400, limit="0")])
    less = {"endpoints": _DISCOVERY["endpoints"][1:]}
    new = observe([exchange(less, 200, Request("", NOBODY)), got(410), got(410, limit="1"), got(410, limit="0")])
    assert breaking(old, new) == ["GET /api/v1/members was served and is gone: 410"]


def test_an_endpoint_that_is_gone_for_one_key_only_is_there() -> None:
    old = observe([got(200), got(200, credential=_OTHER)])
    new = observe([got(404), got(200, credential=_OTHER)])
    assert [change.what for change in drift(old, new)] == [
        "GET /api/v1/members with the primary key got 200 and gets 404 now"
    ]


# Discovery


def test_a_path_that_discovery_lists_no_more() -> None:
    old, new = (
        observe([exchange(body, 200, Request("", NOBODY))]) for body in (_DISCOVERY, ["/api/v1/members", "/api/v1/new"])
    )
    assert [(change.kind, change.what) for change in drift(old, new)][:3] == [
        (Kind.BREAKING, "discovery listed /api/v1/quotes and does not list it now"),
        (Kind.BREAKING, "discovery listed /api/v1/invoices and does not list it now"),
        (Kind.OTHER, "discovery lists /api/v1/new now, which it did not"),
    ]


@pytest.mark.parametrize("now", [[], [got(503, "", NOBODY)], [got(301, "", NOBODY)]])
def test_a_discovery_that_is_not_answered_lists_what_it_did(now: list[Exchange]) -> None:
    assert breaking(observe([exchange(_DISCOVERY, 200, Request("", NOBODY))]), observe(now)) == []


# Whole runs

_NAMES = st.sampled_from(["id", "name", "status", "due_date", "m1", "NOK", "a b", "x.y"])
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(0, 9) | st.sampled_from(["draft", "paid", "x"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner, max_size=3),
    max_leaves=6,
)
_RECORDS = st.lists(st.dictionaries(_NAMES, _VALUES, max_size=4), max_size=30)


@given(st.lists(_VALUES, max_size=5), _RECORDS)
def test_nothing_changes_between_a_run_and_itself(bodies: list[Any], records: list[Any]) -> None:
    surface = listed([*bodies, page(*records), records])
    assert drift(surface, Surface.of_json(surface.as_json(str))) == ()


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


@pytest.mark.parametrize(
    "keep", [lambda each: each.request.endpoint == "", lambda each: each.request.credential == NOBODY]
)
def test_a_narrow_run_and_a_whole_one(keep: Callable[[Exchange], bool]) -> None:
    requests = [Request("", NOBODY), *(Request(name, key) for name in ENDPOINTS for key in (VALID, NOBODY, _OTHER))]
    bodies = {"": _DISCOVERY} | {name: page(*quotes(9)) for name in ENDPOINTS}
    whole = [
        exchange(bodies[each.endpoint], 401 if each.endpoint and each.credential is NOBODY else 200, each)
        for each in requests
    ]
    narrow = observe(filter(keep, whole))
    assert drift(observe(whole), narrow) == drift(narrow, observe(whole)) == ()


def test_so_many_fields_that_some_were_cut_decide_nothing() -> None:
    letters = "abcdefghijklmnop"
    old = listed([quotes(9, total=1)])
    new = listed([quotes(9, **{f"x{first}{second}": 1 for first in letters for second in letters})])
    assert len(new.fields["quotes"]) == MOST_FIELDS
    assert told(old, new, Kind.BREAKING, Kind.UNSURE) == [
        "quotes: [].total was in all 9 records and is in none of 9 now"
    ]
    assert breaking(old, new) == []
