"""Contract that the reference implementation implements: a release.

What is authored may be ahead of it, by a field that is to come or a release that was made of it. A service then goes on
with what it implements, and a mock serves the rest as a proposal: with values from examples.
"""

from __future__ import annotations

import copy
from functools import cache
from typing import Any

from oneinvoice_openapi.contract import PACKAGE, load_yaml, without_requirements
from oneinvoice_openapi.releases import Release, releases
from yaml import YAMLError

IMPLEMENTED = "1.1.0"
"""The release. Whoever implements the next one names it here."""


def implemented() -> Release:
    """Return the files of the release."""
    return releases()[IMPLEMENTED]


def document() -> dict[str, Any]:
    """Return its OpenAPI 3.1 document, as a copy that the caller may change."""
    return copy.deepcopy(_document())


def is_behind() -> bool:
    """Tell whether what is authored differs from it by more than the ids of the register."""
    if _authored_bytes() == implemented().document.read_bytes():  # nearly always, and to parse them takes longer
        return False
    return bool(without_requirements(_authored()) != without_requirements(_document()))


def _authored_bytes() -> bytes:
    return PACKAGE.joinpath("v1", "openapi.yaml").read_bytes()


def _authored() -> Any:
    """Return what is authored, or None while it can't be read."""
    try:
        return load_yaml(_authored_bytes().decode())
    except (UnicodeDecodeError, YAMLError):
        return None


@cache
def _document() -> dict[str, Any]:
    content: dict[str, Any] = load_yaml(implemented().document.read_text("utf-8"))
    return content
