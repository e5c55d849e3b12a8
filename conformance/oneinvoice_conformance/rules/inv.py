"""Invoices."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from oneinvoice_conformance.model.finding import Finding, Undecided, failed, inconclusive, passed
from oneinvoice_conformance.model.outcome import Outcome
from oneinvoice_conformance.records.dates import DateKind, kind_of
from oneinvoice_conformance.records.facts import due_value
from oneinvoice_conformance.records.finder import Record, status_of
from oneinvoice_conformance.records.identity import identities
from oneinvoice_conformance.records.names import Names, blank, words
from oneinvoice_conformance.rules.lists import filter_is_exact, is_list, issued_only, lacking
from oneinvoice_conformance.rules.places.answers import at_field, at_record, at_status, told
from oneinvoice_conformance.rules.rule import probe
from oneinvoice_conformance.session.pages import BAD_INPUT_STATUSES
from oneinvoice_conformance.session.rule_context import RuleContext
from oneinvoice_conformance.wording import are, counted


@probe("INV-1")
def json_list(context: RuleContext) -> Finding:
    return is_list(context, "invoices")


@probe("INV-2")
def status_filter(context: RuleContext) -> Finding:
    if finding := _by_payment_status(context):
        return finding
    finding = filter_is_exact(context, "invoices", "paid", ("sent", "draft"))
    if finding.outcome is Outcome.FAILED and _may_filter_by_payment(context):
        reason = "no invoice is paid, and a filter by their status lists none, so that it may be the payment status"
        return inconclusive(f"{reason} that is filtered; have an invoice paid", *finding.evidence)
    return (_paid_but_not_listed(context) if finding.outcome is Outcome.PASSED else None) or finding


def _by_payment_status(context: RuleContext) -> Finding | None:
    """Judge status=paid by the payment status; None where `status` itself says `paid`, or nothing does."""
    invoices = context.read_list("invoices").require_complete()
    records = context.without_others("invoices", invoices.records)
    names = context.names["payment_status"]
    paid = {key for key, record in zip(identities(records, "invoices"), records, strict=True) if is_paid(names, record)}
    if not paid or any(status_of(record) == "paid" for record in records):
        return None
    answer = context.ask("invoices", status="paid")
    if answer.status in BAD_INPUT_STATUSES:
        return at_status(failed(f"status=paid is refused with {answer.status}", answer), answer, "200")
    listed = context.read_list("invoices", status="paid").require_complete()
    if not listed.records:
        return None
    primary_records = context.without_others("invoices", listed.records)
    if unpaid := [record for record in primary_records if is_paid(names, record) is False]:
        found = failed(f"status=paid also lists {len(unpaid)} that are not paid by their payment status", answer)
        return at_field(found, listed.exchanges, unpaid[0], names, "that it is paid")
    if paid != set(identities(primary_records, "invoices")):
        reason = f"status=paid lists others than the {len(paid)} invoices that are paid by their payment status"
        return inconclusive(
            f"{reason}, and none shows the status 'paid'; ask the owner which of the two is filtered", answer
        )
    return passed(f"status=paid lists exactly the {len(paid)} invoices that are paid by their payment status", answer)


def _may_filter_by_payment(context: RuleContext) -> bool:
    """Tell whether nothing is paid that could tell which is filtered, and no status that invoices show lists any."""
    records, names = context.read_list("invoices").records, context.names["payment_status"]
    if any(is_paid(names, record) or status_of(record) == "paid" for record in records):
        return False
    shown = {status for record in records if (status := status_of(record)) in ("sent", "draft")}
    return not any(context.read_list("invoices", status=status).records for status in sorted(shown))


def _paid_but_not_listed(context: RuleContext) -> Finding | None:
    """Return a doubt where status=paid leaves out what is paid by its payment status, and its status is another."""
    records = issued_only(context.without_others("invoices", context.read_list("invoices").records))
    names, listed = context.names["payment_status"], context.read_list("invoices", status="paid")
    left_out = [
        key
        for key, record in zip(identities(records, "invoices"), records, strict=True)
        if is_paid(names, record) and key not in listed.seen_ids
    ]
    if not left_out:
        return None
    some = (
        f"{counted(len(left_out), 'invoices')} of another status that {are(len(left_out))} paid by the payment status"
    )
    reason = f"status=paid leaves out {some}; ask the owner which of the two is filtered"
    return inconclusive(reason, *listed.exchanges[:1], transient=True)


def is_paid(names: Names, record: Record) -> bool | None:
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
    ("due",): False,
    ("past", "due"): False,
    ("awaiting", "payment"): False,
}
# Words for what the buyer owes; what is not settled may be owed to the seller by whoever collected it.
_OWED = frozenset({("open",), ("outstanding",), ("due",), ("pending",), ("none",)})
_PERHAPS_UNPAID = (("pending",), ("none",))  # nothing was paid yet, or money is under way, or there is nothing to pay
_PLAINLY_UNPAID = (("unpaid",), ("not", "paid"), ("overdue",), ("past", "due"), ("awaiting", "payment"))


@probe("INV-3")
def payment_status(context: RuleContext) -> Finding:
    """Accept a field of that name, or a status in words of payment."""
    names = context.names["payment_status"]
    contradiction = _contradiction(context, names)
    if contradiction and contradiction.outcome is Outcome.FAILED:
        return contradiction
    if _status_tells_payment(context, names):
        told = passed("the invoices' status says in words of payment what was paid")
        return (contradiction if _is_paid_and_owed(context, names) else None) or told
    finding = _all_have(context, names, "payment status", lambda record: bool(_values(names, record)))
    if finding.outcome is not Outcome.PASSED:
        return finding
    return contradiction or _same_whatever_was_paid(context, names) or _paid_drafts(context, names) or finding


@probe("INV-4")
def due_date(context: RuleContext) -> Finding:
    names = context.names["due_date"]
    return _all_have(context, names, "due date", lambda record: due_value(names, record) is not None)


@probe("INV-5")
def real_date(context: RuleContext) -> Finding:
    invoices = context.read_list("invoices")
    names = context.names["due_date"]
    values = [value for record in invoices.records if (value := due_value(names, record)) is not None]
    if not values:
        return inconclusive("no invoice has a due date to look at; see INV-4", *invoices.exchanges)
    worst = max(values, key=kind_of)
    if kind_of(worst) is DateKind.NO_DATE:
        found = failed(f"{worst!r:.60} is no date of the calendar", *invoices.exchanges)
        record = next(each for each in invoices.records if due_value(names, each) == worst)
        return at_field(found, invoices.exchanges, record, names, "a day of the calendar", worst)
    if kind_of(worst) is DateKind.UNCLEAR:
        reason = f"{worst!r:.60} may be a date, and is neither ISO 8601 nor seconds or milliseconds since 1970"
        return inconclusive(
            f"{reason}; show days as 2026-04-15, or ask the owner which day is meant", *invoices.exchanges
        )
    invoices.require_complete()
    return passed(f"the {len(values)} due dates shown are days of the calendar", *invoices.exchanges)


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
    found = failed(reason, *invoices.exchanges)
    return at_record(found, invoices.exchanges, without[0], f"a {what}", told(without[0]))


def _status_tells_payment(context: RuleContext, names: Names) -> bool:
    """Tell whether the invoices' `status` is in words of payment, other than `draft` and `sent`."""
    shown = {status_of(record) for record in issued_only(context.read_list("invoices").records)}
    payment = {words(value) for value in names.values}
    spoken = {words(status) for status in shown if status}
    return None not in shown and bool(spoken & payment) and spoken <= payment | {("paid",), ("sent",)}


def _contradiction(context: RuleContext, names: Names) -> Finding | None:
    """Return a failure where an invoice's payment status and its status say the opposite of a payment; else None.

    A doubt where the payment status may mean what the seller got: money can be under way, or taken back since.
    """
    invoices = context.read_list("invoices")
    paid = [record for record in invoices.records if status_of(record) == "paid"]
    unpaid = [record for record in paid if is_paid(names, record) is False or _is_perhaps_unpaid(names, record)]
    plainly = [record for record in unpaid if _is_plainly_unpaid(names, record)]
    owed = [record for record in invoices.records if words(status_of(record) or "") in _PLAINLY_UNPAID]
    settled = [record for record in owed if is_paid(names, record)]
    if plainly:
        some = (
            f"{counted(len(plainly), 'invoices')} of status 'paid' {are(len(plainly))} not paid by the payment status"
        )
        found = failed(some, *invoices.exchanges)
        return at_field(found, invoices.exchanges, plainly[0], names, "that it is paid, as its status says")
    if settled:
        some, verb = f"{counted(len(settled), 'invoices')} of status '{status_of(settled[0])}'", are(len(settled))
        found = failed(f"{some} {verb} paid by the payment status", *invoices.exchanges)
        return at_field(found, invoices.exchanges, settled[0], names, "that it is not paid, as its status says")
    if not unpaid:
        return None
    reason = f"{counted(len(unpaid), 'invoices')} of status 'paid' {are(len(unpaid))} not settled by the payment status"
    return inconclusive(f"{reason}; ask the owner which of the two is true", *invoices.exchanges, transient=True)


def _same_whatever_was_paid(context: RuleContext, names: Names) -> Finding | None:
    """Return a doubt if the payment status is the same for paid invoices and others, and no known word; else None."""
    invoices = context.read_list("invoices")
    sent = issued_only(invoices.records)
    statuses = {status_of(record) for record in sent}
    shown = {str(value) for record in sent for value in _values(names, record)}
    if len(shown) != 1 or "paid" not in statuses or len(statuses) < 2:
        return None
    [word] = shown
    if words(word) in _PAYMENT:
        return None
    reason = f"all {len(sent)} invoices but drafts show the payment status {word!r:.40}, whether they are paid or not"
    return inconclusive(f"{reason}; ask the owner what it tells", *invoices.exchanges)


def _paid_drafts(context: RuleContext, names: Names) -> Finding | None:
    """Return a doubt if drafts, which nobody was sent, are paid by a payment status that not all have; else None."""
    invoices = context.read_list("invoices")
    drafts = [record for record in invoices.records if status_of(record) == "draft" and is_paid(names, record)]
    if not drafts or all(is_paid(names, record) for record in issued_only(invoices.records)):
        return None
    some = f"{counted(len(drafts), 'invoices')} of status 'draft' {are(len(drafts))} paid by the payment status"
    return inconclusive(f"{some}; ask the owner which of the two is true", *invoices.exchanges, transient=True)


def _is_paid_and_owed(context: RuleContext, names: Names) -> bool:
    """Tell whether an invoice of status `paid` is owed by a word of its payment status."""
    return any(
        status_of(record) == "paid" and not _OWED.isdisjoint(words(str(value)) for value in _values(names, record))
        for record in context.read_list("invoices").records
    )


def _is_perhaps_unpaid(names: Names, record: Record) -> bool:
    """Tell whether the payment status is a word that hardly goes with a payment, and no other word says paid."""
    spoken = {words(value) for _, value in names.matching(record) if isinstance(value, str)}
    return is_paid(names, record) is None and not spoken.isdisjoint(_PERHAPS_UNPAID)


def _is_plainly_unpaid(names: Names, record: Record) -> bool:
    """Tell whether the payment status says in so many words that nothing was paid."""
    return any(
        words(str(value)) in _PLAINLY_UNPAID or (value is False and "paid" in path)
        for path, value in names.matching(record)
    )
