"""Indentation of JSON, also of what is cut short, by its brackets and commas alone."""

from __future__ import annotations

import re

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*(?:"|$)|[{}\[\],:]|[^"{}\[\],:\s]+|\s+', re.DOTALL)
_STEP = "  "


def indented(text: str, start: int, end: int) -> str:
    """Return a part of a text, a line for each value if the text is JSON on few lines; what is no JSON as it is."""
    if not text.lstrip().startswith(("{", "[")) or text.count("\n") > len(text) // 80:
        return text[start:end]
    parts: list[str] = []
    depth, previous = 0, ""
    for match in _TOKEN.finditer(text, 0, end):
        token = match[0]
        if token.isspace():
            continue
        depth -= token in ("}", "]")
        breaks = previous in ("{", "[", ",") or token in ("}", "]")
        is_empty = previous + token in ("{}", "[]")
        depth_now = max(depth, 0)
        depth += token in ("{", "[")
        if match.end() > start:
            if breaks and previous and not is_empty:
                parts.append(f"\n{_STEP * depth_now}")
            elif previous == ":":
                parts.append(" ")
            parts.append(token[max(0, start - match.start()) :])
        previous = token
        if depth <= 0:
            parts.append(text[max(start, match.end()) : end])  # what is said of it behind it
            break
    return "".join(parts).lstrip("\n")
