"""Releases of the contract, with the lifecycle that each kept."""

from __future__ import annotations

from importlib.resources.abc import Traversable
from typing import Any

import yaml

from oneinvoice_openapi.contract import load_yaml
from oneinvoice_openapi.lifecycle.policy import Released
from oneinvoice_openapi.lifecycle.reader import NAME, parse_lifecycle
from oneinvoice_openapi.reading.source import read_source
from oneinvoice_openapi.releases import RELEASED, content_of, releases


def read_releases(folder: Traversable = RELEASED) -> list[Released]:
    """Return them, the oldest first; those of before there was a lifecycle have none. Raises `Unusable`."""
    found = []
    for version, release in releases(folder).items():
        kept = release.lifecycle
        said = parse_lifecycle(kept.read_bytes(), f"{NAME} of release {version}") if kept.is_file() else None
        found.append(Released(version, _document(version, release.document), said))
    return found


def _document(version: str, file: Traversable) -> dict[str, Any]:
    content = content_of(version, file)
    try:
        document = load_yaml(content.decode())
    except (yaml.YAMLError, ValueError):
        document = None
    # To read it as a source tells what is wrong, and takes ten times as long.
    return document if isinstance(document, dict) else read_source(content, f"release {version}").document
