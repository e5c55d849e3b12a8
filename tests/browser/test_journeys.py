"""What people do in the dashboard, from beginning to end."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from oneinvoice_conformance.documented import EVENT_HEADER, SIGNATURE_HEADER
from oneinvoice_conformance.http.delivery import Delivery
from oneinvoice_conformance.webhooks.receiver import Receiver
from oneinvoice_conformance.webhooks.signing import verify_signature
from playwright.sync_api import Browser, Page, expect

from tests.browser.mocks import Mock, running_mock
from tests.browser.windows import PHONE, Windows, assert_usable, found, log_in, logged_in, use_link

CLIPBOARD = ["clipboard-read", "clipboard-write"]
ARRIVES_WITHIN = 15  # seconds, on a busy machine
CSV_NAMES = "First name,Last name,E-mail,Status"


def _press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def _flash(page: Page, text: str) -> None:
    expect(page.get_by_role("status").filter(has_text=text)).to_be_visible()


def _arrived(receiver: Receiver, event: str) -> Delivery:
    def came() -> list[Delivery]:
        return [each for each in receiver.deliveries if each.header(EVENT_HEADER) == event]

    assert receiver.wait(lambda: bool(came()), ARRIVES_WITHIN), f"no {event}"
    return came()[0]


def test_from_the_first_login_to_the_first_request_and_to_401(windows: Windows, mock: Mock) -> None:
    page = windows.open("/", permissions=CLIPBOARD)
    page.get_by_label("E-mail address").fill("kari@blafjell.example")
    _press(page, "Send me a link")
    expect(page.get_by_role("heading", name="Look at your mail")).to_be_visible()
    assert_usable(page)
    use_link(page)
    expect(page.get_by_role("heading", name="Welcome")).to_be_visible()
    assert_usable(page)
    found(page, "Blåfjell Bygg & Sønner <AS>")
    expect(page.get_by_role("heading", name="Blåfjell Bygg & Sønner <AS>")).to_be_visible()

    page.get_by_role("link", name="Create a key").click()
    page.get_by_label("Name").fill("Accounting")
    _press(page, "Create key")
    assert_usable(page)
    _press(page, "Copy the key")
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    key = page.evaluate("navigator.clipboard.readText()")
    status, members = mock.ask("/api/v1/members", key)
    assert (status, members["data"]) == (200, [])
    curl = page.locator("#curl").inner_text()
    assert key in curl
    assert f'"{mock.url}/api/v1/members' in curl

    page.goto("/settings/api")
    assert key not in page.content()
    expect(page.get_by_role("row").filter(has_text="Accounting")).to_contain_text(f"{key[:4]}…{key[-4:]}")
    page.get_by_role("link", name="Revoke Accounting").click()
    _press(page, "Revoke the key")
    _flash(page, "The key Accounting was revoked")
    status, problem = mock.ask("/api/v1/members", key)
    assert (status, problem["status"]) == (401, 401)


def test_a_link_to_log_in_works_once(windows: Windows) -> None:
    page = windows.open()
    log_in(page, "ola@nordlys.example")
    page.goto("/_mock/mailbox")
    page.locator(".mail a").first.click()
    expect(page.get_by_role("heading", name="This link can't be used")).to_be_visible()
    assert_usable(page)


def test_one_click_logs_in_as_an_admin_of_the_seed(windows: Windows) -> None:
    page = windows.open("/login")
    assert_usable(page)
    page.get_by_role("complementary").get_by_role("button").first.click()
    expect(page.get_by_role("heading", level=1)).not_to_have_text("Log in")
    expect(page.get_by_role("link", name="Members", exact=True)).to_be_visible()


def _typing(windows: Windows, email: str) -> Page:
    """The window of somebody new, who begins to add a member."""
    page = windows.open()
    log_in(page, email)
    found(page, "Typing AS")
    page.goto("/members/new")
    page.get_by_label("First name").fill("Åse")
    return page


def test_what_was_typed_is_in_the_form_again_after_the_session_ended(windows: Windows) -> None:
    page = _typing(windows, "typing@nordlys.example")
    page.get_by_label("E-mail", exact=True).fill("åse@blåbær.example")
    page.get_by_label("Last name").fill("Ødegård")
    page.get_by_label("Status").select_option("pending")
    page.context.clear_cookies()
    _press(page, "Add the member")
    expect(page.get_by_text("What you typed is kept in this window")).to_be_visible()
    assert_usable(page)
    log_in(page, "typing@nordlys.example")
    page.goto("/members/new")
    expect(page.get_by_label("First name")).to_have_value("Åse")
    expect(page.get_by_label("E-mail", exact=True)).to_have_value("åse@blåbær.example")
    expect(page.get_by_label("Status")).to_have_value("pending")
    assert_usable(page)
    _press(page, "Add the member")
    _flash(page, "Åse Ødegård is a member now.")
    page.goto("/members/new")
    expect(page.get_by_label("First name")).to_have_value("")


def test_what_was_typed_is_gone_after_a_logout(windows: Windows) -> None:
    page = _typing(windows, "leaving@nordlys.example")
    page.get_by_role("button", name="Log out").click()
    assert page.evaluate("sessionStorage.length") == 0


def test_a_signed_delivery_arrives_and_is_in_the_log(windows: Windows, admin: Any) -> None:
    page = windows.open("/settings/webhooks/new", storage_state=admin)
    with Receiver("127.0.0.1", 0) as receiver:
        page.get_by_label("URL").fill("127.0.0.1/hook")
        _press(page, "Register")
        expect(page.get_by_label("URL")).to_have_attribute("aria-invalid", "true")
        assert_usable(page)
        page.get_by_label("URL").fill(f"{receiver.url}/hook")
        page.get_by_label("Only those that I choose").check()
        page.get_by_label("invoice.sent").check()
        _press(page, "Register")
        secret = page.locator("#secret").inner_text()
        assert_usable(page)
        page.get_by_role("link", name="Go to the endpoint").click()
        endpoint = page.url
        assert secret not in page.content()

        sending = windows.open("/invoices/new", storage_state=admin)
        sending.get_by_label("Customer", exact=True).fill("Åkerlund Bygg AB")
        sending.get_by_label("Total").fill("1250,50")
        sending.get_by_label("Due").fill("2045-01-31")
        _press(sending, "Create the draft")
        _press(sending, "Send the invoice")
        _flash(sending, "sent")
        delivery = _arrived(receiver, "invoice.sent")

        # Nobody loads the page again.
        row = page.get_by_role("row").filter(has_text="invoice.sent")
        expect(row).to_contain_text("delivered", timeout=ARRIVES_WITHIN * 1000)
    assert verify_signature(delivery.body, delivery.header(SIGNATURE_HEADER) or "", secret)
    invoice = json.loads(delivery.body)["data"]
    assert (invoice["total"], invoice["customer"]["name"]) == ("1250.50", "Åkerlund Bygg AB")
    assert [each.header(EVENT_HEADER) for each in receiver.deliveries] == ["invoice.sent"]

    row.get_by_role("link").click()
    expect(page.get_by_label("Body")).to_contain_text(invoice["id"])
    expect(page.get_by_role("article").filter(has_text="Attempt 1")).to_contain_text("200")
    page.goto(endpoint)
    page.get_by_text("Rotate the secret").first.click()
    _press(page, "Rotate the secret")
    assert page.locator("#secret").inner_text() != secret
    assert_usable(page)


def test_a_delivery_that_fails_is_tried_again(windows: Windows, admin: Any, mock: Mock) -> None:
    page = windows.open("/settings/webhooks/inbox", storage_state=admin)
    _press(page, "Send to this mock's inbox")
    page.get_by_role("link", name="Webhooks", exact=True).click()
    page.get_by_role("link", name="Open the inbox").click()
    _press(page, "Answer so")
    _flash(page, "The next one is answered with 500")
    _press(page, "Send a test ping")
    expect(page.get_by_role("row").filter(has_text="ping")).to_contain_text("500", timeout=ARRIVES_WITHIN * 1000)
    page.get_by_role("link", name="ping", exact=True).click()
    page.get_by_role("link", name="Its delivery").click()
    expect(page.get_by_text("Next try", exact=True)).to_be_visible()
    mock.controls.post("/clock", {"advance": 600})
    expect(page.get_by_role("heading", name="Attempt 2")).to_be_visible(timeout=ARRIVES_WITHIN * 1000)
    expect(page.get_by_role("article").filter(has_text="Attempt 2")).to_contain_text("200")
    mock.controls.post("/clock/reset")


def test_a_request_appears_with_what_its_client_should_know(windows: Windows, admin: Any, mock: Mock) -> None:
    page = windows.open("/", storage_state=admin)
    page.get_by_role("link", name="Requests", exact=True).click()
    mock.ask("/api/v1/members?limit=2&page=7", mock.key)
    row = page.get_by_role("listitem").filter(has=page.get_by_text("GET /api/v1/members?limit=2&page=7", exact=True))
    expect(row).to_contain_text("page is not a parameter", timeout=ARRIVES_WITHIN * 1000)
    assert_usable(page)
    mock.ask("/api/v1/quotes?limit=1", mock.key)
    quotes = page.get_by_text("GET /api/v1/quotes?limit=1", exact=True)
    expect(quotes).to_be_visible(timeout=ARRIVES_WITHIN * 1000)

    plain = windows.open("/requests", storage_state=admin, java_script_enabled=False)
    expect(plain.get_by_text("GET /api/v1/quotes?limit=1", exact=True)).to_be_visible()
    plain.get_by_role("link", name="With notes").click()
    expect(plain.get_by_text("page is not a parameter")).to_be_visible()
    expect(plain.get_by_text("GET /api/v1/quotes?limit=1", exact=True)).to_have_count(0)
    with plain.expect_download() as downloaded:
        plain.get_by_role("link", name="Download as HAR").click()
    assert downloaded.value.suggested_filename == "oneinvoice-mock.har"
    log = json.loads(downloaded.value.path().read_text("utf-8"))["log"]
    assert log["entries"][-1]["request"]["url"] == f"{mock.url}/api/v1/quotes?limit=1"


def test_a_customer_accepts_on_a_phone(windows: Windows, admin: Any, mock: Mock) -> None:
    page = windows.open("/quotes/new", storage_state=admin)
    page.get_by_label("Customer", exact=True).fill("Blåbær Kafé")
    page.get_by_label("Total").fill("12500")
    _press(page, "Create the draft")
    _press(page, "Send the quote")
    link = page.locator("#link").inner_text()
    assert link.startswith(f"{mock.url}/q/")

    phone, late = (
        windows.open(link, viewport=PHONE, is_mobile=True, has_touch=True, color_scheme=scheme)
        for scheme in ("light", "dark")
    )
    expect(phone.get_by_text("12,500.00")).to_be_in_viewport()
    assert_usable(phone)
    for each, name in ((phone, "Kari Nordmann"), (late, "Ola Hansen")):
        each.get_by_label("Your name").fill(name)
        accept = each.get_by_role("button", name="Accept the quote")
        expect(accept).to_be_in_viewport()
        accept.tap()
    expect(phone.get_by_text("Kari Nordmann accepted this quote")).to_be_visible()
    expect(late.get_by_role("alert")).to_contain_text("Your answer was not stored, since Kari Nordmann accepted")
    for each in (phone, late):
        assert_usable(each)
        expect(each.get_by_role("button")).to_have_count(0)

    status, quotes = mock.ask("/api/v1/quotes?status=accepted&limit=200", mock.key)
    assert status == 200
    (quote,) = [each for each in quotes["data"] if each["public_token"] == link.rpartition("/")[2]]
    assert {name: quote["signing"][name] for name in ("decision", "name", "ip")} == {
        "decision": "accepted",
        "name": "Kari Nordmann",
        "ip": "127.0.0.1",
    }
    page.reload()
    expect(page.get_by_text("by Kari Nordmann from 127.0.0.1")).to_be_visible()
    page.get_by_label("Due").fill("2045-01-31")
    _press(page, "Make an invoice")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Invoice")


def test_members_from_a_file_with_three_bad_lines(windows: Windows) -> None:
    page = windows.open()
    log_in(page, "styret@skilag.example")
    found(page, "Skilaget")
    page.get_by_role("link", name="Members", exact=True).click()
    page.get_by_role("link", name="Import").first.click()
    bad = ["Kari,Nordmann,kari@a.example,active", "Ola,,ola@a.example,active", "Eva,Berg,eva,pending"]
    bad += ["Åse,Lie,ase@a.example,", "Nils,Dahl,nils@a.example,away"]
    _send(page, bad)
    assert_usable(page)
    page.get_by_role("button", name="Import 5 members").click()
    expect(page.get_by_role("alert")).to_contain_text("Nothing was imported: 3 things are wrong")
    wrong = page.get_by_role("table").filter(has_text="What is wrong").locator("tbody tr")
    assert [row.locator("th").inner_text() for row in wrong.all()] == ["3", "4", "6"]
    assert_usable(page)
    page.get_by_role("link", name="Members", exact=True).click()
    expect(page.get_by_role("heading", name="No members yet")).to_be_visible()

    page.goto("/members/import")
    _send(
        page, [bad[0], "Ola,Hansen,ola@a.example,active", "Eva,Berg,eva@a.example,pending", bad[3], "N,D,n@a.example,"]
    )
    page.get_by_role("button", name="Import 5 members").click()
    _flash(page, "5 members were imported.")
    expect(page.locator("tbody tr")).to_have_count(5)


def _send(page: Page, lines: list[str]) -> None:
    content = "\r\n".join([CSV_NAMES, *lines]).encode()
    page.get_by_label("CSV file").set_input_files({"name": "m.csv", "mimeType": "text/csv", "buffer": content})
    _press(page, "Go on")
    expect(page.get_by_role("heading", name="Which column is what?")).to_be_visible()


def test_a_change_is_announced_30_days_ahead(windows: Windows, admin: Any, mock: Mock) -> None:
    today = datetime.now(UTC).date()
    page = windows.open("/roadmap", storage_state=admin)
    with Receiver("127.0.0.1", 0) as receiver:
        mock.controls.post("/webhooks", {"url": receiver.url, "secret": "S", "events": ["api.change_announced"]})
        page.get_by_label("What changes").fill("The fax field of members goes away")
        page.get_by_label("Takes effect on").fill(str(today + timedelta(days=29)))
        _press(page, "Announce")
        expect(page.get_by_label("Takes effect on")).to_have_attribute("aria-invalid", "true")
        expect(page.get_by_text("Changes are announced at least 30 days ahead")).to_be_visible()
        expect(page.get_by_role("region", name="Announcement")).to_have_count(0)
        assert_usable(page)
        effective_on = today + timedelta(days=31)
        page.get_by_label("Takes effect on").fill(str(effective_on))
        _press(page, "Announce")
        delivery = _arrived(receiver, "api.change_announced")
    announced = json.loads(delivery.body)["data"]
    assert (announced["title"], announced["effective_on"]) == ("The fax field of members goes away", str(effective_on))
    assert verify_signature(delivery.body, delivery.header(SIGNATURE_HEADER) or "", "S")
    page.get_by_role("link", name="Overview").click()
    expect(page.get_by_role("region", name="Announcement")).to_contain_text("The fax field of members goes away")


def test_a_change_says_what_it_concerns_and_what_to_do(browser: Browser) -> None:
    change = {
        "title": "due_date goes away",
        "effective_on": str(datetime.now(UTC).date() + timedelta(days=200)),
        "text": "What breaks:\n- due_date of invoices goes away.\n  Before that day: don't read due_date.",
        "class": "breaking",
        "operations": [f"GET /api/v1/{name}" for name in ("invoices", "quotes", "members", "a" * 150)],
        "events": ["invoice.sent", "invoice.paid"],
    }
    with running_mock() as mock:  # of its own: other tests count the links of a page
        windows = Windows(browser, mock.url)
        user = logged_in(windows, mock)
        mock.controls.post("/announcements", change)
        for look in ({}, {"color_scheme": "dark"}, {"viewport": PHONE}):
            page = windows.open("/", storage_state=user, **look)
            banner = page.get_by_role("region", name="Announcement: due_date goes away")
            expect(banner).to_contain_text(
                "Affects GET /api/v1/invoices, GET /api/v1/quotes, GET /api/v1/members and 3 more"
            )
            assert_usable(page)
            banner.get_by_role("link", name="What to do").click()
            entry = page.get_by_role("list", name="Coming").get_by_role("listitem").filter(has_text="due_date")
            expect(entry).to_be_in_viewport()
            for text in ("breaking", "Before that day: don't read due_date.", "GET /api/v1/members", "invoice.paid"):
                expect(entry.get_by_text(text, exact=True)).to_be_visible()
            assert_usable(page)
        windows.close()
    assert windows.problems == []


def test_it_is_used_by_keyboard(windows: Windows) -> None:
    page = windows.open("/login")
    assert _tabbed(page, 5)[:3] == ["Skip to the content", "1invoice", "E-mail address"]
    log_in(page, "keys@skilag.example")
    found(page, "Skilaget")
    page.goto("/settings/api")
    pages = ["Overview", "Members", "Quotes", "Invoices", "REST API", "Webhooks", "Roadmap", "API docs", "Requests"]
    assert _tabbed(page, 15) == ["Skip to the content", "1invoice", "Log out", *pages, "API docs", "Name", "Create key"]

    page.goto("/settings/api")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_in_viewport()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.get_by_label("Name")).to_be_focused()
    page.keyboard.type("Accounting")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="The key Accounting was created")).to_be_visible()


def _tabbed(page: Page, count: int) -> list[str]:
    """What so many presses of Tab lead to, each of which shows that it has the focus."""
    reached = []
    for _ in range(count):
        page.keyboard.press("Tab")
        name, outline = page.evaluate(
            "[document.activeElement.labels?.[0]?.innerText ?? document.activeElement.innerText,"
            " getComputedStyle(document.activeElement).outlineStyle]"
        )
        assert outline != "none", name
        reached.append(name.strip())
    return reached
