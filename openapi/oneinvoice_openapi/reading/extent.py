"""Extent of a YAML text, told before anything is built of it: levels, and values with aliases written out."""

from __future__ import annotations

from dataclasses import dataclass

import yaml

from oneinvoice_openapi.contract import YamlLoader
from oneinvoice_openapi.references import Unusable

MOST_NODES = 200_000
"""Maps, lists and values, those that aliases repeat counted each time."""
MOST_LEVELS = 100


@dataclass
class _Opened:
    """Map or list that has not ended."""

    anchor: str | None
    nodes: int = 1
    levels: int = 1

    def add(self, nodes: int, levels: int) -> None:
        self.nodes += nodes
        self.levels = max(self.levels, levels + 1)


def check_extent(text: str, name: str) -> None:
    """Raise `Unusable` where a text is deep or grows by its aliases, and `yaml.YAMLError` where it is no YAML."""
    sizes: dict[str, tuple[int, int]] = {}  # nodes and levels below, by anchor
    opened = [_Opened(None, 0, 0)]
    for event in yaml.parse(text, Loader=YamlLoader):
        here = f"{name}, line {event.start_mark.line + 1}," if event.start_mark else name
        if isinstance(event, yaml.CollectionStartEvent):
            opened.append(_Opened(event.anchor))
        elif isinstance(event, yaml.AliasEvent):
            if any(each.anchor == event.anchor for each in opened):
                raise Unusable(f"{here} has the alias *{event.anchor} within what it repeats; write it out.")
            opened[-1].add(*sizes.get(event.anchor or "", (1, 0)))
        elif isinstance(event, yaml.ScalarEvent):
            if event.anchor:
                sizes[event.anchor] = (1, 0)
            opened[-1].add(1, 0)
        elif isinstance(event, yaml.CollectionEndEvent):
            ended = opened.pop()
            if ended.anchor:
                sizes[ended.anchor] = (ended.nodes, ended.levels)
            opened[-1].add(ended.nodes, ended.levels)
        if len(opened) - 1 + opened[-1].levels > MOST_LEVELS:
            raise Unusable(f"{here} is nested deeper than {MOST_LEVELS} levels; use fewer.")
        if opened[-1].nodes > MOST_NODES:
            raise Unusable(f"{here} goes beyond {MOST_NODES:,} values, aliases written out; use fewer.")
