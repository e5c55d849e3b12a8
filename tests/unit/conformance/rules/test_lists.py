from typing import Any

import pytest
from oneinvoice_conformance.model.outcome import Outcome

from tests.miniatures import FAULTS, FREE, Deployment
from tests.miniatures.data import Invoice, Member, Quote, Record
from tests.miniatures.deployment import ListQuery
from tests.unit.conformance.fakes import InProcess, judged


@pytest.mark.parametrize(
    ("id", "name", "reason"),
    [
        (
            "INV-2",
            "filtered-due-dates-shifted",
            "GET /api/v1/invoices?status=sent shows another due date for 55 of the invoices than GET /api/v1/invoices",
        ),
        (
            "QUO-2",
            "filtered-quotes-unsigned",
            "GET /api/v1/quotes?status=accepted shows no signing info for 21 of the quotes, which GET /api/v1/quotes "
            "shows",
        ),
        ("QUO-1", "quote-listed-twice", "GET /api/v1/quotes lists 1 quote twice"),
        ("INV-1", "invoice-listed-twice", "GET /api/v1/invoices lists 1 invoice twice"),
        ("MEM-5", "member-listed-twice", "GET /api/v1/members?limit=200&offset=0 lists 1 member twice"),
    ],
)
def test_what_is_shown_twice_or_otherwise_is_told(id: str, name: str, reason: str):
    finding = judged(id, FAULTS[name].deployment())
    assert (finding.outcome, finding.certain) == (Outcome.FAILED, True)
    assert finding.reason == reason


@pytest.mark.parametrize("id", ["QUO-2", "INV-2", "MEM-5", "MEM-7", "MEM-8"])
@pytest.mark.parametrize("name", ["more-under-filter", "places-in-the-query", "tokens-anew", "links-freshly-signed"])
def test_what_depends_on_the_request_alone_is_no_difference(id: str, name: str):
    assert judged(id, FREE[name].deployment()).outcome is Outcome.PASSED


class Moving(Deployment):
    """The due dates of invoices are another at each request."""

    def due(self, invoice: Invoice) -> Any:
        return f"2026-01-{len(self.log) % 28 + 1:02}"


def test_what_another_answer_to_the_same_request_shows_otherwise_tells_nothing():
    assert judged("INV-2", Moving()).outcome is Outcome.PASSED


class Once(Deployment):
    """The due dates of invoices change once, between the plain list and the filtered ones."""

    def due(self, invoice: Invoice) -> Any:
        is_filtered = any("status=" in call.target for call in self.log)
        return "2026-01-02" if is_filtered else "2026-01-01"


def test_what_changed_meanwhile_is_read_again():
    assert judged("INV-2", Once()).outcome is Outcome.PASSED


class MixedUp(Deployment):
    """Under a filter members have the name of another."""

    def represent(self, record: Record, query: ListQuery) -> Any:
        shown = super().represent(record, query)
        if isinstance(record, Member) and query.status is not None:
            return shown | {"name": "Åse Andersen" if shown["name"] != "Åse Andersen" else "Bent Bæk"}
        return shown


def test_another_person_under_a_filter_is_asked_about():
    client = InProcess(MixedUp())
    finding = judged("MEM-7", client)
    assert finding.outcome is Outcome.INCONCLUSIVE
    assert finding.reason.startswith("GET /api/v1/members?limit=200&offset=0&status=")
    assert " shows another 'name' for " in finding.reason
    assert len(client.journal) == 12, "a doubt is not looked for again on every page"


class Leaner(Deployment):
    """Pages of more than 60 members show no addresses of e-mail."""

    def represent(self, record: Record, query: ListQuery) -> Any:
        shown = super().represent(record, query)
        is_large = isinstance(record, Member) and (query.limit or 0) > 60
        return {name: value for name, value in shown.items() if name != "email"} if is_large else shown


def test_what_larger_pages_of_the_same_list_lack_is_asked_about():
    finding = judged("MEM-5", Leaner())
    assert finding.outcome is Outcome.INCONCLUSIVE
    assert " shows no 'email' for " in finding.reason
    assert finding.reason.endswith("; ask the owner which is true")


class SharedIds(Deployment):
    """Two quotes have one id, and differ."""

    def quote(self, quote: Quote) -> dict[str, Any]:
        return super().quote(quote) | {"id": quote.id // 2}


def test_two_records_with_one_id_that_differ_are_not_one_record_twice():
    assert judged("QUO-1", SharedIds()).outcome is Outcome.PASSED


@pytest.mark.parametrize(
    ("id", "name", "seen"),
    [
        ("INV-2", "invoices-cut-short", "gives 20, with whatever offset; have it list all invoices, or ask its owner"),
        ("QUO-2", "quotes-cut-short", "gives 10, with whatever offset; have it list all quotes, or ask its owner"),
    ],
)
def test_a_plain_list_that_lacks_what_a_filter_lists_is_left_open(id: str, name: str, seen: str):
    finding = judged(id, FREE[name].deployment())
    assert (finding.outcome, seen in finding.reason) == (Outcome.INCONCLUSIVE, True), finding.reason
