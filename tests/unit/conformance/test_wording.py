import pytest
from oneinvoice_conformance.wording import are, counted, joined, ranges, unfit


@pytest.mark.parametrize(("count", "text"), [(0, "0 quotes"), (1, "1 quote"), (2, "2 quotes"), (1200, "1,200 quotes")])
def test_counted(count: int, text: str):
    assert counted(count, "quotes") == text


def test_one_is_and_more_are():
    assert (are(0), are(1), are(2)) == ("are", "is", "are")


@pytest.mark.parametrize(
    ("things", "text"),
    [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")],
)
def test_joined(things: list[str], text: str):
    assert joined(things) == text


@pytest.mark.parametrize(
    ("ids", "text"),
    [
        ([], ""),
        (["MEM-1"], "MEM-1"),
        (["HOOK-1", "HOOK-2", "HOOK-3", "RATE-1"], "HOOK-1..3, RATE-1"),
        (["MEM-1", "MEM-3", "MEM-4"], "MEM-1, MEM-3..4"),
        (["MEM-1", "QUO-2"], "MEM-1, QUO-2"),
    ],
)
def test_ids_that_follow_each_other_are_a_range(ids: list[str], text: str):
    assert ranges(ids) == text


def test_a_document_that_is_unfit_is_told_without_the_names_of_exceptions():
    assert unfit(KeyError("entries")) == "it has no 'entries' where one is due"
    assert unfit(ValueError("it ends early")) == "it ends early"
    assert unfit(TypeError("'int' object is not iterable")) == "a value is of another kind than is due there"
