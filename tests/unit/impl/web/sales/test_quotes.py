"""Look through the quotes, create one, and do what can follow."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import Any

import httpx
import pytest
from oneinvoice_impl.clock import ManualClock
from oneinvoice_impl.domain.money import CURRENCIES, parse_amount
from oneinvoice_impl.domain.quote import Quote, create_quote
from oneinvoice_impl.mock.extension import LocalMock
from oneinvoice_impl.server.app import Application
from oneinvoice_impl.store.records.documents import DocumentRepository
from oneinvoice_impl.store.records.record_browser import RecordBrowser
from oneinvoice_impl.web.sales import quotes
from oneinvoice_impl.webhooks import event_recording
from sqlalchemy import Connection, text

from tests.unit.impl.asgi_client import ask, bearer
from tests.unit.impl.web.hostile import NAMES, is_harmless
from tests.unit.impl.web.visitor import HTML, OTHER, PRIMARY, Page, Visitor
from tests.unit.impl.webhook_world import ORGANISATION, World

KEY = PRIMARY.keys[0].text
NEW = "/quotes/new"
VALUES = {
    "customer_name": "Blåbær Kafé",
    "customer_email": "post@blabaer.example",
    "total": "1 250,50",
    "currency": "SEK",
}


def create(visitor: Visitor, **values: str) -> Page:
    return visitor.submit(visitor.get(NEW), NEW, **VALUES | values)


def send(visitor: Visitor, page: Page) -> Page:
    return visitor.submit(page, f"{page.path}/send")


def newest(site: Application, kind: str = "quotes") -> Any:
    return ask(site, f"/api/v1/{kind}?limit=200", bearer(KEY)).json["data"][-1]


def events(site: Application) -> list[tuple[str, str]]:
    """What was stored for webhooks: names, and the ids of what it happened to, in order."""
    with site.database.engine.connect() as connection:
        rows = connection.execute(text("SELECT name, body FROM webhook_events ORDER BY created_at")).all()
    return [(row.name, json.loads(row.body)["data"]["id"]) for row in rows]


def answer(site: Application, page: Page, decision: str, name: str = "Kari Nordmann") -> Page:
    """The customer's, with the link on a quote's page."""
    link = f"/q/{newest(site)['public_token']}"
    customer = Visitor(site, address="203.0.113.9")
    return customer.submit(customer.get(link), link, name=name, decision=decision)


def test_a_new_quote_is_a_draft_with_the_next_number(admin: Visitor, site: Application, clock: ManualClock) -> None:
    page = create(admin)
    quote = newest(site)
    assert (page.status, page.path) == (200, f"/quotes/{quote['id']}")
    assert quote["number"] == f"Q-{clock().year}-0005"
    assert (quote["status"], quote["total"], quote["currency"]) == ("draft", "1250.50", "SEK")
    assert quote["customer"] == {"name": "Blåbær Kafé", "email": "post@blabaer.example"}
    assert quote["valid_until"] == (clock().date() + timedelta(days=30)).isoformat()
    assert events(site) == [("quote.created", quote["id"])]
    for shown in (quote["number"], "1,250.50 SEK", "Blåbær Kafé", "Created", "Send the quote"):
        assert shown in page.words
    # A draft's page is nobody's, so that its link is shown to nobody.
    assert quote["public_token"] not in page.html


def test_the_form_proposes_the_currency_used_last(admin: Visitor) -> None:
    create(admin, currency="ISK")
    assert admin.get(NEW).form(NEW).fields["currency"] == ["ISK"]


def test_a_form_that_is_sent_twice_makes_one(admin: Visitor, site: Application) -> None:
    form = admin.get(NEW)
    first, second = (admin.submit(form, NEW, **VALUES) for _ in range(2))
    assert first.path == second.path
    assert len(events(site)) == 1
    assert admin.submit(admin.get(NEW), NEW, **VALUES).path != first.path


def test_two_clicks_at_the_same_moment_make_one(admin: Visitor, site: Application) -> None:
    fields = admin.get(NEW).form(NEW).fields | VALUES

    async def click() -> list[httpx.Response]:
        transport = httpx.ASGITransport(site, client=("127.0.0.1", 50000))
        async with httpx.AsyncClient(
            transport=transport, base_url="http://127.0.0.1:8080", cookies=admin.cookies, headers=HTML
        ) as client:
            return await asyncio.gather(*(client.post(NEW, data=fields) for _ in range(4)))

    answers = asyncio.run(click())
    assert {each.status_code for each in answers} == {303}
    assert len({each.headers["location"] for each in answers}) == 1
    assert len(events(site)) == 1


def test_a_form_creates_only_what_it_was_made_for(admin: Visitor, other_admin: Visitor, site: Application) -> None:
    form = admin.get(NEW)
    once = form.form(NEW).fields["idempotency_token"][0]
    theirs = other_admin.get(NEW).form(NEW).fields["idempotency_token"][0]
    other_id = next(iter(OTHER.quotes())).id
    invoice = admin.get("/invoices/new").form("/invoices/new").fields["idempotency_token"][0]
    mark = once.partition(".")[2]
    for wrong in ("", "x", theirs, invoice, f"{other_id}.{mark}", f"{once}0", "quo_1.é"):
        assert admin.submit(form, NEW, **VALUES | {"idempotency_token": wrong}).status == 403
    assert events(site) == []


@pytest.mark.parametrize(
    ("field", "value"),
    [("customer_name", ""), ("customer_name", "K" * 201), ("customer_name", "A\nB"), ("customer_email", "nowhere"),
     ("customer_email", "a@b.example\r\nBcc: c@d.example"), ("customer_email", "a@b.example, c@d.example"),
     ("total", ""), ("total", "0"), ("total", "0,00"), ("total", "-1"), ("total", "1,250"), ("total", "1.250,50"),
     ("total", "1e3"), ("total", "NaN"), ("total", "٣"), ("total", "1" * 13), ("total", "9" * 5000), ("currency", ""),
     ("currency", "nok"), ("currency", "XAU"), ("valid_until", ""), ("valid_until", "2020-01-01"),
     ("valid_until", "2027-02-30"), ("valid_until", "20270101"), ("valid_until", "2027-W01-1"),
     ("valid_until", "99999-01-01")],
)  # fmt: skip
def test_what_is_wrong_is_told_beside_the_field(admin: Visitor, site: Application, field: str, value: str) -> None:
    page = create(admin, **{field: value})
    assert page.status == 400
    assert page.html.count('class="error"') == 1
    assert f'id="{field}-error"' in page.html
    assert events(site) == []
    # What was typed stays, and the form can be sent again.
    assert page.form(NEW).fields["customer_name"] == [VALUES["customer_name"]] or field == "customer_name"
    assert admin.submit(page, NEW, **VALUES | {"valid_until": "2036-01-01"}).status == 200


@pytest.mark.parametrize(
    ("typed", "hundredths"),
    [("1250", 125000), ("1250.5", 125050), ("1250,50", 125050), ("1 250,50", 125050), ("1 000 000.00", 100000000),
     ("1\u00a0250,50", 125050), ("1\u202f250,50", 125050),
     ("0.01", 1), ("007", 700), ("999999999999,99", 99999999999999), ("1 25", None), ("12 50.00", None), (".5", None),
     ("5.", None), ("1,2,3", None), ("1.234", None), ("", None), (" 1", None), ("1'250", None), ("1\n", None)],
)  # fmt: skip
def test_amounts(typed: str, hundredths: int | None) -> None:
    assert parse_amount(typed) == hundredths


def test_currencies_are_codes() -> None:
    assert len(set(CURRENCIES)) == len(CURRENCIES) > 150
    assert {code for code in CURRENCIES if len(code) != 3 or not code.isupper()} == set()
    assert [*CURRENCIES] == sorted(CURRENCIES)


def test_sending_mails_the_link(admin: Visitor, site: Application, mock: LocalMock) -> None:
    before = len(mock.mailer.mails)
    page = send(admin, create(admin))
    quote = newest(site)
    assert quote["status"] == "sent"
    assert events(site)[1:] == [("quote.sent", quote["id"])]
    assert "post@blabaer.example gets its link" in page.words
    assert "Waiting for your customer" in page.words
    assert len(mock.mailer.mails) == before + 1
    mail = mock.mailer.mails[0]
    assert mail.to == "post@blabaer.example"
    assert mail.subject == f"Quote {quote['number']} from {PRIMARY.name}"
    assert mail.link == f"http://127.0.0.1:8080/q/{quote['public_token']}"
    assert mail.link in page.words
    assert Visitor(site).get(mail.link).status == 200


def test_without_an_address_the_link_is_for_the_user_to_give(
    admin: Visitor, site: Application, mock: LocalMock
) -> None:
    page = create(admin, customer_email="")
    assert "you get a link here to give to your customer" in page.words
    before = len(mock.mailer.mails)
    page = send(admin, page)
    assert "give your customer its link" in page.words
    assert f"/q/{newest(site)['public_token']}" in page.words
    assert len(mock.mailer.mails) == before


def test_sending_twice_is_refused_and_mails_once(admin: Visitor, site: Application, mock: LocalMock) -> None:
    draft = create(admin)
    send(admin, draft)
    before = len(mock.mailer.mails)
    page = send(admin, draft)
    assert page.status == 409
    assert "it was sent and can only be accepted or rejected" in page.words
    assert len(mock.mailer.mails) == before
    assert [name for name, _ in events(site)] == ["quote.created", "quote.sent"]


def test_an_organisation_mails_only_so_many(admin: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quotes, "MAILS_PER_HOUR", 2)
    assert [send(admin, create(admin)).status for _ in range(3)] == [200, 200, 429]


def test_an_accepted_quote_becomes_an_invoice_once(admin: Visitor, site: Application, clock: ManualClock) -> None:
    sent = send(admin, create(admin))
    answer(site, sent, "accepted")
    page = admin.get(sent.path)
    assert "Accepted by Kari Nordmann from 203.0.113.9" in page.words
    due = (clock().date() + timedelta(days=14)).isoformat()
    assert page.form(f"{page.path}/convert").fields["due_date"] == [due]
    made = admin.submit(page, f"{page.path}/convert")
    quote, invoice = newest(site), newest(site, "invoices")
    assert (made.status, made.path) == (200, f"/invoices/{invoice['id']}")
    assert (invoice["quote_id"], invoice["status"], invoice["due_date"]) == (quote["id"], "draft", due)
    assert (invoice["total"], invoice["currency"], invoice["customer"]) == (
        quote["total"], quote["currency"], quote["customer"],
    )  # fmt: skip
    assert quote["number"] in made.words
    assert [name for name, _ in events(site)] == ["quote.created", "quote.sent", "quote.accepted", "invoice.created"]
    again = admin.submit(page, f"{page.path}/convert")
    assert again.status == 409
    assert f"it already is the invoice {invoice['id']}" in again.words
    assert len(events(site)) == 4
    page = admin.get(sent.path)
    assert f"Made into invoice {invoice['number']}" in page.words
    assert "Make an invoice" not in page.words


def test_a_wrong_due_date_makes_no_invoice(admin: Visitor, site: Application) -> None:
    sent = send(admin, create(admin))
    answer(site, sent, "accepted")
    page = admin.submit(admin.get(sent.path), f"{sent.path}/convert", due_date="2020-01-01")
    assert page.status == 400
    assert 'id="due_date-error"' in page.html
    assert page.form(f"{sent.path}/convert").fields["due_date"] == ["2020-01-01"]
    assert len(events(site)) == 3


@pytest.mark.parametrize("state", ["draft", "sent", "rejected"])
def test_only_an_accepted_quote_becomes_an_invoice(admin: Visitor, site: Application, state: str) -> None:
    page = create(admin)
    csrf = page.form("/logout").fields["csrf"]
    if state != "draft":
        page = send(admin, page)
    if state == "rejected":
        answer(site, page, "rejected")
    page = admin.get(page.path)
    assert "Make an invoice" not in page.words
    assert ("Send the quote" in page.words) == (state == "draft")
    before = events(site)
    refused = admin.post(f"{page.path}/convert", csrf=csrf, due_date="2036-01-01")
    assert refused.status == 409
    if state != "draft":
        assert admin.post(f"{page.path}/send", csrf=csrf).status == 409
    assert events(site) == before


def test_lists_show_the_status_and_the_newest_first(admin: Visitor) -> None:
    first = send(admin, create(admin, customer_name="First"))
    create(admin, customer_name="Second")
    page = admin.get("/quotes")
    assert "All 6 Draft 2 Sent 2 Accepted 2 Rejected 0" in page.words
    assert page.words.index("Second draft") < page.words.index("First sent")
    assert first.path in page.html
    assert "expired" not in page.words
    assert "Second" not in admin.get("/quotes?status=sent").words
    assert "No such quotes" in admin.get("/quotes?status=rejected").words
    assert admin.get("/quotes?status=paid").status == 404


def test_one_that_is_expired_says_so(admin: Visitor, clock: ManualClock) -> None:
    page = send(admin, create(admin, valid_until=clock().date().isoformat()))
    assert "expired" not in page.words
    # A session would be over by then, but for a visit on the way.
    for _ in range(2):
        clock.advance(timedelta(hours=12))
        page = admin.get(page.path)
    assert "expired: it can only be rejected" in page.words
    assert "expired" in admin.get("/quotes?status=sent").words


@pytest.mark.parametrize("name", NAMES)
def test_hostile_names_are_only_text(admin: Visitor, site: Application, name: str) -> None:
    page = create(admin, customer_name=name)
    assert name in page.words
    link = f"/q/{newest(site)['public_token']}"
    sent = send(admin, page)
    answered = answer(site, sent, "accepted", name=name)
    pages = [page, sent, answered, admin.get(page.path), admin.get("/quotes"), admin.get(link)]
    for each in pages:
        assert name in each.words
        assert is_harmless(each.html)


def test_another_organisations_quotes_are_not_there(admin: Visitor, other_admin: Visitor, site: Application) -> None:
    page = create(other_admin)
    csrf = admin.get("/quotes").form("/logout").fields["csrf"]
    before = events(site)
    assert admin.get(page.path).status == 404
    assert admin.post(f"{page.path}/send", csrf=csrf).status == 404
    assert admin.post(f"{page.path}/convert", csrf=csrf, due_date="2036-01-01").status == 404
    assert events(site) == before
    assert "Blåbær Kafé draft" not in admin.get("/quotes?status=draft").words


@pytest.mark.parametrize("id", ["quo_1", "%00", "%F0%9F%98%80", "x" * 3000, "quo_1%27--"])
def test_unknown_quotes_are_not_there(admin: Visitor, id: str) -> None:
    csrf = admin.get("/quotes").form("/logout").fields["csrf"]
    assert admin.get(f"/quotes/{id}").status == 404
    assert admin.post(f"/quotes/{id}/send", csrf=csrf).status == 404
    assert admin.post(f"/quotes/{id}/convert", csrf=csrf, due_date="2036-01-01").status == 404


@pytest.mark.parametrize("path", ["/quotes", NEW, "/quotes/quo_1"])
def test_nobody_gets_there_without_login(stranger: Visitor, path: str) -> None:
    assert stranger.get(path).path == "/login"


def test_a_transition_and_its_event_are_one_transaction(world: World) -> None:
    """On each database."""

    def create_one(connection: Connection) -> Quote:
        return event_recording.add(DocumentRepository(connection, ORGANISATION), new_quote(world))

    def send_and_fail(connection: Connection) -> None:
        documents = DocumentRepository(connection, ORGANISATION)
        quote = documents.find(Quote, "quo_1")
        assert quote is not None
        event_recording.replace(documents, quote.send(world.now))
        raise ZeroDivisionError

    world.do(create_one)
    with pytest.raises(ZeroDivisionError):
        world.do(send_and_fail)
    row = world.do(lambda connection: RecordBrowser(ORGANISATION).one(connection, "quotes", "quo_1"))
    assert row is not None
    assert row.status == "draft"
    assert [event["name"] for event in world.events] == ["quote.created"]
    assert world.do(lambda connection: RecordBrowser("org_2").one(connection, "quotes", "quo_1")) is None


def new_quote(world: World, id: str = "quo_1", token: str = "T" * 24) -> Any:
    return create_quote(
        id=id,
        organisation_id=ORGANISATION,
        number="Q-1",
        customer=("Kari", None),
        total_cents=100,
        currency="NOK",
        public_token=token,
        valid_until=world.now.date(),
        at=world.now,
    )
