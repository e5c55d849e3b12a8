"""Collection of changes, with the lines of both documents."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from oneinvoice_openapi.diff.advice import advice
from oneinvoice_openapi.diff.changes import Change, Level, Place, Spot, Witness
from oneinvoice_openapi.diff.prose import promises
from oneinvoice_openapi.reading.source import Source
from oneinvoice_openapi.references import joined

_QUIET = frozenset(
    {"title", "example", "examples", "tags", "externalDocs", "deprecated", "$comment", "$defs", "summary"}
)
"""Keys that change nothing of what is sent; the texts among them may promise something nevertheless."""


class Collector:
    """Changes found so far between two documents."""

    def __init__(self, old: Source, new: Source) -> None:
        self.old, self.new = old, new
        self.changes: list[Change] = []

    def add(
        self,
        rule: str,
        level: Level,
        place: Place,
        what: str,
        old: str | None,
        new: str | None,
        *,
        whom: str = "",
        path: str = "",
        reason: str = "",
        witness: Witness | None = None,
        keywords: frozenset[str] = frozenset(),
        steps: tuple[str, ...] = (),
        value: Any = None,
    ) -> None:
        """Keep a change. `old` and `new` are pointers."""
        harmless = level in (Level.COMPATIBLE, Level.DOCUMENTATION)
        self.changes.append(
            Change(
                rule=rule,
                level=level,
                place=place,
                path=path,
                what=what,
                whom=whom or ("nobody" if harmless else place.whom),
                instead="" if harmless else advice(rule),
                old=None if old is None else Spot(old, self.old.line(old)),
                new=None if new is None else Spot(new, self.new.line(new)),
                reason=reason,
                witness=witness,
                keywords=keywords,
                steps=steps,
                value=value,
            )
        )

    def text(self, place: Place, old: Any, new: Any, old_at: str, new_at: str, path: str = "") -> None:
        """Keep a change of a text: documentation, unless a sentence that changes promises behaviour."""
        if old == new:
            return
        keyword = (new_at or old_at).rpartition("/")[2]
        old_spot, new_spot = None if old is None else old_at, None if new is None else new_at
        verb = "added" if old is None else "removed" if new is None else "changed"
        sentences = promises(str(old or ""), str(new or ""))
        if sentences:
            before, after = (f"“{each}”" if each else "nothing" for each in sentences)
            self.add(
                "text",
                Level.UNCLASSIFIED,
                place,
                f"{keyword} {before} → {after}",
                old_spot,
                new_spot,
                path=path,
                whom=f"{place.whom} that rely on these words",
                reason="the words may promise behaviour, which no rule can judge",
            )
        else:
            self.add(f"{keyword}-text", Level.DOCUMENTATION, place, f"{keyword} {verb}", old_spot, new_spot, path=path)

    def rest(self, place: Place, old: Any, new: Any, old_at: str, new_at: str, known: set[str]) -> None:
        """Keep the changes of an object's keys but those that the caller judges itself."""
        for key in dict.fromkeys([*old, *new]):
            before, after = old.get(key), new.get(key)
            if key in known or before == after:
                continue
            spots = joined(old_at, key), joined(new_at, key)
            if key in ("description", "summary") and all(isinstance(each, str | None) for each in (before, after)):
                self.text(place, before, after, *spots)
                continue
            quiet = key in _QUIET or key.startswith("x-")
            verb = "added" if key not in old else "removed" if key not in new else "changed"
            self.add(
                f"{key}-changed" if quiet else "keyword",
                Level.DOCUMENTATION if quiet else Level.UNCLASSIFIED,
                place,
                f"{key} {verb}",
                spots[0] if key in old else None,
                spots[1] if key in new else None,
                reason="" if quiet else f"no rule knows what {key} means to clients",
            )

    def merged(self) -> list[Change]:
        """Return the changes, each once with all places that it reaches, in the order of classes and of lines."""
        found: dict[Any, Change] = {}
        for change in self.changes:
            key = (change.rule, change.level, change.old, change.new, change.what)
            first = found.get(key)
            if first is None:
                found[key] = change
            elif change.place != first.place and change.place not in first.also:
                witness = first.witness or change.witness
                found[key] = replace(first, also=(*first.also, change.place), witness=witness)
        order = list(Level)
        return sorted(
            found.values(),
            key=lambda each: (
                order.index(each.level),
                (each.new or each.old or Spot("", 0)).line,
                each.pointer,
                each.rule,
                each.what,
            ),
        )


def shown(value: Any) -> str:
    """Return a value as short JSON, for a sentence."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else text[:59] + "…"
