"""Comparison of what is sent: parameters, headers, bodies and the statuses that they come with."""

from __future__ import annotations

from dataclasses import replace

from oneinvoice_openapi.diff.changes import Level, Place, Witness
from oneinvoice_openapi.diff.collector import Collector
from oneinvoice_openapi.diff.reading.sides import Side, pairs
from oneinvoice_openapi.diff.schemas.rules import SchemaComparison
from oneinvoice_openapi.diff.schemas.views import Located, Node, Schemas
from oneinvoice_openapi.diff.schemas.witnesses import Witnesses, request_text
from oneinvoice_openapi.references import joined

_PARAMETER = {"name", "in", "required", "schema", "content", "style", "explode", "allowReserved", "allowEmptyValue"}


class MessageComparison:
    """Comparison of the messages of operations and webhooks."""

    def __init__(self, collector: Collector) -> None:
        self._collector = collector
        self._old, self._new = Schemas(collector.old), Schemas(collector.new)
        self._witnesses = Witnesses(collector, self._old, self._new)

    def request(self, place: Place, parameter: Side) -> str:
        """Return a request with a parameter, as the old version has it."""
        schema = parameter.member("schema")
        node = (Located(schema.value, schema.pointer),) if schema else ()
        return request_text(place, self._witnesses.sample(node))

    def described(self, place: Place, old: Side, new: Side) -> None:
        """Compare what two parameters or headers say besides whether they are required."""
        self._collector.rest(place, old.value, new.value, old.pointer, new.pointer, {*_PARAMETER, "examples"})
        self._examples(place, old, new)
        if "schema" in old.value and "schema" in new.value:
            self._schema(place, old, new)
        elif "content" in old.value and "content" in new.value:
            self.content(place, old, new)
        else:
            witness = Witness(request_text(place, self._witnesses.sample(())), "it is written in another way.")
            self._collector.add(
                "parameter-serialisation", Level.BREAKING, place, "schema and content were exchanged",
                old.pointer, new.pointer, witness=witness,
            )  # fmt: skip

    def header(self, place: Place, old: Side | None, new: Side | None) -> None:
        """Compare a header that the API sends, or that receivers answer with."""
        name = place.part.rpartition(" ")[2]
        if old and new:
            before, after = bool(old.value.get("required")), bool(new.value.get("required"))
            spots = joined(old.pointer, "required"), joined(new.pointer, "required")
            if before != after:
                rule = "header-required" if after else "header-optional"
                level = Level.BREAKING if after == place.from_clients else Level.COMPATIBLE
                witness = Witness(f"{place.subject} without {name}", f"who needs {name} can't do without it.")
                self._collector.add(
                    rule, level, place, f"{'required' if after else 'optional'} now", *spots,
                    witness=witness if level is Level.BREAKING else None,
                )  # fmt: skip
            self.described(place, old, new)
        elif old and not place.from_clients:
            witness = Witness(f"{place.subject} without {name}", f"who reads {name} finds nothing.")
            whom = f"{place.whom} that read {name}"
            self._collector.add(
                "header-removed", Level.BREAKING, place, "removed", old.pointer, None, whom=whom, witness=witness
            )
        elif old:
            self._collector.add("header-removed", Level.COMPATIBLE, place, "removed", old.pointer, None)
        elif new:
            demanded = place.from_clients and bool(new.value.get("required"))
            self._collector.add(
                "header-required" if demanded else "header-added",
                Level.BREAKING if demanded else Level.COMPATIBLE, place, "added", None, new.pointer,
                witness=Witness(f"{place.subject} without {name}", "it counts as an error.") if demanded else None,
            )  # fmt: skip

    def responses(self, operation: Place, old: Side, new: Side) -> None:
        """Compare the statuses of an operation, or those that receivers of an event may answer."""
        before, after = old.members("responses"), new.members("responses")
        for status, one, other in pairs(before, after):
            place = replace(operation, part=f"response {status}", from_clients=not operation.from_clients)
            if one and other:
                self._response(place, one, other)
            elif one:
                then = "no client expects the answer that comes instead."
                if place.from_clients:
                    then = "it counts as an error."
                self._collector.add(
                    "status-removed", Level.BREAKING, place, "removed", one.pointer, None,
                    witness=Witness(f"{operation.subject} answered with {status}", then),
                )  # fmt: skip
            elif other and place.from_clients:
                self._collector.add("status-added", Level.COMPATIBLE, place, "added", None, other.pointer)
            elif other:
                self._added(place, status, before, other)

    def _added(self, place: Place, status: str, before: dict[str, Side], new: Side) -> None:
        """Judge a status that the old version hasn't, by what it says of others."""
        known = before.get(f"{status[0]}XX")
        if known is None and status[0] not in "123":
            known = before.get("default")
        if known or status == "default":
            reason = "the old version covers it by a range or by default" if known else ""
            self._collector.add("status-added", Level.COMPATIBLE, place, "added", None, new.pointer, reason=reason)
            if known:
                self._response(place, known, new)
        elif status[0] in "123":
            witness = Witness(f"{place.subject} answered with {status}", "clients know of no such success.")
            self._collector.add(
                "status-added", Level.BREAKING, place, "added", None, new.pointer, witness=witness,
                reason="another status where one was documented is a break (VER-2 of the register)",
            )  # fmt: skip
        else:
            reason = "only a person knows whether it comes where another answer came before (VER-2 of the register)"
            self._collector.add("status-added", Level.UNCLASSIFIED, place, "added", None, new.pointer, reason=reason)

    def _response(self, place: Place, old: Side, new: Side) -> None:
        self._collector.rest(place, old.value, new.value, old.pointer, new.pointer, {"headers", "content"})
        for name, before, after in pairs(old.members("headers"), new.members("headers"), str.lower):
            self.header(replace(place, part=f"{place.part} header {name}"), before, after)
        self.content(place, old, new)

    def content(self, place: Place, old: Side, new: Side) -> None:
        """Compare bodies by their media types."""
        before, after = old.members("content"), new.members("content")
        for name, one, other in pairs(before, after, _media_type):
            if one and other:
                self._collector.rest(place, one.value, other.value, one.pointer, other.pointer, {"schema", "examples"})
                self._examples(place, one, other)
                self._schema(place, one, other)
            elif one:
                witness = Witness(f"{place.subject}, {place.part} as {name}", "it is not taken, or not sent, any more.")
                self._collector.add(
                    "media-type-removed", Level.BREAKING, place, f"{name} removed", one.pointer, None, witness=witness
                )
            elif other:
                is_event = place.subject.startswith("webhook ") and not place.from_clients and bool(before)
                witness = Witness(f"{place.subject}, {place.part} as {name}", "receivers can't read it.")
                self._collector.add(
                    "media-type-added", Level.BREAKING if is_event else Level.COMPATIBLE, place, f"{name} added",
                    None, other.pointer, witness=witness if is_event else None,
                )  # fmt: skip

    def _examples(self, place: Place, old: Side, new: Side) -> None:
        for name, before, after in pairs(old.members("examples"), new.members("examples")):
            one, other = before.value if before else None, after.value if after else None
            if one != other:
                verb = "added" if one is None else "removed" if other is None else "changed"
                self._collector.add(
                    "example-changed", Level.DOCUMENTATION, place, f"example {name} {verb}",
                    before.pointer if before else None, after.pointer if after else None,
                )  # fmt: skip

    def _schema(self, place: Place, old: Side, new: Side) -> None:
        nodes: list[Node] = [
            (Located(side.value.get("schema", True), joined(side.pointer, "schema")),) for side in (old, new)
        ]
        start = len(self._collector.changes)
        SchemaComparison(self._collector, self._old, self._new, place).compare(nodes[0], nodes[1])
        self._witnesses.attach(place, start, nodes[0], nodes[1])


def _media_type(name: str) -> str:
    return "".join(name.lower().split())
