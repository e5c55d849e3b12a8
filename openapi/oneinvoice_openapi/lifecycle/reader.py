"""Reading of a lifecycle: strict, and every mistake has its line."""

from __future__ import annotations

import re
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from oneinvoice_openapi.contract import PACKAGE
from oneinvoice_openapi.lifecycle.entries import FIRST_DAY, LAST_DAY, Entry, Kind, Lifecycle, Subject
from oneinvoice_openapi.lifecycle.subjects import named
from oneinvoice_openapi.reading.source import Source, content, read_source
from oneinvoice_openapi.references import Unusable, joined

NAME = "lifecycle.yaml"
_DAYS = ("announced", "effective", "deprecated", "sunset")
_LONGEST_LINK = 2000


@cache
def lifecycle() -> Lifecycle:
    """Return the lifecycle that ships with the package. Raises `Unusable`."""
    return parse_lifecycle(content(Path(str(PACKAGE.joinpath(NAME)))), NAME)


def read_lifecycle(path: Path) -> Lifecycle:
    """Read a file. Raises `Unusable` with a sentence that names it."""
    return parse_lifecycle(content(path), str(path))


def parse_lifecycle(content: bytes, name: str) -> Lifecycle:
    """Return the lifecycle in a file's content. Raises `Unusable`, with the line, for the first mistake."""
    source = read_source(content, name, "a lifecycle: it needs `lifecycle:` with a list")
    rows = source.document.get("lifecycle")
    if not isinstance(rows, list) or source.document.keys() != {"lifecycle"}:
        raise Unusable(f"{name} is not a lifecycle: it needs `lifecycle:` with a list, and nothing else.")
    entries: dict[Subject, Entry] = {}
    for index, row in enumerate(rows):
        entry = _Row(source, row, joined("/lifecycle", index)).entry()
        if entry.subject in entries:
            raise Unusable(f"{entry.place}: {entry.subject} has an entry already; have one for each part.")
        entries[entry.subject] = entry
    return Lifecycle(tuple(entries.values()))


def parse_day(text: object) -> date:
    """Return a day that is written as 2027-03-31. Raises `ValueError` for another text, and beyond the bounds."""
    if not isinstance(text, str) or not re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        raise ValueError
    day = date.fromisoformat(text)
    if not FIRST_DAY <= day <= LAST_DAY:
        raise ValueError
    return day


class _Row:
    """Entry as it is written."""

    def __init__(self, source: Source, content: Any, pointer: str) -> None:
        self._source, self._pointer = source, pointer
        if not isinstance(content, dict):
            raise self._wrong("is no entry: it needs one of " + ", ".join(Kind))
        self._content = content

    def entry(self) -> Entry:
        subject = self._subject()
        if unknown := self._content.keys() - {subject.kind, *_DAYS, "replacement", "link"}:
            known = ", ".join([*_DAYS, "replacement", "link"])
            raise self._wrong(f"has no meaning; an entry has {known}", sorted(unknown)[0])
        days = {key: self._day(key) for key in _DAYS if key in self._content}
        self._check_order(days)
        replacement = self._named(subject.kind, "replacement") if "replacement" in self._content else None
        if replacement == subject:
            raise self._wrong("is what is to be replaced; name another, or none", "replacement")
        link = self._link() if "link" in self._content else None
        place = f"{self._source.name}, line {self._source.line(self._pointer)}"
        return Entry(subject, **days, replacement=replacement, link=link, place=place)

    def _subject(self) -> Subject:
        kinds = [kind for kind in Kind if kind in self._content]
        if len(kinds) != 1:
            several = (
                f"names {' and '.join(kinds)}; have an entry for each" if kinds else "names no part of the contract"
            )
            raise self._wrong(several if kinds else f"{several}; begin it with one of {', '.join(Kind)}")
        return self._named(kinds[0], kinds[0])

    def _named(self, kind: Kind, key: str) -> Subject:
        name = self._content[key]
        if not isinstance(name, str):
            raise self._wrong("is no text; write a name", key)
        try:
            return named(kind, name)
        except ValueError as error:
            raise self._wrong(str(error), key) from None

    def _day(self, key: str) -> date:
        try:
            return parse_day(self._content[key])
        except ValueError:
            reason = f"is no day from {FIRST_DAY.year} to {LAST_DAY.year}; write one as 2027-03-31"
            raise self._wrong(reason, key) from None

    def _check_order(self, days: dict[str, date]) -> None:
        for earlier, later in (("effective", "deprecated"), ("effective", "sunset"), ("deprecated", "sunset")):
            if earlier in days and later in days and days[later] <= days[earlier]:
                raise self._wrong(f"comes no later than {earlier} ({days[earlier]}); correct one of them", later)
        if "sunset" in days and "deprecated" not in days:
            raise self._wrong("is the end of what is not deprecated; add from when on it is, as `deprecated`", "sunset")

    def _link(self) -> str:
        link = self._content["link"]
        try:
            parts = urlsplit(link)
            usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
            usable = usable and parts.username is None and len(link) <= _LONGEST_LINK
        except (ValueError, AttributeError, TypeError):
            usable = False
        # It goes into a header as it is.
        if not usable or not re.fullmatch(r"[!-~]+", link) or re.search(r'["<>\\^`{|}]', link):
            raise self._wrong("is no address of a page; write one such as https://1invoice.online/roadmap", "link")
        return str(link)

    def _wrong(self, what: str, key: str | None = None) -> Unusable:
        pointer = self._pointer if key is None else joined(self._pointer, key)
        value = "the entry" if key is None else f"`{key}`"
        if key is not None and isinstance(self._content[key], str):
            value += f" ({self._content[key]:.80})"
        return Unusable(f"{self._source.name}, line {self._source.line(pointer)}: {value} {what}.")
