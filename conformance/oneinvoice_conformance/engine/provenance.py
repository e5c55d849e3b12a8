"""Provenance of a report: hashes of the kit that judged, and of the contract that it judged by."""

from __future__ import annotations

import hashlib
import re
import sys
from collections.abc import Iterator
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from importlib.resources.abc import Traversable

from oneinvoice_conformance.model.contract import Contract

# Whatever decides what a rule says; the reference implementation has no part in it.
_PACKAGES = ("oneinvoice_conformance", "oneinvoice_openapi")
_NOT_OURS = re.compile(r"\..*|__pycache__|.*\.pyc")  # what an editor or an interpreter leaves


@cache
def kit() -> dict[str, str]:
    """Return the version of the kit and of Python, and the SHA-256 over all files of the packages that judge."""
    digest = hashlib.sha256()
    for package in _PACKAGES:
        for name, content in _contents(files(package), f"{package}/"):
            _add(digest, name, content)
    return {"version": version("oneinvoice-kit"), "python": sys.version.split()[0], "sha256": digest.hexdigest()}


@cache
def provenance_of(contract: Contract) -> dict[str, str]:
    """Return the version of a contract, and the SHA-256 over its document and register, wherever they are kept."""
    digest = hashlib.sha256()
    _add(digest, "v1/openapi.yaml", contract.files.document.read_bytes())
    _add(digest, "requirements.yaml", contract.files.requirements.read_bytes())
    return {"version": contract.version, "sha256": digest.hexdigest()}


def _contents(folder: Traversable, prefix: str) -> Iterator[tuple[str, bytes]]:
    """Yield the files below a folder, in the order of their names."""
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if _NOT_OURS.fullmatch(entry.name):
            continue
        if entry.is_file():
            yield prefix + entry.name, entry.read_bytes()
        else:
            yield from _contents(entry, f"{prefix}{entry.name}/")


def _add(digest: hashlib._Hash, name: str, content: bytes) -> None:
    """Add a file after its name and length, so that no two sets of files hash alike; lines end as in git."""
    content = content.replace(b"\r\n", b"\n")
    digest.update(f"{name}\0{len(content)}\0".encode())
    digest.update(content)
