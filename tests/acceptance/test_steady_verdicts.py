"""A verdict is the same each time, and data that changes meanwhile is no failure."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from tests.acceptance.runs import (
    CONFORMS,
    TIMES,
    judge_quickly,
    outcomes,
    run,
)
from tests.miniatures import EVENTS, FAULTS, FREE, Deployment, serve
from tests.miniatures.data import OTHER, PRIMARY, new_member
from tests.miniatures.starving import Starved, status


@pytest.mark.parametrize(
    "deployment",
    [
        Deployment,
        FREE["empty"].deployment,
        FAULTS["one-total-missing"].deployment,
        FAULTS["filter-inverted"].deployment,
        lambda: Starved(status(429, **{"Retry-After": "0"}), key="other"),
        lambda: Starved(status(500), endpoint="quotes"),
    ],
    ids=["healthy", "empty", "one-total-missing", "filter-inverted", "other-429", "quotes-500"],
)
def test_runs_against_one_deployment_agree(deployment: Callable[[], Deployment]) -> None:
    served = deployment()
    reports = [judge_quickly(served) for _ in range(TIMES)]
    first = reports[0]
    assert first
    for report in reports[1:]:
        assert report
        assert (report.verdict, outcomes(report)) == (first.verdict, outcomes(first))


def test_runs_of_the_command_agree(tmp_path: Path) -> None:
    with serve(Deployment()) as url:
        runs = [run(tmp_path, url, skip="HOOK,RATE,VER") for _ in range(TIMES)]
    assert {run.code for run in runs} == {CONFORMS}
    assert all(run.outcomes == runs[0].outcomes for run in runs)


# Data that changes meanwhile


class Restless(Deployment):
    """Has people at work: members join, leave and change, and all that can happen to documents does."""

    def work(self, step: int) -> None:
        with self._lock:
            members = self.world.members
            member = members[step * 17 % len(members)]
            index = members.index(member)
            match step % 4:
                case 0:
                    members.append(new_member(members[-1].id + 1, PRIMARY if step % 3 else OTHER, "pending"))
                case 1 if len(members) > 420:
                    del members[index]
                case _:
                    members[index] = replace(member, status="inactive" if member.status == "active" else "active")
            self.trigger(EVENTS[step % len(EVENTS)])


@contextmanager
def people_at_work(deployment: Restless, pause: float) -> Iterator[None]:
    """Something changes after each pause, in seconds, for as long as this lasts."""
    done = threading.Event()

    def work() -> None:
        for step in count():
            if done.wait(pause):
                return
            deployment.work(step)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


@pytest.mark.parametrize("pause", [0.001, 0.01, 0.05, 0.2])
def test_data_that_changes_is_never_a_failure(pause: float) -> None:
    for _ in range(TIMES):
        deployment = Restless()
        with people_at_work(deployment, pause):
            report = judge_quickly(deployment)
        assert report
        bad = [result for result in report.results if result.outcome in ("failed", "warned", "error")]
        assert not bad, [(result.requirement.id, result.finding.reason) for result in bad]
        assert len(deployment.log) > 60
