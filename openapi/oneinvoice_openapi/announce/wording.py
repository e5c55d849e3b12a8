"""Wording of a change for those who use the API: what changes, whom it concerns, and what they do."""

from __future__ import annotations

import re

from oneinvoice_openapi.diff.changes import Change, Level, Place

_VERBS = {"removed": "goes away", "added": "is new"}
# Of each pair, the first is for what clients send, and the second for what is sent to them.
_DUTIES = {
    "required": ("has to be sent", "is always sent"),
    "optional": ("may be left out", "may be missing"),
}
# By the rule's name with or without the message before it.
_STEPS: dict[str, tuple[str, str]] = {
    "path-removed": ("don't call it any more", ""),
    "path-moved": ("call it at its new path", ""),
    "operation-removed": ("don't call it any more", ""),
    "operation-id": ("rename the function when you generate a client again", ""),
    "path-parameter-renamed": ("rename the argument when you generate a client again", ""),
    "server-removed": ("call another server of the document", ""),
    "server-order": ("name the server that your client is to call", ""),
    "security": ("send a credential that the new version takes", ""),
    "security-scheme": ("send the credential as the new version takes it", ""),
    "parameter-removed": ("don't send {name}", ""),
    "parameter-required": ("send {name} in every request", ""),
    "body-required": ("send a body in every request", ""),
    "body-removed": ("don't send a body", "don't rely on a body"),
    "body-optional": ("", "take a message without a body"),
    "header-removed": ("", "don't rely on {name}"),
    "header-optional": ("", "don't rely on {name}"),
    "status-removed": ("don't wait for this status", "don't wait for this status"),
    "status-added": ("take this status, too", "take this status, too"),
    "media-type-removed": ("send another media type", "take another media type"),
    "media-type-added": ("", "take the new media type, too"),
    "event-removed": ("", "don't wait for it; read the records from the API"),
    "property-removed": ("don't send {name}", "don't read {name}"),
    "property-added": ("", "leave members that you don't know"),
    "property-required": ("send {name} in every request", ""),
    "property-optional": ("", "take messages without {name}"),
    "schema-renamed": (
        "rename the class when you generate code again",
        "rename the class when you generate code again",
    ),
    "default": ("send the value that you rely on, instead of leaving it out", "send the value that you rely on"),
    "enum": ("send a value that the new version takes", "take the new value, too"),
    "enum-opened": ("", "take values that you don't know, too"),
    "opened": ("", "leave members that you don't know"),
    "closed": ("send no members that the document doesn't name", ""),
}
_OTHERWISE = ("send what the new version takes", "take what the new version sends")
_ENVELOPE = re.compile(r"^data(?:\[\])?\.")  # of a page, and of an event
_SENT = re.compile(r"(request|response|webhook)-(.+)")
_ALSO = 4  # places that are told by name


def statement(change: Change) -> str:
    """Return what changes, as a sentence without its full stop, such as `the event invoice.sent goes away`."""
    family = change.rule.rpartition("-")[2]
    if family in _DUTIES:
        return f"{_thing(change)} {_DUTIES[family][not is_sent_by_clients(change)]}"
    if family in _VERBS and change.what.removeprefix("event ").startswith(family):
        return f"{_thing(change)} {_VERBS[family]}"
    return f"{_thing(change)} changes: {change.what}"


def others(change: Change) -> str:
    """Return where else it is so, as words; empty where nowhere."""
    names = list(dict.fromkeys(_subject(place) for place in change.also if place.subject != change.place.subject))
    more = len(names) - _ALSO
    told = names if more <= 0 else [*names[:_ALSO], f"{more} more"]
    return ", ".join(told[:-1]) + (" and " if len(told) > 1 else "") + told[-1] if told else ""


def step(change: Change) -> str:
    """Return what those do whom it concerns, in the imperative; empty where they need nothing."""
    if change.level is Level.COMPATIBLE:
        return ""
    match = _SENT.fullmatch(change.rule)
    pair = _STEPS.get(change.rule) or _STEPS.get(match[2] if match else "", ("", ""))
    is_received = not is_sent_by_clients(change)
    return (pair[is_received] or _OTHERWISE[is_received]).format(name=_name(change))


def is_sent_by_clients(change: Change) -> bool:
    """Tell whether clients send what changes, and don't read it."""
    match = _SENT.fullmatch(change.rule)
    if match:
        return match[1] == "request"
    return change.place.from_clients and not change.place.part.startswith("response")


def _thing(change: Change) -> str:
    place = change.place
    where = f"the {place.part} of {_subject(place)}" if place.part else _subject(place)
    if not change.path:
        return where
    if place.part.partition(" ")[0] == "response":
        where = f"the answers of {place.subject}"
    elif place.part in ("body", "request body"):
        where = f"the bodies of {_subject(place)}"
    return f"{_name(change)} in {where}"


def _name(change: Change) -> str:
    return _ENVELOPE.sub("", change.path) or change.place.part.rpartition(" ")[2] or change.place.subject


def _subject(place: Place) -> str:
    event = place.subject.removeprefix("webhook ")
    return place.subject if event == place.subject else f"the event {event}"
