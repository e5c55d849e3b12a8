"""Numbers as languages write them: `1e-07` is Python's, `1.0E-7` Java's and `1e-7` JavaScript's."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

_INTEGER = re.compile(r"-?\d+")

NumberWriter = Callable[[str], str]
"""Function that writes a number anew that is given as it stood. Raises `ArithmeticError` for one beyond a double."""


@dataclass(frozen=True, slots=True)
class NumberStyle:
    """Style in which doubles are written, by the shortest digits that mean them.

    The point stands `place` digits behind the beginning of the digits: 1 for 1.5, -4 for 0.000015. Outside of
    `lowest` to `highest` an exponent is written. Integers are doubles, too, where the language makes them such.
    """

    lowest: int
    highest: int
    exponent: str = "e"
    plus: bool = True
    two_digits: bool = False
    fraction_of_mantissa: bool = False
    fraction: bool = False
    integers_are_doubles: bool = False

    def __call__(self, text: str) -> str:
        if _INTEGER.fullmatch(text) and not self.integers_are_doubles:
            return text
        sign, numerals, power = Decimal(repr(float(text))).normalize().as_tuple()
        if not isinstance(power, int):
            raise OverflowError(f"{text} is beyond a double")
        digits = "".join(map(str, numerals))
        place = len(digits) + power if digits != "0" else 1
        scientific = not self.lowest <= place <= self.highest
        return ("-" if sign else "") + (self._scientific if scientific else self._plain)(digits, place)

    def _scientific(self, digits: str, place: int) -> str:
        fraction = digits[1:] or ("0" if self.fraction_of_mantissa else "")
        power = f"{abs(place - 1):02}" if self.two_digits else str(abs(place - 1))
        sign = "-" if place < 1 else "+" if self.plus else ""
        return f"{digits[0]}{'.' if fraction else ''}{fraction}{self.exponent}{sign}{power}"

    def _plain(self, digits: str, place: int) -> str:
        whole = digits[: max(place, 0)].ljust(place, "0") or "0"
        fraction = "0" * -min(place, 0) + digits[max(place, 0) :] or ("0" if self.fraction else "")
        return f"{whole}.{fraction}" if fraction else whole


as_written: NumberWriter = str
javascript = NumberStyle(-5, 21, integers_are_doubles=True)
go = NumberStyle(-5, 21)
php = NumberStyle(-3, 17, fraction_of_mantissa=True)
php_with_fractions = NumberStyle(-3, 17, fraction_of_mantissa=True, fraction=True)
ruby = NumberStyle(-3, 15, two_digits=True, fraction_of_mantissa=True, fraction=True)
python = NumberStyle(-3, 16, two_digits=True, fraction=True)
java = NumberStyle(-2, 7, "E", plus=False, fraction_of_mantissa=True, fraction=True)
java_doubles = NumberStyle(-2, 7, "E", plus=False, fraction_of_mantissa=True, fraction=True, integers_are_doubles=True)
dotnet = NumberStyle(-4, 15, "E", two_digits=True)
dotnet_with_fractions = NumberStyle(-4, 15, "E", two_digits=True, fraction=True)
