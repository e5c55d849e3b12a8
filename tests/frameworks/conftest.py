"""Verdicts on the deployments of the selected tests, judged side by side since most of the time goes in waiting."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.frameworks.cases import Case
from tests.frameworks.judging import Run, judge
from tests.frameworks.starting import NODE_MODULES, deployment

AT_ONCE = 24


@pytest.fixture(autouse=True, scope="session")
def _installed() -> None:
    if not NODE_MODULES.exists():
        pytest.fail("The frameworks are not installed here; run `tox run -e frameworks`.", pytrace=False)


@pytest.fixture(scope="session")
def judged(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, _installed: None
) -> Iterator[Callable[[Case], Run]]:
    """Yield what gives the verdict on a case; those of all selected tests are begun at once, the longest first."""
    tests = [item for item in request.session.items if "judged" in getattr(item, "fixturenames", ())]
    cases: list[Case] = sorted((test.callspec.params["case"] for test in tests), key=lambda case: case.is_quick)
    pool = ThreadPoolExecutor(AT_ONCE)
    try:
        runs = {case.id: pool.submit(_judge, case, tmp_path_factory.mktemp("deployment")) for case in cases}
        yield lambda case: runs[case.id].result()
    finally:
        pool.shutdown(cancel_futures=True)


def _judge(case: Case, folder: Path) -> Run:
    with deployment(case.deployment, case.mistake, folder, case.workers) as url:
        return judge(url, folder, *case.options.split())
