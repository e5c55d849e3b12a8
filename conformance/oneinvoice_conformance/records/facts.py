"""Documented facts of a record, which are the same wherever a deployment shows it.

What else a record holds may depend on the request, such as a link, a cursor or the number of a row. A name, an address
of e-mail or a day of creation hardly does, so that a record with another one may be mixed up with another record, and
one without it is shown in part.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from oneinvoice_conformance.records.dates import DateKind, day_of, is_zero, kind_of
from oneinvoice_conformance.records.finder import Record, find_field, status_of
from oneinvoice_conformance.records.json_text import canonical
from oneinvoice_conformance.records.names import Names, blank, leaves, words

_PERSONAL = re.compile(r"[^\s@/]+@[^\s@/]+|[^\W\d_]{2,}(?:[ '.-]+[^\W\d_]{2,})+")  # an address of e-mail, a name
# Fields that belong to the record and not to the request, by the words of their path.
_OWN = re.compile(
    r"(?:.+ )?(?:(?:first|last|given|family|middle|sur|full|display|company|customer|client) ?name|surname|e ?mail"
    r"(?: address)?|(?:tele)?phone(?: number)?|mobile(?: number)?|birth ?(?:date|day)|date of birth|created"
    r"(?: (?:at|on|date))?|joined(?: (?:at|on|date))?|(?:member|quote|invoice|customer|client) ?(?:number|no|nr))"
)
_OWN_OF_DOCUMENTS = re.compile(r"number|(?:.+ )?(?:total|total amount|amount|currency|issued? (?:at|on|date))")


@dataclass(frozen=True, slots=True)
class Difference:
    """Difference of a record from another showing of it: in which fact, and whether that is missing there."""

    what: str
    is_documented: bool
    is_missing: bool = False

    def __str__(self) -> str:
        return f"no {self.what}" if self.is_missing else f"another {self.what}"


def due_value(names: Names, record: Record) -> Any:
    """Return the value of a due date that looks most like a date; None without any, or if it is a program's zero."""
    values = [value for _, value in names.matching(record) if not blank(value) and not isinstance(value, bool)]
    likeliest = min(values, key=lambda value: (kind_of(value), is_zero(value)), default=None)
    return None if is_zero(likeliest) else likeliest


def differences(one: Record, two: Record, endpoint: str, names: Mapping[str, Names]) -> Iterator[Difference]:
    """Yield in what the second showing of a record differs from the first, documented facts first.

    What the first does not show is no difference.
    """
    before, after = _facts(one, endpoint, names), _facts(two, endpoint, names)
    for what, value in before.items():
        if value is not None and after[what] != value:
            yield Difference(what, is_documented=True, is_missing=after[what] is None)
    own_before, own_after = _own(one, endpoint), _own(two, endpoint)
    personal, shown = _personal(two), {path for path, value in leaves(two) if value is not None}
    for path, text in _personal(one).items():
        is_missing = not any(each[: len(path)] == path for each in shown)
        if path not in own_before and (is_missing or personal.get(path, text) != text):
            yield Difference(f"'{' '.join(path)}'", is_documented=False, is_missing=is_missing)
    for path, values in own_before.items():
        if own_after.get(path) != values:
            yield Difference(f"'{' '.join(path)}'", is_documented=False, is_missing=path not in own_after)


def _facts(record: Record, endpoint: str, names: Mapping[str, Names]) -> dict[str, str | None]:
    facts = {"status": status_of(record)}
    if endpoint == "quotes":
        facts["total"] = _amount(next(iter(find_field(record, "total")), None))
        facts["public_token"] = _text(next(iter(find_field(record, "public_token")), None))
        is_signed = any(not blank(value) for _, value in names["signing"].matching(record))
        facts["signing info"] = "shown" if is_signed else None
    if endpoint == "invoices":
        facts["due date"] = _day(due_value(names["due_date"], record))
        payments = {words(str(value)) for _, value in names["payment_status"].matching(record) if _may_be_word(value)}
        facts["payment status"] = canonical(sorted(payments)) if payments else None
    return facts


def _own(record: Record, endpoint: str) -> dict[tuple[str, ...], list[str]]:
    """Return the values of the fields that belong to the record whatever is asked, but blank ones, by their path."""
    own: dict[tuple[str, ...], list[str]] = {}
    for path, value in leaves(record):
        name = " ".join(path)
        is_own = _OWN.fullmatch(name) or (endpoint != "members" and _OWN_OF_DOCUMENTS.fullmatch(name))
        if is_own and not blank(value):
            own.setdefault(path, []).append(_amount(value) or "")
    return {path: sorted(values) for path, values in own.items()}


def _text(value: Any) -> str | None:
    return None if blank(value) else canonical(value)


def _amount(value: Any) -> str | None:
    """Return an amount in one form for `10`, `10.0` and `"10.00"`."""
    try:
        return str(Decimal(str(value)).normalize())
    except ArithmeticError:
        return _text(value)


def _day(value: Any) -> str | None:
    day = day_of(value.strip()) if isinstance(value, str) else None
    return day.isoformat() if day else _text(value)


def _may_be_word(value: Any) -> bool:
    """Tell whether a value may tell a payment status, which a date or an amount beside it doesn't."""
    return isinstance(value, bool) or (
        isinstance(value, str) and not blank(value) and kind_of(value) is DateKind.NO_DATE
    )


def _personal(record: Record) -> dict[tuple[str, ...], str]:
    """Return the names and addresses of a record by the words of their path; of several at a path the last."""
    return {
        path: value for path, value in leaves(record) if isinstance(value, str) and _PERSONAL.fullmatch(value.strip())
    }
