"""Releases of the contract that the package keeps: the document and the register of each, as they stood then."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.resources.abc import Traversable

from oneinvoice_openapi.contract import PACKAGE


@dataclass(frozen=True)
class Release:
    """Release by its version, such as `1.0.0`."""

    version: str
    document: Traversable
    requirements: Traversable


RELEASED = PACKAGE.joinpath("released")


def releases(folder: Traversable = RELEASED) -> dict[str, Release]:
    """Return the releases by their versions, the oldest first."""
    kept = [each for each in folder.iterdir() if each.is_dir()] if folder.is_dir() else []
    return {
        each.name: Release(each.name, each.joinpath("openapi.yaml"), each.joinpath("requirements.yaml"))
        for each in sorted(kept, key=lambda each: order(each.name))
    }


def order(version: str) -> tuple[tuple[int, ...], str]:
    """Return what versions are sorted by: their numbers, and then their text."""
    return tuple(int(number) for number in re.findall(r"\d+", version)), version
