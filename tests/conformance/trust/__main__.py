"""Judge many deployments, each made from a number, and tell which verdicts were not as they have to be.

`python -m tests.conformance.trust clean --runs 3000` judges correct ones, of which none may fail, and
`python -m tests.conformance.trust liars --runs 1000` such that break one clause in one corner, which must be caught;
`--seed 17` judges one of them, and tells all that the suite said of it. `record` sums up the files of results of both
for the documents; a reason for each that got through is then written into tests/data/trust.json by hand.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from itertools import islice
from pathlib import Path
from time import monotonic

from tests.conformance.defects_page import FILE, update
from tests.conformance.trust import clean, liars
from tests.conformance.trust.figures import record, restate
from tests.conformance.trust.results import Result, bad, read

_JUDGES: dict[str, Callable[[int], Result]] = {"clean": clean.judge, "liars": liars.judge}
_ALARMS = {"clean": "FALSE ALARM", "liars": "NOT CAUGHT"}
_AT_ONCE = 64  # handed to the processes, so that an interruption loses few
_TOLD_EVERY = 50


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options(arguments)
    if options.what == "record":
        record(read(options.clean), read(options.liars))
        update(FILE, ())
        restate()
        return 0
    seeds = _seeds(options)
    results, begun = [], monotonic()
    for number, result in enumerate(_judged(options, seeds), 1):
        results.append(result)
        if options.results:
            with options.results.open("a", encoding="utf-8") as file:
                print(result.line(), file=file)
        if not result.good:
            _tell(options.what, result)
        if number % _TOLD_EVERY == 0:
            print(f"{number} of {len(seeds)}, {len(bad(results))} not as they have to be", flush=True)
    seconds = monotonic() - begun
    print(f"{len(results)} runs in {seconds:.0f} s, of which {len(bad(results))} were not as they have to be.")
    return 1 if bad(results) else 0


def _options(arguments: Sequence[str] | None) -> Namespace:
    parser = ArgumentParser(prog="python -m tests.conformance.trust", description=__doc__)
    parser.add_argument("what", choices=(*_JUDGES, "record"))
    parser.add_argument("--seed", type=int, help="judge this one alone")
    parser.add_argument("--first", type=int, default=1, metavar="SEED", help="the first of several (default: 1)")
    parser.add_argument("--runs", type=int, default=100, help="how many from there on (default: 100)")
    parser.add_argument("--jobs", type=int, default=2, help="how many at once (default: 2)")
    parser.add_argument(
        "--results", type=Path, help="a file that gets one line of JSON for each, and what is in it is kept"
    )
    parser.add_argument("--clean", type=Path, help="the results of clean runs, for record")
    parser.add_argument("--liars", type=Path, help="the results of liars, for record")
    return parser.parse_args(arguments)


def _seeds(options: Namespace) -> list[int]:
    if options.seed is not None:
        return [options.seed]
    done = {each.seed for each in read(options.results)} if options.results and options.results.exists() else set()
    return [seed for seed in range(options.first, options.first + options.runs) if seed not in done]


def _judged(options: Namespace, seeds: Sequence[int]) -> Iterator[Result]:
    judge = _JUDGES[options.what]
    if len(seeds) == 1:
        yield judge(seeds[0])
        return
    waiting = iter(seeds)
    with ProcessPoolExecutor(options.jobs) as pool:
        while batch := list(islice(waiting, _AT_ONCE)):
            for done in as_completed([pool.submit(judge, seed) for seed in batch]):
                yield done.result()


def _tell(what: str, result: Result) -> None:
    print(f"{_ALARMS[what]} {result.seed}: {result.does}\n  {result.verdict}; {result.reason}")
    print(f"  again: python -m tests.conformance.trust {what} --seed {result.seed}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
