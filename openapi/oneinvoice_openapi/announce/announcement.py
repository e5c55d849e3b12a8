"""Announcement of a change, made from the comparison of two versions."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from oneinvoice_openapi.announce.reach import Methods, events_of, places, requests_of
from oneinvoice_openapi.announce.wording import others, statement, step
from oneinvoice_openapi.diff.changes import Change, Level
from oneinvoice_openapi.diff.exceptions import Judgement
from oneinvoice_openapi.lifecycle.entries import NOTICE
from oneinvoice_openapi.printable import printable

LONGEST_TITLE = 200
_LONGEST_TEXT = 9_000
_MOST_NAMES = 200
_BREAKS = (Level.BREAKING, Level.APPROVED)


class Refused(Exception):
    """Raised for what can't be announced; the text is one sentence."""


@dataclass(frozen=True)
class Announcement:
    """A change, told to everybody. `changes` are those that it tells, the breaking ones first."""

    title: str
    announced_on: date
    effective_on: date
    url: str | None
    changes: tuple[Change, ...]
    operations: tuple[str, ...]
    """Those that it reaches, as `GET /api/v1/members`."""

    @property
    def breaks(self) -> bool:
        """Tell whether somebody has to do something."""
        return bool(self.concerning) and self.concerning[0].level in _BREAKS

    @property
    def concerning(self) -> tuple[Change, ...]:
        """Return the changes that break, or all if none does."""
        return tuple(each for each in self.changes if each.level in _BREAKS) or self.changes

    @property
    def unapproved(self) -> int:
        """Return how many changes break that nobody has approved."""
        return sum(each.level is Level.BREAKING for each in self.changes)

    @property
    def id(self) -> str:
        """Return the id: the same for the same changes, whatever the title and the days are."""
        told = [
            [each.rule, each.path, each.what, *(f"{place.subject} {place.part}" for place in places(each))]
            for each in self.changes
        ]
        return "ann_" + hashlib.sha256(json.dumps(sorted(told)).encode()).hexdigest()[:20]

    @property
    def text(self) -> str:
        """Return what changes, whom it concerns, what to do and from when, in lines."""
        announced, effective = day(self.announced_on), day(self.effective_on)
        lines = [f"Takes effect on {effective}; announced on {announced}."]
        for heading, levels in (("What breaks:", _BREAKS), ("What is added or loosened:", (Level.COMPATIBLE,))):
            told = [line for each in self.changes if each.level in levels for line in _told(each, self.effective_on)]
            lines += ["", heading, *told] if told else []
        if not self.breaks:
            lines += ["", "Nobody has to do anything."]
        return _shortened(lines)

    def content(self) -> dict[str, Any]:
        """Return it as it is published, as JSON has it, without lists of nothing."""
        concerned = {
            "operations": [printable(each) for each in self.operations],
            "events": [printable(each) for each in events_of(self.changes)[:_MOST_NAMES]],
        }
        return {
            "id": self.id,
            "title": printable(self.title),
            "text": printable(self.text, keep="\n"),
            "class": "breaking" if self.breaks else "compatible",
            "announced_on": self.announced_on.isoformat(),
            "effective_on": self.effective_on.isoformat(),
            "url": self.url,
        } | {name: several for name, several in concerned.items() if several}


def make_announcement(
    judgement: Judgement,
    methods: Methods,
    announced_on: date,
    effective_on: date,
    title: str | None,
    url: str | None,
) -> Announcement:
    """Return the announcement of what changed. Raises `Refused`, with the earliest day where the notice is short."""
    undecided = judgement.count(Level.UNCLASSIFIED)
    if undecided:
        raise Refused(
            f"{undecided} change{'s are' if undecided > 1 else ' is'} not decided, so that nobody can say whom it "
            "breaks: see oneinvoice-spec diff, and class each in a file of exceptions (--exceptions)."
        )
    changes = tuple(each for each in judgement.changes if each.level in (*_BREAKS, Level.COMPATIBLE))
    if not changes:
        raise Refused("Nothing that clients meet has changed, so that there is nothing to announce.")
    earliest = announced_on + NOTICE
    if effective_on < earliest:
        raise Refused(
            f"A change is announced at least {NOTICE.days} days ahead (NEWS-1); announced on {announced_on}, it may "
            f"take effect from {earliest} on: say --effective {earliest} or a later day."
        )
    reached = tuple(dict.fromkeys(each.operation for each in requests_of(changes, methods)))[:_MOST_NAMES]
    return Announcement(title or proposed_title(changes), announced_on, effective_on, url, changes, reached)


def proposed_title(changes: Sequence[Change]) -> str:
    """Return a title from the first change, the gravest, and how many more there are."""
    more = len(changes) - 1
    rest = f", and {more} more change{'s' if more > 1 else ''}" if more else ""
    first = " ".join(statement(changes[0]).split())
    room = LONGEST_TITLE - len(rest)
    return capitalised(first if len(first) <= room else first[: room - 1] + "…") + rest


def day(value: date) -> str:
    """Return a day such as 5 March 2027."""
    return f"{value.day} {value:%B} {value.year}"


def capitalised(text: str) -> str:
    """Return a text that begins with a capital letter, if it begins with a word such as `the`."""
    return "T" + text[1:] if text.startswith("the ") else text


def _told(change: Change, effective_on: date) -> list[str]:
    also = others(change)
    lines = [f"- {capitalised(statement(change))}" + (f"; so too for {also}" if also else "") + "."]
    if change.level in _BREAKS:
        lines.append(f"  Concerns {change.whom}.")
        lines.append(f"  Before {day(effective_on)}: {step(change)}.")
    return [" ".join(line.split()) if line[0] == "-" else "  " + " ".join(line.split()) for line in lines]


def _shortened(lines: list[str]) -> str:
    length = 0
    for i, line in enumerate(lines):
        length += len(line) + 1
        if length > _LONGEST_TEXT:
            return "\n".join([*lines[:i], "And more, which oneinvoice-spec diff tells."])
    return "\n".join(lines)
