"""One of the two versions of an object, with its document and its place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from oneinvoice_openapi.diff.reading.references import resolved
from oneinvoice_openapi.reading.source import Source
from oneinvoice_openapi.references import joined


@dataclass(frozen=True)
class Side:
    """Object of one document, and where it stands."""

    source: Source
    value: Any
    pointer: str

    def member(self, key: str | int) -> Side | None:
        """Return what stands under a key, with its reference followed, or None if nothing does."""
        has = key in self.value if isinstance(self.value, dict) else int(key) < len(self.value)
        if not has:
            return None
        return Side(self.source, *resolved(self.source, self.value[key], joined(self.pointer, key)))

    def members(self, key: str) -> dict[str, Side]:
        """Return the members of an object that stands under a key."""
        inner = self.member(key)
        if inner is None:
            return {}
        return {name: side for name in inner.value if (side := inner.member(name)) is not None}


def pairs(
    old: dict[str, Side], new: dict[str, Side], same: Callable[[str], str] = str
) -> Iterator[tuple[str, Side | None, Side | None]]:
    """Yield (name, old, new) for the members of two objects, by names that are the same."""
    others = {same(name): side for name, side in new.items()}
    for name, side in old.items():
        yield name, side, others.pop(same(name), None)
    names = {same(name): name for name in new}
    for key, side in others.items():
        yield names[key], None, side
