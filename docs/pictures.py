"""Make the pictures of the README: `python -m docs.pictures [FOLDER]`."""

from __future__ import annotations

import io
import re
import shutil
import sys
from pathlib import Path

from oneinvoice_conformance.client import Client
from oneinvoice_conformance.deployment import Deployment
from oneinvoice_conformance.redaction import Redactor
from oneinvoice_conformance.reports.terminal import Terminal
from oneinvoice_conformance.runner import run
from oneinvoice_conformance.scope import Scope
from oneinvoice_conformance.settings import read_names
from oneinvoice_openapi.register import register
from playwright.sync_api import sync_playwright
from rich.console import Console

from tests.browser.reports import failing_report
from tests.miniatures import FAULTS, keys, serve

_FAULT = "filtered-quotes-of-everybody"


def verdict(folder: Path) -> Path:
    """A real verdict on a deployment whose quotes leak to other organisations when they are filtered."""
    console = Console(record=True, width=118, force_terminal=True, file=io.StringIO())
    rows = register()
    with serve(FAULTS[_FAULT].deployment(), port=8080) as url:
        deployment = Deployment(url, {name: key.value for name, key in keys().items()})
        with Client(deployment) as client:
            report = run(client, rows, Scope.of(rows, None, "HOOK,RATE,VER,NEWS"), read_names(rows, None))
        Terminal(rows, console, console, Redactor(deployment)).show(report, deployment)
    path = folder / "verdict.svg"
    title = "oneinvoice-conform $ONEINVOICE_URL --skip HOOK,RATE,VER,NEWS"
    picture = console.export_svg(title=title, unique_id="verdict")
    # A picture in a README may not load a font from elsewhere.
    path.write_text(re.sub(r"@font-face \{.*?\}\s*", "", picture, flags=re.DOTALL), "utf-8")
    return path


def page(folder: Path) -> Path:
    """The HTML report on a deployment with faults in several areas, down to its matrix."""
    path = folder / "report.png"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        window = browser.new_page(viewport={"width": 1000, "height": 900})
        window.set_content(failing_report(port=8080))
        matrix = window.locator(".matrix").bounding_box()
        assert matrix
        end = matrix["y"] + matrix["height"] + 24
        window.screenshot(path=path, full_page=True, clip={"x": 0, "y": 0, "width": 1000, "height": end})
        browser.close()
    return path


if __name__ == "__main__":
    target = Path(sys.argv[1] if sys.argv[1:] else Path(__file__).parent / "images")
    print(verdict(target))
    print(page(target))
