"""The HTML report in Debian's Chromium, as people look at it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.reports import failing_report
from tests.browser.windows import DESKTOP, PHONE, faults

SIZES = {"desktop": DESKTOP, "phone": PHONE}
OPENS_WITHIN = 500  # milliseconds


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(failing_report(), "utf-8")
    return path.as_uri()


Open = Callable[..., Page]


@pytest.fixture
def open_report(browser: Browser, address: str) -> Iterator[Open]:
    """Opens the report in a window of its own; at the end nothing went wrong in it, and nothing was asked for."""
    contexts: list[BrowserContext] = []
    problems: list[str] = []

    def open_report(fragment: str = "", **options: Any) -> Page:
        context = browser.new_context(**({"viewport": SIZES["desktop"]} | options))
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda message: problems.append(message.text))
        page.on("request", lambda request: problems.append(request.url) if _outside(request.url) else None)
        page.goto(address + fragment)
        return page

    def _outside(url: str) -> bool:
        return not url.startswith((address, "data:"))

    yield open_report
    for context in contexts:
        context.close()
    assert problems == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_everybody_can_use_it(open_report: Open, size: str, scheme: str):
    page = open_report(viewport=SIZES[size], color_scheme=scheme)
    page.get_by_role("button", name="Open all").click()
    assert page.evaluate("document.documentElement.scrollWidth") == SIZES[size]["width"]
    assert faults(page) == []


def test_light_and_dark_differ(open_report: Open):
    backgrounds = {
        open_report(color_scheme=scheme).evaluate("getComputedStyle(document.body).backgroundColor")
        for scheme in ("light", "dark")
    }
    assert len(backgrounds) == 2


def test_the_verdict_is_what_one_sees_first(open_report: Open):
    page = open_report()
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_be_in_viewport()
    assert heading.inner_text().lower() == "violations"
    levels = page.evaluate("[...document.querySelectorAll('h1,h2,h3,h4')].map((each) => +each.tagName[1])")
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_what_failed_is_open_and_the_rest_is_closed(open_report: Open):
    page = open_report()
    outcomes = page.evaluate("[...document.querySelectorAll('.requirement')].map((e) => [e.dataset.outcome, e.open])")
    assert {outcome for outcome, is_open in outcomes if is_open} == {"failed"}
    assert {outcome for outcome, is_open in outcomes if not is_open} >= {"passed", "not-tested", "not-applicable"}
    assert page.locator(".requirement.failed mark").count() >= 5


def test_the_changes_since_earlier_reports(open_report: Open):
    section = open_report().get_by_role("region", name="Changes since 2 earlier reports, the first of 2026-04-01")
    assert section.get_by_role("heading", level=3).all_inner_texts() == ["Breaking 1", "Perhaps breaking 1", "Other 1"]
    gone = section.get_by_role("listitem").first
    expect(gone).to_contain_text("items[].email was in all 450 records")
    expect(gone).to_contain_text("since production-2026-04-01.json")


def test_the_filter(open_report: Open):
    page = open_report()
    requirements = page.locator(".requirement:visible")
    everything = requirements.count()
    expect(page.locator(".shown")).to_have_text(f"{everything} of {everything} shown")
    page.get_by_role("checkbox", name="passed").uncheck()
    assert 0 < requirements.count() < everything
    expect(page.get_by_role("heading", name="Passed")).to_be_hidden()
    page.get_by_role("combobox", name="Area").select_option("QUO")
    expect(requirements).to_have_count(0)
    expect(page.get_by_text("No requirement matches this filter.")).to_be_visible()
    page.get_by_role("combobox", name="Area").select_option("")
    page.get_by_role("searchbox").fill("overload 429")
    assert [each.get_attribute("id") for each in requirements.all()] == ["RATE-2"]


@pytest.mark.parametrize("filtered", [False, True])
def test_a_cell_leads_to_its_requirement(open_report: Open, filtered: bool):
    page = open_report()
    if filtered:
        page.get_by_role("checkbox", name="passed").uncheck()
    page.get_by_role("link", name="MEM-1 passed").click()
    target = page.locator("#MEM-1")
    expect(target).to_have_attribute("open", "")
    expect(target.locator("summary").first).to_be_in_viewport()
    expect(target.locator("summary").first).to_be_focused()


def test_a_shared_cause_leads_to_what_it_explains_and_back(open_report: Open):
    page = open_report()
    cause = page.get_by_role("region", name="One cause of several findings").get_by_role("article")
    target = page.locator("#HOOK-4")
    expect(target).not_to_have_attribute("open", "")
    cause.get_by_role("link", name="HOOK-4").click()
    expect(target).to_have_attribute("open", "")
    expect(target.locator("summary").first).to_be_focused()
    target.get_by_role("link", name="cause 1").click()
    expect(cause).to_be_in_viewport()
    cause.get_by_text("2 exchanges that show it").click()
    expect(cause.get_by_text("curl -i").first).to_be_visible()


def test_an_address_leads_to_a_delivery(open_report: Open):
    page = open_report("#delivery-3")
    expect(page.locator("#delivery-3")).to_have_attribute("open", "")
    expect(page.locator("#delivery-3 .steps")).to_be_visible()


def test_a_command_is_copied(open_report: Open):
    page = open_report(permissions=["clipboard-read", "clipboard-write"])
    box = page.locator(".requirement .curl").first
    box.get_by_role("button", name="Copy").click()
    expect(box.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == box.locator("code").inner_text()


def test_it_is_used_by_keyboard(open_report: Open):
    page = open_report()
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the requirements")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Requirements")).to_be_in_viewport()


def test_without_scripts_everything_is_there_but_the_filter(open_report: Open):
    page = open_report(java_script_enabled=False)
    expect(page.get_by_role("search")).to_be_hidden()
    expect(page.locator("#MEM-2 .seen")).to_be_visible()
    page.locator("#MEM-1 summary").click()
    expect(page.locator("#MEM-1 .seen")).to_be_visible()


def test_on_paper_nothing_is_closed(open_report: Open):
    page = open_report(color_scheme="dark")
    expect(page.locator("#MEM-1 .told")).to_be_hidden()
    page.emulate_media(media="print")
    expect(page.locator("#MEM-1 .told")).to_be_visible()
    expect(page.get_by_role("search")).to_be_hidden()
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(27, 34, 48)"


def test_it_opens_at_once(open_report: Open):
    took = "performance.getEntriesByType('navigation')[0].loadEventEnd"
    assert min(open_report().evaluate(took) for _ in range(5)) < OPENS_WITHIN
