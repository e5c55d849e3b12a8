"""Cases that schemathesis generates from the authored document.

`python -m oneinvoice_conformance.fuzz.cases COUNT SEED [RELEASE]` prints them as JSON, by the document of a release if
one is named. It is a program of its own because hypothesis draws texts from whatever modules of a project are loaded:
so the same seed gives the same cases whatever else a run does, and the suite need not import schemathesis, which takes
longer than all the rest.
"""

from __future__ import annotations

import dataclasses
import json
import os
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from oneinvoice_openapi.contract import document, load_yaml, operations
from schemathesis import BaseSchema, Config, GenerationMode

Pairs = tuple[tuple[str, str], ...]

# Of ten cases so many have parameters that the document refuses, parameters that it allows, and damaged credentials.
_BAD, _GOOD, _KEYLESS = 6, 2, 2
_SPARE = 2  # so many examples are drawn for each case that is wanted, since many are alike
_SENDABLE = re.compile(r"[!#$%&'*+.^`|~\w-]+: *[\x21-\x7e](?:[\x20-\x7e\t]*[\x21-\x7e])?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Case:
    """GET request to a path; if it is `keyless`, with `authorization` in the place of a key, or without any."""

    path: str
    query: Pairs
    headers: Pairs = ()
    keyless: bool = False
    authorization: str | None = None


def generate(count: int, start: int, authored: dict[str, Any]) -> list[Case]:
    """Return at most `count` different cases of operations with parameters, all kinds mixed from the first on.

    The same arguments give the same cases, as long as the document, schemathesis and hypothesis are the same.
    """
    open_, locked = _schema(authored, with_credentials=False), _schema(authored, with_credentials=True)
    kinds = (
        (open_, GenerationMode.NEGATIVE, _BAD),
        (open_, GenerationMode.POSITIVE, _GOOD),
        (locked, GenerationMode.NEGATIVE, _KEYLESS),
    )
    paths = [path for path, method, operation in operations(authored) if method == "GET" and "parameters" in operation]
    ranked: list[tuple[float, Case]] = []
    for schema, mode, weight in kinds:
        share = -(-count * weight // (10 * len(paths)))
        for place, path in enumerate(paths):
            drawn = _draw_cases(schema, mode, path, (share + 1) * _SPARE, start * len(paths) + place)
            cases = dict.fromkeys(filter(None, (_case(each, path, keyless=schema is locked) for each in drawn)))
            ranked += [(index / weight, case) for index, case in enumerate(list(cases)[:share])]
    return [case for _, case in sorted(ranked, key=lambda pair: pair[0])][:count]


def _schema(authored: dict[str, Any], *, with_credentials: bool) -> BaseSchema:
    # A configuration of our own, since schemathesis would look for one in the folder that the suite is run in.
    config = Config.from_dict({"generation": {"with-security-parameters": with_credentials}})
    return schemathesis.openapi.from_dict(authored, config=config)


def _draw_cases(
    schema: BaseSchema, mode: GenerationMode, path: str, count: int, start: int
) -> list[schemathesis.Case[Any]]:
    drawn: list[schemathesis.Case[Any]] = []

    @seed(start)
    @settings(
        max_examples=count,
        phases=[Phase.generate],
        database=None,
        derandomize=False,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(schema[path]["GET"].as_strategy(generation_mode=mode))
    def draw(case: schemathesis.Case[Any]) -> None:
        drawn.append(case)

    draw()
    return drawn


def _case(drawn: schemathesis.Case[Any], path: str, *, keyless: bool) -> Case | None:
    """Return a case of what was drawn; None where HTTP can't send it, `curl` can't show it, or rules send it anyway."""
    headers = {name.title(): str(value).strip() for name, value in drawn.headers.items() if str(value).strip()}
    if not all(_SENDABLE.fullmatch(f"{name}: {value}") for name, value in headers.items()):
        return None
    authorization = headers.pop("Authorization", None)
    if not (drawn.query or headers or authorization):
        return None
    return Case(path, tuple(_pairs(drawn.query)), tuple(headers.items()), keyless, authorization)


def _pairs(query: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield query parameters as a form sends them: a list as one parameter repeated, deeper values as JSON."""
    for name, value in query.items():
        values: Iterable[Any] = value if isinstance(value, (list, dict)) else [value]
        for each in values:
            yield name, each if isinstance(each, str) else json.dumps(each)


def main() -> None:
    """Print the cases as JSON."""
    # Hypothesis would keep its tables in the folder that the suite is run in.
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "oneinvoice-kit", "hypothesis")
    os.environ.setdefault("HYPOTHESIS_STORAGE_DIRECTORY", str(cache))
    count, start, *release = sys.argv[1:]
    cases = generate(int(count), int(start), _document_of(release[0]) if release else document())
    json.dump([dataclasses.asdict(case) for case in cases], sys.stdout)


def _document_of(release: str) -> dict[str, Any]:
    from oneinvoice_openapi.releases import releases  # imported where it changes no case but those of a release

    content: dict[str, Any] = load_yaml(releases()[release].document.read_text("utf-8"))
    return content


if __name__ == "__main__":
    main()
