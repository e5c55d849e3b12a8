"""Quotes and invoices in a recording: their status filters."""

from __future__ import annotations

from collections.abc import Sequence

from oneinvoice_conformance.model.finding import Finding, failed, not_tested, passed
from oneinvoice_conformance.records.finder import Record, status_of
from oneinvoice_conformance.rules import RULES
from oneinvoice_conformance.rules.inv import is_paid
from oneinvoice_conformance.rules.lists import issued_only
from oneinvoice_conformance.rules.recorded.answers import Answer, Answers
from oneinvoice_conformance.rules.recorded.stand_in import judge_records
from oneinvoice_conformance.wording import counted

_KNOWN = {"quotes": ("accepted", "sent", "rejected", "draft"), "invoices": ("paid", "sent", "draft")}


def quotes_filter(answers: Answers) -> Finding:
    """QUO-2."""
    return _filter(answers, "quotes")


def invoices_filter(answers: Answers) -> Finding:
    """INV-2."""
    return _filter(answers, "invoices")


def payment_status(answers: Answers) -> Finding:
    """INV-3: without a field of it, a status may be in words of payment, which a list of one status doesn't show."""
    names = answers.names["payment_status"]

    def proves(answer: Answer) -> bool:
        records = issued_only(answer.page.records) if answer.page else []
        has_field = any(True for record in records for _ in names.matching(record))
        return has_field or len(set(map(status_of, records))) > 1

    return judge_records(RULES["INV-3"], answers, "invoices", proves)


def _filter(answers: Answers, endpoint: str) -> Finding:
    """Judge each answer to a known status alone, and whether those to the documented one leave out what others show."""
    documented, *_ = _KNOWN[endpoint]
    asked = [each for each in answers.at(endpoint) if each.status in _KNOWN[endpoint]]
    for answer in asked:
        if wrong := _of_other_status(answers, answer, endpoint):
            some = f"{len(wrong)} of status '{status_of(wrong[0])}'"
            return failed(f"{answer} also lists {some}", answer.exchange, certain=True)
    examples = [each for each in asked if each.status == documented]
    if doubt := answers.refused(examples, "a documented status"):
        return doubt
    lists = answers.comparable(endpoint)
    plain = [each for each in lists if each.status is None]
    compared, doubt = 0, None
    for filtered in (each for each in lists if each.status == documented and _is_to_its_end(each, plain)):
        for answer in plain:
            shown = [key for key, status in answer.content if status == documented]
            if missing := [key for key in shown if key not in filtered.ids]:
                reason = f"{filtered} leaves out {len(missing)} that {answer} shows with that status"
                doubt = doubt or answers.contradiction(reason, answer, filtered)
            elif any(status != documented for _, status in answer.content):
                compared += len(shown)
    if doubt:
        return doubt
    if compared:
        told = f"{counted(len(asked), 'filtered answers')} list their own status alone"
        return passed(f"{told}, and leave out no {endpoint} that plain ones show", examples[0].exchange)
    return not_tested(f"the recording has no {endpoint} by status={documented}, and the plain list of others beside it")


def _of_other_status(answers: Answers, answer: Answer, endpoint: str) -> list[Record]:
    """Return the records of an answer that show another of the known statuses than was asked for.

    Invoices that are paid by their payment status may be what status=paid means.
    """
    records = answer.page.records if answer.page and answer.page.is_whole else []
    wrong = [
        record for record in records if status_of(record) in _KNOWN[endpoint] and status_of(record) != answer.status
    ]
    if endpoint == "invoices" and answer.status == "paid":
        wrong = [record for record in wrong if not is_paid(answers.names["payment_status"], record)]
    return wrong


def _is_to_its_end(filtered: Answer, plain: Sequence[Answer]) -> bool:
    """Tell whether a filtered list begins at the start, and is shorter than a plain one, so that no page cuts it."""
    longest = max((len(each.ids) for each in plain if each.limit == filtered.limit), default=0)
    return not filtered.start and len(filtered.ids) < longest
