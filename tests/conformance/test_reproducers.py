"""What is written to reproduce a failure does: the pytest files, and the `curl` lines.

On one defect of every other requirement; on all defects, judged in every area, with ONEINVOICE_SOAK=1.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from oneinvoice_conformance.cli.main import main
from oneinvoice_conformance.http.credentials import VARIABLES

from tests.conformance.defects_page import area, needs_webhook
from tests.conformance.judging import MINIATURE_KEYS
from tests.conformance.reproducing import Case, Environment, Outcomes, Pytest, cases
from tests.miniatures import CHANGE_FAULTS, Deployment, serve
from tests.miniatures.faults.ver.changes import ListedNoMore
from tests.miniatures.freedoms.discovery import DiscoveryListsMore
from tests.soak import SOAK

CHANGES = [each.deployment for each in CHANGE_FAULTS.values() if each.rule == "VER-2"]
_BODY = 2_000  # characters of a body that a report keeps

# The same rule for another event each, where most of the time goes in waiting for that.
_OTHER_EVENTS = {f"HOOK-{number}" for number in range(7, 13)}


def _chosen() -> list[Case]:
    every = cases()
    if SOAK:
        return every
    # To generate requests takes seconds each time.
    by_rule = {case.rule: case for case in every if "--fuzz" not in case.options and case.rule not in _OTHER_EVENTS}
    sample = list(by_rule.values())[::2]
    return [replace(case, options=(*case.options, *_narrowed(case.rule))) for case in sample]


def _narrowed(rule: str) -> tuple[str, str]:
    """Return the option for what is judged besides, where a minute has to be enough."""
    if needs_webhook(rule):
        return "--only", f"HOOK,{rule}"
    return ("--only", "RATE") if area(rule) == "RATE" else ("--skip", "HOOK,RATE")


@pytest.fixture(scope="module")
def run_pytest() -> Iterator[Pytest]:
    with closing(Pytest()) as worker:
        yield worker


@pytest.mark.parametrize("case", _chosen(), ids=lambda case: case.name)
def test_what_is_written_reproduces_each_failure_and_passes_once_it_is_mended(
    case: Case, run_pytest: Pytest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / f"test_{case.name.replace('-', '_')}.py"
    with case.broken() as environment:
        arguments = [*case.options, "--pytest-out", str(file), "--json", "report.json"]
        run = CliRunner().invoke(main, ["run", *arguments], env=environment)
        assert run.exit_code == 1, run.output
        rows = json.loads(Path("report.json").read_text())["requirements"]
        failed = [row for row in rows if row["outcome"] == "failed"]
        assert case.rule in [row["id"] for row in failed]
        overloaded = case.rule.startswith("RATE-")
        if not overloaded:
            there = {name: value for name, value in environment.items() if name != "ONEINVOICE_URL"}
            _assert_reproduced(run_pytest(file, there), failed)
            for row in failed:
                _send_again(row, environment, at_random=case.name.endswith("-at-random"))
    if overloaded:  # a key that a run has locked out for minutes, or for good, shows nothing but that
        with case.broken() as environment:
            _assert_reproduced(run_pytest(file, environment), failed)
    with case.correct() as environment:
        outcomes = run_pytest(file, environment)
        assert [text for outcome, text in outcomes.values() if outcome == "failed"] == []
        assert len(outcomes) == len(failed)


@pytest.mark.parametrize("change", CHANGES if SOAK else CHANGES[:1])
def test_what_an_earlier_report_shows_to_be_broken_is_reproduced_beside_it(
    change: type[Deployment], run_pytest: Pytest, tmp_path: Path
) -> None:
    earlier, now, file = tmp_path / "earlier.json", tmp_path / "now.json", tmp_path / f"test_{change.__name__}.py"
    environment = {VARIABLES[role]: key for role, key in MINIATURE_KEYS.items()}
    options = ["--skip", "HOOK,RATE", "--rate-limit", "1000"]
    before = DiscoveryListsMore if change is ListedNoMore else Deployment
    with serve(before()) as url:
        assert CliRunner().invoke(main, [url, *options, "--json", str(earlier)], env=environment).exit_code == 0
    port = int(url.rpartition(":")[2])
    with serve(change(), port):
        reports = ["--baseline", str(earlier), "--json", str(now), "--pytest-out", str(file)]
        run = CliRunner().invoke(main, [url, *options, *reports], env=environment)
        assert run.exit_code == 1, run.output
        found = run_pytest(file, environment)
    failed = [row for row in json.loads(now.read_text())["requirements"] if row["outcome"] == "failed"]
    assert "VER-2" in [row["id"] for row in failed]
    _assert_reproduced(found, failed)
    with serve(before(), port):
        found = run_pytest(file, environment)
    assert [text for outcome, text in found.values() if outcome == "failed"] == []


def _assert_reproduced(outcomes: Outcomes, failed: list[Any]) -> None:
    """Assert that every test failed, and for want of nothing."""
    assert [text for outcome, text in outcomes.values() if outcome != "failed" or "is not kept" not in text] == []
    assert len(outcomes) == len(failed)


def _without_ids(body: str) -> str:
    """Return the body without what is another each time, the id of a request."""
    return re.sub(r"req_\w+", "req_…", body)


def _send_again(row: dict[str, Any], environment: Environment, *, at_random: bool) -> None:
    """Send it again by the real curl, after a minute; the answer is the same, but for what is `at_random`."""
    subprocess.run(["sh", "-c", environment["ONEINVOICE_WAIT_COMMAND"].replace("{seconds}", "61")], check=True)
    for exchange in row["exchanges"]:
        if line := exchange.get("curl"):
            done = subprocess.run(
                ["sh", "-c", f"{line} --silent"],
                env=os.environ | environment,
                capture_output=True,
                check=True,
                timeout=10,
            )
            head, _, body = done.stdout.partition(b"\r\n\r\n")
            assert re.match(rb"HTTP/1.[01] (\d+)", head)[1].decode() == str(exchange["status"])
            assert at_random or _without_ids(body.decode("utf-8", "replace"))[:_BODY] == _without_ids(exchange["body"])
