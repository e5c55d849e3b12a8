"""Invoices."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from datetime import date, datetime
from enum import IntEnum
from typing import Any

from oneinvoice_conformance.api import Api
from oneinvoice_conformance.listing import Record, status_of
from oneinvoice_conformance.names import Names, blank, words
from oneinvoice_conformance.rules.lists import filter_is_exact, is_list, lacking, out
from oneinvoice_conformance.rules.rule import rule
from oneinvoice_conformance.verdict import Finding, Undecided, failed, inconclusive, passed


@rule("INV-1")
def json_list(api: Api) -> Finding:
    """Invoices are a JSON list."""
    return is_list(api, "invoices")


@rule("INV-2")
def status_filter(api: Api) -> Finding:
    """A status filter gives exactly the invoices of that status."""
    return filter_is_exact(api, "invoices", "paid", ("sent", "draft"))


@rule("INV-3")
def payment_status(api: Api) -> Finding:
    """Invoices have a payment status: a field that says so, or a status in words of payment."""
    names = api.names["payment_status"]
    if _status_tells_payment(api, names):
        return passed("the invoices' status says in words of payment what was paid")
    return _all_have(api, names, "payment status")


@rule("INV-4")
def due_date(api: Api) -> Finding:
    """Every invoice but a draft has a due date."""
    return _all_have(api, api.names["due_date"], "due date")


@rule("INV-5")
def real_date(api: Api) -> Finding:
    """A due date is a day of the calendar."""
    invoices = api.listing("invoices")
    names = api.names["due_date"]
    # A record may tell more of what is due than the date; what looks most like one is judged.
    values = [min(told, key=_kind) for record in invoices.records if (told := list(_values(names, record)))]
    if not values:
        return inconclusive("no invoice has a due date to look at; see INV-4", *invoices.exchanges)
    worst = max(values, key=_kind)
    if _kind(worst) is Kind.NO_DATE:
        return failed(f"{worst!r:.60} is no date of the calendar", *invoices.exchanges)
    if _kind(worst) is Kind.UNCLEAR:
        return inconclusive(f"{worst!r:.60} may be a date in a format of its own", *invoices.exchanges)
    invoices.whole()
    return passed(f"all {len(values)} due dates are days of the calendar", *invoices.exchanges)


def _values(names: Names, record: Record) -> Iterator[Any]:
    return (value for _, value in names.said_in(record) if not blank(value) and not isinstance(value, bool))


def _all_have(api: Api, names: Names, what: str) -> Finding:
    """Passed if each invoice that is out has the thing; failed only where nothing in it could be it."""
    invoices = api.listing("invoices")
    sent = out(invoices.records)
    if not sent:
        return inconclusive("the organisation has no invoice that was sent; create and send one", *invoices.exchanges)
    without = [record for record in sent if not any(not blank(value) for _, value in names.said_in(record))]
    if len(without) < len(sent) and (problem := lacking(sent, without, what, *invoices.exchanges)):
        return problem
    if not without:
        invoices.whole()
        return passed(f"all {len(sent)} invoices that are no drafts have a {what}", *invoices.exchanges)
    for record in without:
        for path, _ in names.possible_in(record):
            reason = f"'{' '.join(path)}' may be a {what}; if it is, say so with --map"
            raise Undecided(inconclusive(reason, *invoices.exchanges))
    reason = f"nothing in {len(sent)} invoices is a {what}; if a field of another name is, say so with --map"
    return failed(reason, *invoices.exchanges)


def _status_tells_payment(api: Api, names: Names) -> bool:
    """Whether `status` tells unpaid invoices apart in words of payment, which `draft` and `sent` are not."""
    shown = {status_of(record) for record in out(api.listing("invoices").records)}
    payment = {words(value) for value in names.values}
    spoken = {words(status) for status in shown if status}
    return None not in shown and bool(spoken & payment) and spoken <= payment | {("paid",), ("sent",)}


class Kind(IntEnum):
    """What a value is that should be a date."""

    DATE = 0
    UNCLEAR = 1
    NO_DATE = 2


_EPOCH_SECONDS = range(315_532_800, 7_258_118_400)  # 1980 to 2199
_ISO = re.compile(r"\d{4}-?\d{2}-?\d{2}(?:[T ].*)?", re.DOTALL)
_NUMBERS = re.compile(r"(\d{1,4})([./-])(\d{1,2})\2(\d{1,4})")
_ORDERS = ("%Y-%m-%d", "%d-%m-%Y", "%m-%d-%Y", "%y-%m-%d", "%d-%m-%y", "%m-%d-%y")


def _kind(value: Any) -> Kind:
    """Whether a value is ISO 8601, another usual form of a date, an epoch, or plainly none of them."""
    if isinstance(value, (int, float)) or (isinstance(value, str) and value.isdecimal() and len(value) > 8):
        if value in (math.inf, -math.inf):
            return Kind.NO_DATE
        seconds = int(value)
        return Kind.DATE if seconds in _EPOCH_SECONDS or seconds // 1000 in _EPOCH_SECONDS else Kind.UNCLEAR
    if not isinstance(value, str) or not re.search(r"\d", value):
        return Kind.NO_DATE
    text = value.strip()
    if _ISO.fullmatch(text):
        return Kind.DATE if _is_iso(text) else Kind.NO_DATE
    if numbers := _NUMBERS.fullmatch(text):
        joined = "-".join(numbers.group(1, 3, 4))
        return Kind.DATE if any(_parses(joined, order) for order in _ORDERS) else Kind.NO_DATE
    return Kind.UNCLEAR


def _is_iso(text: str) -> bool:
    """Whether the day is one of the calendar; the time behind it is none of this rule's business."""
    try:
        date.fromisoformat(re.split(r"[T ]", text, maxsplit=1)[0])
    except ValueError:
        return False
    return True


def _parses(text: str, form: str) -> bool:
    try:
        datetime.strptime(text, form)  # noqa: DTZ007  # only whether there is such a day matters
    except ValueError:
        return False
    return True
