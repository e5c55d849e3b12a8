"""Rules for schemas: a keyword that changed narrows or widens what is valid; who sends it decides what breaks."""

from __future__ import annotations

from typing import Any

from oneinvoice_openapi.diff.changes import Level, Place, Witness
from oneinvoice_openapi.diff.collector import Collector, shown
from oneinvoice_openapi.diff.schemas.limits import bounds, numbers, sets
from oneinvoice_openapi.diff.schemas.unions import matched, split
from oneinvoice_openapi.diff.schemas.views import (
    ANNOTATIONS,
    OPEN_ENUM,
    TYPES,
    Key,
    Located,
    Node,
    Schemas,
    View,
    json_key,
    key_of,
)
from oneinvoice_openapi.references import joined


class SchemaComparison:
    """Comparison of the schemas of one message."""

    def __init__(self, collector: Collector, old: Schemas, new: Schemas, place: Place) -> None:
        self._collector, self._old, self._new, self._place = collector, old, new, place
        self._seen: set[tuple[Key, Key]] = set()
        if place.part.startswith("response") and place.subject.startswith("webhook "):
            self._kind = "receipt"
        elif place.subject.startswith("webhook "):
            self._kind = "webhook"
        else:
            self._kind = "request" if place.from_clients else "response"

    def compare(self, old: Node, new: Node, steps: tuple[str, ...] = ()) -> None:
        """Keep what differs between two nodes at the same place of a message."""
        if (pair := (key_of(old), key_of(new))) in self._seen:
            return
        self._seen.add(pair)
        before, after = self._old.view(old), self._new.view(new)
        self._name(old, new, before, steps)
        self._annotations(before, after, steps)
        if self._one_is_union(old, new, before, after, steps):
            return
        self._values(before, after, steps)
        for change in (*bounds(before, after), *numbers(before, after), *sets(before, after)):
            self._effect(
                change.rule, change.narrowed, change.widened, change.what, change.keyword, before, after, steps
            )
        if before.unique != after.unique:
            what = "items must now differ" if after.unique else "items may now be equal"
            self._effect("items", after.unique, before.unique, what, "uniqueItems", before, after, steps)
        self._members(before, after, steps)
        if (before.items or after.items) and "array" in before.types & after.types:
            inner = (before.items or _anything(before), after.items or _anything(after))
            self.compare(*inner, (*steps, "[]"))
        self._unions(before, after, steps)
        self._others(before, after, steps)

    def _name(self, old: Node, new: Node, before: View, steps: tuple[str, ...]) -> None:
        """Compare the names of schemas of which generators make classes."""
        one, other = self._old.component(old), self._new.component(new)
        if one == other or not one or not other or not (before.properties or before.enum or before.unions):
            return
        if self._new.has_component(one) or self._old.has_component(other):
            return  # no new name, but another schema
        self._collector.add(
            "schema-renamed", Level.BREAKING, self._place, f"schema {one} → {other}",
            joined("/components/schemas", one), joined("/components/schemas", other), path=dotted(steps),
            whom="those who generated classes from the document",
            witness=Witness(f"the class {one}", f"generated code calls it {other}."),
        )  # fmt: skip

    def _effect(
        self, rule: str, narrowed: bool, widened: bool, what: str, keyword: str, old: View, new: View, steps: Any
    ) -> None:
        breaks = narrowed if self._place.from_clients else widened
        level = Level.BREAKING if breaks else Level.COMPATIBLE
        self._keep(rule, level, what, old.spot(keyword), new.spot(keyword), steps, keyword)

    def _keep(
        self,
        rule: str,
        level: Level,
        what: str,
        old: str | None,
        new: str | None,
        steps: tuple[str, ...],
        keyword: str,
        reason: str = "",
        value: Any = None,
    ) -> None:
        path, place = dotted(steps), self._place
        verb = "leave out" if keyword == "default" else "send" if place.from_clients else "read"
        subject = path or place.part.replace("query parameter ", "")
        self._collector.add(
            f"{self._kind}-{rule}",
            level,
            place,
            what,
            old,
            new,
            path=path,
            whom="" if level is Level.COMPATIBLE else f"{place.whom} that {verb} {subject}",
            reason=reason,
            keywords=frozenset({keyword, *_ALIKE.get(keyword, ())} if keyword != "default" else ()),
            steps=steps,
            value=value,
        )

    def _values(self, old: View, new: View, steps: tuple[str, ...]) -> None:
        """Compare types, and the values where these are listed."""
        if old.enum is None and new.enum is None:
            gone, come = old.types - new.types, new.types - old.types
            if "number" in gone | come and "integer" in old.types & new.types:
                what = "whole numbers only" if gone else "any number, which were whole ones"
            else:
                what = f"type {_types(old)} → {_types(new)}"
            if gone or come:
                self._effect("type", bool(gone), bool(come), what, "type", old, new, steps)
            return
        if old.enum is None or new.enum is None:
            listed = old.enum if new.enum is None else new.enum
            values = ", ".join(map(shown, (listed or {}).values()))
            what = f"only {values} now" if old.enum is None else f"any value now, which were {values}"
            narrowed, widened = old.enum is None, new.enum is None
            if narrowed and not new.types <= old.types:
                widened = True
            if widened and not old.types <= new.types:
                narrowed = True
            self._effect("enum", narrowed, widened, what, "enum", old, new, steps)
            return
        self._listed(old, new, steps)

    def _listed(self, old: View, new: View, steps: tuple[str, ...]) -> None:
        assert old.enum is not None
        assert new.enum is not None
        for key in old.enum.keys() - new.enum.keys():
            self._effect("enum", True, False, f"value {shown(old.enum[key])} removed", "enum", old, new, steps)
        for key in new.enum.keys() - old.enum.keys():
            what = f"value {shown(new.enum[key])} added"
            spots = old.spot("enum"), new.spot("enum")
            if self._place.from_clients:
                self._effect("enum", False, True, what, "enum", old, new, steps)
                continue
            if old.open_enum:
                reason = "the document said that values may be added"
                self._keep("enum", Level.COMPATIBLE, what, *spots, steps, OPEN_ENUM, reason)
                continue
            reason = f"neither the document ({OPEN_ENUM}) nor the register says that other values may come"
            self._keep("enum", Level.BREAKING, what, *spots, steps, "enum", reason, new.enum[key])

    def _members(self, old: View, new: View, steps: tuple[str, ...]) -> None:
        """Compare an object's properties, and whether it has others."""
        if "object" not in old.types & new.types:
            return
        sent = self._place.from_clients
        gone = [name for name in old.properties if name not in new.properties]
        come = [name for name in new.properties if name not in old.properties]
        for name in gone:
            alike = [each for each in come if self._alike(old.properties[name], new.properties[each])]
            what = f"removed ({alike[0]} is like it)" if alike else "removed"
            spot = old.properties[name][0].pointer
            self._keep("property-removed", Level.BREAKING, what, spot, None, (*steps, name), "required")
        for name in come:
            spot = new.properties[name][0].pointer
            if name in new.required and sent:
                continue  # told as a requirement
            level = Level.BREAKING if old.closed and not sent else Level.COMPATIBLE
            what = "added to an object that had no other members" if level is Level.BREAKING else "added"
            self._keep("property-added", level, what, None, spot, (*steps, name), "additionalProperties")
        for name in dict.fromkeys([*old.required, *new.required]):
            if (name in old.required) == (name in new.required) or (name in gone and not sent):
                continue
            if name in come and not sent:
                continue
            self._required(name, old, new, steps)
        for name, inner in old.properties.items():
            if name in new.properties:
                self.compare(inner, new.properties[name], (*steps, name))
        self._additional(old, new, steps)

    def _required(self, name: str, old: View, new: View, steps: tuple[str, ...]) -> None:
        demanded = name in new.required
        rule = "property-required" if demanded else "property-optional"
        breaks = demanded if self._place.from_clients else not demanded
        level = Level.BREAKING if breaks else Level.COMPATIBLE
        inner = (new if demanded else old).properties.get(name)
        old_spot = old.required.get(name) or (inner or old.properties.get(name, _anything(old)))[0].pointer
        new_spot = new.required.get(name) or new.properties.get(name, _anything(new))[0].pointer
        if name not in old.properties and demanded:
            what, first = "added, and required" if name in new.properties else "required now", None
        else:
            what, first = ("required now" if demanded else "optional now"), old_spot
        self._keep(rule, level, what, first, new_spot, (*steps, name), "required")

    def _additional(self, old: View, new: View, steps: tuple[str, ...]) -> None:
        if not old.additional and not new.additional:
            return
        if not old.closed and not new.closed:
            inner = (old.additional or _anything(old), new.additional or _anything(new))
            self.compare(*inner, (*steps, "*"))
        elif old.closed != new.closed:
            rule, what = ("closed", "no other members any more") if new.closed else ("opened", "other members may come")
            self._effect(rule, new.closed, old.closed, what, "additionalProperties", old, new, steps)

    def _alike(self, old: Node, new: Node) -> bool:
        return self._old.canonical(old) == self._new.canonical(new)

    def _one_is_union(self, old: Node, new: Node, before: View, after: View, steps: tuple[str, ...]) -> bool:
        """Compare a union with a schema that has none as one with a union of it alone."""
        if before.is_union_alone == after.is_union_alone or any(
            view.types == TYPES and not view.unions for view in (before, after)
        ):
            return False
        if before.is_union_alone and not after.unions:
            self._branches(before, after, before.unions[0][2], split(after, new), steps)
            return True
        if after.is_union_alone and not before.unions:
            self._branches(before, after, split(before, old), after.unions[0][2], steps)
            return True
        return False

    def _unions(self, old: View, new: View, steps: tuple[str, ...]) -> None:
        if len(old.unions) == len(new.unions) == 1:
            kinds = old.unions[0][0], new.unions[0][0]
            if kinds[0] != kinds[1]:
                what = f"{kinds[0]} → {kinds[1]}"
                self._effect("union", kinds[1] == "oneOf", kinds[1] == "anyOf", what, kinds[1], old, new, steps)
            self._branches(old, new, old.unions[0][2], new.unions[0][2], steps)
        elif len(old.unions) + len(new.unions) == 1:
            kind = (old.unions or new.unions)[0][0]
            what = f"{kind} {'added' if new.unions else 'removed'}"
            self._effect("union", bool(new.unions), bool(old.unions), what, kind, old, new, steps)
        elif old.unions or new.unions:
            texts = [
                json_key([[kind, [schemas.canonical(each) for each in branches]] for kind, _, branches in view.unions])
                for schemas, view in ((self._old, old), (self._new, new))
            ]
            if texts[0] != texts[1]:
                self._undecided("several unions changed", "anyOf", old, new, steps)

    def _branches(self, old: View, new: View, before: list[Node], after: list[Node], steps: tuple[str, ...]) -> None:
        pairs, gone, come = matched(self._old, self._new, before, after)
        for one, other in pairs:
            self.compare(one, other, steps)
        keyword = (new.unions or old.unions)[0][0]
        for node in gone:
            what = f"alternative {_named(self._old, node)} removed"
            self._effect("union", True, False, what, keyword, old, new, steps)
        for node in come:
            what = f"alternative {_named(self._new, node)} added"
            self._effect("union", False, True, what, keyword, old, new, steps)

    def _others(self, old: View, new: View, steps: tuple[str, ...]) -> None:
        for keyword in dict.fromkeys([*old.others, *new.others]):
            before = self._old.plain(keyword, old) if keyword in old.others else None
            after = self._new.plain(keyword, new) if keyword in new.others else None
            if before != after:
                verb = "added" if before is None else "removed" if after is None else "changed"
                named = "if, then or else" if keyword == "if" else keyword
                self._undecided(f"{named} {verb}", keyword, old, new, steps)
        for keyword in ("pattern",):
            one, other = (view.sets.get(keyword, frozenset()) for view in (old, new))
            if one - other and other - one:
                what = f"{keyword} {', '.join(sorted(one - other))} → {', '.join(sorted(other - one))}"
                self._undecided(what, keyword, old, new, steps)

    def _undecided(self, what: str, keyword: str, old: View, new: View, steps: tuple[str, ...]) -> None:
        rule = "pattern" if keyword == "pattern" else "keyword"
        reason = (
            f"whether {keyword} takes the same as before can't be told by a rule, and no message was found to break"
        )
        self._keep(rule, Level.UNCLASSIFIED, what, old.spot(keyword), new.spot(keyword), steps, keyword, reason)

    def _annotations(self, old: View, new: View, steps: tuple[str, ...]) -> None:
        for keyword in dict.fromkeys([*old.annotations, *new.annotations]):
            before, after = old.annotations.get(keyword), new.annotations.get(keyword)
            if before == after or keyword == "$defs":
                continue
            spots = old.spot(keyword), new.spot(keyword)
            if keyword == "default":
                self._default(before, after, spots, steps)
            elif keyword == OPEN_ENUM and not self._place.from_clients and _is_opened(old, new):
                self._collector.add(
                    f"{self._kind}-enum-opened", Level.UNCLASSIFIED, self._place, "other values may come", *spots,
                    path=dotted(steps), whom=f"{self._place.whom} that know the listed values alone",
                    reason="the old document told readers that no other values come",
                )  # fmt: skip
            elif keyword == "description":
                texts = [None if each is None else "\n\n".join(map(str, each)) for each in (before, after)]
                self._collector.text(self._place, texts[0], texts[1], *spots, path=dotted(steps))
            else:
                verb = "added" if before is None else "removed" if after is None else "changed"
                rule = keyword if keyword in ANNOTATIONS else "extension"
                self._collector.add(
                    f"{rule}-changed",
                    Level.DOCUMENTATION,
                    self._place,
                    f"{keyword} {verb}",
                    spots[0] if before else None,
                    spots[1] if after else None,
                    path=dotted(steps),
                )

    def _default(self, old: Any, new: Any, spots: tuple[str, str], steps: tuple[str, ...]) -> None:
        if old is None:
            level, what = Level.UNCLASSIFIED, f"default {shown(new[-1])} added"
            reason = "the document didn't say what is done without a value, so that no rule knows whether that changed"
        else:
            level, reason = Level.BREAKING, ""
            what = f"default {shown(old[-1])} → {shown(new[-1])}" if new else f"default {shown(old[-1])} removed"
        if old is None and not self._place.from_clients:
            level, reason = Level.COMPATIBLE, ""
        first, second = spots[0] if old else None, spots[1] if new else None
        self._keep("default", level, what, first, second, steps, "default", reason)


_ALIKE = {
    "enum": ("const", "type"),
    "minimum": ("exclusiveMinimum",),
    "maximum": ("exclusiveMaximum",),
    "anyOf": ("oneOf", "type", "enum", "const"),
    "oneOf": ("anyOf", "type", "enum", "const"),
    "type": ("anyOf", "oneOf", "enum", "const"),
    "additionalProperties": ("unevaluatedProperties",),
}


def _is_opened(old: View, new: View) -> bool:
    """Tell whether a list of values is to grow that was not."""
    return new.open_enum and not old.open_enum and old.enum is not None


def dotted(steps: tuple[str, ...]) -> str:
    """Return the place in a message as people write it, such as `data[].due_date`."""
    return ".".join(steps).replace(".[]", "[]")


def _anything(view: View) -> Node:
    return (Located(True, view.pointer),)


def _types(view: View) -> str:
    names = sorted(view.types - ({"integer"} if "number" in view.types else set()))
    return "any" if len(names) >= 6 else " or ".join(names)


def _named(schemas: Schemas, node: Node) -> str:
    schema = node[0].schema
    if isinstance(schema, dict) and "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    view = schemas.view(node)
    return shown(list(view.enum.values())) if view.enum is not None else _types(view)
