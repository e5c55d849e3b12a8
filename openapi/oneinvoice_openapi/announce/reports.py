"""Reports of an announcement: text, JSON and Markdown, with the keys that it concerns."""

from __future__ import annotations

import re
from collections.abc import Callable

from oneinvoice_openapi.announce.announcement import Announcement
from oneinvoice_openapi.announce.usage.keys import KeyUse, Usage
from oneinvoice_openapi.printable import json_text, printable

Report = Callable[[Announcement, Usage | None], str]
_MOST_TOLD = 3  # kinds of requests
_MARKUP = re.compile(r"[\\`*_\[\]<>|#]")


def text_report(announcement: Announcement, usage: Usage | None) -> str:
    """Return a report for a terminal."""
    content = announcement.content()
    facts = {name: ", ".join(content.get(name, ())) for name in ("operations", "events")}
    facts |= {name: content[name] for name in ("class", "url", "id")}
    lines = [f"{name:<10}  {value}" for name, value in facts.items() if value]
    blocks = [announcement.title, announcement.text, "\n".join(lines)]
    if usage is not None:
        blocks.append("\n".join([_summary(usage), *_rows(usage), *_notes(usage)]))
    return printable("\n\n".join(blocks), keep="\n")


def json_report(announcement: Announcement, usage: Usage | None) -> str:
    """Return what a mock's control takes, and beside it the use of keys, which is for nobody else."""
    content = announcement.content()
    return json_text(content if usage is None else content | {"usage": usage.content()}, indent=2)


def markdown_report(announcement: Announcement, usage: Usage | None) -> str:
    """Return a report for a page, a mail or a comment."""
    content = announcement.content()
    blocks = [f"## {_escaped(announcement.title)}", _list(announcement.text)]
    blocks += [
        f"**{name.capitalize()}:** " + ", ".join(map(_code, content[name]))
        for name in ("operations", "events")
        if name in content
    ]
    if announcement.url:
        blocks.append(f"<{announcement.url}>")
    if usage is not None:
        rows = [f"| {_escaped(use.key.label)} | {_time(use)} | {use.count} | {_escaped(', '.join(use.by))} |"
                for use in usage.keys]  # fmt: skip
        table = ["| Key | Last used | Requests | By |", "|---|---|---:|---|", *rows] if rows else []
        blocks += ["### Keys", _escaped(_summary(usage)), "\n".join(table), "\n\n".join(map(_escaped, _notes(usage)))]
    return printable("\n\n".join(filter(None, blocks)), keep="\n")


REPORTS: dict[str, Report] = {"text": text_report, "json": json_report, "markdown": markdown_report}


def _summary(usage: Usage) -> str:
    if not usage.concerned:
        return "No operation is concerned, so that no use of keys tells anything."
    told = usage.concerned if len(usage.concerned) <= _MOST_TOLD else (f"{len(usage.concerned)} kinds of requests",)
    keys = f"{len(usage.keys)} key{'' if len(usage.keys) == 1 else 's'} of {usage.seen}"
    rest = ":" if usage.keys else ", as far as these files tell."
    return f"{keys} used what this concerns ({', '.join(told)}){rest}"


def _rows(usage: Usage) -> list[str]:
    if not usage.keys:
        return []
    width = max(3, *(len(use.key.label) for use in usage.keys))
    head = f"  {'LAST USED':<20}  {'REQUESTS':>8}  {'KEY':<{width}}  BY"
    return [head, *(f"  {_time(use):<20}  {use.count:>8}  {use.key.label:<{width}}  {', '.join(use.by)}"
                    for use in usage.keys)]  # fmt: skip


def _notes(usage: Usage) -> list[str]:
    why = {"that can't be read": usage.unreadable, "without a key that was taken": usage.keyless}
    return [f"Left out: {_entries(count)} {reason}." for reason, count in why.items() if count]


def _entries(count: int) -> str:
    return f"{count} entr{'y' if count == 1 else 'ies'}"


def _time(use: KeyUse) -> str:
    return f"{use.last:%Y-%m-%d %H:%M} UTC"


def _list(text: str) -> str:
    """Return lines as Markdown; those of an entry of a list stay in it."""
    lines = []
    for line in text.split("\n"):
        indent = "  " if line.startswith("  ") else ""
        bullet = "- " if line.startswith("- ") else ""
        hard = "  " if bullet or indent else ""
        lines.append(indent + bullet + _escaped(line.removeprefix("- ").strip()) + hard)
    return "\n".join(line if line.strip() else "" for line in lines)


def _escaped(text: str) -> str:
    return _MARKUP.sub(lambda match: "\\" + match[0], text)


def _code(text: str) -> str:
    return f"`{text.replace('`', '')}`"
