"""Comparison of two versions of one operation or webhook, but for the content of its messages."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from oneinvoice_openapi.diff.changes import Level, Place, Witness
from oneinvoice_openapi.diff.collector import Collector
from oneinvoice_openapi.diff.messages import MessageComparison
from oneinvoice_openapi.diff.reading.sides import Side, pairs
from oneinvoice_openapi.diff.schemas.views import json_key
from oneinvoice_openapi.diff.security import Security
from oneinvoice_openapi.references import joined

_KNOWN = {"operationId", "security", "servers", "parameters", "requestBody", "responses"}
_STYLES = {"query": "form", "cookie": "form", "path": "simple", "header": "simple"}


class OperationComparison:
    """Comparison of operations, each with what its document and path say for all."""

    def __init__(self, collector: Collector, messages: MessageComparison) -> None:
        self._collector, self._messages = collector, messages
        self._security = Security(collector)

    def compare(self, place: Place, old_item: Side, new_item: Side, old: Side, new: Side) -> None:
        """Keep what differs between two versions of an operation. `place` tells who sends its request."""
        self._collector.rest(place, old.value, new.value, old.pointer, new.pointer, _KNOWN)
        self._operation_id(place, old, new)
        self._security.compare(place, old, new)
        if place.from_clients:
            self._servers(place, (old, old_item), (new, new_item))
        for name, before, after in pairs(_parameters(old_item, old), _parameters(new_item, new), _same):
            self._parameter(place, name, before, after)
        self._body(place, old.member("requestBody"), new.member("requestBody"))
        self._messages.responses(place, old, new)

    def _operation_id(self, place: Place, old: Side, new: Side) -> None:
        before, after = old.value.get("operationId"), new.value.get("operationId")
        if before == after:
            return
        spots = [joined(s.pointer, "operationId") if "operationId" in s.value else None for s in (old, new)]
        if before is None:
            self._collector.add("operation-id", Level.COMPATIBLE, place, f"operationId {after} added", *spots)
            return
        what = f"operationId {before} → {after or 'none'}"
        whom = f"clients generated for {place.subject}"
        witness = Witness(f"client.{before}()", "the generated client has no such function.")
        self._collector.add("operation-id", Level.BREAKING, place, what, *spots, whom=whom, witness=witness)

    def _servers(self, place: Place, old: tuple[Side, ...], new: tuple[Side, ...]) -> None:
        before, after = _servers(self._collector.old, *old), _servers(self._collector.new, *new)
        for url, side in before.items():
            if url not in after:
                witness = Witness(f"{place.subject} at {url}", "the document has no such server.")
                self._collector.add(
                    "server-removed", Level.BREAKING, place, f"server {url} removed", side.pointer, None,
                    whom="clients of this server", witness=witness,
                )  # fmt: skip
            else:
                self._variables(place, side, after[url])
                self._collector.rest(
                    place, side.value, after[url].value, side.pointer, after[url].pointer, {"url", "variables"}
                )
        first, now = next(iter(before)), next(iter(after))
        if first != now and first in after:
            what, spots = f"first server {first} → {now}", (before[first].pointer, after[now].pointer)
            reason = "generated clients call the first server unless they are told another"
            self._collector.add("server-order", Level.UNCLASSIFIED, place, what, *spots, reason=reason)
        for url, side in after.items():
            if url not in before:
                self._collector.add("server-added", Level.COMPATIBLE, place, f"server {url} added", None, side.pointer)

    def _variables(self, place: Place, old: Side, new: Side) -> None:
        for name, before, after in pairs(old.members("variables"), new.members("variables")):
            if before is None or after is None:
                continue  # the URL tells it
            gone = set(before.value.get("enum", ())) - set(after.value.get("enum", ()))
            moved = before.value["default"] != after.value["default"]
            if moved or (gone and "enum" in after.value):
                what = f"variable {name} of server {old.value['url']} changed"
                witness = Witness(f"{place.subject} at {old.value['url']}", "another server answers, or none.")
                self._collector.add(
                    "server-variable", Level.BREAKING, place, what, before.pointer, after.pointer, witness=witness
                )
            elif before.value != after.value:
                what = f"variable {name} of server {old.value['url']} changed"
                self._collector.add("server-variable", Level.COMPATIBLE, place, what, before.pointer, after.pointer)

    def _parameter(self, operation: Place, name: str, old: Side | None, new: Side | None) -> None:
        place = replace(operation, part=name if operation.from_clients else name.replace(" parameter", "", 1))
        if operation.from_clients:
            if old and new:
                self._both_parameters(place, old, new)
            elif old:
                what = "removed: it is ignored, or refused"
                request = Witness(self._messages.request(place, old), "the parameter has no effect any more.")
                self._collector.add(
                    "parameter-removed", Level.BREAKING, place, what, old.pointer, None,
                    whom=f"{place.whom} that send {name}", witness=request,
                )  # fmt: skip
            elif new and new.value.get("required"):
                request = Witness(operation.subject, f"it is refused, as it has no {name}.")
                self._collector.add(
                    "parameter-required",
                    Level.BREAKING,
                    place,
                    "added, and required",
                    None,
                    new.pointer,
                    witness=request,
                )
            elif new:
                self._collector.add("parameter-added", Level.COMPATIBLE, place, "added", None, new.pointer)
        else:
            self._messages.header(place, old, new)

    def _both_parameters(self, place: Place, old: Side, new: Side) -> None:
        before, after = bool(old.value.get("required")), bool(new.value.get("required"))
        spots = joined(old.pointer, "required"), joined(new.pointer, "required")
        if after and not before:
            request = Witness(place.subject, f"it is refused, as it has no {place.part}.")
            self._collector.add("parameter-required", Level.BREAKING, place, "required now", *spots, witness=request)
        elif before != after:
            self._collector.add("parameter-optional", Level.COMPATIBLE, place, "optional now", *spots)
        for key in ("style", "explode", "allowReserved", "allowEmptyValue"):
            one, other = _serialisation(old.value, key), _serialisation(new.value, key)
            if one != other:
                widened = key == "allowEmptyValue" and other
                level = Level.COMPATIBLE if widened else Level.BREAKING
                request = Witness(self._messages.request(place, old), f"it is read by another {key}.")
                self._collector.add(
                    "parameter-serialisation", level, place, f"{key} {json_key(one)} → {json_key(other)}",
                    joined(old.pointer, key), joined(new.pointer, key), witness=None if widened else request,
                )  # fmt: skip
        self._messages.described(place, old, new)

    def _body(self, place: Place, old: Side | None, new: Side | None) -> None:
        place = replace(place, part="request body" if place.from_clients else "body")
        if old and new:
            before, after = bool(old.value.get("required")), bool(new.value.get("required"))
            demanded = after and not before
            spots = joined(old.pointer, "required"), joined(new.pointer, "required")
            if before != after:
                level = Level.BREAKING if demanded == place.from_clients else Level.COMPATIBLE
                rule = "body-required" if demanded else "body-optional"
                then = "it is refused." if demanded else "receivers that expect a body can't read it."
                self._collector.add(
                    rule, level, place, f"{'required' if demanded else 'optional'} now", *spots,
                    witness=Witness(f"{place.subject} without a body", then) if level is Level.BREAKING else None,
                )  # fmt: skip
            self._collector.rest(place, old.value, new.value, old.pointer, new.pointer, {"required", "content"})
            self._messages.content(place, old, new)
        elif old:
            witness = Witness(f"{place.subject} with a body", "it is ignored or refused.")
            if not place.from_clients:
                witness = Witness(f"{place.subject} without a body", "receivers that expect one can't read it.")
            self._collector.add("body-removed", Level.BREAKING, place, "removed", old.pointer, None, witness=witness)
        elif new:
            demanded = bool(new.value.get("required")) and place.from_clients
            level = Level.BREAKING if demanded else Level.COMPATIBLE
            witness = Witness(f"{place.subject} without a body", "it is refused.")
            self._collector.add(
                "body-required" if demanded else "body-added", level, place,
                "added, and required" if demanded else "added", None, new.pointer,
                witness=witness if demanded else None,
            )  # fmt: skip


def _parameters(item: Side, operation: Side) -> dict[str, Side]:
    """Return the parameters of an operation, with those of its path, by what they are called."""
    found = {}
    for carrier in (item, operation):
        parameters = carrier.member("parameters")
        for i in range(len(parameters.value) if parameters else 0):
            assert parameters is not None
            side = parameters.member(i)
            assert side is not None
            name = side.value["name"].lower() if side.value["in"] == "header" else side.value["name"]
            found[(side.value["in"], name)] = side
    return {f"{kind} parameter {side.value['name']}": side for (kind, _), side in found.items()}


def _same(name: str) -> str:
    """Return the name by which a parameter of both versions is found; that of a header has no letter case."""
    return name.lower() if name.startswith("header ") else name


def _serialisation(parameter: dict[str, Any], key: str) -> Any:
    style = parameter.get("style", _STYLES[parameter["in"]])
    return {"style": style, "explode": parameter.get("explode", style == "form")}.get(key, parameter.get(key, False))


def _servers(source: Any, *carriers: Side) -> dict[str, Side]:
    """Return the servers by URL, of the first that has any: the operation, its path, the document."""
    for carrier in (*carriers, Side(source, source.document, "")):
        servers = carrier.member("servers")
        if servers and servers.value:
            sides = [servers.member(i) for i in range(len(servers.value))]
            return {side.value["url"]: side for side in sides if side}
    return {"/": Side(source, {"url": "/"}, "")}
