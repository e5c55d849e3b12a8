"""Make the pictures of the documents: `python -m docs.pictures [FOLDER]`."""

from __future__ import annotations

import io
import re
import sys
from pathlib import Path

from oneinvoice_conformance.engine.runner import run
from oneinvoice_conformance.http.client import Client
from oneinvoice_conformance.http.deployment import Deployment
from oneinvoice_conformance.http.redaction import Redactor
from oneinvoice_conformance.model.contract import contract_of
from oneinvoice_conformance.model.scope import Scope
from oneinvoice_conformance.options.config_file import read_names
from oneinvoice_conformance.reports.builder import redacted_report
from oneinvoice_conformance.reports.terminal import Terminal
from playwright.sync_api import Page
from rich.console import Console

from tests.browser.mocks import running_mock
from tests.browser.reports import failing_report
from tests.browser.windows import PHONE, Windows, chromium, logged_in
from tests.miniatures import FAULTS, keys, serve

_FAULT = "filtered-quotes-of-everybody"
_WINDOW = {"width": 1120, "height": 800}
_OFFER = {"customer.name": "Åkerlund Bygg AB", "total": "48500.00", "currency": "SEK"}
_REQUESTS_BY_HOUR = (2, 3, 8, 14, 22, 30, 24, 18, 26, 33, 21, 12)


def verdict(folder: Path) -> Path:
    """A real verdict on a deployment whose quotes leak to other organisations when they are filtered."""
    console = Console(record=True, width=118, force_terminal=True, file=io.StringIO())
    contract = contract_of(None)
    rows = contract.register
    with serve(FAULTS[_FAULT].deployment(), port=8080) as url:
        deployment = Deployment(url, {name: key.value for name, key in keys().items()})
        with Client(deployment) as client:
            report = run(client, contract, Scope.parse(rows, None, "HOOK,RATE,VER,NEWS"), read_names(rows, None))
        redacted = redacted_report(report, deployment, Redactor(deployment))
        Terminal(console, console).show(redacted)
    path = folder / "verdict.svg"
    title = "oneinvoice-conform $ONEINVOICE_URL --skip HOOK,RATE,VER,NEWS"
    picture = console.export_svg(title=title, unique_id="verdict")
    # A picture in a document may not load a font from elsewhere.
    path.write_text(re.sub(r"@font-face \{.*?\}\s*", "", picture, flags=re.DOTALL), "utf-8")
    return path


def page(folder: Path) -> list[Path]:
    """Picture the HTML report on a deployment with faults in several areas, down to its matrix, and a failure in it."""
    path, failure = folder / "report.png", folder / "failure.png"
    with chromium() as browser:
        window = browser.new_page(viewport={"width": 1000, "height": 900})
        window.set_content(failing_report(port=8080))
        matrix = window.locator(".matrix").bounding_box()
        assert matrix
        end = matrix["y"] + matrix["height"] + 24
        window.screenshot(path=path, full_page=True, clip={"x": 0, "y": 0, "width": 1000, "height": end})
        window.locator("#MEM-2").screenshot(path=failure)
    return [path, failure]


def dashboard(folder: Path) -> list[Path]:
    """A key and its use, a webhook that was verified in the mock's inbox, and a customer's page on a phone."""
    key, webhook, quote = (folder / f"{name}.png" for name in ("key", "webhook", "quote"))
    with running_mock(port=8080) as mock, chromium() as browser:
        windows = Windows(browser, mock.url)
        window = windows.open(storage_state=logged_in(windows, mock), viewport=_WINDOW)
        for requests in _REQUESTS_BY_HOUR:
            mock.controls.post("/clock", {"advance": 3600})
            for _ in range(requests):
                mock.ask("/api/v1/members?limit=1", mock.key)
        window.goto("/settings/api")
        _shoot(window, ".table", key)
        window.goto("/settings/webhooks/inbox")
        window.get_by_role("button", name="Send to this mock's inbox").click()
        mock.controls.post("/trigger", {"event": "quote.sent", "set": _OFFER})
        window.goto("/settings/webhooks/inbox")
        window.get_by_role("link", name="quote.sent").click()
        window.get_by_text("Equal").wait_for()
        _shoot(window, "main > .card", webhook)
        window.goto("/quotes?status=sent")
        window.get_by_role("row").filter(has_text=_OFFER["customer.name"]).first.get_by_role("link").click()
        phone = windows.open(window.locator("#link").inner_text(), viewport=PHONE)
        phone.screenshot(path=quote)
        windows.close()
    return [key, webhook, quote]


def _shoot(window: Page, last: str, path: Path) -> None:
    """The page from its top down to the first element of this kind."""
    box = window.locator(last).first.bounding_box()
    assert box
    size = {"x": 0, "y": 0, "width": _WINDOW["width"], "height": box["y"] + box["height"] + 12}
    window.screenshot(path=path, full_page=True, clip=size)


if __name__ == "__main__":
    target = Path(sys.argv[1] if sys.argv[1:] else Path(__file__).parent / "images")
    print(verdict(target))
    print(*page(target), sep="\n")
    print(*dashboard(target), sep="\n")
