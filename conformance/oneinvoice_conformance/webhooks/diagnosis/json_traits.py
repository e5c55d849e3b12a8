"""Traits of a JSON text: what it does otherwise than another text of the same value, told by comparing both."""

from __future__ import annotations

import json
import re
from typing import Any

_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|.)")


def difference(body: bytes, text: bytes) -> str:
    """Return in words how a text is written otherwise than a body: "with spaces and escaped to ASCII"."""
    ours, theirs = (_traits(each.decode(json.detect_encoding(each), "surrogatepass")) for each in (body, text))
    parts = [words for name, (trait, words) in theirs.items() if words and ours[name][0] != trait]
    if new := [number for number in theirs["numbers"][0] if number not in ours["numbers"][0]]:
        parts.append(f"with numbers as {new[0]}")
    return listed(parts)


def listed(parts: list[str]) -> str:
    """Return parts as a list in a sentence: "a, b and c"."""
    return " and ".join(filter(None, (", ".join(parts[:-1]), *parts[-1:])))


def _traits(text: str) -> dict[str, tuple[Any, str]]:
    """Return how a JSON text is written: by name each trait, to be compared, and the words for it."""
    strings = _STRING.findall(text)
    escapes = _ESCAPE.findall("".join(strings))
    bare = _STRING.sub('""', text)
    hexes = "".join(escape[1:] for escape in escapes if len(escape) > 1)
    code_points = sorted({chr(int(escape[1:], 16)) for escape in escapes if len(escape) > 1})
    punctuation = [character for character in code_points if "!" <= character <= "~"]
    names = re.findall(r'("(?:[^"\\]|\\.)*")\s*:', text)
    numbers = re.findall(r"-?\d[\d.eE+-]*", bare)
    empties = [re.sub(r"\s", "", empty) for empty in re.findall(r"\[\s*\]|\{\s*\}", bare)]
    return {
        "spacing": 2 * (_spacing(bare),),
        "slashes": ("/" in escapes, "with escaped slashes" if "/" in escapes else "with slashes as they are"),
        "punctuation": (
            punctuation,
            f"with {listed(punctuation)} escaped" if punctuation else "with punctuation as it is",
        ),
        "letters": (
            text.isascii(),
            "escaped to ASCII" if text.isascii() else "with letters outside of ASCII as they are",
        ),
        "digits": (hexes != hexes.lower(), "with upper-case digits in escapes" if hexes != hexes.lower() else ""),
        "members": (len(names), f"with {len(names)} members"),
        "order": (names, "sorted" if _is_sorted(text) else "with its members in another order"),
        "numbers": (numbers, ""),
        "nulls": (bare.count("null"), f"with {bare.count('null') or 'no'} nulls"),
        "empties": (sorted(empties), f"with what is empty as {listed(list(dict.fromkeys(empties)))}"),
        "ending": (text.endswith("\n"), f"with{'' if text.endswith(chr(10)) else 'out'} a line break at its end"),
    }


def _spacing(bare: str) -> str:
    if indent := re.search(r"(\r?\n)([ \t]*)", bare.strip()):
        width = "a tab" if "\t" in indent[2] else len(indent[2])
        spaced = ", with spaces before colons" if re.search(r'" +:', bare) else ""
        return f"indented by {width}{spaced}{', with CRLF line ends' if len(indent[1]) == 2 else ''}"
    return "with spaces" if re.search(r"[,:] ", bare) else "without spaces"


def _is_sorted(text: str) -> bool:
    """Tell whether the names of each object are sorted."""
    unsorted: list[bool] = []

    def look(members: list[tuple[str, Any]]) -> None:
        names = [name for name, _ in members]
        unsorted.append(names != sorted(names))

    json.loads(text, object_pairs_hook=look)
    return not any(unsorted)
