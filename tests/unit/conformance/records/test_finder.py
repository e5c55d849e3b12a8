import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oneinvoice_conformance.records.finder import (
    NoElements,
    NoList,
    ObjectValues,
    find_field,
    find_list,
    status_of,
    unwrapped,
)
from oneinvoice_conformance.records.identity import identities, identity_name, is_distinctive, volatile_fields
from oneinvoice_conformance.records.json_text import canonical

STEADY = settings(derandomize=True, database=None, deadline=None, max_examples=50)
RECORDS = [{"id": 1}, {"id": 2}]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=15,
)
RECORD = st.dictionaries(
    st.sampled_from(["a", "b", "id", "status"]), st.integers() | st.text(max_size=4), min_size=2, max_size=4
)
SCALAR = st.none() | st.booleans() | st.integers() | st.text(max_size=5)


@pytest.mark.parametrize(
    "body",
    [
        RECORDS,
        {"data": RECORDS},
        {"members": RECORDS, "statuses": ["active", "pending"]},
        {"result": RECORDS, "errors": []},
        {"meta": {"links": []}, "data": {"items": RECORDS}},
        {"data": {"members": {"rows": RECORDS}}},
        {"anything": RECORDS, "columns": ["id"]},
        {"items": RECORDS, "included": [{"id": 9}]},
        {"hits": {"total": 2, "hits": RECORDS}, "facets": [{"status": "active", "count": 2}]},
        {"data": {"people": {"edges": [{"cursor": "MA==", "node": record} for record in RECORDS]}}},
        {"entry": [{"fullUrl": "urn:1", "resource": record} for record in RECORDS], "link": [{"relation": "self"}]},
        {"payload": RECORDS, "notices": [{"text": "fine"}]},
        {"_links": {"curies": [{"name": "acme"}], "item": [{"href": "/1"}]}, "_embedded": {"acme:members": RECORDS}},
        {"_embedded": {"acme:members": RECORDS, "acme:tags": [{"id": 9}]}},
        {"data": {"people": {"edges": [{"node": record} for record in RECORDS], "nodes": RECORDS}}},
        {"people": RECORDS, "errors": [{"message": "a part is missing"}], "links": [{"rel": "self"}]},
        {"people": RECORDS, "facets": {"status": [{"value": "active", "count": 2}]}, "warnings": []},
        {"@odata.context": "$metadata#members", "value": RECORDS},
    ],
)
def test_the_one_list_is_found_in_its_envelope(body: object):
    assert find_list(body, "members") == RECORDS


@pytest.mark.parametrize(
    "body",
    [
        [],
        {"data": []},
        {"result": [], "errors": []},
        {"a": {"b": []}, "c": []},
        {"found": [], "notes": ["ok"]},
        {"people": [], "warnings": [{"code": 1}], "facets": [{"status": "active"}]},
        {"_links": {"self": {"href": "/"}, "curies": [{"name": "acme"}]}, "page": {"totalElements": 0}},
    ],
)
def test_lists_that_are_all_empty_are_an_empty_list(body: object):
    assert find_list(body, "members") == []


@pytest.mark.parametrize("body", [7, "[]", {"data": {"a": {"id": 1}}}, {"a": {"b": {"c": {"d": {"e": []}}}}}])
def test_no_list(body: object):
    with pytest.raises(NoList) as error:
        find_list(body, "members")
    assert not error.value.ambiguous


def test_several_lists_decide_nothing():
    with pytest.raises(NoList, match=r"several lists \(one, two\.three\)") as error:
        find_list({"one": RECORDS, "two": {"three": RECORDS}}, "members")
    assert error.value.ambiguous


@pytest.mark.parametrize(
    "body",
    [
        {"people": RECORDS, "tags": []},  # either may be empty in another answer
        {"people": [], "tags": RECORDS},
        {"data": {"people": {"edges": [{"node": {"id": 1}}], "nodes": RECORDS[:1] + RECORDS}}},
        {"active": RECORDS, "inactive": RECORDS},
    ],
)
def test_which_list_it_is_the_operator_can_say(body: object):
    with pytest.raises(NoList, match=r'say in the file of --map where the members are, such as members = "') as error:
        find_list(body, "members")
    assert error.value.ambiguous
    path = str(error.value).rpartition("members = ")[2].strip('"')
    assert find_list(body, "members", path) is not None


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"data": {"1": RECORDS[0], "2": RECORDS[1]}, "total": 2}, "data"),
        ({"0": RECORDS[0], "1": RECORDS[1]}, "$"),
        ({"a": {"https://x.example/rel": {"1": RECORDS[0], "2": RECORDS[1]}}}, "a.https://x.example/rel"),
    ],
)
def test_the_records_of_an_object_are_found_if_the_operator_says_so(body: dict, path: str):
    with pytest.raises(NoList, match="no list, but an object with a record under each name") as error:
        find_list(body, "members")
    assert f"'{path}'" in str(error.value)
    assert f'in the file of --map where the members are, such as members = "{path}"' in str(error.value)
    assert find_list(body, "members", path) == RECORDS
    assert isinstance(find_list(body, "members", path), ObjectValues)
    assert find_list({"data": {}}, "members", "data") == []


def test_what_the_operator_says_is_wrong_where_something_else_may_be_the_list():
    with pytest.raises(NoList, match="no list at 'people', where --map says that it is") as error:
        find_list({"persons": RECORDS}, "members", "people")
    assert error.value.ambiguous
    assert find_list({"_links": {"self": {"href": "/"}}}, "members", "_embedded.people") == []


@pytest.mark.parametrize("body", [{"errors": [{"message": "no"}]}, {"links": [{"rel": "self"}], "total": 0}])
def test_what_stands_beside_a_list_is_none(body: object):
    with pytest.raises(NoList, match=r"no list but '\w+', which by its name stands beside records") as error:
        find_list(body, "members")
    assert error.value.ambiguous


@pytest.mark.parametrize("beside", [[["ok"]], ["ok", {"text": "ok"}]])
def test_an_empty_list_beside_one_that_may_hold_records_decides_nothing(beside: list[object]):
    with pytest.raises(NoList, match=r"several lists \(found, notes\)"):
        find_list({"found": [], "notes": beside}, "members")


@pytest.mark.parametrize("items", [[1, 2], ["a"], [[]], [{"id": 1}, None]])
def test_a_list_of_something_else_is_none(items: list[object]):
    with pytest.raises(NoList, match="other than objects"):
        find_list(items, "members")


@STEADY
@given(
    st.lists(RECORD, max_size=4),
    st.sampled_from(["data", "items", "members", "results", "whatever"]),
    st.dictionaries(
        st.sampled_from(["x", "y", "total", "next"]),
        SCALAR | st.dictionaries(st.text("xy", max_size=2), SCALAR, max_size=2),
    ),
    st.lists(st.sampled_from(["page", "body", "response"]), max_size=2),
)
def test_any_envelope_with_one_list(records: list[dict], name: str, beside: dict, outer: list[str]):
    body: object = {**beside, name: records}
    for wrapper in outer:
        body = {wrapper: body, "ok": True}
    assert find_list(json.loads(json.dumps(body)), "members") == records


@STEADY
@given(JSON)
def test_any_json_holds_records_or_none(body: object):
    try:
        found = find_list(body, "members")
    except NoList:
        return
    assert all(isinstance(record, dict) for record in found)
    assert len(identities(found, "members")) == len(found)
    assert all(isinstance(status_of(record), str | None) for record in found)
    assert all(isinstance(is_distinctive(record, "members"), bool) for record in found)


def test_wrappers_round_a_record_come_off():
    assert unwrapped({"id": "1", "attributes": {"status": "active"}})["status"] == "active"
    assert unwrapped({"member": {"id": 1, "status": "active"}}) == {"id": 1, "status": "active"}
    assert unwrapped({"id": 1}) == {"id": 1}
    assert unwrapped({"cursor": "MA==", "node": {"id": 1}}) == {"id": 1}
    assert unwrapped({"_id": "7", "_score": 1.0, "_source": {"status": "active"}}) == {"_id": "7", "status": "active"}
    assert unwrapped({"status": "active", "resource": {"id": 1}}) == {"status": "active", "resource": {"id": 1}}


def test_records_are_told_apart_by_id_or_else_as_a_whole():
    assert identities([{"id": 1, "a": 1}, {"id": "1", "a": 2}], "members") == ["id 1", "id 1"]
    assert identities([{"uuid": "x"}, {"uuid": "y"}], "members") == ["uuid x", "uuid y"]
    assert identities([{"id": None, "a": 1}, {"id": 2, "a": 1}], "members") == [
        canonical({"id": None, "a": 1}),
        canonical({"id": 2, "a": 1}),
    ]
    assert identities([], "members") == []


@pytest.mark.parametrize(
    ("record", "name"),
    [
        ({"row": 1, "memberNo": 7}, "memberNo"),
        ({"member_id": "a"}, "member_id"),
        ({"Member-Number": 7, "uid": "a"}, "uid"),
        ({"member": 7, "members_since": 2020, "remember_id": 1, "number": 3}, None),
        ({"quote_id": 7, "invoice_no": 8}, None),
    ],
)
def test_an_id_may_be_called_after_what_it_tells_apart(record: dict, name: str | None):
    assert identity_name([record], "members") == name


def test_an_invoice_is_not_told_by_the_number_of_its_quote():
    assert identity_name([{"quote_id": 7, "invoice_no": 8}], "invoices") == "invoice_no"


ROWS = [{"row": row, "name": f"Person {row}", "joined": 2020, "status": "active"} for row in range(1, 21)]


@pytest.mark.parametrize(
    ("again", "fields"),
    [
        (ROWS, ()),
        (ROWS[:5], ()),
        ([row | {"row": row["row"] - 3} for row in ROWS[3:]], ("row",)),
        ([row | {"row": row["row"] - 3, "joined": 1999} for row in ROWS[3:]], ("row", "joined")),
        ([row | {"row": row["row"] - 3, "status": "pending"} for row in ROWS[3:]], ()),
        ([*ROWS, ROWS[0] | {"row": 21, "name": "Person 21"}], ()),
    ],
)
def test_what_makes_known_records_look_like_new_ones(again: list[dict], fields: tuple[str, ...]):
    assert volatile_fields(again, ROWS, "members") == fields


def test_records_with_an_id_never_only_look_new():
    assert volatile_fields([{"id": 1, "row": 2}], [{"id": 1, "row": 1}, {"id": 2, "row": 2}], "members") == ()


def test_a_field_without_which_records_are_alike_is_what_tells_them_apart():
    assert (
        volatile_fields([{"name": "Åse", "role": "x"}], [{"name": name, "role": "x"} for name in "abcd"], "members")
        == ()
    )


def test_equal_records_have_one_text():
    assert canonical({"a": 1, "b": [1, "é"]}) == canonical({"b": [1, "é"], "a": 1})
    assert canonical({"a": 1}) != canonical({"a": "1"})


@pytest.mark.parametrize(
    ("record", "status"),
    [
        ({"status": " Active "}, "active"),
        ({"status": ""}, None),
        ({"status": 3}, None),
        ({}, None),
        ({"status": None}, None),
        ({"status": {"label": "Betalt", "code": "PAID"}}, "paid"),
        ({"status": {"id": "3", "name": "sent"}}, "sent"),
        ({"status": {"code": "", "name": "sent"}}, "sent"),
        ({"status": {"code": 3, "label": "Sendt"}}, None),
        ({"status": {}}, None),
    ],
)
def test_status_of(record: dict, status: str | None):
    assert status_of(record) == status


@pytest.mark.parametrize(
    ("record", "whose"),
    [
        ({"id": 1, "status": "accepted", "total": "12500.00", "currency": "NOK"}, False),
        ({"created": "2026-01-05T10:00:00Z", "status": "awaiting_payment"}, False),
        ({"name": "Åse"}, False),
        ({"name": "Åse Lund Nygård"}, False),
        ({"name": "Åse Lund Nygård", "status": "active", "joined": "2024-05-01"}, False),
        ({"id": 7, "name": "Åse Lund Nygård"}, True),
        ({"memberNo": 7, "name": "Åse Lund Nygård"}, True),
        ({"name": "Åse Lund Nygård", "phone": "+47 22 33 44 55"}, True),
        ({"customer": {"contacts": [{"email": "post@nordlys.example"}]}}, True),
        ({"public_token": "kT4vXw8ZpR2n"}, True),
    ],
)
def test_what_could_be_equal_by_chance_says_not_whose_it_is(record: dict, whose: bool):
    assert is_distinctive(record, "members") is whose


@pytest.mark.parametrize(
    "body",
    [
        None,
        {},
        {"data": None},
        {"data": {}, "total": 0},
        {"members": None},
        {"result": {"items": None}},
        {"total": 450, "limit": 200, "offset": 450},
        {"status": "success", "data": None, "errors": []},
    ],
)
def test_some_programs_write_an_empty_list_otherwise(body: object):
    assert isinstance(find_list(body, "members"), NoElements)


@pytest.mark.parametrize(
    "body",
    [
        {"data": None, "errors": [{"message": "no"}]},
        {"data": None, "message": "Log in first."},
        {"success": False, "data": None},
        {"status": "error", "data": None},
        {"total": 450, "note": "nothing"},
        {"token": None},
        "",
        0,
        False,
    ],
)
def test_an_error_and_what_holds_something_else_is_no_empty_list(body: object):
    with pytest.raises(NoList):
        find_list(body, "members")


def test_a_field_stands_at_the_top_or_else_deeper():
    assert find_field({"total": 1, "lines": [{"total": 2}]}, "total") == [1]
    assert find_field({"amounts": {"total": 1}, "lines": [{"total": 2}]}, "total") == [1, 2]
    assert find_field({"Total": 1, "total_amount": 2}, "total") == []
