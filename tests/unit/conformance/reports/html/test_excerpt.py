import pytest
from oneinvoice_conformance.reports.html.excerpt import Excerpts, Piece, marked

from tests.unit.conformance.reports.reporting import answer, in_full


@pytest.fixture
def excerpts() -> Excerpts:
    return Excerpts()


def test_after_what_has_no_room_nothing_has_any(excerpts: Excerpts):
    shown = 0
    while excerpts.body(in_full(answer(b"x" * 1001)).body).pieces != (Piece(""),):
        shown += 1
    assert 400 < shown < 1000
    assert excerpts.full
    assert excerpts.line("short") == "…"


def test_what_is_not_shown_of_a_body_is_told_where_the_telling_part_stands_last(excerpts: Excerpts):
    content = b"x" * 19_900 + b"needle" + b"y" * 10_000
    excerpt = excerpts.body(in_full(answer(content)).body, ["needle"])
    shown = "".join(piece.text for piece in excerpt.pieces)
    assert Piece("needle", marked=True) in excerpt.pieces
    assert excerpt.before + len(shown) + excerpt.after == excerpt.size == len(content)


def test_the_longest_of_the_words_is_marked():
    assert marked("an abcdef", ["abc", "abcdef"]) == (Piece("an "), Piece("abcdef", marked=True))


@pytest.mark.parametrize(("records", "told"), [(200, True), (20_000, False)])
def test_records_of_a_body_that_takes_long_to_read_are_not_counted(excerpts: Excerpts, records: int, told: bool):
    shown = excerpts.whole(in_full(answer([{"id": f"m{number}"} for number in range(records)])), "so it is")
    assert (Piece(f"{records:,} records", marked=True) in shown.answer) is told
