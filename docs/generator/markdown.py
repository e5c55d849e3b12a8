"""Markdown for what is plain text elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

_CODE = re.compile(r"(`[^`]*`)")
_SPECIAL = re.compile(r"([\\*_\[\]|~])")


def escape(text: str) -> str:
    """Return the text as Markdown shows it in one line; what stands between backticks stays code."""
    parts = _CODE.split(" ".join(text.split()))
    return "".join(part.replace("|", r"\|") if index % 2 else _escape(part) for index, part in enumerate(parts))


def _escape(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", text).replace("<", "&lt;")


def code(text: str) -> str:
    """Return the text as code, in a table too; nothing for nothing."""
    return f"`{text}`".replace("|", r"\|") if text else ""


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Return the lines of a table, without the columns that are empty in every row."""
    body = list(rows)
    columns = [index for index in range(len(head)) if any(row[index] for row in body)]
    return [
        _row([head[index] for index in columns]),
        "|" + "---|" * len(columns),
        *(_row([row[index] for index in columns]) for row in body),
    ]


def _row(cells: Sequence[str]) -> str:
    return "|" + "|".join(f" {cell} " if cell else " " for cell in cells) + "|"


def page(title: str, *blocks: str | Sequence[str]) -> str:
    """Return a page that begins with its title; each block is a paragraph, or the lines of a table."""
    texts = [block if isinstance(block, str) else "\n".join(block) for block in blocks]
    return "\n\n".join([f"# {title}", *filter(None, texts)]) + "\n"
