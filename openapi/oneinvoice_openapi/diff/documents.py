"""Comparison of two documents: servers, security, operations and webhooks, one by one."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from oneinvoice_openapi.contract import METHODS
from oneinvoice_openapi.diff.changes import Change, Level, Place, Witness
from oneinvoice_openapi.diff.collector import Collector
from oneinvoice_openapi.diff.messages import MessageComparison
from oneinvoice_openapi.diff.operations import OperationComparison
from oneinvoice_openapi.diff.reading.references import resolved
from oneinvoice_openapi.diff.reading.sides import Side
from oneinvoice_openapi.reading.source import Source
from oneinvoice_openapi.references import joined

_BASE = re.compile(r"/api/v\d+(?=/|$)")
_WHOLE = Place("document")
_NEW_EVENT = "receivers meet events that they don't know, and leave them (HOOK-3 of the register)"


def compare_documents(old: Source, new: Source) -> list[Change]:
    """Return the changes between two documents, the worst first."""
    collector = Collector(old, new)
    _head(collector)
    operations = OperationComparison(collector, MessageComparison(collector))
    _paths(collector, operations)
    _webhooks(collector, operations)
    return collector.merged()


def _head(collector: Collector) -> None:
    old, new = collector.old.document, collector.new.document
    known = {"info", "servers", "security", "paths", "webhooks", "components", "tags", "openapi"}
    collector.rest(_WHOLE, old, new, "", "", known)
    for key in ("openapi", "tags"):
        if old.get(key) != new.get(key):
            _note(collector, key, f"{key} changed", (old, new), "")
    for key in dict.fromkeys([*old["info"], *new["info"]]):
        before, after = old["info"].get(key), new["info"].get(key)
        if key in ("description", "summary"):
            collector.text(_WHOLE, before, after, "/info/" + key, "/info/" + key)
        elif before != after:
            _note(collector, key, f"{key} of info changed", (old["info"], new["info"]), "/info")


def _note(collector: Collector, key: str, what: str, versions: tuple[Any, Any], above: str) -> None:
    """Keep a change of what only people read."""
    before, after = (joined(above, key) if key in version else None for version in versions)
    collector.add("document-changed", Level.DOCUMENTATION, _WHOLE, what, before, after)


def _paths(collector: Collector, operations: OperationComparison) -> None:
    old, new = collector.old.document.get("paths") or {}, collector.new.document.get("paths") or {}
    before_move, after_move = _version(old), _version(new)
    moved = bool(before_move and after_move and before_move != after_move)
    templates = {_template(path.replace(after_move, before_move, 1) if moved else path): path for path in new}
    for path, item in old.items():
        old_at = joined("/paths", path)
        other = templates.pop(_template(path), None)
        before = Side(collector.old, *resolved(collector.old, item or {}, old_at))
        if other is None:
            methods = ", ".join(method.upper() for method in METHODS if method in before.value)
            place, request = Place(f"{methods} {path}"), Witness(f"{methods} {path}", "it is answered with 404.")
            collector.add("path-removed", Level.BREAKING, place, "removed", old_at, None, witness=request)
            continue
        new_at = joined("/paths", other)
        after = Side(collector.new, *resolved(collector.new, new[other] or {}, new_at))
        if moved:
            request = Witness(path, f"the new version is at {other}.")
            collector.add(
                "path-moved", Level.BREAKING, Place(path), f"moved to {other}", old_at, new_at, witness=request
            )
        elif path != other:
            what = f"path {path} → {other}: the name of a parameter changed"
            place = Place(path)
            collector.add(
                "path-parameter-renamed", Level.BREAKING, place, what, old_at, new_at,
                whom=f"clients that were generated for {path}",
                witness=Witness(path, f"generated clients have another argument for {other}."),
            )  # fmt: skip
        _item(collector, operations, before, after, path)
    for path in templates.values():
        collector.add("path-added", Level.COMPATIBLE, Place(path), "added", None, joined("/paths", path))


def _item(collector: Collector, operations: OperationComparison, old: Side, new: Side, path: str) -> None:
    collector.rest(
        Place(path), old.value, new.value, old.pointer, new.pointer, {*METHODS, "parameters", "servers", "$ref"}
    )
    for method in METHODS:
        subject = f"{method.upper()} {path}"
        before, after = old.member(method), new.member(method)
        if before and after:
            operations.compare(Place(subject, from_clients=True), old, new, before, after)
        elif before:
            witness = Witness(subject, "it is answered with 405.")
            collector.add(
                "operation-removed", Level.BREAKING, Place(subject), "removed", before.pointer, None, witness=witness
            )
        elif after:
            collector.add("operation-added", Level.COMPATIBLE, Place(subject), "added", None, after.pointer)


def _webhooks(collector: Collector, operations: OperationComparison) -> None:
    old, new = collector.old.document.get("webhooks") or {}, collector.new.document.get("webhooks") or {}
    for event in dict.fromkeys([*old, *new]):
        place, at = Place(f"webhook {event}"), joined("/webhooks", event)
        if event not in new:
            witness = Witness(f"POST with X-1Invoice-Event: {event}", "it is never delivered.")
            collector.add("event-removed", Level.BREAKING, place, "event removed", at, None, witness=witness)
        elif event not in old:
            collector.add("event-added", Level.COMPATIBLE, place, "event added", None, at, reason=_NEW_EVENT)
        else:
            sides = [
                Side(source, *resolved(source, document[event] or {}, at))
                for source, document in ((collector.old, old), (collector.new, new))
            ]
            _event(collector, operations, place, *sides)


def _event(collector: Collector, operations: OperationComparison, place: Place, old: Side, new: Side) -> None:
    collector.rest(place, old.value, new.value, old.pointer, new.pointer, {*METHODS, "parameters", "servers", "$ref"})
    for method in METHODS:
        before, after = old.member(method), new.member(method)
        if before and after:
            operations.compare(place, old, new, before, after)
        elif before:
            witness = Witness(f"{method.upper()} of {place.subject}", "it is not sent by this method any more.")
            what = f"method {method.upper()} removed"
            collector.add("event-method-removed", Level.BREAKING, place, what, before.pointer, None, witness=witness)
        elif after:
            what = f"method {method.upper()} added"
            level = Level.BREAKING
            witness = Witness(f"{method.upper()} of {place.subject}", "receivers don't expect this method.")
            collector.add("event-method-added", level, place, what, None, after.pointer, witness=witness)


def _version(paths: Iterable[str]) -> str:
    """Return what all paths begin with, such as `/api/v2`, or an empty text if they are of no version or several."""
    found = {match[0] if (match := _BASE.match(path)) else "" for path in paths}
    return found.pop() if len(found) == 1 else ""


def _template(path: str) -> str:
    return re.sub(r"\{[^}]*\}", "{}", path)
