"""Places where a key was sent, and what is shown in its place."""

from __future__ import annotations

import pytest
from oneinvoice_conformance.clients import observation
from oneinvoice_impl.mock.journal.key_places import (
    KeyPlace,
    key_places,
    masked_authorization,
    query_without_keys,
)

from tests.unit.impl.mock.journal.made import KEY

BASIC = "MWl2X2trazo="  # of 1iv_kkk and a colon


def test_they_have_the_names_that_the_suite_has() -> None:
    assert {place.value for place in KeyPlace} <= {place.value for place in observation.KeyPlace}


@pytest.mark.parametrize(
    ("path", "query", "headers", "places"),
    [
        ("/api/v1", "", [], []),
        ("/api/v1", "limit=5", [("authorization", f"Bearer {KEY}")], [KeyPlace.BEARER]),
        ("/api/v1", "", [("authorization", "bearer mine")], [KeyPlace.BEARER]),
        ("/api/v1", "", [("authorization", "Bearer ")], []),
        ("/api/v1", "", [("authorization", KEY)], [KeyPlace.OTHER_SCHEME]),
        ("/api/v1", "", [("authorization", f"Token {KEY}")], [KeyPlace.OTHER_SCHEME]),
        ("/api/v1", "", [("authorization", f"Basic {BASIC}")], [KeyPlace.OTHER_SCHEME]),
        ("/api/v1", "", [("authorization", "Basic dXNlcjpwYXNz")], []),
        ("/api/v1", "", [("x-api-key", KEY)], [KeyPlace.OTHER_HEADER]),
        ("/api/v1", f"a=b&key={KEY}", [("authorization", f"Bearer {KEY}")], [KeyPlace.BEARER, KeyPlace.URL]),
        ("/api/v1", f"key={KEY.replace('_', '%5F')}", [], [KeyPlace.URL]),
        (f"/api/v1/{KEY}", "", [], [KeyPlace.URL]),
    ],
)
def test_where_a_key_is(path: str, query: str, headers: list[tuple[str, str]], places: list[KeyPlace]) -> None:
    assert list(key_places(path, query, headers)) == places


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (f"Bearer {KEY}", "Bearer 1iv_***"),
        (f'Bearer "{KEY}"', "Bearer 1iv_***"),
        ("Bearer my-own-secret", "Bearer ***"),
        (f"Basic {BASIC}", "Basic 1iv_***"),
        ("Basic dXNlcjpwYXNz", "Basic ***"),
        (KEY, "1iv_***"),
        (f"Bearer{KEY}", "***"),
        ("my-own-secret", "***"),
        ("my_own_secret and more", "***"),
        ("", ""),
    ],
)
def test_what_is_shown_of_authorization(value: str, shown: str) -> None:
    assert masked_authorization(value) == shown


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("limit=5&status=%C3%B8", "limit=5&status=%C3%B8"),
        (f"a=%C3%B8&key={KEY}&b=c", "a=%C3%B8&key=1iv_***&b=c"),
        (f"a=%20b&key={KEY.replace('_', '%5f')}", "a=%20b&key=1iv_***"),
        (f"key=1%69v_{KEY[4:]}&a=b", "key=1iv_***&a=b"),
        (f"{KEY}={KEY}", "1iv_***=1iv_***"),
    ],
)
def test_what_is_shown_of_a_query(query: str, shown: str) -> None:
    assert query_without_keys(query) == shown
