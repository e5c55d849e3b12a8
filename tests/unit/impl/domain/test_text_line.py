"""Texts of one line: what is kept of a name, and what is said of one that can't be."""

from __future__ import annotations

import pytest
from oneinvoice_impl.domain.member import problems
from oneinvoice_impl.domain.text_line import folded, unusable_character
from oneinvoice_impl.mock.controls.values import SIGNING, InvalidRequest, parse


@pytest.mark.parametrize(
    "name",
    [
        "علی\N{ZERO WIDTH NON-JOINER}رضا",
        "ශ්\N{ZERO WIDTH JOINER}රී",
        "O\N{RIGHT SINGLE QUOTATION MARK}Neil",
        "Jose\N{COMBINING ACUTE ACCENT}",
        "\U0003106c",
        "\U00031c6c",
        "山田\N{IDEOGRAPHIC SPACE}太郎",
        "രാജന\N{MALAYALAM SIGN VIRAMA}\N{ZERO WIDTH JOINER}",
        "Kari \N{HEBREW LETTER MEM}\N{LEFT-TO-RIGHT MARK}(1)",
        "\N{WAVING BLACK FLAG}\N{TAG LATIN SMALL LETTER G}\N{CANCEL TAG}",
    ],
)
def test_how_a_name_is_written_is_kept(name: str) -> None:
    assert folded(name) == name
    assert unusable_character(name) is None
    assert problems(first_name=name, last_name=name, email="kari@nordlys.example", status="active") == {}
    assert parse({"signing.name": name}, SIGNING) == {"signing.name": name}


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Anne\N{NO-BREAK SPACE}Marie", "Anne Marie"),
        ("Anne\N{NARROW NO-BREAK SPACE}Marie\N{NO-BREAK SPACE}", "Anne Marie"),
        ("1\N{FIGURE SPACE}000", "1 000"),
        ("\N{RIGHT-TO-LEFT MARK}משה", "משה"),
        ("משה \N{LEFT-TO-RIGHT MARK}", "משה"),
        ("Kari\N{SOFT HYPHEN}Nilsen", "KariNilsen"),
        ("\N{ZERO WIDTH NO-BREAK SPACE}Kari", "Kari"),
        ("Ka\N{ZERO WIDTH SPACE}ri", "Kari"),
        ("\N{FIRST STRONG ISOLATE}Ola\N{POP DIRECTIONAL ISOLATE} Li", "Ola Li"),
        ("\tKari\n", "Kari"),
        ("\N{ZERO WIDTH JOINER} \N{SOFT HYPHEN}", ""),
        ("", ""),
    ],
)
def test_what_came_along_is_folded_or_left_out(typed: str, kept: str) -> None:
    assert folded(typed) == kept
    assert folded(kept) == kept


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Ola\N{RIGHT-TO-LEFT OVERRIDE}evil", "right-to-left override (U+202E), character 4"),
        ("\N{LEFT-TO-RIGHT OVERRIDE}Ola", "left-to-right override (U+202D), character 1"),
        ("Ola\nNordmann", "line break (U+000A), character 4"),
        ("Ola\tNordmann", "tab (U+0009), character 4"),
        ("Ola\0", "NUL (U+0000), character 4"),
        ("Ola\x1b[31m", "control character (U+001B), character 4"),
        ("Ola\x9b31m", "control character (U+009B), character 4"),
        ("Ola\N{LINE SEPARATOR}Li", "line separator (U+2028), character 4"),
        ("Ola\N{PARAGRAPH SEPARATOR}Li", "paragraph separator (U+2029), character 4"),
        ("Ola\ud800", "half of a surrogate pair (U+D800), character 4"),
        ("Ka\N{SOFT HYPHEN}ri\N{RIGHT-TO-LEFT OVERRIDE}", "right-to-left override (U+202E), character 6"),
    ],
)
def test_what_would_move_other_text_is_refused_by_its_name_and_place(name: str, words: str) -> None:
    assert unusable_character(folded(name)) == words
    sentences = problems(first_name=folded(name), last_name="Li", email="kari@nordlys.example", status="active")
    assert sentences == {"first_name": f"Leave out the {words} of the first name."}
    with pytest.raises(InvalidRequest, match=r"^signing\.name must be without the "):
        parse({"signing.name": name}, SIGNING)


@pytest.mark.parametrize(
    "name", ["\N{TAG LATIN CAPITAL LETTER A}", "\u206a", "\N{VARIATION SELECTOR-16}\N{COMBINING GRAPHEME JOINER}"]
)
def test_a_name_of_which_nothing_is_seen_is_none(name: str) -> None:
    sentences = problems(first_name=name, last_name="Li", email="kari@nordlys.example", status="active")
    assert sentences == {"first_name": "Give a first name."}
