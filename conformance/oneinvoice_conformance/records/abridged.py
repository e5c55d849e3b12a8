"""Records without what is long in them, so that pages of large ones take little memory.

What is left out is told by a digest, by which two abridged records are equal just if the records are. Nothing that the
documentation promises is as long as what is left out, nor behind so many other fields.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from typing import Any

from oneinvoice_conformance.records.json_text import HugeNumber, canonical

Record = dict[str, Any]
_LONG = 1_024  # characters of a text
_LARGE = 4_096  # characters of a list or an object inside of a record, as JSON
_KEPT = {list: 20, dict: 300}  # of the elements and fields of a large one
_BEGINNING = 64  # characters that are kept of a text
_DEPTH = 64  # of values in values that are kept
_REST = "\N{HORIZONTAL ELLIPSIS}"
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*(?:"|\Z)|[\[{]+|[]}]+', re.DOTALL)


class Rest(str):
    """Digest of what is left out of a record, beside what is kept of it."""

    @classmethod
    def of(cls, text: str) -> Rest:
        return cls(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest())


def abridged(record: Record) -> Record:
    """Return the record with each of its fields, and these without what is long in them."""
    shorter: Record = _each(record, _abridged, _DEPTH)
    return shorter


def _abridged(value: Any, depth: int) -> Any:
    if isinstance(value, str):
        return (
            value
            if len(value) <= _LONG or isinstance(value, HugeNumber)
            else f"{value[:_BEGINNING]}{_REST} {Rest.of(value)}"
        )
    if not isinstance(value, (dict, list)) or not value:
        return value
    if not depth:
        return Rest.of(canonical(value))
    most = _KEPT[type(value)] if type(value) in _KEPT else len(value)
    if len(value) > most and len(text := canonical(value)) > _LARGE:
        return _beginning(value, most, depth, Rest.of(text))
    return _each(value, _abridged, depth - 1)


def _beginning(value: Any, most: int, depth: int, rest: Rest) -> Any:
    """Return the first elements, or the fields whose names are least likely to be data, with the digest of all."""
    if isinstance(value, list):
        return [*(_abridged(each, depth - 1) for each in value[:most]), rest]
    names = sorted(value, key=lambda name: (any(map(str.isdigit, name)), name))[:most]
    return {name: _abridged(value[name], depth - 1) for name in names} | {_REST: rest}


def _each(value: Any, change: Callable[[Any, int], Any], depth: int) -> Any:
    """Return a dict or list with all values changed; itself where that changes none, as nearly always."""
    pairs = list(value.items() if isinstance(value, dict) else enumerate(value))
    changed = {key: new for key, old in pairs if (new := change(old, depth)) is not old}
    if not changed:
        return value
    if isinstance(value, dict):
        return value | changed
    return [changed.get(index, old) for index, old in pairs]


def shallow(text: str) -> str:
    """Return a JSON text with the digest of its text in the place of each value that is nested too deeply.

    Readers of JSON may limit how deeply (RFC 8259, 9), and so does that of Python.
    """
    kept: list[str] = []
    depth = begin = end = 0
    for token in _TOKEN.finditer(text):
        before, brackets = depth, len(token[0])
        if token[0][0] in "[{":
            depth += brackets
            if before <= _DEPTH < depth:
                begin = token.start() + _DEPTH - before
                kept.append(text[end:begin])
        elif token[0][0] in "]}":
            depth -= brackets
            if depth <= _DEPTH < before:
                end = token.start() + before - _DEPTH
                kept.append(json.dumps(Rest.of(text[begin:end])))
    return "".join(kept) + (text[end:] if depth <= _DEPTH else "")
