"""Runs beside earlier ones, over real HTTP: every break is caught, and neither a freedom nor other data is one."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from oneinvoice_conformance.engine.report import Report
from oneinvoice_conformance.engine.runner import run
from oneinvoice_conformance.history.baseline import read_baseline
from oneinvoice_conformance.http.client import Client
from oneinvoice_conformance.http.deployment import Deployment as Where
from oneinvoice_conformance.http.pacer import Pacer
from oneinvoice_conformance.model.outcome import Outcome
from oneinvoice_conformance.model.scope import Scope
from oneinvoice_conformance.model.verdict import exit_code
from oneinvoice_conformance.reports.document import report_document

from tests.conformance.judging import CONTRACT, MINIATURE_KEYS, NAMES, READ_ONLY, REGISTER, judge, reasons
from tests.miniatures import CHANGE_FAULTS, FREE, Deployment, Fault, serve
from tests.miniatures.faults.ver.changes import (
    EndedButTold,
    EndedForTheNext,
    ListedNoMore,
    SunsetSoon,
    SunsetWithoutNext,
)
from tests.miniatures.freedoms.change import Changing, Stumbling
from tests.miniatures.freedoms.discovery import DiscoveryListsMore
from tests.miniatures.freedoms.transport import Slow
from tests.miniatures.freedoms.versions import SecondVersion
from tests.soak import SOAK
from tests.unit.conformance.reports.reporting import redacted

BREAKS = [each for each in CHANGE_FAULTS.values() if each.rule == "VER-2"]
_VERSIONS = Scope.parse(REGISTER, "VER", None)
_ALARM = (Outcome.FAILED, Outcome.WARNED, Outcome.ERROR)
_STEADY = [
    name
    for name, variant in FREE.items()
    if not issubclass(variant.deployment, Changing | Stumbling | Slow) and variant.comparable
]


def recorded(miniature: Deployment, scope: Scope = READ_ONLY) -> Report:
    with serve(miniature) as url:
        return judge(url, MINIATURE_KEYS, scope)


def keep(report: Report, path: Path, base: str, days_ago: float = 30) -> None:
    """Write a report as if it were of that deployment and day."""
    content = report_document(redacted(report, Where(report.base, MINIATURE_KEYS)))
    started = datetime.now(UTC) - timedelta(days=days_ago)
    path.write_text(json.dumps(content | {"deployment": base, "started_at": started.isoformat(timespec="seconds")}))


def beside(
    earlier: Iterable[tuple[Report, float]], miniature: Deployment, folder: Path, scope: Scope = READ_ONLY
) -> Report:
    """Judge beside a folder of earlier reports, each with the days since it began."""
    with serve(miniature) as url, Client(Where(url, MINIATURE_KEYS), pacer=Pacer(1_000)) as client:
        for number, (report, days_ago) in enumerate(earlier):
            keep(report, folder / f"{number}.json", url, days_ago)
        return run(client, CONTRACT, scope, NAMES, baseline=read_baseline(folder, url))


@pytest.fixture(scope="module")
def plain() -> Report:
    return recorded(Deployment())


@pytest.mark.parametrize("fault", BREAKS, ids=lambda fault: fault.name)
def test_every_break_is_caught_by_stability_and_by_nothing_else(fault: Fault, plain: Report, tmp_path: Path) -> None:
    before = recorded(DiscoveryListsMore()) if fault.deployment is ListedNoMore else plain
    report = beside([(before, 30)], fault.deployment(), tmp_path)
    failed = reasons(report, Outcome.FAILED)
    assert "VER-2" in failed, reasons(report, *Outcome)
    assert failed.keys() == set(fault.rules)
    assert reasons(report, Outcome.ERROR) == {}
    assert exit_code(report.results, report.verdict) == 1
    assert "since 0.json of " in failed["VER-2"]
    assert next(result for result in report.results if result.requirement.id == "VER-2").finding.evidence


@pytest.mark.parametrize("fault", BREAKS, ids=lambda fault: fault.name)
def test_what_was_always_so_is_no_break(fault: Fault, tmp_path: Path) -> None:
    report = beside([(recorded(fault.deployment(), _VERSIONS), 30)], fault.deployment(), tmp_path, _VERSIONS)
    assert reasons(report, Outcome.PASSED, Outcome.INCONCLUSIVE)["VER-2"] in (
        "everything is answered as in 0.json",
        "0.json has no records of invoices to compare with",
    )


def test_the_plain_deployment_stays_as_it_was(plain: Report, tmp_path: Path) -> None:
    report = beside([(plain, 30)], Deployment(), tmp_path)
    assert reasons(report, Outcome.PASSED)["VER-2"] == "everything is answered as in 0.json"
    assert report.drift is not None
    assert report.drift.changes == ()
    assert len(report.exchanges) == len(plain.exchanges), "nothing need be asked for it"


@pytest.mark.parametrize("narrow", [True, False])
def test_a_narrow_run_asks_what_is_missing(narrow: bool, plain: Report, tmp_path: Path) -> None:
    only = Scope.parse(REGISTER, "VER-2", None)
    earlier, scope = (plain, only) if narrow else (recorded(Deployment(), only), READ_ONLY)
    report = beside([(earlier, 30)], Deployment(), tmp_path, scope)
    assert "VER-2" in reasons(report, Outcome.PASSED), reasons(report, *Outcome)


def thinned(deployment: type[Deployment], seed: int) -> Deployment:
    """Return the same deployment with fewer records, of some statuses none."""
    chance, miniature = random.Random(seed), deployment()
    world = miniature.world
    for records in (world.members, world.quotes, world.invoices):
        statuses = sorted({record.status for record in records})
        shares = {status: chance.choice([0.0, 0.1, 0.6]) for status in statuses} | dict.fromkeys(statuses[:1], 0.2)
        records[:] = [record for record in records if chance.random() < shares[record.status]]
    return miniature


@pytest.mark.parametrize("name", FREE)
def test_no_freedom_and_no_other_data_is_a_break(name: str, tmp_path: Path) -> None:
    deployment, expected = FREE[name].deployment, Outcome.PASSED if FREE[name].comparable else Outcome.INCONCLUSIVE
    earlier = recorded(deployment(), _VERSIONS)
    same = beside([(earlier, 30)], deployment(), tmp_path, _VERSIONS)
    assert reasons(same, *_ALARM) == {}
    assert "VER-2" in reasons(same, expected), reasons(same, *Outcome)
    other = beside([(earlier, 30)], thinned(deployment, len(name)), tmp_path, _VERSIONS)
    assert reasons(other, *_ALARM) == {}


@pytest.mark.parametrize("name", _STEADY if SOAK else _STEADY[::12])
def test_no_freedom_is_a_break_in_a_whole_run(name: str, tmp_path: Path) -> None:
    report = beside([(recorded(FREE[name].deployment()), 30)], FREE[name].deployment(), tmp_path)
    assert reasons(report, *_ALARM) == {}
    assert "VER-2" in reasons(report, Outcome.PASSED), reasons(report, *Outcome)


# Six months beside each other


@pytest.fixture(scope="module")
def both() -> Report:
    return recorded(SecondVersion(), _VERSIONS)


def parallel(earlier: list[tuple[Report, float]], miniature: Deployment, folder: Path) -> tuple[Outcome, str]:
    report = beside(earlier, miniature, folder, _VERSIONS)
    [result] = [result for result in report.results if result.requirement.id == "VER-3"]
    return result.outcome, result.finding.reason


def test_v1_ended_too_soon(plain: Report, both: Report, tmp_path: Path) -> None:
    earlier = [(plain, 200), (plain, 120), (both, 90), (both, 1)]
    assert parallel(earlier, EndedForTheNext(), tmp_path)[0] is Outcome.FAILED


def test_v1_that_ended_breaks_what_relies_on_it(plain: Report, tmp_path: Path) -> None:
    report = beside([(plain, 30)], EndedForTheNext(), tmp_path)
    assert {"VER-2", "VER-3"} <= reasons(report, Outcome.FAILED).keys()
    assert exit_code(report.results, report.verdict) == 1


@pytest.mark.parametrize("ended", [EndedForTheNext, EndedButTold])
def test_v1_ended_after_six_months_beside_v2(
    ended: type[Deployment], plain: Report, both: Report, tmp_path: Path
) -> None:
    report = beside([(plain, 300), (both, 200), (both, 5)], ended(), tmp_path, _VERSIONS)
    assert "both were served from" in reasons(report, Outcome.PASSED)["VER-3"]
    assert reasons(report, Outcome.NOT_APPLICABLE)["VER-2"] == "v1 has ended, after six months beside v2"


@pytest.mark.parametrize("days", [[(200, 100)], [(5, 3)]])
def test_nobody_saw_how_long_both_were_served(days: list, both: Report, tmp_path: Path) -> None:
    earlier = [(both, each) for each in days[0]]
    assert parallel(earlier, EndedForTheNext(), tmp_path)[0] is Outcome.INCONCLUSIVE


@pytest.mark.parametrize(
    ("without", "beside_v2", "outcome"),
    [
        ([], [], Outcome.INCONCLUSIVE),
        ([], [10], Outcome.INCONCLUSIVE),
        ([], [100], Outcome.PASSED),
        ([300], [100], Outcome.PASSED),
        ([300], [10], Outcome.INCONCLUSIVE),
        ([60], [10], Outcome.FAILED),
        ([10], [], Outcome.FAILED),
    ],
)
def test_an_announced_end(
    without: list[int], beside_v2: list[int], outcome: Outcome, plain: Report, both: Report, tmp_path: Path
) -> None:
    earlier = [(plain, days) for days in without] + [(both, days) for days in beside_v2]
    if not earlier:
        report = recorded(SunsetSoon(), _VERSIONS)
        assert "VER-3" in reasons(report, outcome)
        return
    assert parallel(earlier, SunsetSoon(), tmp_path)[0] is outcome


def test_an_end_without_anything_to_go_on_with() -> None:
    report = recorded(SunsetWithoutNext())
    assert reasons(report, *_ALARM).keys() == {"VER-3"}
    assert "there is no /api/v2" in reasons(report, Outcome.FAILED)["VER-3"]
