"""Releases of the contract that the package keeps: the document, the register and the lifecycle of each."""

from __future__ import annotations

import re
from importlib.resources.abc import Traversable
from typing import NamedTuple

from oneinvoice_openapi.contract import PACKAGE
from oneinvoice_openapi.references import Unusable

Numbers = tuple[int, int, int]
FILES = ("openapi.yaml", "requirements.yaml", "lifecycle.yaml")
SUMS = "SHA256SUMS"
RELEASED = PACKAGE.joinpath("released")
_VERSION = re.compile(r"(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})")


class Release(NamedTuple):
    """Release by its version, such as `1.0.0`."""

    version: str
    document: Traversable
    requirements: Traversable
    lifecycle: Traversable


def releases(folder: Traversable = RELEASED) -> dict[str, Release]:
    """Return the releases by their versions, the oldest first. Raises `Unusable`."""
    try:
        kept = {each.name: each for each in folder.iterdir() if each.is_dir()} if folder.is_dir() else {}
    except OSError as error:
        raise Unusable(f"{folder} can't be read ({error.strerror}); make it readable.") from error
    versions = {parsed: name for name in kept if (parsed := numbers(name))}
    return {name: Release(name, *(kept[name].joinpath(file) for file in FILES)) for _, name in sorted(versions.items())}


def numbers(version: object) -> Numbers | None:
    """Return the numbers of a version such as `1.10.0`, which are its order; None if it is no version."""
    match = _VERSION.fullmatch(version) if isinstance(version, str) else None
    return (int(match[1]), int(match[2]), int(match[3])) if match else None


def content_of(version: str, file: Traversable) -> bytes:
    """Return the bytes of a file of a release. Raises `Unusable`."""
    try:
        return file.read_bytes()
    except OSError as error:
        what = f"{file.name} of release {version} can't be read ({error.strerror})"
        raise Unusable(f"{what}; restore it, as oneinvoice-spec check tells.") from error
