"""Changelog of the contract: its entry for a release, made from what changed."""

from __future__ import annotations

import re
from collections.abc import Iterator

from oneinvoice_openapi.diff.changes import Change, Level, Place
from oneinvoice_openapi.diff.markdown import code, escaped
from oneinvoice_openapi.printable import printable
from oneinvoice_openapi.releasing.proposal import Proposal

HEADINGS = ("Breaking", "Breaking (approved)", "Added", "Changed", "Deprecated", "Documentation")
_SAID = {"deprecated added": "deprecated", "deprecated removed": "no longer deprecated"}
_MOST_NAMED = 4
"""Other places of a change that its line names, lest nobody read it."""
_RELEASE = re.compile(r"^## \[\d", re.MULTILINE)


def entry(proposal: Proposal) -> str:
    """Return the entry of a release in Markdown, with a line for each change."""
    below: dict[str, list[str]] = {heading: [] for heading in HEADINGS}
    for heading, line in (*_lines(proposal.changes), *_rows(proposal)):
        below[heading].append(line)
    told = [f"### {heading}\n\n{chr(10).join(lines)}\n" for heading, lines in below.items() if lines]
    return printable("\n".join([f"## [{proposal.version}] - {proposal.date}\n", *told]), keep="\n")


def with_entry(changelog: str, text: str) -> str:
    """Return a changelog with one more entry, above those that are there."""
    first = _RELEASE.search(changelog)
    if first is None:
        return f"{changelog.rstrip()}\n\n{text}"
    return f"{changelog[: first.start()]}{text}\n{changelog[first.start() :]}"


def _lines(changes: tuple[Change, ...]) -> Iterator[tuple[str, str]]:
    """Yield (heading, line); what is the same at several operations stands on one line."""
    groups: dict[tuple[str, ...], list[Place]] = {}
    for change in changes:
        because = f" ({change.reason})" if change.level is Level.APPROVED else ""
        key = (_heading(change), change.place.part, change.path, _SAID.get(change.what, change.what) + because)
        groups.setdefault(key, []).extend([change.place, *change.also])
    for (heading, part, path, what), places in groups.items():
        where = [*dict.fromkeys(place.subject for place in places if place.part == part)]
        others = [*dict.fromkeys(f"{_subject(each.subject)}, {each.part}" for each in places if each.part != part)]
        also = f"; also {'; '.join(others)}" if others else ""
        if len(others) > _MOST_NAMED:
            also = f"; also at {len(others)} other places"
        named = ", ".join(filter(None, (*map(_subject, where), escaped(part), code(path) if path else "")))
        yield heading, f"- {named}: {escaped(what)}{also}."


def _subject(subject: str) -> str:
    return "The document" if subject == "document" else code(subject)


def _rows(proposal: Proposal) -> Iterator[tuple[str, str]]:
    for row in proposal.rows:
        yield "Added" if row.is_new else "Changed", f"- Requirement {code(row.id)}: {escaped(row.what)}."


def _heading(change: Change) -> str:
    match change.level:
        case Level.BREAKING:
            return "Breaking"
        case Level.APPROVED:
            return "Breaking (approved)"
        case Level.COMPATIBLE:
            return "Added" if change.rule.endswith("-added") else "Changed"
    return "Deprecated" if change.rule == "deprecated-changed" else "Documentation"
