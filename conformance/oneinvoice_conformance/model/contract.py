"""Contract that a deployment is judged by: today's, or that of a release, with the requirements as they stood then."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from oneinvoice_openapi.contract import PACKAGE, for_deployments, load_yaml, webhooks
from oneinvoice_openapi.references import Unusable
from oneinvoice_openapi.register import Register, Subject, read_register
from oneinvoice_openapi.releases import Release, content_of, releases

from oneinvoice_conformance.errors import UsageError

_VERSION = re.compile(r"^  version: ([0-9.]+)$", re.MULTILINE)


@dataclass(frozen=True)
class Contract:
    """Contract by its files, which are read when they are asked for; `is_release` tells whether it was chosen."""

    files: Release
    is_release: bool

    @property
    def version(self) -> str:
        return self.files.version

    @cached_property
    def register(self) -> Register:
        """Requirements that a deployment is held to."""
        return self._rows.of("deployment")

    def register_of(self, subject: Subject) -> Register:
        """Return the requirements that a subject is held to. Raises `UsageError` for a release without any."""
        register = self.register if subject == "deployment" else self._rows.of(subject)
        if not register.requirements:
            raise UsageError(f"Contract {self.version} asks nothing of {subject}s yet; leave --contract out.")
        return register

    @cached_property
    def _rows(self) -> Register:
        with _usable():
            return read_register(content_of(self.version, self.files.requirements))

    @cached_property
    def document(self) -> dict[str, Any]:
        """Document as a deployment is held to it, which nobody may change."""
        with _usable():
            content = content_of(self.version, self.files.document)
        return for_deployments(load_yaml(content.decode()))

    @cached_property
    def events(self) -> frozenset[str]:
        """Names of the document's events."""
        return frozenset(event for event, _ in webhooks(self.document))


@contextmanager
def _usable() -> Iterator[None]:
    """Raise `UsageError` for what can't be used within the context."""
    try:
        yield
    except Unusable as error:
        raise UsageError(str(error)) from error


@cache
def contract_of(version: str | None) -> Contract:
    """Return the contract of a release, or today's without a version. Raises `UsageError` for one that isn't kept."""
    if version is None:
        return _today()
    kept = releases()
    if version in kept:
        return Contract(kept[version], is_release=True)
    near = difflib.get_close_matches(version, kept, n=1, cutoff=0.0)
    hint = f"did you mean '{near[0]}'? The releases are {', '.join(kept)}" if near else "this kit keeps none"
    raise UsageError(f"'{version}' is no release of the contract; {hint}.")


def _today() -> Contract:
    document = PACKAGE.joinpath("v1", "openapi.yaml")
    text = document.read_text("utf-8")
    plain = _VERSION.search(text)  # to parse it all takes longer than to write a report
    version = plain[1] if plain else str(load_yaml(text)["info"]["version"])
    beside = (PACKAGE.joinpath(name) for name in ("requirements.yaml", "lifecycle.yaml"))
    return Contract(Release(version, document, *beside), is_release=False)
