"""What is free in JSON."""

from __future__ import annotations

import json
from typing import Any

from oneinvoice_impl.mock.grease.freedoms import UnknownFields, greased, seeded, written

from tests.unit.impl.mock.grease.plain import plain

CONTENT = {
    "data": [
        {"id": "a_b/c@d", "name": 'Blåbær "&" \\ /\n𝄞', "signing": {"name": "x"}, "sent_at": None, "n": [1, True]}
    ],
    "pagination": {"limit": 50, "offset": 0, "total": 9007199254740993},
}


def test_what_is_documented_stays() -> None:
    unknown = UnknownFields(7)
    for number in range(200):
        chance = seeded(7, number)
        assert plain(json.loads(written(greased(CONTENT, chance, unknown), chance))) == CONTENT


def test_the_form_differs_in_all_that_is_free() -> None:
    texts = [written(CONTENT, seeded(number)).decode() for number in range(100)]
    for found in ("\\u00e5", "å", "\\/", "c@", "\\u0040", "\\u005f", "\r\n", '":', '" :', "\t", "𝄞", "\\ud834\\udd1e"):
        assert 10 < sum(found in text for text in texts) < 100, found
    assert {text[:1] for text in texts} == {"{", " ", "\n"}
    assert len(set(texts)) > 50


def test_fields_are_unknown_in_all_objects_and_in_any_order() -> None:
    contents = [greased(CONTENT, seeded(number), UnknownFields(7)) for number in range(100)]
    for of in (lambda x: x, lambda x: x["pagination"], lambda x: x["data"][0], lambda x: x["data"][0]["signing"]):
        assert 30 < sum(any(name.startswith("x_grease_") for name in of(each)) for each in contents) < 95
    assert len({tuple(plain(each)["pagination"]) for each in contents}) == 6


def test_a_seed_has_its_fields_each_of_one_type() -> None:
    def types(seed: int) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for number in range(300):
            for name, value in UnknownFields(seed).some(seeded(number)).items():
                found.setdefault(name, set()).add(_type(value))
        return found

    assert sorted(map(sorted, types(7).values())) == [
        ["bool", "null"], ["dict", "null"], ["list", "null"], ["null", "number"], ["null", "str"]
    ]  # fmt: skip
    assert len(types(7)) == 5
    assert not set(types(7)) & set(types(8))


def _type(value: Any) -> str:
    if value is None:
        return "null"
    return "number" if type(value) in (int, float) else type(value).__name__
