"""Grease, which changes the form of an answer and nothing that it says."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from oneinvoice_conformance.clients.front.answer import Answer, Framing
from oneinvoice_conformance.clients.front.grease import Freedom, accepts_gzip, greased, written
from oneinvoice_conformance.clients.observation import Mark

from tests.unit.conformance.clients.happenings import asked

CONTENT = {
    "data": [{"id": "mem_1", "name": 'Bjørn "Bo" \\ 𝄞/☃\n', "customer": {"tags": ["a", 1, None]}}],
    "pagination": {"limit": 50, "offset": 0, "total": 1},
}
HEADERS = (("content-type", "application/json"), ("ratelimit", "r=9"), ("x-request-id", "req_1"))
TAKES_GZIP = asked(0.0, headers=(("Accept-Encoding", "gzip"),))


def answer(content: Any = CONTENT) -> Answer:
    return Answer(200, HEADERS, json.dumps(content, ensure_ascii=False).encode())


def without_grease(content: Any) -> Any:
    """Return JSON without the fields that grease adds."""
    if isinstance(content, list):
        return [without_grease(each) for each in content]
    if isinstance(content, dict):
        return {name: without_grease(each) for name, each in content.items() if not name.startswith("x_grease_")}
    return content


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("freedom", [*Freedom, None])
def test_an_answer_says_the_same(freedom: Freedom | None, seed: int):
    changed = greased(answer(), TAKES_GZIP, [freedom] if freedom else [*Freedom], random.Random(seed))
    assert without_grease(changed.json()) == CONTENT
    assert (changed.status, changed.mark) == (200, Mark.GREASE)


def one(freedom: Freedom, seed: int = 1) -> Answer:
    return greased(answer(), TAKES_GZIP, [freedom], random.Random(seed))


def test_each_freedom_is_used():
    assert b"x_grease_" in one(Freedom.FIELDS).body
    assert list(json.loads(one(Freedom.FIELD_ORDER).body)["data"][0]) != list(CONTENT["data"][0])  # type: ignore[arg-type]
    assert one(Freedom.SPACING).body.startswith(b"\r\n")
    assert b"\\u" in one(Freedom.ESCAPES).body
    assert b"\\/" in one(Freedom.ESCAPES).body
    assert one(Freedom.CHUNKS).framing is Framing.CHUNKED
    assert one(Freedom.GZIP).is_packed
    assert not one(Freedom.CHUNKS).is_packed
    assert len(one(Freedom.HEADERS).headers) > len(HEADERS)
    assert "ratelimit" not in dict(one(Freedom.FEWER_HEADERS).headers)
    assert [name for name, _ in one(Freedom.HEADER_CASE).headers] != [name for name, _ in HEADERS]
    assert dict(one(Freedom.CHARSET).headers)["content-type"].startswith("application/json;")
    assert any(one(Freedom.HEADER_ORDER, seed).headers != HEADERS for seed in range(5))


def test_what_is_not_asked_for_stays_as_it_is():
    assert one(Freedom.CHUNKS).body == answer().body
    assert one(Freedom.CHUNKS).headers == HEADERS
    assert one(Freedom.FIELDS).headers == HEADERS


def test_an_answer_tells_what_was_used():
    no_gzip = greased(answer(), asked(0.0), [Freedom.GZIP, Freedom.CHUNKS], random.Random(1))
    assert (no_gzip.note, no_gzip.is_packed) == (Freedom.CHUNKS.value, False)
    html = Answer(502, (("content-type", "text/html"),), b"<html>")
    changed = greased(html, asked(0.0), [*Freedom], random.Random(1))
    assert changed.body == html.body
    assert Freedom.FIELDS not in changed.note


@pytest.mark.parametrize(
    ("codings", "accepts"),
    [
        ("gzip", True),
        ("gzip, deflate, br", True),
        ("br;q=1.0, GZIP;q=0.5, *;q=0.1", True),
        ("deflate, gzip;q=0", False),
        ("gzip;q=0.000", False),
        ("identity", False),
        ("gzippy", False),
        ("", False),
    ],
)
def test_gzip_is_for_who_names_it(codings: str, accepts: bool):
    assert accepts_gzip(asked(0.0, headers=(("accept-encoding", codings),))) is accepts


def test_no_accept_encoding_is_no_gzip():
    assert not accepts_gzip(asked(0.0))


@pytest.mark.parametrize("text", ['"', "\\", "/", "\u2028", "\x7f", "𝄞", "a\\u0041"])
def test_escapes_keep_every_character(text: str):
    for seed in range(10):
        assert json.loads(written({text: [text]}, [Freedom.ESCAPES], random.Random(seed))) == {text: [text]}
