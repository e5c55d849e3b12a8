"""Run pytest on one file after the other in one process: `python -m tests.conformance.pytest_worker`.

A job is a line of JSON on standard input, `{"file", "env"}`; what came of each test, by its name, is one on standard
output: `["passed" | "failed" | "skipped", what was printed of it]`.
"""

from __future__ import annotations

import json
import os
import sys

import pytest


class _Outcomes:
    def __init__(self) -> None:
        self.found: dict[str, tuple[str, str]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" or report.outcome != "passed":
            self.found[report.nodeid.rpartition("::")[2]] = report.outcome, report.longreprtext or str(report.longrepr)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.found[report.nodeid] = report.outcome, report.longreprtext


def main() -> None:
    own = dict(os.environ)
    with os.fdopen(os.dup(1), "w") as answers, open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), 1)  # where pytest prints
        for line in sys.stdin:
            job = json.loads(line)
            os.environ.clear()
            os.environ.update(own | job["env"])
            outcomes = _Outcomes()
            alone = ["-p", "no:cacheprovider", "--rootdir", os.path.dirname(job["file"]), "-c", os.devnull]
            pytest.main([*alone, "-W", "error", job["file"]], plugins=[outcomes])
            print(json.dumps(outcomes.found), file=answers, flush=True)


if __name__ == "__main__":
    main()
