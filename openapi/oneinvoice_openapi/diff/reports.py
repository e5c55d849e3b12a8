"""Reports of a comparison: text, JSON, Markdown and annotations of GitHub."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from oneinvoice_openapi.diff.changes import Change, Level, Place, Spot
from oneinvoice_openapi.diff.exceptions import Judgement
from oneinvoice_openapi.diff.markdown import code, escaped
from oneinvoice_openapi.printable import json_text, printable
from oneinvoice_openapi.reading.source import Source

_LONGEST = 240  # characters of a message in a text
_ALSO = 3  # places that are told by name
_HEADINGS = {
    Level.BREAKING: "Breaking",
    Level.UNCLASSIFIED: "Unclassified, until a person says which",
    Level.APPROVED: "Breaking, and approved",
    Level.COMPATIBLE: "Compatible",
    Level.DOCUMENTATION: "Documentation only",
}
_GRAVE = (Level.BREAKING, Level.UNCLASSIFIED)
Report = Callable[[Source, Source, Judgement], str]


def text_report(old: Source, new: Source, judgement: Judgement) -> str:
    """Return a report for a terminal."""
    blocks = []
    for level in Level:
        changes = [change for change in judgement.changes if change.level is level]
        if level in (*_GRAVE, Level.APPROVED):
            blocks += ["\n".join([_line(change), *_details(change)]) for change in changes]
        elif changes:
            blocks.append("\n".join(_alike(changes)))
    return printable("\n\n".join([*blocks, *judgement.notes, _summary(old, new, judgement)]), keep="\n")


def json_report(old: Source, new: Source, judgement: Judgement) -> str:
    """Return a report for programs."""
    return json_text(
        {
            "old": old.name,
            "new": new.name,
            "verdict": "breaking" if judgement.breaks else "compatible",
            "counts": {level.value: judgement.count(level) for level in Level},
            "changes": [_object(change) for change in judgement.changes],
            "notes": list(judgement.notes),
        },
        indent=2,
    )


def markdown_report(old: Source, new: Source, judgement: Judgement) -> str:
    """Return a report for a comment or a summary."""
    blocks = [f"**{escaped(_summary(old, new, judgement))}**"]
    for level, heading in _HEADINGS.items():
        changes = [change for change in judgement.changes if change.level is level]
        if not changes:
            continue
        blocks.append(f"### {heading}")
        lines = []
        for change in changes:
            lines.append(f"- {code(_where(change))} {escaped(change.what)} ({_lines(change)})")
            if level in (*_GRAVE, Level.APPROVED):
                facts = [(name, value) for name, value in _facts(change) if name != "at"]
                lines += [f"  - {name}: {code(value) if name in ('rule', 'shown by') else escaped(value)}"
                          for name, value in facts]  # fmt: skip
        blocks.append("\n".join(lines))
    blocks += [escaped(note) for note in judgement.notes]
    return printable("\n\n".join(blocks), keep="\n")


def github_report(old: Source, new: Source, judgement: Judgement) -> str:
    """Return commands by which GitHub shows each change at its line of the new document."""
    lines = []
    for change in judgement.changes:
        kind = "error" if change.level in _GRAVE else "notice"
        spot = change.new or change.old or Spot("", 1)
        place = f"file={_property(new.name)},line={new.line(spot.pointer)},title={_property(_title(change))}"
        message = f"{_where(change)}: {change.what}"
        for name, value in _facts(change):
            message += f"\n{name}: {value}" if name != "at" else ""
        lines.append(f"::{kind} {place}::{_data(message)}")
    lines += [f"::warning ::{_data(note)}" for note in judgement.notes]
    return "\n".join([*lines, printable(_summary(old, new, judgement))])


REPORTS: dict[str, Report] = {
    "text": text_report,
    "json": json_report,
    "markdown": markdown_report,
    "github": github_report,
}


def _summary(old: Source, new: Source, judgement: Judgement) -> str:
    counts = [f"{judgement.count(level)} {level}" for level in Level if judgement.count(level)]
    verdict = "breaking" if judgement.count(Level.BREAKING) else "not decided" if judgement.breaks else "compatible"
    return f"{old.name} → {new.name}: {verdict} ({', '.join(counts) or 'nothing that clients meet has changed'})."


def _alike(changes: list[Change]) -> list[str]:
    """Return a line for each change that breaks nothing; the same at several places stands on one."""
    groups: dict[tuple[str, ...], list[Change]] = {}
    for change in changes:
        groups.setdefault((change.rule, change.what, change.place.part, change.path), []).append(change)
    lines = []
    for group in groups.values():
        more = sum(1 + len(change.also) for change in group) - 1
        also = f", and at {more} other place{'s' if more > 1 else ''}" if more else ""
        lines.append(f"{_line(group[0])}  ({_lines(group[0])}{also})")
    return lines


def _title(change: Change) -> str:
    return f"{change.level.upper()} {change.rule}"


def _line(change: Change) -> str:
    return f"{change.level.upper():<13}  {_where(change)}  {change.what}"


def _where(change: Change) -> str:
    place = change.place
    path = "…/" + change.path.replace("[]", "").replace(".", "/") if change.path else ""
    return "  ".join(part for part in (place.subject, place.part, path) if part)


def _lines(change: Change) -> str:
    if change.old and change.new and change.old.line != change.new.line:
        return f"line {change.old.line} → {change.new.line}"
    spot = change.new or change.old
    old_only = " of the old version" if change.new is None else ""
    return f"line {spot.line}{old_only}" if spot else "no line"


def _details(change: Change) -> list[str]:
    return [f"  {name:<9} {value}" for name, value in _facts(change)]


def _facts(change: Change) -> list[tuple[str, str]]:
    """Return what is told of a change that matters, as (name, sentence)."""
    facts = [("rule", f"{change.rule} #{change.pointer}")]
    spots = [
        f"line {spot.line} of the {name}" + ("" if spot.pointer == change.pointer else f" (#{spot.pointer})")
        for name, spot in (("old version", change.old), ("new", change.new))
        if spot
    ]
    facts.append(
        ("at", f"line {change.new.line} of both" if change.old == change.new and change.new else ", ".join(spots))
    )
    facts.append(("breaks" if change.level is not Level.UNCLASSIFIED else "may break", change.whom))
    if change.also:
        facts.append(("also at", _also(change.also)))
    if change.witness:
        shown, then = change.witness.message, change.witness.then
        text = shown if isinstance(shown, str) else abridged(shown, change.steps)
        facts += [("shown by", text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"), ("now", then)]
    if change.reason:
        facts.append(("because", change.reason))
    if change.level in _GRAVE:
        facts.append(("instead", change.instead))
    return facts


def _also(places: tuple[Place, ...]) -> str:
    names = [f"{place.subject} {place.part}".strip() for place in places]
    more = f", and {len(names) - _ALSO} more" if len(names) > _ALSO else ""
    return ", ".join(names[:_ALSO]) + more


def abridged(message: Any, steps: tuple[str, ...]) -> str:
    """Return a message as compact JSON in which all but the way to a place is left out."""
    if isinstance(message, dict) and steps:
        kept = {key: value for key, value in message.items() if key == steps[0]}
        inner = [f"{json.dumps(key, ensure_ascii=False)}: {abridged(kept[key], steps[1:])}" for key in kept]
        rest = len(message) - len(kept)
        if len(steps) == 1 and not kept:
            names = ", ".join(json.dumps(name, ensure_ascii=False) for name in message)
            return "{" + names + "}"
        return "{" + ", ".join([*inner, *(["…"] if rest else [])]) + "}"
    if isinstance(message, list) and steps:
        return (
            "["
            + ", ".join([*(abridged(each, steps[1:]) for each in message[:1]), *(["…"] if message[1:] else [])])
            + "]"
        )
    return json.dumps(message, ensure_ascii=False)


def _object(change: Change) -> dict[str, Any]:
    def spot(spot: Spot | None) -> dict[str, Any] | None:
        return {"pointer": spot.pointer, "line": spot.line} if spot else None

    witness = change.witness
    return {
        "rule": change.rule,
        "class": change.level.value,
        "pointer": change.pointer,
        "place": _place(change.place),
        "path": change.path,
        "what": change.what,
        "breaks": change.whom,
        "instead": change.instead,
        "reason": change.reason,
        "old": spot(change.old),
        "new": spot(change.new),
        "witness": witness and {"message": witness.message, "then": witness.then},
        "also": [_place(place) for place in change.also],
    }


def _place(place: Place) -> dict[str, str]:
    return {"subject": place.subject, "part": place.part}


def _data(text: str) -> str:
    return printable(text, keep="\n").replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
