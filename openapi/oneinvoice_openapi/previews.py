"""Documents of versions: v1's, and the preview of v2, which is v1's with a JSON Merge Patch (RFC 7396).

The patch says what differs and nothing else, so that whatever is mended in v1 is mended in v2. A merge patch can't
rename a key, so the paths are moved from `/api/v1` to the version's own before it is applied.
"""

from __future__ import annotations

import copy
from functools import cache
from typing import Any

import yaml

from oneinvoice_openapi.contract import PACKAGE, document, load_yaml

PREVIEWS = ("v2",)
"""Versions that are tried beside v1, and not released."""
_V1 = "/api/v1"
_WIDTH = 120


def document_of(version: str, v1: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document of v1 or of a preview, as a copy that the caller may change.

    `v1` is the document of v1, by default the authored one. Raises `KeyError` for another version.
    """
    base = document() if v1 is None else copy.deepcopy(v1)
    if version == "v1":
        return base
    if version not in PREVIEWS:
        raise KeyError(version)
    base["paths"] = {path.replace(_V1, f"/api/{version}", 1): item for path, item in base["paths"].items()}
    patched = merged(base, _patch(version))
    assert isinstance(patched, dict)
    return copy.deepcopy(patched)


def written(version: str) -> str:
    """Return the document of a version as YAML, in which nothing refers to what was written before."""
    return yaml.dump(document_of(version), Dumper=_Plain, sort_keys=False, allow_unicode=True, width=_WIDTH)


class _Plain(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True


@cache
def _patch(version: str) -> Any:
    return load_yaml(PACKAGE.joinpath(version, "merge-patch.yaml").read_text("utf-8"))


def merged(target: Any, patch: Any) -> Any:
    """Return a JSON value with a merge patch applied (RFC 7396, section 2): null removes, a list replaces.

    >>> from oneinvoice_openapi.previews import merged
    >>> merged({"a": {"b": 1, "c": 2}, "d": [1, 2]}, {"a": {"b": None}, "d": [3]})
    {'a': {'c': 2}, 'd': [3]}
    """
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merged(result.get(name), value)
    return result
