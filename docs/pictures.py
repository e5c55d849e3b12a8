"""Make the pictures of the README: `python -m docs.pictures [FOLDER]`."""

from __future__ import annotations

import io
import re
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
from rich.console import Console

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


if __name__ == "__main__":
    target = Path(sys.argv[1] if sys.argv[1:] else Path(__file__).parent / "images")
    print(verdict(target))
