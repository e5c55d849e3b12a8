"""A customer reads a quote, and answers it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from oneinvoice_impl.clock import ManualClock
from oneinvoice_impl.domain.quote import Quote, create_quote
from oneinvoice_impl.server.app import Application
from oneinvoice_impl.store.records.documents import DocumentRepository
from oneinvoice_impl.store.records.public_quotes import find_public_quote
from oneinvoice_impl.web.public import quote_page
from sqlalchemy import Connection, text

from tests.unit.impl.asgi_client import ask, bearer
from tests.unit.impl.web.hostile import NAMES, is_harmless
from tests.unit.impl.web.sales.test_quotes import create, events, send
from tests.unit.impl.web.visitor import PRIMARY, Page, Visitor
from tests.unit.impl.webhook_world import ORGANISATION, World

KEY = PRIMARY.keys[0].text
UNKNOWN = "/q/kT4vXw8ZpR2nYb6QmL9sJc3D"


def newest(site: Application) -> Any:
    return ask(site, "/api/v1/quotes?limit=200", bearer(KEY)).json["data"][-1]


@pytest.fixture
def link(admin: Visitor, site: Application) -> str:
    """Of a quote that was sent."""
    send(admin, create(admin))
    return f"/q/{newest(site)['public_token']}"


@pytest.fixture
def customer(site: Application) -> Visitor:
    return Visitor(site, address="203.0.113.9")


def answer(customer: Visitor, link: str, decision: str = "accepted", name: str = "Kari Nordmann") -> Page:
    return customer.submit(customer.get(link), link, name=name, decision=decision)


def test_it_says_what_is_offered_by_whom(customer: Visitor, link: str, site: Application) -> None:
    page = customer.get(link)
    quote = newest(site)
    for shown in (PRIMARY.name, quote["number"], "Blåbær Kafé", "1,250.50 SEK", "Valid until", "Accept the quote"):
        assert shown in page.words
    assert page.status == 200
    # Nothing of the dashboard, for anybody; nothing that tells others its address.
    assert 'href="/' not in re.sub('href="/static[^"]*"', "", page.html)
    assert "<script" not in page.html
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["Cache-Control"] == "no-store"
    assert 'name="robots" content="noindex"' in page.html
    assert quote["id"] not in page.html


def test_the_enter_key_accepts_nothing(customer: Visitor, link: str) -> None:
    """It presses a form's first button."""
    decisions = re.findall('<button[^>]* name="decision" value="([^"]*)"', customer.get(link).html)
    assert decisions == ["", "accepted", "rejected"]


def test_the_dashboards_user_sees_the_same(admin: Visitor, customer: Visitor, link: str) -> None:
    assert admin.get(link).words == customer.get(link).words


@pytest.mark.parametrize(("decision", "event"), [("accepted", "quote.accepted"), ("rejected", "quote.rejected")])
def test_the_answer_is_in_the_api_and_told_by_webhook(
    customer: Visitor, link: str, site: Application, decision: str, event: str
) -> None:
    page = answer(customer, link, decision)
    assert (page.status, page.path) == (200, link)
    assert "Thank you" in page.words
    assert f"Kari Nordmann {decision} this quote on" in page.words
    assert "Your name" not in page.words
    quote = newest(site)
    assert quote["status"] == decision
    signed_at = quote["signing"].pop("signed_at")
    assert quote["signing"] == {"decision": decision, "name": "Kari Nordmann", "ip": "203.0.113.9"}
    assert signed_at > quote["sent_at"]
    assert events(site)[-1] == (event, quote["id"])
    assert page.headers["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize(
    ("first", "second"), [("accepted", "accepted"), ("accepted", "rejected"), ("rejected", "accepted")]
)
def test_a_second_answer_is_refused(customer: Visitor, link: str, site: Application, first: str, second: str) -> None:
    form = customer.get(link)
    customer.submit(form, link, name="Kari Nordmann", decision=first)
    stored = newest(site)
    for name, decision in (("Ola", second), ("", ""), ("Ola", "maybe")):
        page = customer.submit(form, link, name=name, decision=decision)
        assert page.status == 409
        assert f"Kari Nordmann {first} this quote before, on" in page.words
        assert "Accept the quote" not in page.words
    assert newest(site) == stored
    assert [name for name, _ in events(site)] == ["quote.created", "quote.sent", f"quote.{first}"]


@pytest.mark.parametrize(
    ("name", "decision", "field"),
    [("", "accepted", "name"), ("  ", "rejected", "name"), ("K" * 201, "accepted", "name"),
     ("A\nB", "accepted", "name"), ("\u202egnp", "accepted", "name"), ("\x00", "accepted", "name"),
     ("Kari", "", "decision"), ("Kari", "converted", "decision"), ("Kari", "sent", "decision")],
)  # fmt: skip
def test_what_is_wrong_is_told(
    customer: Visitor, link: str, site: Application, name: str, decision: str, field: str
) -> None:
    page = answer(customer, link, decision, name)
    assert page.status == 400
    assert f'id="{field}-error"' in page.html
    assert newest(site)["signing"] is None


def test_an_expired_quote_can_only_be_rejected(
    customer: Visitor, link: str, site: Application, clock: ManualClock
) -> None:
    before = customer.get(link)
    clock.advance(timedelta(days=31))
    page = customer.get(link)
    assert "it can only be rejected now" in page.words
    assert "Accept the quote" not in page.words
    refused = customer.submit(before, link, name="Kari", decision="accepted")
    assert refused.status == 409
    assert "it can't be accepted any more, only rejected" in refused.words
    assert newest(site)["status"] == "sent"
    assert "Kari rejected this quote" in customer.submit(refused, link, name="Kari", decision="rejected").words
    assert newest(site)["status"] == "rejected"


def test_it_can_be_accepted_on_its_last_day(
    admin: Visitor, customer: Visitor, site: Application, clock: ManualClock
) -> None:
    send(admin, create(admin, valid_until=clock().date().isoformat()))
    assert "accepted this quote" in answer(customer, f"/q/{newest(site)['public_token']}").words


def _compared(page: Page) -> tuple[int, str, list[tuple[str, str]]]:
    headers = [(name, value) for name, value in page.headers.multi_items() if name != "x-request-id"]
    return page.status, page.html, headers


def test_drafts_are_as_if_they_were_not_there(admin: Visitor, customer: Visitor, site: Application, link: str) -> None:
    create(admin)
    draft = f"/q/{newest(site)['public_token']}"
    csrf = customer.get(link).form(link).fields["csrf"]
    for fetch in (
        customer.get,
        lambda path: customer.post(path, csrf=csrf, name="Kari", decision="accepted"),
        lambda path: customer.post(path, name="Kari", decision="accepted"),
        lambda path: customer.send("HEAD", path, False, {}),
    ):
        known, unknown = _compared(fetch(draft)), _compared(fetch(UNKNOWN))
        assert known == unknown
        assert known[0] in (403, 404)
    assert newest(site)["status"] == "draft"


@pytest.mark.parametrize("token", ["", "x", "%00", "%F0%9F%98%80", "a" * 5000, "%2e%2e%2fx", "' OR 1=1 --"])
def test_what_is_no_token_is_the_same_404(customer: Visitor, token: str) -> None:
    page = customer.get(f"/q/{token}")
    assert page.status == 404
    if token not in ("", "%2e%2e%2fx"):
        assert page.html == customer.get(UNKNOWN).html


def test_letter_case_counts(customer: Visitor, link: str) -> None:
    assert customer.get(link.swapcase().replace("/Q/", "/q/")).status == 404


def test_guessing_is_throttled_by_client(
    customer: Visitor, link: str, site: Application, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quote_page, "VISITS_PER_CLIENT", 3)
    assert [customer.get(f"{UNKNOWN}{n}").status for n in range(4)] == [404, 404, 404, 429]
    # Then it is no matter whether there is such a quote.
    assert [customer.get(path).status for path in (link, UNKNOWN)] == [429, 429]
    assert Visitor(site, address="203.0.113.10").get(link).status == 200
    clock.advance(timedelta(hours=1))
    assert customer.get(link).status == 200


def test_answers_count_too(customer: Visitor, link: str, monkeypatch: pytest.MonkeyPatch) -> None:
    page = customer.get(link)
    monkeypatch.setattr(quote_page, "VISITS_PER_CLIENT", 1)
    assert customer.submit(page, link, name="Kari", decision="accepted").status == 429


def test_a_form_of_another_session_is_refused(customer: Visitor, link: str, site: Application) -> None:
    page = customer.get(link)
    other = Visitor(site)
    other.get(link)
    assert other.submit(page, link, name="Kari", decision="accepted").status == 403
    assert customer.post(link, name="Kari", decision="accepted").status == 403
    assert newest(site)["status"] == "sent"


@pytest.mark.parametrize(
    ("address", "stored"),
    [("2001:db8::7", "2001:db8::7"), ("::ffff:203.0.113.9", "203.0.113.9"), ("testclient", "unknown"), ("", "unknown")],
)
def test_where_the_answer_comes_from(site: Application, link: str, address: str, stored: str) -> None:
    answer(Visitor(site, address=address), link)
    assert newest(site)["signing"]["ip"] == stored


@pytest.mark.parametrize("name", NAMES)
def test_hostile_names_are_only_text(customer: Visitor, admin: Visitor, site: Application, name: str) -> None:
    with site.database.engine.begin() as connection:
        connection.execute(
            text("UPDATE organisations SET name = :name WHERE id = :id"), {"name": name, "id": PRIMARY.id}
        )
    send(admin, create(admin, customer_name=name))
    link = f"/q/{newest(site)['public_token']}"
    form = customer.get(link)
    for page in (
        form,
        customer.submit(form, link, name=name, decision=name),
        customer.submit(form, link, name=name, decision="accepted"),
        customer.submit(form, link, name=name, decision="rejected"),
    ):
        assert page.words.count(name) >= 2
        assert is_harmless(page.html)


def test_only_what_was_sent_is_found(world: World) -> None:
    """On each database: by its token alone, and whole."""
    quote, _ = create_quote(
        id="quo_1",
        organisation_id=ORGANISATION,
        number="Q-1",
        customer=("Kari", "kari@nordlys.example"),
        total_cents=100,
        currency="NOK",
        public_token="T" * 24,
        valid_until=world.now.date(),
        at=world.now,
    )
    world.do(lambda connection: DocumentRepository(connection, ORGANISATION).add(quote))

    def find(token: str = "T" * 24, lock: bool = False) -> Quote | None:
        found = world.do(lambda connection: find_public_quote(connection, token, lock=lock))
        return found and found.quote

    assert (find(), find(lock=True)) == (None, None)
    sent, _ = quote.send(world.now)
    for state in (
        sent,
        sent.accept(name="Kari", ip="192.0.2.1", at=world.now)[0],
        sent.reject(name="Kari", ip="192.0.2.1", at=world.now)[0],
    ):
        world.do(lambda connection, state=state: DocumentRepository(connection, ORGANISATION).replace(state))
        assert find() == find(lock=True) == state
        assert (find("t" * 24), find(""), find("T" * 23)) == (None, None, None)
    assert replace(sent, status="draft", sent_at=None) == quote


def test_the_organisation_is_named(world: World) -> None:
    def work(connection: Connection) -> str:
        quote, _ = create_quote(
            id="quo_1",
            organisation_id="org_2",
            number="Q-1",
            customer=("Kari", None),
            total_cents=100,
            currency="NOK",
            public_token="T" * 24,
            valid_until=None,
            at=world.now,
        )
        DocumentRepository(connection, "org_2").add(quote.send(world.now)[0])
        found = find_public_quote(connection, "T" * 24)
        assert found is not None
        return found.organisation

    assert world.do(work) == "org_2"
