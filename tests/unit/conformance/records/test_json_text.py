"""Bodies that are no JSON, short and long: what is wrong with them is told in our own words, the same for both."""

from __future__ import annotations

import gzip
import re

import pytest
from oneinvoice_conformance.records.listing import WHOLE, Listing, NotJSON

EMPTY = "the body is empty; have it hold the JSON"
ALONE = "have it hold the JSON alone"
SECOND = "a second value stands behind its end, as in lines of JSON; have it hold one list of all"
CUT = "it ends in the middle of a value, as if it were cut short"
CALL = f"it is a script that calls a function (JSONP); {ALONE}"
UTF_16 = "by its first bytes it is UTF-16, as which it is no JSON either"
TOLD = {
    b"": EMPTY,
    b"\r\n": EMPTY,
    b"\xef\xbb\xbf": EMPTY,
    b"\xef\xbb\xbf)]}'[]": f"it begins with )]}}', which JSON has not; {ALONE}",
    b")]}',\n[]": f"it begins with )]}}', which JSON has not; {ALONE}",
    b"for(;;);[]": f"it begins with for(;;);, which JSON has not; {ALONE}",
    b"while (1); {}": f"it begins with while (1);, which JSON has not; {ALONE}",
    b"{}&&[]": f"it begins with {{}}&&, which JSON has not; {ALONE}",
    b"throw 1; []": f"it begins with throw 1;, which JSON has not; {ALONE}",
    b"callback([]);": CALL,
    b"/**/ typeof app.on === 'function' && app.on([]);": CALL,
    b"<html>": "it begins with '<', as HTML and XML do",
    b"[] []": SECOND,
    b'{"id": 1}\n{"id": 2}\n': SECOND,
    b"[]]": "']' stands behind its end",
    b"[]\0\0": "'\\x00' stands behind its end",
    b"{'id': 1}": "it can't be read at character 2, where \"'\" stands",
    b'{"id" 1}': "it can't be read at character 7, where '1' stands",
    b'{"id": }': "it can't be read at character 8, where '}' stands",
    b"{id: 1}": "it can't be read at character 2, where 'i' stands",
    b'[{"id": 1} {"id": 2}]': "it can't be read at character 12, where '{' stands",
    b"[True]": "it can't be read at character 2, where 'T' stands",
    b'["a\x00b"]': "it holds the control character U+0000 at character 4, which JSON has to escape",
    b'["a\nb"]': "it holds the control character U+000A at character 4, which JSON has to escape",
    b"None": "it can't be read at character 1, where 'N' stands",
    b"[NaN]": "it holds NaN, which JSON has not",
    b'{"data": [': CUT,
    b'["no end': CUT,
    b"[1,": CUT,
    b"[1,nul": CUT,
    b"[true, fals": CUT,
    b"\xff\xfe[]": UTF_16,
    b"\0x\0y": UTF_16,
    '["B\u00f8dker"]'.encode("latin-1"): "it is not UTF-8, as JSON has to be (RFC 8259)",
    gzip.compress(b"[]", mtime=0): "it is compressed by gzip, beyond what its Content-Encoding says",
    b"\x28\xb5\x2f\xfd\x00\x00": "it is compressed by Zstandard, which no request asked for",
}
LATER = [
    b"}",
    b"1",
    b'{"id" 1}]',
    b'{"id": }]',
    b'{"a": "\\x"}]',
    b'{"a": "\\u12"}]',
    b"{id: 1}]",
    b'"no end',
    b"\xff]",
    b"[] []",
]
PYTHONS = re.compile(r"Expecting|Extra data|Untermin|Invalid|Illegal|delimiter|\(char |line 1|codec|int_max|Error|BOM")


def problem_of(body: bytes) -> str:
    with pytest.raises(NotJSON) as raised:
        Listing(body, "members").json()
    return str(raised.value)


@pytest.mark.parametrize("body", TOLD)
def test_what_stands_in_the_place_of_json_is_told_in_words(body: bytes):
    assert problem_of(body) == TOLD[body]


@pytest.mark.parametrize("body", [body for body in TOLD if not body.startswith((b"\0", b"\xff", b'["no end'))])
def test_a_long_body_is_told_as_a_short_one_is(body: bytes):
    assert problem_of(body + b" " * WHOLE) == TOLD[body]


@pytest.mark.parametrize("end", LATER)
@pytest.mark.parametrize("count", [3, WHOLE // 8])
def test_what_is_wrong_far_behind_the_beginning_is_no_word_of_the_parser(end: bytes, count: int):
    told = problem_of(b"[" + b'{"id":1},' * count + end)
    assert not PYTHONS.search(told)
    assert len(told) < 120


@pytest.mark.parametrize("body", [b"[" + b'{"id":1},' * 300_000 + b"1 x]"])
def test_its_place_is_that_in_the_whole_body(body: bytes):
    assert problem_of(body) == "it can't be read at character 2,700,004, where 'x' stands"


@pytest.mark.parametrize("body", [b"\xef\xbb\xbf[]", b"\xef\xbb\xbf[" + b" " * WHOLE + b"]"])
def test_a_byte_order_mark_is_read_over(body: bytes):
    assert Listing(body, "members").records == []
