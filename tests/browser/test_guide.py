"""From `oneinvoice-mock` to a verified webhook, by the words of the guide: bold is pressed, slanted is seen."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.mocks import Mock
from tests.browser.windows import Windows

GUIDE = (Path(__file__).parents[2] / "docs/integrators.md").read_text("utf-8")
HEADING = "## See a verified webhook in the browser"
ARRIVES_WITHIN = 15  # seconds, on a busy machine

# What the forms ask for, by the button that is pressed then.
TYPED = {"Create the draft": {"Customer": "Blåbær Kafé", "Total": "1250.00", "Due": "2045-01-31"}}


def _steps() -> list[str]:
    _, _, section = GUIDE.partition(HEADING + "\n")
    steps = re.findall(r"^\d\. (.+?)(?=^\d\. |^\n|\Z)", section.partition("\n#")[0], re.DOTALL | re.MULTILINE)
    assert len(steps) >= 5, "the guide has no steps there"
    return [" ".join(step.split()) for step in steps]


def _press(page: Page, name: str, admin: str) -> None:
    if name == "the admin's address":
        name = admin
    for label, text in TYPED.get(name, {}).items():
        page.get_by_label(label, exact=True).fill(text)
    # A tile of the first page is called "0 Webhooks": what is said must be the whole name.
    page.get_by_role("button", name=name, exact=True).or_(page.get_by_role("link", name=name, exact=True)).first.click()


def _see(page: Page, event: str, scripts: bool) -> None:
    """The event is there and verified; without scripts, once the page was loaded again."""
    row = page.get_by_role("row").filter(has=page.get_by_role("link", name=event, exact=True))
    until = time.monotonic() + ARRIVES_WITHIN
    while not scripts and not row.count() and time.monotonic() < until:
        page.reload()
    expect(row).to_have_count(1, timeout=ARRIVES_WITHIN * 1000)
    expect(row.get_by_text("Verified", exact=True)).to_be_visible()


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_to_a_verified_webhook(windows: Windows, mock: Mock, scripts: bool) -> None:
    page = windows.open("/", java_script_enabled=scripts)
    admins = page.get_by_role("complementary").get_by_role("button").all_inner_texts()
    assert admins[0] == mock.admin
    for step in _steps():
        for pressed, seen in re.findall(r"\*\*(.+?)\*\*|\*(.+?)\*", step):
            if pressed:
                _press(page, pressed, admins[0 if scripts else 1])
            else:
                _see(page, seen, scripts)
    arrived = page.get_by_role("row").all_inner_texts()
    assert sum("Verified" in row for row in arrived) == 3
