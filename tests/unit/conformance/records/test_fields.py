"""The fields of answers and their types, counted without any value."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oneinvoice_conformance.records.fields import MOST_FIELDS, Field, fields_of, keyed_by_data, name_of, parent


def counted(*bodies: Any) -> dict[str, tuple[int, int, tuple[str, ...]]]:
    return {path: (each.seen, each.parents, each.types) for path, each in fields_of(bodies).items()}


def test_paths_begin_with_the_envelope() -> None:
    body = {"data": [{"id": 1, "customer": {"name": "Kari"}}, {"id": "b", "customer": None}], "total": 2}
    assert counted(body) == {
        "$": (1, 1, ("object",)),
        "data": (1, 1, ("array",)),
        "data[]": (2, 2, ("object",)),
        "data[].id": (2, 2, ("number", "string")),
        "data[].customer": (2, 2, ("null", "object")),
        "data[].customer.name": (1, 1, ("string",)),
        "total": (1, 1, ("number",)),
    }


def test_a_bare_list_has_paths_too() -> None:
    assert counted([{"id": 1.5, "paid": True}]) == {
        "$": (1, 1, ("array",)),
        "[]": (1, 1, ("object",)),
        "[].id": (1, 1, ("number",)),
        "[].paid": (1, 1, ("boolean",)),
    }


def test_a_record_counts_once_however_often_it_is_listed() -> None:
    first, second = {"id": 1, "name": "a"}, {"name": "a", "id": 1}
    assert counted([first], [second, {"id": 2}])["[].name"] == (1, 2, ("string",))


def test_values_are_counted_by_the_status_of_their_record() -> None:
    fields = fields_of([[{"status": "Draft", "lines": [{"price": 1}, {"price": 2}]}, {"status": "paid", "lines": []}]])
    assert fields["[].lines[].price"].by_status("number") == {"draft": 2}
    assert fields["[].lines"].by_status("array", "null") == {"draft": 1, "paid": 1}
    assert fields["$"].by_status("array") == {"": 1}


def test_statuses_in_free_words_are_left_out_with_their_records() -> None:
    records = [{"status": f"status {number}", "id": number} for number in range(40)] * 2
    fields = fields_of([[*records, *({"status": "paid", "id": -number} for number in range(9))]])
    assert len(fields["[].id"].counts) == len(fields["[]"].counts) == 12
    assert fields["[].id"].always


@pytest.mark.parametrize(
    ("name", "by_data"),
    [
        *(((name, False)) for name in ("id", "due_date", "dueDate", "address2", "@type", "x-y", "totals")),
        *(((name, True)) for name in ("42", "m1", "a3f9c2d1", "NOK", "2026-01-31", "a b", "Kari, Oslo", "x" * 65)),
    ],
)
def test_names_that_are_data(name: str, by_data: bool) -> None:
    assert keyed_by_data(name) is by_data


def test_an_object_that_is_keyed_by_data_does_not_grow_with_it() -> None:
    by_id = {f"m{number}": {"name": "Kari"} for number in range(60)}
    assert counted({"members": by_id, "total": 60}).keys() == {"$", "members", "total"}
    letters = "abcdefghijklmnopqrstuvwxyz"
    by_name = {f"{first}{second}": {"name": "Kari"} for first in letters for second in letters}
    assert len(counted({"members": by_name, "total": 676})) == MOST_FIELDS


def test_a_records_own_fields_have_names_whatever_they_look_like() -> None:
    assert "[].m1" in counted([{"m1": 1}])
    assert "[].of.m1" not in counted([{"of": {"m1": 1}}])


def test_only_so_many_paths_are_kept_and_of_those_the_most_frequent() -> None:
    records = [{"id": number, f"{'abcdefghij'[number % 10]}{'x' * (number // 10)}": 1} for number in range(400)]
    fields = fields_of([{"data": records}])
    assert len(fields) == MOST_FIELDS
    assert {"$", "data", "data[]", "data[].id"} < fields.keys()


def test_what_is_nested_deeply_ends_somewhere() -> None:
    body: Any = {}
    for _ in range(300):
        body = {"in": body}
    assert max(path.count("in") for path in counted(body)) == 8
    for _ in range(900):
        body = [body]
    assert len(counted([body])) < 20


@pytest.mark.parametrize(
    ("path", "above", "name"),
    [
        ("data", "$", "data"),
        ("[]", "$", "[]"),
        ("[].id", "[]", "id"),
        ("data[].customer.name", "data[].customer", "name"),
        ('data[]."a.b[]"', "data[]", "a.b[]"),
        ('"say \\"hi\\""', "$", 'say "hi"'),
        ('"$"', "$", "$"),
    ],
)
def test_paths_can_be_taken_apart(path: str, above: str, name: str) -> None:
    assert (parent(path), name_of(path)) == (above, name)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
)


@given(st.lists(values, max_size=4))
def test_whatever_is_answered_can_be_counted_kept_and_read(bodies: list[Any]) -> None:
    fields = fields_of(bodies)
    for path, each in fields.items():
        assert 1 <= each.seen <= each.parents
        assert Field.from_json(json.loads(json.dumps(each.as_json()))) == each
        assert path == "$" or parent(path) in fields
