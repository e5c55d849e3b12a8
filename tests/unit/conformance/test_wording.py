import pytest
from oneinvoice_conformance.wording import are, counted


@pytest.mark.parametrize(("count", "text"), [(0, "0 quotes"), (1, "1 quote"), (2, "2 quotes"), (1200, "1,200 quotes")])
def test_counted(count: int, text: str):
    assert counted(count, "quotes") == text


def test_one_is_and_more_are():
    assert (are(0), are(1), are(2)) == ("are", "is", "are")
