"""Text and code as Markdown shows them to the letter."""

from __future__ import annotations


def code(text: str) -> str:
    """Return a code span, whose fence is longer than any in the text."""
    fence = "`" * (1 + max((len(run) for run in text.replace("`", " `").split() if set(run) == {"`"}), default=0))
    fence = "``" if "`" in text and len(fence) < 2 else fence
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{pad}{' '.join(text.split())}{pad}{fence}"


def escaped(text: str) -> str:
    """Return a text on one line without anything that Markdown would read."""
    return "".join(f"\\{c}" if c in "\\`*_[]<>|#" else c for c in " ".join(text.split()))
