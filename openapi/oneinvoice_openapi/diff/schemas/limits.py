"""Rules for limits: what a bound, a step, a pattern or a format that changed rules in or out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from oneinvoice_openapi.diff.schemas.views import View

_COUNTS = {
    "Length": ("length", "characters"),
    "Items": ("items", "items"),
    "Properties": ("members", "members"),
}
_WITHIN = {("int32", "int64"), ("float", "double")}


@dataclass(frozen=True)
class Limit:
    """Limit that changed, and what that does to what is valid."""

    rule: str
    what: str
    keyword: str
    narrowed: bool
    widened: bool


def bounds(old: View, new: View) -> Iterator[Limit]:
    """Yield the changes of lengths and counts."""
    for suffix, (rule, _) in _COUNTS.items():
        for prefix, sign in (("min", 1), ("max", -1)):
            keyword = prefix + suffix
            before, after = old.limits.get(keyword), new.limits.get(keyword)
            if before != after and _both_have(keyword, old, new):
                stricter = before is None or (after is not None and (after - before) * sign > 0)
                yield Limit(rule, f"{keyword} {_arrow(before, after)}", keyword, stricter, not stricter)


def numbers(old: View, new: View) -> Iterator[Limit]:
    """Yield the changes of numeric bounds."""
    for inclusive, exclusive, sign in (("minimum", "exclusiveMinimum", 1), ("maximum", "exclusiveMaximum", -1)):
        before, after = _bound(old, inclusive, exclusive, sign), _bound(new, inclusive, exclusive, sign)
        if before == after or not (_numeric(old) and _numeric(new)):
            continue
        stricter = before is None or (after is not None and after > before)
        keyword = exclusive if exclusive in new.limits or (exclusive in old.limits and after is None) else inclusive
        words = [_words(view, inclusive, exclusive) for view in (old, new)]
        yield Limit("range", f"{words[0] or f'no {inclusive}'} → {words[1] or 'none'}", keyword, stricter, not stricter)


def sets(old: View, new: View) -> Iterator[Limit]:
    """Yield the changes of patterns, formats and steps, but of a pattern that is replaced, which no rule can judge."""
    for keyword, rule in (("pattern", "pattern"), ("format", "format"), ("multipleOf", "step")):
        before, after = old.sets.get(keyword, frozenset()), new.sets.get(keyword, frozenset())
        gone, come = before - after, after - before
        if (not gone and not come) or (keyword != "format" and not _both_have(keyword, old, new)):
            continue
        what = f"{keyword} {_listed(gone)} → {_listed(come)}"
        if keyword == "pattern" and gone and come:
            continue
        narrowed, widened = bool(come), bool(gone)
        if len(gone) == len(come) == 1:
            [one], [other] = gone, come
            if keyword == "multipleOf":
                narrowed, widened = not _divides(other, one), not _divides(one, other)
            elif (one, other) in _WITHIN:
                narrowed = False
            elif (other, one) in _WITHIN:
                widened = False
        yield Limit(rule, what, keyword, narrowed, widened)


def _both_have(keyword: str, old: View, new: View) -> bool:
    """Tell whether the keyword limits a type that both have; else the change of the type says all."""
    if keyword == "multipleOf":
        return _numeric(old) and _numeric(new)
    type_ = {"Items": "array", "Properties": "object"}.get(keyword[3:], "string")
    return type_ in old.types & new.types


def _numeric(view: View) -> bool:
    return bool(view.types & {"number", "integer"}) and view.enum is None


def _bound(view: View, inclusive: str, exclusive: str, sign: int) -> tuple[Any, bool] | None:
    """Return a bound so that a greater one is stricter."""
    found = [(view.limits[each] * sign, each == exclusive) for each in (inclusive, exclusive) if each in view.limits]
    return max(found, default=None)


def _words(view: View, *keywords: str) -> str:
    return ", ".join(f"{each} {view.limits[each]}" for each in keywords if each in view.limits)


def _arrow(before: Any, after: Any) -> str:
    return f"{'none' if before is None else before} → {'none' if after is None else after}"


def _listed(values: Any) -> str:
    return ", ".join(sorted(map(str, values))) or "none"


def _divides(step: Any, value: Any) -> bool:
    return (Fraction(str(value)) / Fraction(str(step))).denominator == 1
