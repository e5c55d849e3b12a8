import pytest
from oneinvoice_conformance.wording import are, counted, joined


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
