"""Numbers as languages write them; what is expected here, each of them wrote."""

from __future__ import annotations

import pytest
from oneinvoice_conformance.webhooks.diagnosis import json_numbers
from oneinvoice_conformance.webhooks.diagnosis.json_numbers import NumberStyle


@pytest.mark.parametrize(
    ("style", "number", "written"),
    [
        (json_numbers.javascript, "1e20", "100000000000000000000"),
        (json_numbers.javascript, "1e21", "1e+21"),
        (json_numbers.javascript, "0.000001", "0.000001"),
        (json_numbers.javascript, "1.5e-7", "1.5e-7"),
        (json_numbers.javascript, "9007199254740993", "9007199254740992"),
        (json_numbers.go, "9007199254740993", "9007199254740993"),
        (json_numbers.php, "1e15", "1000000000000000"),
        (json_numbers.php, "1e17", "1.0e+17"),
        (json_numbers.php, "0.00001", "1.0e-5"),
        (json_numbers.ruby, "1e15", "1.0e+15"),
        (json_numbers.ruby, "1e14", "100000000000000.0"),
        (json_numbers.ruby, "1.5e-5", "1.5e-05"),
        (json_numbers.python, "1e15", "1000000000000000.0"),
        (json_numbers.python, "1e16", "1e+16"),
        (json_numbers.java, "9999999.0", "9999999.0"),
        (json_numbers.java, "1e7", "1.0E7"),
        (json_numbers.java, "12345678.5", "1.23456785E7"),
        (json_numbers.java, "0.0009", "9.0E-4"),
        (json_numbers.java, "-100", "-100"),
        (json_numbers.java_doubles, "-100", "-100.0"),
    ],
)
def test_a_number_is_written_as_the_language_writes_it(style: NumberStyle, number: str, written: str) -> None:
    assert style(number) == written


def test_what_is_beyond_a_double_is_no_number_to_write() -> None:
    with pytest.raises(ArithmeticError):
        json_numbers.javascript("1e400")
