"""Deliveries in a file."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oneinvoice_conformance.errors import UsageError
from oneinvoice_conformance.http.delivery import Delivery
from oneinvoice_conformance.webhooks.capture import read_capture, to_line

_TEXT = st.text(st.characters(min_codepoint=32, max_codepoint=0x2FF, exclude_characters="\x7f\x85"), max_size=20)


@given(st.binary(max_size=100), st.lists(st.tuples(_TEXT, _TEXT), max_size=4))
def test_a_line_keeps_every_byte(
    tmp_path_factory: pytest.TempPathFactory, body: bytes, headers: list[tuple[str, str]]
) -> None:
    delivery = Delivery(1, 1_700_000_000.25, "POST", "/hook?a=b", tuple(headers), body)
    path = tmp_path_factory.mktemp("capture") / "deliveries.jsonl"
    path.write_text(to_line(delivery) + "\n" + to_line(delivery), "utf-8")
    first, second = read_capture(path)
    assert first == delivery
    assert second.number == 2


def test_a_mark_in_front_and_line_ends_of_windows_are_none_of_a_delivery(tmp_path: Path) -> None:
    path, delivery = tmp_path / "deliveries.jsonl", Delivery(1, 0.0, "POST", "/", (), b"{}\r\n")
    path.write_bytes(b"\xef\xbb\xbf" + to_line(delivery).replace("\n", "\r\n").encode())
    assert read_capture(path) == (delivery,)


@pytest.mark.parametrize(
    "line",
    ["not json", "[]", "{}", '{"method": "POST", "target": "/", "headers": [], "body_base64": "%"}',
     '{"method": "POST", "target": "/", "headers": ["one"], "body_base64": ""}'],
)  # fmt: skip
def test_a_line_that_is_no_delivery_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "deliveries.jsonl"
    good = to_line(Delivery(1, 0.0, "POST", "/", (), b"{}"))
    path.write_text(f"{good}{line}\n", "utf-8")
    with pytest.raises(UsageError, match=r"Line 2 of .* is no delivery"):
        read_capture(path)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is no file"):
        read_capture(tmp_path / "nothing.jsonl")
