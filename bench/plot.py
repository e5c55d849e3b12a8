"""Draw what the benchmarks printed, as the picture of docs/performance.md: SVG, for light and dark screens.

    make bench | tee figures.json
    python bench/plot.py < figures.json > docs/images/performance.svg

What others print beside request_path.py, rivals.py and paging.py is passed over; the last figures of each count.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from math import log10
from typing import Any

WIDTH = 860
LEFT, RIGHT = 320, 820
ROW = 22
STYLE = """
text { font: 13px system-ui, sans-serif; fill: #24292f } .title { font-size: 15px; font-weight: 600 }
.note { fill: #57606a } .grid { stroke: #d0d7de } .bound { stroke: #cf222e; stroke-dasharray: 4 3 }
.a { fill: #0969da; stroke: #0969da } .b { fill: #bc4c00; stroke: #bc4c00 } .c { fill: #6e7781; stroke: #6e7781 }
.line { fill: none; stroke-width: 2 } .ground { fill: #ffffff }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3 } .note { fill: #9198a1 } .ground { fill: #0d1117 }
.grid { stroke: #3d444d } .bound { stroke: #ff7b72 }
.a { fill: #58a6ff; stroke: #58a6ff } .b { fill: #f0883e; stroke: #f0883e } .c { fill: #9198a1; stroke: #9198a1 }
}
"""
RIVALS = {"prism": "Prism, static", "localstripe": "localstripe", "moto": "moto's server"}
STORES = {"sqlite": "SQLite", "memory": "SQLite in memory", "postgresql": "PostgreSQL"}
PLACES = {"first": 0.0, "quarter": 0.25, "middle": 0.5, "three quarters": 0.75, "last": 1.0}

Figures = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Axis:
    """A logarithmic axis: from `least` to `most`, drawn from `start` to `end`."""

    least: float
    most: float
    start: float
    end: float

    def at(self, value: float) -> float:
        """Return where a value is drawn; what is beyond an end, at that end."""
        share = (log10(value) - log10(self.least)) / (log10(self.most) - log10(self.least))
        return round(self.start + min(1.0, max(0.0, share)) * (self.end - self.start), 1)


def text(x: float, y: float, words: str, *, kind: str = "", anchor: str = "start") -> str:
    """Return words at a place."""
    return f'<text x="{x}" y="{y}" class="{kind}" text-anchor="{anchor}">{escape(words)}</text>'


def line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    """Return a line."""
    return f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" class="{kind}"/>'


def beside_others(page: Figures, rivals: Figures, top: int) -> Iterator[str]:
    """Draw how many times our processor time others take for a page."""
    rows = [
        (f"hand-written, {form}, {words}", page[store], f"floor {name}", "b" if store == "postgresql" else "a")
        for store, words in STORES.items()
        if store in page
        for name, form in (("loop", "event loop"), ("thread", "thread"))
    ]
    rows += [(words, rivals, name, "c") for name, words in RIVALS.items() if name in rivals["of"]]
    axis = Axis(0.5, 64, LEFT, RIGHT)
    bottom = top + 34 + ROW * len(rows)
    yield text(20, top, "Processor time for a page of fifty: how many times ours", kind="title")
    yield text(
        20, top + 18, "medians of the rounds, and their least and most; right of 1 is slower than ours", kind="note"
    )
    for tick in (0.5, 1, 2, 4, 8, 16, 32, 64):
        yield line(axis.at(tick), top + 28, axis.at(tick), bottom, "bound" if tick == 1 else "grid")
        yield text(axis.at(tick), bottom + 16, f"{tick:g}", kind="note", anchor="middle")
    for number, (words, figures, name, kind) in enumerate(rows):
        y = top + 46 + ROW * number
        least, most = figures["spread"][name]
        yield text(LEFT - 12, y + 4, words, anchor="end")
        yield line(axis.at(least), y, axis.at(most), y, kind)
        yield f'<circle cx="{axis.at(figures["of"][name])}" cy="{y}" r="4.5" class="{kind}"/>'


def at_depth(paging: Figures, top: int) -> Iterator[str]:
    """Draw how long pages take by where they are."""
    height = 190
    axis = Axis(0.2, 200, top + 38 + height, top + 38)
    yield text(20, top, f"Pages of an organisation of {paging['rows']:,} members, by where they are", kind="title")
    yield text(
        20, top + 18, f"milliseconds, medians; the line is what any may take, {paging['allowed_ms']}", kind="note"
    )
    for tick in (0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200):
        yield line(LEFT, axis.at(tick), RIGHT, axis.at(tick), "bound" if tick == paging["allowed_ms"] else "grid")
        yield text(LEFT - 12, axis.at(tick) + 4, f"{tick:g}", kind="note", anchor="end")
    for place, share in PLACES.items():
        yield text(_across(share), axis.start + 18, place, kind="note", anchor="middle")
    for number, (store, kind) in enumerate((("sqlite", "a"), ("postgresql", "b"))):
        if store in paging:
            y = top + 60 + ROW * number
            yield f'<circle cx="26" cy="{y - 4}" r="4.5" class="{kind}"/>{text(38, y, STORES[store])}'
            yield from _curve(paging[store], paging["rows"], axis, kind)


def _curve(places: Figures, rows: int, axis: Axis, kind: str) -> Iterator[str]:
    points = [(_across(share), axis.at(places[str(rows)][place]["median_ms"])) for place, share in PLACES.items()]
    yield f'<polyline points="{" ".join(f"{x},{y}" for x, y in points)}" class="{kind} line" style="fill: none"/>'
    yield from (f'<circle cx="{x}" cy="{y}" r="4.5" class="{kind}"/>' for x, y in points)


def _across(share: float) -> float:
    return round(LEFT + 40 + share * (RIGHT - LEFT - 80), 1)


def draw(page: Figures, rivals: Figures, paging: Figures) -> str:
    """Return the picture."""
    first = [*beside_others(page, rivals, 30)]
    second_top = 30 + 34 + ROW * sum("<circle" in each for each in first) + 64
    height = second_top + 270
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">',
        "<title>What a page costs beside others, and how long pages take by where they are</title>",
        f"<style>{STYLE}</style>",
        f'<rect width="{WIDTH}" height="{height}" class="ground"/>',
        *first,
        *at_depth(paging, second_top),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def documents(printed: str) -> Iterator[Figures]:
    """Return what was printed: one JSON object after the other."""
    decoder, position = json.JSONDecoder(), 0
    while printed[position:].strip():
        position += len(printed[position:]) - len(printed[position:].lstrip())
        figures, position = decoder.raw_decode(printed, position)
        yield figures


def find(all_of_them: Sequence[Figures], *names: str) -> Figures:
    """Return the last figures that have these names."""
    found = [figures for figures in all_of_them if all(name in figures for name in names)]
    if not found:
        raise SystemExit(f"The figures with {', '.join(names)} are missing; give all that `make bench` prints.")
    return found[-1]


def main() -> None:
    """Draw the figures that come on standard input."""
    printed = [*documents(sys.stdin.read())]
    page, paging = find(printed, "path", "sqlite"), find(printed, "rows", "allowed_ms", "sqlite")
    sys.stdout.write(draw(page, find(printed, "required", "of"), paging))


if __name__ == "__main__":
    main()
