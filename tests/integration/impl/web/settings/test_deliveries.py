"""What was sent: the log page by page, and each delivery with its attempts."""

from __future__ import annotations

import re

import pytest

from tests.integration.impl.receivers import Answer, receiver, status
from tests.integration.impl.web.serving import Browser, Served
from tests.unit.impl.web.settings.test_deliveries import pres
from tests.unit.impl.web.settings.test_webhooks import LIST, registered
from tests.unit.impl.web.visitor import Page

OK = status("200 OK", body=b"thanks")


def pinged(browser: Browser, url: str, done: str = "Attempt 1") -> tuple[str, Page]:
    """The path of an endpoint that was sent a test, and the page of the delivery once it shows `done`."""
    path = registered(browser, url)
    page = browser.submit(browser.get(path), f"{path}/ping")
    (delivery,) = set(re.findall(r'href="(/settings/webhooks/deliveries/del_\w+)"', page.html))
    return path, browser.wait_for(delivery, lambda page: done in page.words)


def answered(served: Served, answer: Answer) -> Page:
    """The page of a delivery that was answered so."""
    with receiver(answer) as target:
        _, page = pinged(served.browser(), target.url)
    return page


def test_a_delivery_as_it_was_sent(served: Served) -> None:
    browser = served.browser()
    with receiver(OK) as target:
        path, page = pinged(browser, target.url)
        head, _, body = target.wait_for(1)[0].partition(b"\r\n\r\n")
    first, *headers = head.decode().split("\r\n")
    shown_first, *shown = pres(page)[1].split("\n")
    assert shown_first == first == "POST /hook HTTP/1.1"
    # How a connection is used is the business of what connects.
    assert sorted(shown) == sorted(each for each in headers if each != "Connection: close")
    assert pres(page)[2].encode() == body
    assert "delivered" in page.words
    assert pres(page)[0] == "thanks"
    log = browser.get(path)
    assert "ping" in log.words
    assert "delivered" in log.words
    assert "delivered" in browser.get(LIST).words


def test_a_failure_and_its_next_try(served: Served) -> None:
    browser = served.browser()
    with receiver(status("500 Oops", body=b"<script>alert(1)</script>")) as target:
        path, page = pinged(browser, target.url)
        assert "It answered 500." in page.words
        assert re.search(r"Next try \d+ \w{3} \d{4}, \d\d:\d\d:\d\d UTC, attempt 2 of 8", page.words)
        assert "<script>alert" not in page.html
        assert pres(page)[0] == "<script>alert(1)</script>"
        assert "Failing since" in browser.get(path).words
        assert "Failing since" in browser.get(LIST).words
        assert "1 of 8" in browser.get(path).words
        again = browser.submit(page, f"{page.path}/resend")
        assert again.path == page.path, "what waits is sent at once, and no new delivery is made"
        page = browser.wait_for(page.path, lambda page: "Attempt 2" in page.words)
        first, second = target.wait_for(2)
        assert first == second


@pytest.mark.parametrize(
    ("body", "part"),
    [
        (b"<script>" * 131_072, "<script>"),
        (b"\x00\x9f\xff" * 1000, "00 9f ff"),
        ("\u202egnp.exe\x00\x1b[31m".encode(), r"\u202egnp.exe\x00\x1b[31m"),
        ("</pre><img src=x>é".encode(), "</pre><img src=x>é"),
    ],
)
def test_hostile_answers(served: Served, body: bytes, part: str) -> None:
    page = answered(served, status("500 Oops", body=body))
    assert part in pres(page)[0]
    assert "<script><script>" not in page.html
    assert "<img" not in page.html.partition("<main")[2]
    assert "\x00" not in page.html
    assert len(page.html) < 40 * 1024


def test_what_has_ended_is_sent_anew(served: Served) -> None:
    browser = served.browser()
    with receiver(OK) as target:
        _, page = pinged(browser, target.url)
        again = browser.submit(page, f"{page.path}/resend")
        assert again.path != page.path
        assert "as this new delivery" in again.words
        browser.wait_for(again.path, lambda page: "delivered" in page.words)
        bodies = [request.partition(b"\r\n\r\n")[2] for request in target.wait_for(2)]
    assert bodies[0] == bodies[1]


def test_no_answer(served: Served) -> None:
    _, page = pinged(served.browser(), "http://127.0.0.1:1/hook")
    assert "no answer" in page.words
    assert "No connection could be made:" in page.words
    assert "Beginning of the answer" not in page.words


def test_parts_are_sent_only_when_they_have_changed(served: Served) -> None:
    browser = served.browser()
    with receiver(OK) as target:
        path, page = pinged(browser, target.url)
        browser.wait_for(path, lambda page: "delivered" in page.words)
        for whole, fragment in ((path, f"{path}/log?"), (page.path, f"{page.path}/progress?")):
            seen = re.search('id="seen" name="seen" value="([0-9a-f]+)"', browser.get(whole).html)
            assert seen
            unchanged = browser.get(f"{fragment}&seen={seen[1]}")
            assert (unchanged.status, unchanged.html) == (204, "")
            part = browser.get(f"{fragment}&seen=other")
            assert part.status == 200
            assert "<html" not in part.html
            assert 'hx-swap-oob="innerHTML"' in part.html
            assert seen[0] in part.html
        browser.submit(browser.get(path), f"{path}/ping")
        assert browser.get(f"{path}/log?seen={seen[1]}").status == 200
    assert f'hx-get="{path}/log?"' in browser.get(path).html
    assert "data-live" not in browser.get(page.path).html, "it has ended"
