"""Look through the invoices, create one, send it, and have it paid."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from oneinvoice_impl.clock import ManualClock
from oneinvoice_impl.domain.invoice import create_invoice
from oneinvoice_impl.server.app import Application
from oneinvoice_impl.store.records.documents import DocumentRepository
from oneinvoice_impl.store.records.record_browser import RecordBrowser, Slice
from sqlalchemy import Connection, text

from tests.unit.impl.asgi_client import ask, bearer
from tests.unit.impl.web.hostile import NAMES, is_harmless
from tests.unit.impl.web.visitor import PRIMARY, Page, Visitor
from tests.unit.impl.webhook_world import ORGANISATION, World

KEY = PRIMARY.keys[0].text
NEW = "/invoices/new"
VALUES = {"customer_name": "Blåbær Kafé", "customer_email": "", "total": "99.90", "currency": "EUR"}


def create(visitor: Visitor, **values: str) -> Page:
    return visitor.submit(visitor.get(NEW), NEW, **VALUES | values)


def newest(site: Application) -> Any:
    return ask(site, "/api/v1/invoices?limit=200", bearer(KEY)).json["data"][-1]


def events(site: Application) -> list[tuple[str, str]]:
    """What was stored for webhooks: names, and the status that the invoice had then, in order."""
    with site.database.engine.connect() as connection:
        rows = connection.execute(text("SELECT name, body FROM webhook_events ORDER BY created_at")).all()
    return [(row.name, json.loads(row.body)["data"]["status"]) for row in rows]


def test_the_life_of_an_invoice(admin: Visitor, site: Application, clock: ManualClock) -> None:
    page = create(admin)
    invoice = newest(site)
    assert (page.status, page.path) == (200, f"/invoices/{invoice['id']}")
    assert invoice["number"] == f"{clock().year}-0009"
    assert (invoice["status"], invoice["total"], invoice["currency"]) == ("draft", "99.90", "EUR")
    assert invoice["customer"] == {"name": "Blåbær Kafé", "email": None}
    assert invoice["due_date"] == (clock().date() + timedelta(days=14)).isoformat()
    assert "draft Send the invoice" in page.words
    page = admin.submit(page, f"{page.path}/send")
    assert "The invoice is sent." in page.words
    assert "sent Mark as paid" in page.words
    page = admin.submit(page, f"{page.path}/pay")
    assert "The invoice is paid." in page.words
    assert "Mark as paid" not in page.words
    assert newest(site)["payment_status"] == "paid"
    assert events(site) == [("invoice.created", "draft"), ("invoice.sent", "sent"), ("invoice.paid", "paid")]


def test_a_form_that_is_sent_twice_makes_one(admin: Visitor, site: Application) -> None:
    form = admin.get(NEW)
    assert admin.submit(form, NEW, **VALUES).path == admin.submit(form, NEW, **VALUES).path
    assert len(events(site)) == 1
    assert admin.submit(form, NEW, **VALUES | {"idempotency_token": "inv_1.x"}).status == 403


@pytest.mark.parametrize(
    ("done", "refused", "sentence"),
    [
        ((), "pay", "it is a draft and can only be sent"),
        (("send",), "send", "it was sent and can only be paid"),
        (("send", "pay"), "pay", "it was paid, and nothing can follow"),
        (("send", "pay"), "send", "it was paid, and nothing can follow"),
    ],
)
def test_what_cannot_follow_is_refused(
    admin: Visitor, site: Application, done: tuple[str, ...], refused: str, sentence: str
) -> None:
    page = create(admin)
    csrf = page.form("/logout").fields["csrf"]
    for step in done:
        assert admin.post(f"{page.path}/{step}", csrf=csrf).status == 303
    before = events(site)
    answer = admin.post(f"{page.path}/{refused}", csrf=csrf)
    assert answer.status == 409
    assert sentence in answer.words
    assert events(site) == before


@pytest.mark.parametrize(
    ("field", "value"),
    [("customer_name", " "), ("customer_email", "x"), ("total", "12,345"), ("currency", "KRONER"), ("due_date", ""),
     ("due_date", "2020-01-01"), ("due_date", "2027-13-01")],
)  # fmt: skip
def test_what_is_wrong_is_told_beside_the_field(admin: Visitor, site: Application, field: str, value: str) -> None:
    page = create(admin, **{field: value})
    assert page.status == 400
    assert page.html.count('class="error"') == 1
    assert f'id="{field}-error"' in page.html
    assert events(site) == []


def test_overdue_ones_are_a_list_of_their_own(admin: Visitor, site: Application, clock: ManualClock) -> None:
    page = create(admin, due_date=clock().date().isoformat(), customer_name="Late AS")
    admin.submit(page, f"{page.path}/send")
    assert "Overdue 2" in admin.get("/invoices").words
    # A session would be over by then, but for a visit on the way.
    for _ in range(2):
        clock.advance(timedelta(hours=12))
        page = admin.get(page.path)
    assert "overdue Mark as paid" in page.words
    listed = admin.get("/invoices?status=overdue")
    api = ask(site, "/api/v1/invoices?limit=200", bearer(KEY)).json["data"]
    overdue = sorted((each for each in api if each["payment_status"] == "overdue"), key=lambda each: each["due_date"])
    places = [listed.words.index(each["number"]) for each in overdue]
    assert (len(places), places) == (3, sorted(places))
    assert "1–3 of 3, the longest overdue first" in listed.words
    assert listed.html.count('class="badge overdue"') == 3
    assert "Late AS overdue" in admin.get("/invoices?status=sent").words
    assert "Late AS" not in admin.get("/invoices?status=draft").words
    admin.submit(page, f"{page.path}/pay")
    assert "Overdue 2" in admin.get("/invoices").words


def test_no_other_filter(admin: Visitor) -> None:
    assert admin.get("/invoices?status=unpaid").status == 404


@pytest.mark.parametrize("name", NAMES)
def test_hostile_names_are_only_text(admin: Visitor, name: str) -> None:
    page = create(admin, customer_name=name)
    for each in (page, admin.get("/invoices")):
        assert name in each.words
        assert is_harmless(each.html)


def test_another_organisations_invoices_are_not_there(admin: Visitor, other_admin: Visitor, site: Application) -> None:
    page = create(other_admin)
    csrf = admin.get("/invoices").form("/logout").fields["csrf"]
    assert admin.get(page.path).status == 404
    assert admin.post(f"{page.path}/send", csrf=csrf).status == 404
    assert admin.post(f"{page.path}/pay", csrf=csrf).status == 404
    assert events(site) == [("invoice.created", "draft")]


@pytest.mark.parametrize("id", ["inv_1", "%00", "x" * 3000])
def test_unknown_invoices_are_not_there(admin: Visitor, id: str) -> None:
    csrf = admin.get("/invoices").form("/logout").fields["csrf"]
    assert admin.get(f"/invoices/{id}").status == 404
    assert admin.post(f"/invoices/{id}/send", csrf=csrf).status == 404


@pytest.mark.parametrize("path", ["/invoices", NEW, "/invoices/inv_1"])
def test_nobody_gets_there_without_login(stranger: Visitor, path: str) -> None:
    assert stranger.get(path).path == "/login"


def test_overdue_pages_from_both_ends_are_the_whole_list(world: World) -> None:
    """On each database: those that were sent and were due before today, of one organisation."""
    today = world.now.date()

    def fill(connection: Connection) -> None:
        for organisation in (ORGANISATION, "org_2"):
            documents = DocumentRepository(connection, organisation)
            for number in range(20):
                invoice, _ = create_invoice(
                    id=f"{organisation}_{number:02d}",
                    organisation_id=organisation,
                    number=str(number),
                    customer=("Kari", None),
                    total_cents=100,
                    currency="NOK",
                    due_date=date(2026, 3, 25) + timedelta(days=number),
                    at=world.now,
                )
                status = "draft" if number % 4 == 0 else "paid" if number % 4 == 1 else "sent"
                documents.add(replace(invoice, status=status))

    world.do(fill)
    browse = RecordBrowser(ORGANISATION)
    wanted = [f"{ORGANISATION}_{number:02d}" for number in (2, 3, 6, 7)]
    assert today == date(2026, 4, 2)
    assert world.do(lambda connection: browse.overdue_count(connection, today)) == len(wanted)
    ids: list[str] = []
    for offset in range(5):
        part = Slice(offset, 1, len(wanted))
        ids += [row.id for row in world.do(lambda connection, part=part: browse.overdue(connection, part, today))]
    assert ids == wanted
    assert world.do(lambda connection: RecordBrowser("org_3").overdue_count(connection, today)) == 0
