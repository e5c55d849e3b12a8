"""The mock's own receiver: what it takes, what it shows, and when it says that a signature holds."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest
from oneinvoice_impl.mock import inbox

from tests.integration.impl.web.serving import Browser, Served
from tests.unit.impl.mock.pages.test_inbox import INBOX, numbers
from tests.unit.impl.web.settings.test_deliveries import pres
from tests.unit.impl.web.settings.test_webhooks import LIST, SECRET
from tests.unit.impl.web.visitor import OTHER_ADMIN, Page


def registered(browser: Browser) -> tuple[Page, str]:
    """The page after one click, and the secret on it."""
    page = browser.submit(browser.get(INBOX), f"{INBOX}/register")
    assert page.status == 200, page.words
    return page, SECRET.findall(page.html)[0]


def ping(page: Page) -> str:
    """The address of the page's button that sends a test."""
    return next(form.action for form in page.forms if form.action.endswith("/ping"))


def arrived(browser: Browser, count: int = 1) -> Page:
    return browser.wait_for(INBOX, lambda page: len(numbers(page)) >= count)


def newest(browser: Browser, count: int = 1) -> Page:
    return browser.get(f"{INBOX}/{numbers(arrived(browser, count))[0]}")


def test_from_nothing_to_a_verified_webhook(served: Served) -> None:
    browser = served.browser()
    page = browser.submit(browser.get(LIST), f"{INBOX}/register")
    assert f"{served.url}/_mock/inbox" in page.words
    secret = SECRET.findall(page.html)[0]
    page = browser.submit(page, ping(page))
    assert page.path == INBOX
    page = arrived(browser)
    assert "Verified" in page.words
    assert "Not verified" not in page.words
    page = newest(browser)
    digest, computed, sent, head, body = pres(page)
    assert digest == hashlib.sha256(body.encode()).hexdigest()
    assert computed == sent == hmac.new(secret.encode(), body.encode(), "sha256").hexdigest()
    assert f"{len(body)} bytes" in page.words
    assert f"x-1invoice-signature: {sent}" in head
    assert head.startswith("POST /_mock/inbox\n")
    assert "Verified" in page.words
    assert secret not in page.html
    again = browser.submit(browser.get(INBOX), ping(browser.get(INBOX)))
    assert "registered already" in browser.submit(browser.get(LIST), f"{INBOX}/register").words
    assert again.path == INBOX


def test_what_happens_is_verified_too(served: Served) -> None:
    browser = served.browser()
    registered(browser)
    served.trigger("invoice.sent")
    page = newest(browser)
    assert "invoice.sent" in page.words
    assert "Not verified" not in page.words
    delivery = re.search(r'href="(/settings/webhooks/deliveries/\w+)"', page.html)
    assert delivery
    assert browser.wait_for(delivery[1], lambda page: "delivered" in page.words).status == 200


def test_rotation(served: Served) -> None:
    browser = served.browser()
    page, first = registered(browser)
    browser.submit(page, ping(page))
    arrived(browser)
    endpoint = ping(page).removesuffix("/ping")
    rotated = browser.submit(browser.get(endpoint), f"{endpoint}/rotate")
    second = SECRET.findall(rotated.html)[0]
    browser.submit(rotated, ping(rotated))
    both = newest(browser, 2)
    body = pres(both)[-1].encode()
    new, old = (hmac.new(secret.encode(), body, "sha256").hexdigest() for secret in (second, first))
    assert pres(both)[1:5] == [new, new, old, old]
    assert "Not verified" not in both.words
    before = browser.get(f"{INBOX}/1")
    assert "Not equal" in before.words
    assert "Not verified" not in before.words, "the secret before still counts"
    for _ in range(3):
        # In steps, so that the session stays.
        served.clock.advance(timedelta(hours=8, minutes=1))
        browser.get(INBOX)
    assert "Not verified: The secret was rotated after it arrived; send it again." in browser.get(f"{INBOX}/1").words
    after = browser.get(f"{INBOX}/2")
    assert pres(after)[1:3] == [new, new]
    assert old not in pres(after)[1:-2]
    assert "Not verified" not in after.words


CHANGES: dict[str, tuple[Callable[[dict[str, str], bytes], tuple[dict[str, str], bytes]], str]] = {
    "other body": (lambda headers, body: (headers, body + b" "), "these are not the bytes that were signed"),
    "base64": (
        lambda headers, body: (headers | {"x-1invoice-signature": "mFq/+A=="}, body),
        "not an HMAC-SHA256 in hex",
    ),
    "not signed": (
        lambda headers, body: ({k: v for k, v in headers.items() if k != "x-1invoice-signature"}, body),
        "doesn't carry the header X-1Invoice-Signature once",
    ),
    "of nobody": (
        lambda headers, body: ({k: v for k, v in headers.items() if k != "x-1invoice-delivery"}, body),
        "It names no delivery of this mock",
    ),
    "script": (
        lambda headers, body: (headers | {"x-1invoice-signature": "<script>alert(1)</script>"}, body),
        "not an HMAC-SHA256 in hex",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CHANGES)
def test_what_is_not_verified_and_why(served: Served, name: str) -> None:
    change, part = CHANGES[name]
    browser = served.browser()
    page, _ = registered(browser)
    browser.submit(page, ping(page))
    arrived(browser)
    (arrival,) = served.mock.inbox.arrivals
    headers = {name: value for name, value in arrival.headers if name.startswith("x-1invoice")}
    changed, body = change(headers, arrival.body)
    httpx.post(f"{served.url}/_mock/inbox/below", headers=changed, content=body).raise_for_status()
    page = newest(browser, 2)
    assert "Not verified:" in page.words
    assert part in page.words
    assert "POST /_mock/inbox/below" in page.words
    assert "<script>alert" not in page.html
    assert browser.get(INBOX).words.count("Not verified") == 1


def test_upper_case_hex_counts(served: Served) -> None:
    browser = served.browser()
    page, _ = registered(browser)
    browser.submit(page, ping(page))
    arrived(browser)
    (arrival,) = served.mock.inbox.arrivals
    headers = {name: value.upper() if name.endswith("signature") else value for name, value in arrival.headers}
    httpx.post(f"{served.url}/_mock/inbox", headers=headers, content=arrival.body).raise_for_status()
    assert "Not verified" not in newest(browser, 2).words


def test_nothing_of_another_organisation(served: Served) -> None:
    browser, other = served.browser(), served.browser(OTHER_ADMIN)
    page, _ = registered(other)
    other.submit(page, ping(page))
    arrived(other)
    assert numbers(browser.get(INBOX)) == []
    assert "Nothing has arrived yet." in browser.get(INBOX).words
    assert browser.get(f"{INBOX}/1").status == 404
    assert browser.get(f"{INBOX}/list").words == "Nothing has arrived yet."
    assert other.get(f"{INBOX}/1").status == 200


def test_it_fails_when_told_to(served: Served) -> None:
    browser = served.browser()
    page, _ = registered(browser)
    told = browser.submit(browser.get(INBOX), INBOX, failing="error", times="1")
    assert "The next one is answered with 500 Internal Server Error." in told.words
    browser.submit(page, ping(page))
    assert "500" in newest(browser).words
    assert "The next one" not in browser.get(INBOX).words
    delivery = re.search(r'href="(/settings/webhooks/deliveries/\w+)"', newest(browser).html)
    assert delivery
    retrying = browser.wait_for(delivery[1], lambda page: "Attempt 1" in page.words)
    assert "It answered 500." in retrying.words
    assert "attempt 2 of 8" in retrying.words
    browser.submit(retrying, f"{delivery[1]}/resend")
    browser.wait_for(delivery[1], lambda page: "delivered" in page.words)
    assert numbers(browser.get(INBOX)) == [2, 1]


def test_it_is_slow_when_told_to(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox, "SLOW_SECONDS", 0.3)
    browser = served.browser()
    page, _ = registered(browser)
    browser.submit(browser.get(INBOX), INBOX, failing="slow", times="2")
    assert "The next 2 are answered late." in browser.get(INBOX).words
    browser.submit(page, ping(page))
    delivery = re.search(r'href="(/settings/webhooks/deliveries/\w+)"', newest(browser).html)
    assert delivery
    done = browser.wait_for(delivery[1], lambda page: "delivered" in page.words)
    took = re.search(r"took ([\d,]+) ms", done.words)
    assert took
    assert int(took[1].replace(",", "")) >= 300
    assert "The inbox answers 200 OK." in browser.submit(browser.get(INBOX), INBOX, failing="slow", times="0").words
