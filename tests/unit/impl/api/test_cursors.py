"""Cursors: what is made is read again, and all else is refused."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oneinvoice_impl.api.cursors import BadCursor, cursor, place_of
from oneinvoice_impl.store.records.cursor_query import Place
from oneinvoice_openapi.previews import document_of

PLACE = Place(datetime(2026, 1, 5, 10, tzinfo=UTC), "mem_7Qp2VxN4cJrT")
CURSOR = cursor(PLACE, "members", None)
ids = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=50)
moments = st.datetimes(timezones=st.just(UTC))


@given(moments, ids, st.sampled_from(["members", "quotes"]), st.sampled_from([None, "active"]))
def test_a_place_comes_back(moment: datetime, id: str, resource: str, status: str | None) -> None:
    place = Place(moment, id)
    assert place_of(cursor(place, resource, status), resource, status) == place


def test_it_is_as_the_document_says() -> None:
    parameter = document_of("v2")["components"]["parameters"]["Cursor"]
    assert parameter["example"] == CURSOR
    for name, resource in (("MemberPage", "members"), ("QuotePage", "quotes"), ("InvoicePage", "invoices")):
        page = document_of("v2")["components"]["examples"][name]["value"]
        (record,) = page["data"]
        place = Place(datetime.fromisoformat(record["created_at"]), record["id"])
        assert place_of(page["pagination"]["next"], resource, None) == place
    longest = cursor(Place(PLACE.created_at, "~" * 200), "invoices", "draft")
    assert len(longest) <= 512, parameter["schema"]["pattern"]


@pytest.mark.parametrize(("resource", "status"), [("quotes", None), ("members", "active"), ("", None)])
def test_it_is_of_one_list_and_filter(resource: str, status: str | None) -> None:
    with pytest.raises(BadCursor):
        place_of(CURSOR, resource, status)


def test_each_changed_character_is_found() -> None:
    letters = "ABCabc019-_"
    changed = {CURSOR[:at] + letter + CURSOR[at + 1 :] for at in range(len(CURSOR)) for letter in letters} - {CURSOR}
    for each in changed | {CURSOR[:at] for at in range(len(CURSOR))} | {CURSOR + "A", CURSOR + "=", CURSOR + "\n"}:
        with pytest.raises(BadCursor):
            place_of(each, "members", None)


@given(st.text() | st.binary().map(lambda raw: base64.urlsafe_b64encode(raw).decode().rstrip("=")))
def test_what_is_no_cursor_is_refused(text: str) -> None:
    with pytest.raises(BadCursor):
        place_of(text, "members", None)


@pytest.mark.parametrize("place", [Place(PLACE.created_at, "a\0b"), Place(PLACE.created_at, "\0")])
def test_a_forged_id_that_no_database_keeps_is_refused(place: Place) -> None:
    with pytest.raises(BadCursor):
        place_of(cursor(place, "members", None), "members", None)
