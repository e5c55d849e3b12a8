import json

import pytest
from oneinvoice_conformance.records import listing as module
from oneinvoice_conformance.records.abridged import Rest, abridged, shallow
from oneinvoice_conformance.records.fields import fields_of
from oneinvoice_conformance.records.json_text import canonical
from oneinvoice_conformance.records.listing import Listing

LINES = [{"text": f"line {number}", "quantity": number, "price": 1.5} for number in range(500)]
LARGE = {
    "text": {"id": 1, "note": "x" * 30_000},
    "list": {"id": 1, "lines": LINES},
    "object": {"id": 1, "more": {"status": "open", **{f"key{number}": "a value" for number in range(1_000)}}},
    "text inside": {"id": 1, "customer": {"logos": [{"file": "x" * 30_000}]}},
}


@pytest.mark.parametrize("kind", LARGE)
def test_a_large_record_is_told_by_its_beginning(kind: str):
    shorter = abridged(LARGE[kind])
    assert len(canonical(shorter)) < len(canonical(LARGE[kind])) / 3
    assert (shorter["id"], shorter.keys()) == (1, LARGE[kind].keys())
    assert shorter == abridged(json.loads(json.dumps(LARGE[kind])))


@pytest.mark.parametrize("kind", LARGE)
def test_records_that_differ_at_their_ends_differ(kind: str):
    text = json.dumps(LARGE[kind])
    for end in ('xxx"', '"line 499"', '"key999": "a value"'):
        if end in text:
            changed = json.loads(text.replace(end, end.replace("x", "y").replace("line", "row").replace("a v", "v")))
            assert abridged(changed) != abridged(LARGE[kind])
            return
    raise AssertionError(text)


def test_a_name_without_digits_is_kept():
    assert abridged(LARGE["object"])["more"]["status"] == "open"


def test_a_small_record_is_left_as_it_is():
    record = {"id": 1, "lines": LINES[:20], "note": "x" * 1_000, "more": {"a": {"b": [list(range(100))]}}, "none": []}
    assert abridged(record) is record


def test_the_rest_of_a_list_is_of_no_type_that_a_field_has():
    fields = fields_of([[abridged(LARGE["list"])]])
    assert fields["[].lines[]"].types == ("null", "object")


def test_what_is_nested_very_deeply_is_told_by_a_digest():
    for depth in (65, 900, 50_000):
        text = f'{{"data": [{{"id": 1}}], "tree": {"[" * depth}"] \\" ["{"]" * depth}, "total": 1}}'
        read = json.loads(shallow(text))
        assert (read["data"], read["total"]) == ([{"id": 1}], 1)
        assert shallow(text) == shallow(text.replace('"data"', '"list"')).replace('"list"', '"data"')
        assert shallow(text) != shallow(text.replace('"] ', '"[ '))
    assert shallow('{"a": [[1, "]"], {}]}') == '{"a": [[1, "]"], {}]}'


@pytest.mark.parametrize("whole", [100, 2**20])
@pytest.mark.parametrize("end", ["", ', "more": 1'])
def test_a_list_beside_or_with_what_is_nested_very_deeply_is_looked_at(
    monkeypatch: pytest.MonkeyPatch, whole: int, end: str
):
    monkeypatch.setattr(module, "WHOLE", whole)
    tree = "[" * 20_000 + "]" * 20_000
    inside = Listing(f'{{"data": [{{"id": 1, "tree": {tree}{end}}}, {{"id": 2}}]}}'.encode(), "members")
    beside = Listing(f'{{"data": [{{"id": 1}}, {{"id": 2}}], "tree": {tree}{end}}}'.encode(), "members")
    assert inside.identities == beside.identities == ["id 1", "id 2"]
    cut = Listing(f'{{"data": [{{"id": 1}}, {{"id": 2}}], "tree": {tree[:30_000]}'.encode(), "members", is_cut=True)
    assert cut.identities == ["id 1", "id 2"]


def test_pages_of_large_records_are_kept_whole():
    for record in LARGE.values():
        records = [{**record, "id": number} for number in range(200)]
        page = Listing(json.dumps({"data": records}).encode(), "members")
        assert (page.count, page.is_whole) == (200, True)
        short = Listing(json.dumps({"data": records[:7]}).encode(), "members")
        assert short.texts == page.texts[:7]


def test_a_digest_is_a_text():
    assert json.dumps(Rest.of("a\ud800")) == f'"{Rest.of("a" + chr(0xD800))}"'
