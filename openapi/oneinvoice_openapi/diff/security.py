"""Comparison of the security that is in force: the operation's own, or else the document's."""

from __future__ import annotations

from typing import Any

from oneinvoice_openapi.diff.changes import Level, Place, Witness
from oneinvoice_openapi.diff.collector import Collector
from oneinvoice_openapi.diff.reading.sides import Side
from oneinvoice_openapi.diff.schemas.views import json_key
from oneinvoice_openapi.references import joined

Alternative = dict[str, frozenset[str]]
_WORDS = {"description", "bearerFormat"}


class Security:
    """Comparison of what lets a client in, and of what an event comes with."""

    def __init__(self, collector: Collector) -> None:
        self._collector = collector

    def compare(self, place: Place, old: Side, new: Side) -> None:
        """Keep what differs in the credentials of an operation or webhook."""
        before, old_at = _in_force(old)
        after, new_at = _in_force(new)
        whom = f"{place.whom} that send {_named(before)}" if place.from_clients else place.whom
        unmet = [one for one in before if not any(_asks_no_more(other, one) for other in after)]
        if not place.from_clients:
            unmet = [one for one in before if one and one not in after]
        what = f"security {_named(before)} → {_named(after)}"
        if unmet:
            witness = Witness(f"{place.subject} with {_named([unmet[0]])}", "it is refused, as with a wrong key.")
            if not place.from_clients:
                witness = Witness(f"{place.subject} without {_named([unmet[0]])}", "receivers that check it refuse it.")
            self._collector.add("security", Level.BREAKING, place, what, old_at, new_at, whom=whom, witness=witness)
        elif place.from_clients and {} in after and {} not in before:
            reason = "no client breaks, but what a key guarded is open to all"
            self._collector.add("security-opened", Level.UNCLASSIFIED, place, what, old_at, new_at, reason=reason)
        elif any(one not in before for one in after) or any(one not in after for one in before):
            self._collector.add("security", Level.COMPATIBLE, place, what, old_at, new_at)
        for name in {name for one in before for name in one} & {name for one in after for name in one}:
            self._scheme(place, name)

    def _scheme(self, place: Place, name: str) -> None:
        pointer = joined("/components/securitySchemes", name)
        sides = [
            Side(source, source.document, "").members("components").get("securitySchemes")
            for source in (self._collector.old, self._collector.new)
        ]
        old, new = (side.member(name) if side else None for side in sides)
        if old is None or new is None or old.value == new.value:
            return
        before, after = ({k: v for k, v in side.value.items() if not _is_word(k)} for side in (old, new))
        if json_key(before) != json_key(after):
            what = f"scheme {name} changed: {json_key(before)} → {json_key(after)}"
            witness = Witness(f"{place.subject} with {name} as before", "it is refused, as without a key.")
            self._collector.add("security-scheme", Level.BREAKING, place, what, pointer, pointer, witness=witness)
        words = [{k: v for k, v in side.value.items() if _is_word(k)} for side in (old, new)]
        self._collector.rest(place, words[0], words[1], old.pointer, new.pointer, {"bearerFormat"})
        for key in ("bearerFormat",):
            if words[0].get(key) != words[1].get(key):
                self._collector.text(
                    place, words[0].get(key), words[1].get(key), joined(old.pointer, key), joined(new.pointer, key)
                )


def _in_force(operation: Side) -> tuple[list[Alternative], str]:
    """Return the alternatives, of which the empty one needs no credentials, and where they stand."""
    document = operation.source.document
    if "security" in operation.value:
        found, pointer = operation.value["security"], joined(operation.pointer, "security")
    else:
        found = document.get("security", [])
        pointer = "/security" if "security" in document else operation.pointer
    return [{name: frozenset(scopes) for name, scopes in each.items()} for each in found] or [{}], pointer


def _asks_no_more(other: Alternative, one: Alternative) -> bool:
    """Tell whether who meets `one` meets `other` too."""
    return all(name in one and scopes <= one[name] for name, scopes in other.items())


def _named(alternatives: list[Alternative]) -> str:
    names = [" and ".join(_scheme_name(each, one[each]) for each in one) or "no credentials" for one in alternatives]
    return " or ".join(names)


def _scheme_name(name: str, scopes: Any) -> str:
    return f"{name} ({', '.join(sorted(scopes))})" if scopes else name


def _is_word(key: str) -> bool:
    return key in _WORDS or key.startswith("x-")
