"""Events on demand: real transitions, on records that are there or on new ones."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from oneinvoice_fixtures.organisations import organisations
from oneinvoice_impl.domain.errors import IllegalTransition
from oneinvoice_impl.domain.event import INVOICE_EVENTS, QUOTE_EVENTS
from oneinvoice_impl.domain.invoice import Invoice
from oneinvoice_impl.domain.quote import Quote
from oneinvoice_impl.mock.controls.trigger import RecordNotFound, TriggerRequest, trigger
from oneinvoice_impl.mock.controls.values import InvalidRequest
from oneinvoice_impl.mock.seeded_ids import SeededIds
from oneinvoice_impl.mock.seeding import seed_database
from oneinvoice_impl.store.database import Database
from oneinvoice_impl.store.records.documents import DocumentRepository
from oneinvoice_impl.store.schema import metadata
from sqlalchemy import select, update

PRIMARY, OTHER = organisations(1, 30)
NOW = datetime(2026, 4, 2, 12, tzinfo=UTC)


class Mock:
    def __init__(self, database: Database) -> None:
        self.database = database

    def trigger(self, event: str, **order: Any) -> list[tuple[str, Any]]:
        with self.database.exclusive() as connection:
            happened = trigger(DocumentRepository(connection, PRIMARY.id), TriggerRequest(event, **order), NOW)
        assert all(event.at == NOW for event, _ in happened)
        return [(event.name, record) for event, record in happened]

    def find(self, kind: Any, id: str) -> Any:
        with self.database.exclusive() as connection:
            return DocumentRepository(connection, PRIMARY.id).find(kind, id)

    def everything(self) -> list[Any]:
        with self.database.exclusive() as connection:
            kept = [table for table in metadata.tables.values() if "id" in table.c]
            return [connection.execute(select(table).order_by(table.c.id)).all() for table in kept]


@pytest.fixture
def mock(empty_database: Database) -> Iterator[Mock]:
    seed_database(empty_database, 1, 30, lambda done, total: None)
    return Mock(empty_database)


@pytest.mark.parametrize("event", [*INVOICE_EVENTS, *QUOTE_EVENTS])
def test_each_event_without_more(mock: Mock, event: str) -> None:
    ((name, record),) = mock.trigger(event)
    assert name == event
    assert mock.find(type(record), record.id) == record
    existing = {each.id for each in [*PRIMARY.invoices(), *PRIMARY.quotes()]}
    assert (record.id in existing) is not event.endswith("created")


def test_the_oldest_in_the_right_state_goes_first_then_new_ones(mock: Mock) -> None:
    oldest_first = sorted(PRIMARY.invoices(), key=lambda each: (each.created_at, each.id))
    sent = [each.id for each in oldest_first if each.status == "sent"]
    assert [mock.trigger("invoice.paid")[0][1].id for _ in sent] == sent
    happened = mock.trigger("invoice.paid")
    assert [name for name, _ in happened] == ["invoice.created", "invoice.sent", "invoice.paid"]
    assert mock.find(Invoice, happened[-1][1].id).status == "paid"


@pytest.mark.parametrize(
    ("event", "path"),
    [
        ("invoice.sent", ["invoice.created", "invoice.sent"]),
        ("invoice.paid", ["invoice.created", "invoice.sent", "invoice.paid"]),
        ("quote.sent", ["quote.created", "quote.sent"]),
        ("quote.accepted", ["quote.created", "quote.sent", "quote.accepted"]),
        ("quote.rejected", ["quote.created", "quote.sent", "quote.rejected"]),
    ],
)
def test_values_make_a_new_record_that_gets_there_first(mock: Mock, event: str, path: list[str]) -> None:
    values = {"total": "1250.5" + "0", "currency": "EUR", "customer.name": "Ærlig AS", "customer.email": "a@b.example"}
    happened = mock.trigger(event, set=values)
    assert [name for name, _ in happened] == path
    record = mock.find(type(happened[0][1]), happened[0][1].id)
    assert (record.total_cents, record.currency) == (125_050, "EUR")
    assert (record.customer_name, record.customer_email) == ("Ærlig AS", "a@b.example")


def test_numbers_go_on_and_data_is_the_same_each_time(mock: Mock) -> None:
    ((_, first),) = mock.trigger("invoice.created")
    ((_, second),) = mock.trigger("invoice.created", set={"due_date": "2026-05-01"})
    assert (first.number, second.number) == ("2026-0009", "2026-0010")
    assert (first.due_date, second.due_date) == (date(2026, 4, 16), date(2026, 5, 1))
    assert first.customer_name != second.customer_name or first.total_cents != second.total_cents
    ((_, quote),) = mock.trigger("quote.created", set={"valid_until": "2026-05-01"})
    assert (quote.number, quote.valid_until) == ("Q-2026-0005", date(2026, 5, 1))


@pytest.mark.parametrize("decision", ["accepted", "rejected"])
def test_who_signs_can_be_set(mock: Mock, decision: str) -> None:
    ((_, quote),) = mock.trigger(f"quote.{decision}", set={"signing.name": "Åse", "signing.ip": "2001:DB8::1"})
    assert (quote.signing_decision, quote.signing_name, quote.signing_ip, quote.signed_at) == (
        decision, "Åse", "2001:db8::1", NOW,
    )  # fmt: skip


def test_a_new_record_has_the_id_that_is_asked_for(mock: Mock) -> None:
    happened = mock.trigger("invoice.paid", set={"id": "inv_mine", "number": "R-7", "customer.email": None})
    assert [name for name, _ in happened] == ["invoice.created", "invoice.sent", "invoice.paid"]
    invoice = mock.find(Invoice, "inv_mine")
    assert (invoice.status, invoice.number, invoice.customer_email) == ("paid", "R-7", None)
    happened = mock.trigger("quote.accepted", set={"id": "quo_mine", "number": "T-1", "valid_until": None})
    assert (len(happened), mock.find(Quote, "quo_mine").valid_until) == (3, None)
    ((_, converted),) = mock.trigger("invoice.created", quote="quo_mine", set={"id": "inv_other", "number": "R-8"})
    assert (converted.id, converted.number, converted.quote_id) == ("inv_other", "R-8", "quo_mine")


def test_a_quote_becomes_an_invoice_once(mock: Mock) -> None:
    ((_, quote),) = mock.trigger("quote.accepted")
    ((name, invoice),) = mock.trigger("invoice.created", quote=quote.id)
    assert (name, invoice.quote_id, invoice.total_cents) == ("invoice.created", quote.id, quote.total_cents)
    with pytest.raises(IllegalTransition, match=invoice.id):
        mock.trigger("invoice.created", quote=quote.id)


def test_an_id_makes_one_transition(mock: Mock) -> None:
    draft = next(each.id for each in PRIMARY.quotes() if each.status == "draft")
    ((name, quote),) = mock.trigger("quote.sent", quote=draft)
    assert (name, quote.id, quote.status) == ("quote.sent", draft, "sent")
    assert mock.find(Quote, draft) == quote


DRAFT = next(each.id for each in PRIMARY.invoices() if each.status == "draft")
QUOTE = next(each.id for each in PRIMARY.quotes() if each.status == "sent")
FOREIGN = next(OTHER.invoices()).id


@pytest.mark.parametrize(
    ("event", "order", "problem", "part"),
    [
        ("invoice.lost", {}, InvalidRequest, "use one of invoice.created, invoice.sent"),
        ("api.change_announced", {}, InvalidRequest, "use one of"),
        ("invoice.paid", {"invoice": DRAFT}, IllegalTransition, "can only be sent"),
        ("invoice.paid", {"invoice": FOREIGN}, RecordNotFound, FOREIGN),
        ("invoice.paid", {"invoice": "inv_none"}, RecordNotFound, "no invoice inv_none"),
        ("quote.sent", {"quote": "quo_none"}, RecordNotFound, "no quote quo_none"),
        ("invoice.created", {"quote": "quo_none"}, RecordNotFound, "no quote quo_none"),
        ("invoice.created", {"quote": QUOTE}, IllegalTransition, "can only be accepted or rejected"),
        ("invoice.paid", {"quote": QUOTE}, InvalidRequest, "invoice.created"),
        ("quote.sent", {"invoice": DRAFT}, InvalidRequest, "name a quote"),
        ("invoice.created", {"invoice": DRAFT}, InvalidRequest, "name none"),
        ("quote.created", {"quote": QUOTE}, InvalidRequest, "name none"),
        ("invoice.sent", {"invoice": DRAFT, "set": {"total": "1.00"}}, InvalidRequest, "only be set on a new invoice"),
        ("invoice.created", {"quote": QUOTE, "set": {"total": "1.00"}}, InvalidRequest, "total can't be set"),
        ("invoice.created", {"set": {"valid_until": "2026-05-01"}}, InvalidRequest, "valid_until can't be set"),
        ("invoice.created", {"set": {"status": "paid"}}, InvalidRequest, "what can is total, currency"),
        ("quote.sent", {"set": {"signing.name": "x"}}, InvalidRequest, "signing.name can't be set"),
        *(("invoice.created", {"set": {"total": text}}, InvalidRequest, "an amount such as 1250.00")
          for text in ("", "-1", "1.5", "1e3", "1,00", "٣", "9" * 13, " 1", "1.00\n", "NaN")),
        *(("invoice.created", {"set": {"currency": text}}, InvalidRequest, "three letters")
          for text in ("", "nok", "NOKK", "NÖK")),
        *(("invoice.created", {"set": {"due_date": text}}, InvalidRequest, "a date such as")
          for text in ("", "tomorrow", "2026-02-30", "2026-13-01")),
        *(("invoice.created", {"set": {"customer.name": text}}, InvalidRequest, "a name")
          for text in ("", "x" * 201)),
        ("invoice.created", {"set": {"customer.name": "a\0b"}}, InvalidRequest, "NUL (U+0000), character 2"),
        *(("invoice.created", {"set": {"customer.email": text}}, InvalidRequest, "an address")
          for text in ("", "x", "a@b@c")),
        ("quote.accepted", {"set": {"signing.ip": "1.2.3"}}, InvalidRequest, "an IP address"),
        *(("invoice.paid", {"set": {"id": text}}, InvalidRequest, "without spaces and /")
          for text in ("", None, "a b", "a/b", "é", "x" * 201)),
        ("invoice.paid", {"set": {"id": DRAFT}}, IllegalTransition, f"There is a record {DRAFT} already"),
        ("quote.accepted", {"set": {"id": QUOTE}}, IllegalTransition, f"There is a record {QUOTE} already"),
        ("invoice.created", {"set": {"id": FOREIGN}}, IllegalTransition, f"There is a record {FOREIGN} already"),
        ("invoice.paid", {"invoice": DRAFT, "set": {"id": "mine"}}, InvalidRequest, "id can only be set on a new"),
        ("invoice.created", {"set": {"customer.name": None}}, InvalidRequest, "customer.name must be a name"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_changes_nothing(
    mock: Mock, event: str, order: dict[str, Any], problem: type[Exception], part: str
) -> None:
    before = mock.everything()
    with pytest.raises(problem) as caught:
        mock.trigger(event, **order)
    assert part in str(caught.value)
    assert str(caught.value).endswith(".")
    assert mock.everything() == before


def test_a_quote_that_expired_is_never_in_the_way(mock: Mock) -> None:
    (_, expired) = mock.trigger("quote.sent", set={"valid_until": "2026-04-02"})[-1]
    with mock.database.exclusive() as connection:
        documents = DocumentRepository(connection, PRIMARY.id)
        later = datetime(2030, 1, 1, tzinfo=UTC)
        happened = trigger(documents, TriggerRequest("quote.accepted"), later)
        assert happened[-1][1].status == "accepted"
        assert happened[-1][1].id != expired.id
        assert documents.oldest(Quote, "sent") is not None


def test_ids_and_tokens_that_follow_from_the_seed_are_those_of_no_record(mock: Mock) -> None:
    mock.database.use_ids(SeededIds(1))
    (_, quote), (_, invoice) = mock.trigger("quote.created") + mock.trigger("invoice.created")
    with mock.database.exclusive() as connection:
        for table in ("quotes", "invoices"):
            columns = metadata.tables[table].c
            connection.execute(
                update(metadata.tables[table])
                .where(columns.id.in_((quote.id, invoice.id)))
                .values(organisation_id=OTHER.id)
            )
    mock.database.use_ids(SeededIds(1))
    (_, other_quote), (_, other_invoice) = mock.trigger("quote.created") + mock.trigger("invoice.created")
    assert other_invoice.id != invoice.id
    assert (other_quote.id, other_quote.public_token) != (quote.id, quote.public_token)
    assert mock.find(Quote, other_quote.id) == other_quote
