"""Copy of the contract as it was released last, for what edits it: what is in work may be any edit already."""

from __future__ import annotations

import shutil
from pathlib import Path

from oneinvoice_openapi.releases import releases

from tests.acceptance.documents import ROOT


def released_contract(folder: Path) -> Path:
    """Return `openapi` in a folder, a copy of that of the clone in which the authored document is the last release."""
    copy = shutil.copytree(ROOT / "openapi", folder / "openapi", ignore=shutil.ignore_patterns("__pycache__"))
    package, last = copy / "oneinvoice_openapi", [*releases()][-1]
    shutil.copyfile(package / "released" / last / "openapi.yaml", package / "v1" / "openapi.yaml")
    return copy
