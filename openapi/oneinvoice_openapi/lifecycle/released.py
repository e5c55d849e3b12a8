"""Releases of the contract, with the lifecycle that each kept."""

from __future__ import annotations

from importlib.resources.abc import Traversable

from oneinvoice_openapi.contract import load_yaml
from oneinvoice_openapi.lifecycle.policy import Released
from oneinvoice_openapi.lifecycle.reader import NAME, parse_lifecycle
from oneinvoice_openapi.releases import RELEASED, releases


def read_releases(folder: Traversable = RELEASED) -> list[Released]:
    """Return them, the oldest first; those of before there was a lifecycle have none. Raises `Unusable`."""
    found = []
    for version, release in releases(folder).items():
        kept = release.lifecycle
        said = parse_lifecycle(kept.read_bytes(), f"{NAME} of release {version}") if kept.is_file() else None
        found.append(Released(version, load_yaml(release.document.read_text("utf-8")), said))
    return found
