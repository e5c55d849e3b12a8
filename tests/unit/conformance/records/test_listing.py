import json

import pytest
from oneinvoice_conformance.records import listing as module
from oneinvoice_conformance.records.finder import NoList
from oneinvoice_conformance.records.listing import Listing, NotJSON

MANY = [{"id": number} for number in range(3_000)]


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take bodies of more than 100 bytes for long ones."""
    monkeypatch.setattr(module, "WHOLE", 100)


def listing(body: object, *, is_cut: bool = False) -> Listing:
    return Listing(body if isinstance(body, bytes) else json.dumps(body).encode(), "members", is_cut=is_cut)


@pytest.mark.usefixtures("short")
@pytest.mark.parametrize("body", [MANY, {"data": MANY, "included": MANY}, {"data": {"members": MANY}, "total": 1}])
def test_of_a_long_list_the_first_records_are_kept_and_all_are_counted(body: object):
    found = listing(body)
    assert (found.count, found.is_whole, found.identified) == (3_000, False, True)
    assert found.records == MANY[:1_000]
    assert found.identities[-1] == "id 999"
    assert len(found.texts) == 1_000


@pytest.mark.usefixtures("short")
def test_a_long_body_with_few_records_is_kept_whole():
    records = [{"id": number, "note": "x" * 1_000} for number in range(200)]
    found = listing({"data": records})
    assert (found.records, found.count, found.is_whole) == (records, 200, True)


def test_of_a_body_that_is_cut_whole_records_are_counted():
    found = listing(json.dumps({"data": MANY}).encode()[:-20], is_cut=True)
    assert (found.count, found.is_whole, len(found.records)) == (2_998, False, 1_000)


@pytest.mark.parametrize("body", [b"<html>", b'{"meta": {"a": 1', b'{"data": [1, 2', b"[1"])
def test_a_body_that_is_cut_may_hold_a_list_behind_its_end(body: bytes):
    with pytest.raises(NoList, match="it goes on behind the 0 MiB that were read of it") as raised:
        _ = listing(body, is_cut=True).records
    assert raised.value.ambiguous


@pytest.mark.usefixtures("short")
def test_a_long_body_is_no_json_where_only_its_end_is_wrong():
    found = listing(json.dumps(MANY).encode() + b"]")
    with pytest.raises(NotJSON, match="stands behind its end"):
        _ = found.records
