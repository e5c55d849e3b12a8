import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oneinvoice_conformance.reports.html.indentation import indented

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
)


@given(JSON.filter(lambda value: isinstance(value, dict | list)))
def test_json_is_the_same_with_a_line_for_each_value(value: object):
    text = json.dumps(value, separators=(",", ":"))
    assert indented(text, 0, len(text)) == json.dumps(value, indent=2)


@pytest.mark.parametrize(
    ("start", "end", "shown"),
    [
        (0, 12, '{\n  "a": [\n    1,\n    {\n      "b"'),
        (6, 18, '    1,\n    {\n      "b": null\n    }'),
        (7, 12, ',\n    {\n      "b"'),
    ],
)
def test_a_part_is_indented_as_it_stands_in_the_whole(start: int, end: int, shown: str):
    text = '{"a": [1, {"b": null}, "c"]}'.replace(" ", "")
    assert indented(text, start, end) == shown


def test_what_is_said_behind_json_stays_as_it_is():
    text = '{"id":1}, which is one'
    assert indented(text, 0, len(text)) == '{\n  "id": 1\n}, which is one'


@pytest.mark.parametrize("text", ["<html>{,}", "plain, text", '{\n"a":\n1,\n"b":\n2\n}', "", "{'a': 1"])
def test_what_is_no_json_or_has_lines_already_loses_nothing(text: str):
    assert "".join(indented(text, 0, len(text)).split()) == "".join(text.split())
