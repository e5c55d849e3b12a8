"""Invoices."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime
from enum import IntEnum
from typing import Any

from oneinvoice_conformance.model.finding import Finding, Undecided, failed, inconclusive, passed
from oneinvoice_conformance.model.outcome import Outcome
from oneinvoice_conformance.records.finder import Record, identities, status_of
from oneinvoice_conformance.records.json_text import HugeNumber
from oneinvoice_conformance.records.names import Names, blank, words
from oneinvoice_conformance.rules.lists import filter_is_exact, is_list, issued_only, lacking
from oneinvoice_conformance.rules.rule import probe
from oneinvoice_conformance.session.rule_context import BAD_INPUT_STATUSES, RuleContext
from oneinvoice_conformance.wording import are, counted


@probe("INV-1")
def json_list(context: RuleContext) -> Finding:
    return is_list(context, "invoices")


@probe("INV-2")
def status_filter(context: RuleContext) -> Finding:
    return _by_payment_status(context) or filter_is_exact(context, "invoices", "paid", ("sent", "draft"))


def _by_payment_status(context: RuleContext) -> Finding | None:
    """Judge status=paid by the payment status; None where `status` itself says `paid`, or nothing does."""
    invoices = context.read_list("invoices").require_complete()
    records = context.without_others("invoices", invoices.records)
    names = context.names["payment_status"]
    paid = {
        key for key, record in zip(identities(records, "invoices"), records, strict=True) if _is_paid(names, record)
    }
    if not paid or any(status_of(record) == "paid" for record in records):
        return None
    answer = context.ask("invoices", status="paid")
    if answer.status in BAD_INPUT_STATUSES:
        return failed(f"status=paid is refused with {answer.status}", answer)
    listed = context.read_list("invoices", status="paid").require_complete()
    if not listed.records:
        return None
    primary_records = context.without_others("invoices", listed.records)
    if unpaid := [record for record in primary_records if _is_paid(names, record) is False]:
        return failed(f"status=paid also lists {len(unpaid)} that are not paid by their payment status", answer)
    if paid != set(identities(primary_records, "invoices")):
        reason = f"status=paid lists others than the {len(paid)} invoices that are paid by their payment status"
        return inconclusive(
            f"{reason}, and none shows the status 'paid'; ask the owner which of the two is filtered", answer
        )
    return passed(f"status=paid lists exactly the {len(paid)} invoices that are paid by their payment status", answer)


def _is_paid(names: Names, record: Record) -> bool | None:
    """Return whether the payment status says that the invoice is paid; None where it says neither in known words."""
    meanings = {_PAYMENT.get(words(str(value))) for _, value in names.matching(record)} - {None}
    return meanings.pop() if len(meanings) == 1 else None


_PAYMENT = {
    ("true",): True,
    ("paid",): True,
    ("fully", "paid"): True,
    ("settled",): True,
    ("false",): False,
    ("unpaid",): False,
    ("not", "paid"): False,
    ("not", "settled"): False,
    ("overdue",): False,
    ("open",): False,
    ("outstanding",): False,
}


@probe("INV-3")
def payment_status(context: RuleContext) -> Finding:
    """Accept a field of that name, or a status in words of payment."""
    names = context.names["payment_status"]
    if _status_tells_payment(context, names):
        return passed("the invoices' status says in words of payment what was paid")
    finding = _all_have(context, names, "payment status", lambda record: bool(_values(names, record)))
    return (_contradiction(context, names) if finding.outcome is Outcome.PASSED else None) or finding


@probe("INV-4")
def due_date(context: RuleContext) -> Finding:
    names = context.names["due_date"]
    return _all_have(context, names, "due date", lambda record: _due_value(names, record) is not None)


@probe("INV-5")
def real_date(context: RuleContext) -> Finding:
    invoices = context.read_list("invoices")
    names = context.names["due_date"]
    values = [value for record in invoices.records if (value := _due_value(names, record)) is not None]
    if not values:
        return inconclusive("no invoice has a due date to look at; see INV-4", *invoices.exchanges)
    worst = max(values, key=_kind)
    if _kind(worst) is Kind.NO_DATE:
        return failed(f"{worst!r:.60} is no date of the calendar", *invoices.exchanges)
    if _kind(worst) is Kind.UNCLEAR:
        return inconclusive(f"{worst!r:.60} may be a date in a format of its own", *invoices.exchanges)
    invoices.require_complete()
    return passed(f"the {len(values)} due dates shown are days of the calendar", *invoices.exchanges)


def _due_value(names: Names, record: Record) -> Any:
    """Return the value of a due date that looks most like a date; None without any, or if it is a program's zero."""
    values = [value for value in _values(names, record) if not isinstance(value, bool)]
    likeliest = min(values, key=lambda value: (_kind(value), _is_zero(value)), default=None)
    return None if _is_zero(likeliest) else likeliest


def _values(names: Names, record: Record) -> list[Any]:
    """Return the values of the fields that are the concept, but blank ones."""
    return [value for _, value in names.matching(record) if not blank(value)]


def _all_have(context: RuleContext, names: Names, what: str, has: Callable[[Record], bool]) -> Finding:
    """Judge whether each invoice that was sent has a `what`; it fails only where no field of any name may be one."""
    invoices = context.read_list("invoices")
    sent = issued_only(invoices.records)
    if not sent:
        return inconclusive("the organisation has no invoice that was sent; create and send one", *invoices.exchanges)
    without = [record for record in sent if not has(record)]
    instead = next((f" but {value!r:.40}, which is none" for record in without for value in _values(names, record)), "")
    if len(without) < len(sent) and (problem := lacking(sent, without, what + instead, *invoices.exchanges)):
        return problem
    if not without:
        invoices.require_complete()
        return passed(f"the {len(sent)} invoices shown but drafts have a {what}", *invoices.exchanges)
    for record in without:
        for path, _ in names.possible(record):
            reason = f"'{' '.join(path)}' may be a {what}; if it is, say so with --map"
            raise Undecided(inconclusive(reason, *invoices.exchanges))
    reason = f"nothing in {len(sent)} invoices is a {what}{instead}; if a field of another name is, say so with --map"
    return failed(reason, *invoices.exchanges)


def _status_tells_payment(context: RuleContext, names: Names) -> bool:
    """Tell whether the invoices' `status` is in words of payment, other than `draft` and `sent`."""
    shown = {status_of(record) for record in issued_only(context.read_list("invoices").records)}
    payment = {words(value) for value in names.values}
    spoken = {words(status) for status in shown if status}
    return None not in shown and bool(spoken & payment) and spoken <= payment | {("paid",), ("sent",)}


def _contradiction(context: RuleContext, names: Names) -> Finding | None:
    """Return a doubt where the status of an invoice is `paid` and its payment status says that it isn't; else None.

    A payment may have been taken back since, or one of the two mean something else.
    """
    invoices = context.read_list("invoices")
    paid = [record for record in invoices.records if status_of(record) == "paid"]
    unpaid = [record for record in paid if _is_paid(names, record) is False]
    if not unpaid:
        return None
    reason = f"{counted(len(unpaid), 'invoices')} of status 'paid' {are(len(unpaid))} not paid by the payment status"
    return inconclusive(f"{reason}; ask the owner which of the two is true", *invoices.exchanges, transient=True)


class Kind(IntEnum):
    """Kind of a value that should be a date."""

    DATE = 0
    UNCLEAR = 1
    NO_DATE = 2


_EPOCH_SECONDS = range(315_532_800, 7_258_118_400)  # 1980 to 2199
_ISO = re.compile(r"\d{4}-?\d{2}-?\d{2}(?:[T ].*)?", re.DOTALL)
_NUMBERS = re.compile(r"(\d{1,4})([./-])(\d{1,2})\2(\d{1,4})")
_ZEROES = (date(1, 1, 1), date(1970, 1, 1))  # what programs count days and seconds from
_ORDERS = ("%Y-%m-%d", "%d-%m-%Y", "%m-%d-%Y", "%y-%m-%d", "%d-%m-%y", "%m-%d-%y")


def _kind(value: Any) -> Kind:
    """Return the kind of a value: ISO 8601, another usual form or an epoch are dates, texts without digits are none."""
    if isinstance(value, HugeNumber):
        return Kind.NO_DATE
    if isinstance(value, (int, float)) or (isinstance(value, str) and value.isdecimal() and 8 < len(value) < 20):
        seconds = int(value)
        return Kind.DATE if seconds in _EPOCH_SECONDS or seconds // 1000 in _EPOCH_SECONDS else Kind.UNCLEAR
    if not isinstance(value, str) or not re.search(r"\d", value):
        return Kind.NO_DATE
    text = value.strip()
    if _ISO.fullmatch(text) or _NUMBERS.fullmatch(text):
        return Kind.DATE if _day(text) else Kind.NO_DATE
    return Kind.UNCLEAR


def _is_zero(value: Any) -> bool:
    """Tell whether a value is the day from which programs count, shown where there is no date."""
    return isinstance(value, str) and _day(value.strip()) in _ZEROES


def _day(text: str) -> date | None:
    """Return the day that a text names, whatever time follows; None if it is no day of the calendar."""
    if _ISO.fullmatch(text):
        with suppress(ValueError):
            return date.fromisoformat(re.split(r"[T ]", text, maxsplit=1)[0])
    elif numbers := _NUMBERS.fullmatch(text):
        for order in _ORDERS:
            with suppress(ValueError):
                return datetime.strptime("-".join(numbers.group(1, 3, 4)), order).date()  # noqa: DTZ007  # has no time
    return None
