"""Long JSON texts, read window by window, so that their lists need not be in memory.

`json` reads a text whole, and its values take some ten times the room. Here objects are walked through down to the
lists that they hold, each of whose elements is decoded alone and given to a collector, which keeps it or doesn't.
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Callable, Iterable
from typing import Any, BinaryIO

from oneinvoice_conformance.records.abridged import abridged
from oneinvoice_conformance.records.json_text import (
    BEGINNING,
    DECODER,
    SPACE,
    TooDeep,
    canonical,
    undecodable,
    wrong_at,
    wrong_end,
    wrong_start,
)

Path = tuple[str, ...]
KEPT = 1_000  # elements of a long list; as many as rules on whole lists read
_KEPT_CHARACTERS = 6 * 2**20  # of those elements, abridged; 200 records may have 30 KiB each
_WINDOW = 2**16  # bytes
_DEPTH = 4  # of objects in objects that are walked through


class Elements(list[Any]):
    """List that keeps each of its elements. `is_cut` says that the text ended in it."""

    is_cut = False

    def add(self, element: Any, characters: int) -> None:
        """Take the next element, which took so many characters."""
        self.append(element)


class Beginning(Elements):
    """Beginning of a long list, of which `total` elements came.

    Those that are kept are abridged, and take so many `characters`.
    """

    def __init__(self) -> None:
        super().__init__()
        self.total = self.characters = 0

    def add(self, element: Any, characters: int) -> None:
        is_whole = self.total == len(self)
        self.total += 1
        if not is_whole or len(self) >= KEPT:
            return
        if isinstance(element, dict) and (shorter := abridged(element)) is not element:
            element, characters = shorter, len(canonical(shorter))
        if self.characters + characters <= _KEPT_CHARACTERS:
            self.append(element)
            self.characters += characters

    def holding(self, elements: Iterable[Any]) -> Beginning:
        """Return the same beginning with other elements in their places."""
        copy = Beginning()
        copy.extend(elements)
        copy.total, copy.is_cut = self.total, self.is_cut
        return copy

    @property
    def is_whole(self) -> bool:
        """Tell whether there is nothing behind it."""
        return not self.is_cut and self.total == len(self)


def parse_long(file: BinaryIO, collector: Callable[[Path], Elements], *, is_cut: bool = False) -> Any:
    """Return the JSON value of a text in UTF-8, its lists as `collector` makes them for their paths.

    A text that `is_cut` may end anywhere; what came whole before that is returned. Raises `ValueError`, whose text says
    what is wrong.
    """
    reader = _Reader(file, collector, is_cut)
    try:
        return reader.document()
    except _Ended:
        raise _wrong_start(file) or ValueError("it is cut short") from None
    except RecursionError:
        raise TooDeep from None
    except UnicodeDecodeError:
        raise undecodable(_beginning(file)) from None
    except _Unreadable as problem:
        raise _wrong_start(file) or problem.error from None


def _beginning(file: BinaryIO) -> bytes:
    file.seek(0)
    return file.read(BEGINNING)


def _wrong_start(file: BinaryIO) -> ValueError | None:
    return wrong_start(_beginning(file).decode("utf-8-sig", "replace"))


class _Unreadable(Exception):
    """Raised where a text can't be read on, with an error in words."""

    def __init__(self, error: ValueError) -> None:
        super().__init__(str(error))
        self.error = error


class _Ended(Exception):
    """Raised where a text that is cut has ended."""


class _Reader:
    """Reader of one text, at a position in its present window."""

    def __init__(self, file: BinaryIO, collector: Callable[[Path], Elements], is_cut: bool) -> None:
        self._file, self._collector, self._is_cut = file, collector, is_cut
        self._decoder = codecs.getincrementaldecoder("utf-8")("surrogatepass")
        self._text, self._at = "", 0
        self._before = 0  # characters in front of the window
        self._next = _WINDOW
        self._ended = False

    def document(self) -> Any:
        while not self._text and self._more():
            pass
        self._at = 1 if self._text.startswith("\ufeff") else 0
        value = self._value((), _DEPTH)
        if not self._ended and (rest := self._peek()):
            raise _Unreadable(wrong_end(rest))
        return value

    def _more(self) -> bool:
        """Read the next window, twice as large as the last one where that was not enough.

        Returns False, and leaves the position as it is, at the end.
        """
        piece = self._file.read(self._next)
        decoded = self._decoder.decode(piece, final=not piece and not self._is_cut)
        if not piece:
            return False
        self._next = self._next * 2 if self._at == 0 else _WINDOW
        self._before += self._at
        self._text, self._at = self._text[self._at :] + decoded, 0
        return True

    def _peek(self) -> str:
        """Return the next character that is no space; an empty text at the end."""
        while True:
            match = SPACE.match(self._text, self._at)
            assert match
            self._at = match.end()
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                if self._is_cut:
                    raise _Ended
                return ""

    def _whole(self) -> tuple[Any, int]:
        """Return the value at the position, decoded at once, and the number of its characters."""
        self._peek()
        while True:
            try:
                value, end = DECODER.raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                if self._more():
                    continue
                if self._is_cut:
                    raise _Ended from None
                raise _Unreadable(wrong_at(self._text, error.pos, self._before)) from None
            if len(self._text) - end < 3 and self._more():
                continue  # a number may go on in the next window, as in `1`, `1.` or `1e+`
            length, self._at = end - self._at, end
            return value, length

    def _value(self, path: Path, depth: int) -> Any:
        first = self._peek()
        if first == "[":
            return self._list(path)
        if first == "{" and depth:
            return self._object(path, depth)
        return self._whole()[0]

    def _list(self, path: Path) -> Elements:
        elements = self._collector(path)
        self._at += 1
        try:
            if self._peek() == "]":
                self._at += 1
                return elements
            while True:
                elements.add(*self._whole())
                if self._separator("]"):
                    return elements
        except _Ended:
            self._ended = elements.is_cut = True
            return elements

    def _object(self, path: Path, depth: int) -> dict[str, Any]:
        members: dict[str, Any] = {}
        self._at += 1
        try:
            if self._peek() == "}":
                self._at += 1
                return members
            while True:
                if self._peek() != '"':
                    raise self._unreadable()
                name, _ = self._whole()
                if self._peek() != ":":
                    raise self._unreadable()
                self._at += 1
                members[name] = self._value((*path, name), depth - 1)
                if self._ended or self._separator("}"):
                    return members
        except _Ended:
            self._ended = True
            return members

    def _separator(self, end: str) -> bool:
        """Go behind the next separator, and tell whether it is the end. Raises `_Unreadable` for another character."""
        character = self._peek()
        if character not in (",", end) or not character:
            raise self._unreadable()
        self._at += 1
        return character == end

    def _unreadable(self) -> _Unreadable:
        return _Unreadable(wrong_at(self._text, self._at, self._before))
