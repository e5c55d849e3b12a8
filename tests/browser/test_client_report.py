"""The HTML report on a client in Debian's Chromium, as people look at it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from oneinvoice_conformance.reports.html.page import html_text
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.windows import DESKTOP, PHONE, Windows, faults
from tests.unit.conformance.reports.client.judged import redacted

SIZES = {"desktop": DESKTOP, "phone": PHONE}


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("report") / "client.html"
    path.write_text(html_text(redacted()), "utf-8")
    return path.as_uri()


@pytest.fixture
def windows(browser: Browser, address: str) -> Iterator[Windows]:
    windows = Windows(browser, "file://")
    yield windows
    windows.close()
    assert windows.problems == []


def opened(windows: Windows, address: str, **options: Any) -> Page:
    page = windows.open(address, **options)
    page.evaluate("document.querySelectorAll('.scenario').forEach((each) => { each.open = true; })")
    return page


def box(of: Locator) -> dict[str, float]:
    found = of.bounding_box()
    assert found
    return {"left": found["x"], "right": found["x"] + found["width"]}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_everybody_can_use_it(windows: Windows, address: str, size: str, scheme: str):
    page = opened(windows, address, viewport=SIZES[size], color_scheme=scheme)
    page.get_by_role("button", name="Open all").click()
    assert page.evaluate("document.documentElement.scrollWidth") == SIZES[size]["width"]
    assert faults(page) == []


@pytest.mark.parametrize("size", SIZES)
def test_one_sees_a_request_within_a_retry_after(windows: Windows, address: str, size: str):
    page = opened(windows, address, viewport=SIZES[size])
    picture = page.locator("#scenario-limited .picture")
    hold, marks = box(picture.locator(".hold")), picture.locator("use.evidence")
    assert marks.count() == 8
    for mark in marks.all():
        place = box(mark)
        assert hold["left"] < (place["left"] + place["right"]) / 2 < hold["right"]
    words = box(picture.locator(".hold-words"))
    assert words["right"] <= box(picture)["right"]


def test_a_finding_leads_to_its_scenario_which_opens(windows: Windows, address: str):
    page = windows.open(address)
    page.locator(".requirement#CLIENT\\/HOOK-1 summary").click()
    page.get_by_role("link", name="hundred", exact=True).click()
    expect(page.locator("#scenario-hundred")).to_have_attribute("open", "")
    expect(page.locator("#scenario-hundred").get_by_role("table")).to_be_in_viewport()
    page.locator("#scenario-hundred").get_by_role("link", name="CLIENT/HOOK-1").click()
    expect(page.locator("#CLIENT\\/HOOK-1")).to_be_in_viewport()


def test_on_paper_everything_is_open(windows: Windows, address: str):
    page = windows.open(address)
    page.emulate_media(media="print")
    expect(page.locator("#scenario-hundred .picture")).to_be_visible()
    expect(page.locator(".filter")).to_be_hidden()
