"""Show what machines sent: bytes of any kind and length, as text that can do nothing."""

from __future__ import annotations

from dataclasses import dataclass

from oneinvoice_openapi.printable import printable

MOST_SHOWN = 32 * 1024
"""Bytes of one body on a page."""

_MOST_HEX = 512


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A content, or its beginning, as `text`; `note` says what is not as it was, if anything."""

    text: str
    note: str | None


def excerpt(content: bytes, longest: int = MOST_SHOWN) -> Excerpt:
    """Return text if it is UTF-8, else bytes in hex. What can't be seen in a text is written as its escape."""
    beginning = content[:longest]
    try:
        # A letter that the cut went through is left out.
        text = beginning.decode() if len(beginning) == len(content) else _decode_whole_letters(beginning)
    except UnicodeDecodeError:
        return Excerpt(content[:_MOST_HEX].hex(" "), _note("Not text: in hex", _MOST_HEX, content))
    return Excerpt(
        printable(text, keep="\n\t"), _note("Text", longest, content) if len(beginning) < len(content) else None
    )


def _decode_whole_letters(beginning: bytes) -> str:
    for left_out in range(3):
        try:
            return beginning[: len(beginning) - left_out].decode()
        except UnicodeDecodeError as error:
            if error.reason != "unexpected end of data":
                raise
    return beginning[:-3].decode()


def _note(kind: str, longest: int, content: bytes) -> str:
    if len(content) <= longest:
        return f"{kind}, {len(content):,} bytes."
    return f"{kind}, the first {longest:,} of {len(content):,} bytes."
