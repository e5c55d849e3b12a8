"""A sample of correct deployments and of liars from their seeds; the whole campaigns in `make soak`."""

from __future__ import annotations

import os

import pytest

from tests.conformance.trust import clean, liars
from tests.conformance.trust.__main__ import main
from tests.conformance.trust.figures import measured
from tests.soak import soak_only

_THROUGH = {each["seed"] for each in measured().through}
_CLEAN = range(1, 61)
_LIARS = [seed for seed in range(1, 46) if seed not in _THROUGH][:40]
_JOBS = str(os.cpu_count() or 1)


@pytest.mark.parametrize("seed", _CLEAN)
def test_nothing_fails_on_a_correct_deployment(seed: int) -> None:
    result = clean.judge(seed)
    assert result.good, f"{result.does}: {result.reason}"


@pytest.mark.parametrize("seed", _LIARS)
def test_a_liar_is_caught(seed: int) -> None:
    result = liars.judge(seed)
    assert result.good, f"{result.does}: {result.verdict}, {result.failed}; {result.reason}"


def test_a_seed_makes_the_same_deployment_again() -> None:
    (area, lie, kind), (again, lie_again, kind_again) = liars.liar(17), liars.liar(17)
    assert (area, lie.does, kind.__mro__[1:]) == (again, lie_again.does, kind_again.__mro__[1:])


@soak_only
def test_three_thousand_clean_runs_are_without_an_alarm() -> None:
    assert main(["clean", "--runs", "3000", "--jobs", _JOBS]) == 0


@soak_only
def test_no_liar_gets_through_but_those_that_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    main(["liars", "--runs", str(sum(measured().liars.values())), "--jobs", _JOBS])
    told = [line for line in capsys.readouterr().out.splitlines() if line.startswith("NOT CAUGHT ")]
    assert {int(line.split()[2].rstrip(":")) for line in told} == _THROUGH
