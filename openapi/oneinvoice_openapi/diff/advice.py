"""Advice for each rule: what to do instead of a change that breaks."""

from __future__ import annotations

_NEXT = "or make the change in /api/v2"
_CLASS = "have a person class it in the file of exceptions, as documentation or breaking"

ADVICE = {
    "path-removed": f"keep the path, mark its operations `deprecated`, {_NEXT}",
    "path-moved": "go on serving the old version beside the new one, for six calendar months at least (VER-3)",
    "operation-removed": f"keep the operation, mark it `deprecated`, {_NEXT}",
    "operation-id": "keep the operationId: generated clients have it as the name of a function",
    "path-parameter-renamed": "keep the parameter's name: generated clients have it as an argument",
    "server-removed": "keep the old server beside the new one, or have it redirect",
    "server-order": f"keep the first server first, or {_CLASS}",
    "server-variable": "keep the variable's default and values",
    "security": f"leave what was open open and what a key was enough for as it is, {_NEXT}",
    "security-opened": f"check that nobody else's data is shown; {_CLASS}",
    "security-scheme": "add a second scheme beside the first, and accept both",
    "parameter-removed": f"keep the parameter, mark it `deprecated`, {_NEXT}",
    "parameter-required": "leave it optional, with a default that does what was done without it",
    "parameter-serialisation": "keep style, explode and allowReserved",
    "header-removed": f"go on sending the header, mark it `deprecated`, {_NEXT}",
    "header-optional": "go on sending the header every time",
    "body-required": "leave the body optional",
    "body-optional": "go on sending the body every time",
    "body-removed": f"keep the body, {_NEXT}",
    "media-type-removed": "go on with the old media type beside the new one",
    "media-type-added": "send it only to receivers that ask for it",
    "status-removed": f"keep the status and its body, {_NEXT}",
    "status-added": "answer with the status that is documented, or offer the new one at a new operation",
    "event-removed": f"go on delivering the event, announce its end 30 days ahead, {_NEXT}",
    "property-removed": f"keep the property, mark it `deprecated`, add a new one beside it, {_NEXT}",
    "property-added": f"open the object in one release before, {_NEXT}",
    "property-required": "leave the property optional, with a default that does what was done without it",
    "property-optional": "go on sending the property every time",
    "schema-renamed": "keep the schema's name: generated clients have it as the name of a class",
    "default": "keep the default: who leaves the value out relies on it",
    "type": f"keep the type, and add a property of the new type beside it, {_NEXT}",
    "enum": f"keep the values that clients know, put new ones into a new property, {_NEXT}",
    "enum-opened": f"leave the list as it is, or {_CLASS}",
    "union": f"keep the alternatives that clients know, {_NEXT}",
    "closed": "leave the object open for members that are not named",
    "opened": f"send no members that the old version ruled out, {_NEXT}",
    "pattern": "widen the pattern only for what clients send, and narrow it only for what is sent to them",
    "format": f"keep the format, {_NEXT}",
    "message": f"keep what the old version took, {_NEXT}",
    "text": f"keep the promise, or {_CLASS}",
    "keyword": f"show by hand whether it is compatible, and {_CLASS}",
}
_LIMIT = "widen limits only of what clients send, and narrow them only of what is sent to them"


def advice(rule: str) -> str:
    """Return what to do instead, by the rule's name with or without the message before it."""
    name = rule if rule in ADVICE else rule.partition("-")[2]
    return ADVICE.get(name, _LIMIT)
