"""Runner: the control first, then the other scenarios, then each rule on all that was observed."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from dataclasses import dataclass, field

from oneinvoice_openapi.register import Requirement

from oneinvoice_conformance.clients import rules as rules
from oneinvoice_conformance.clients import scenarios as scenarios
from oneinvoice_conformance.clients.control import check, fewer, fitted, takes_too_long
from oneinvoice_conformance.clients.mock.controls import Data, MockControls
from oneinvoice_conformance.clients.mock.process import running_mock
from oneinvoice_conformance.clients.observation import Trial
from oneinvoice_conformance.clients.report import ClientReport
from oneinvoice_conformance.clients.rules.judging import PREFIX, judge_all
from oneinvoice_conformance.clients.rules.rule import Observed
from oneinvoice_conformance.clients.scenarios.control import CONTROL
from oneinvoice_conformance.clients.scenarios.scenario import SCENARIOS, Scenario
from oneinvoice_conformance.clients.stage import Stopped
from oneinvoice_conformance.clients.subject import Client, Means
from oneinvoice_conformance.clients.trials import Theatre
from oneinvoice_conformance.model.contract import Contract
from oneinvoice_conformance.model.scope import Scope

_LANES = 4  # trials side by side, where nothing is read back


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of a verdict: the URL of a running mock, or None to start one; the seed; and the records."""

    mock: str | None = None
    seed: int = 1
    data: Data = field(default_factory=Data)


def scenarios_for(rows: Sequence[Requirement], client: Client) -> list[Scenario]:
    """Return the scenarios that show something of the rows, and that can be played, without the control."""
    ids = {row.id.removeprefix(PREFIX) for row in rows}
    playable = (each for each in SCENARIOS.values() if each.needs <= client.means and each.name != CONTROL)
    return [each for each in playable if ids & set(each.requirements)]


def judge_client(
    client: Client,
    contract: Contract,
    scope: Scope,
    rows: Sequence[Requirement],
    settings: Settings,
    tell: Callable[[str, str | None], None] = lambda scenario, what: None,
) -> ClientReport:
    """Play the scenarios for the rows, and judge these.

    Raises `DoesNotWork`, `UsageError` or `Unreachable` where there is no client, or no mock, to judge with.
    """
    started, began = time.time(), time.monotonic()
    trials: dict[str, Trial] = {}
    notes: list[str] = []
    interrupted = False
    with ExitStack() as stack:
        controls = MockControls(settings.mock or stack.enter_context(running_mock()))
        controls.check()
        theatre = Theatre(client, controls, settings.seed, tell=tell)
        try:
            control, data = _control(theatre, settings.data, notes)
            trials[CONTROL] = control
            _play_all(theatre, scenarios_for(rows, client), data, control, trials)
        except (KeyboardInterrupt, Stopped):
            interrupted = True
        finally:
            theatre.programs.stop()
    results, evidence = judge_all(rows, Observed(trials, client))
    return ClientReport(
        client=client.label,
        depth="readback" if Means.READBACK in client.means else "run",
        contract=contract,
        scope=scope,
        results=results,
        trials=tuple(trials.values()),
        evidence=evidence,
        started=started,
        seconds=time.monotonic() - began,
        interrupted=interrupted,
        notes=tuple(notes),
    )


def judge_trials(
    client: Client,
    contract: Contract,
    scope: Scope,
    rows: Sequence[Requirement],
    trials: Sequence[Trial],
    depth: str,
    *,
    notes: Sequence[str] = (),
    seconds: float = 0.0,
    interrupted: bool = False,
) -> ClientReport:
    """Judge traffic that happened: of a `watch`, or a `recording`."""
    by_name = {trial.scenario: trial for trial in trials}
    results, evidence = judge_all(rows, Observed(by_name, client, is_passive=True))
    return ClientReport(
        client=client.label,
        depth=depth,
        contract=contract,
        scope=scope,
        results=results,
        trials=tuple(trials),
        evidence=evidence,
        started=time.time() - seconds,
        seconds=seconds,
        interrupted=interrupted,
        notes=tuple(notes),
    )


def _control(theatre: Theatre, data: Data, notes: list[str]) -> tuple[Trial, Data]:
    """Return the control, and the data that fits the client. Raises `DoesNotWork` or `UsageError`."""
    scenario = SCENARIOS[CONTROL]
    control = theatre.play(scenario, 0, data, None)
    if takes_too_long(control) and data.fixtures is None:
        data = fewer(data)
        notes.append(f"the client did not read all records within --run-timeout, so each list has {data.few}")
        control = theatre.play(scenario, 0, data, None)
    check(control, theatre.client)
    return control, fitted(control, data)


def _play_all(
    theatre: Theatre, scenarios: Sequence[Scenario], data: Data, control: Trial, trials: dict[str, Trial]
) -> None:
    """Play the scenarios into `trials`: side by side, but those with the receiver or a readback one after another."""
    numbered = list(enumerate(scenarios, 1))
    one_by_one = [each for each in numbered if each[1].has_receiver or Means.READBACK in theatre.client.means]
    beside = [each for each in numbered if each not in one_by_one]

    def play(index: int, scenario: Scenario) -> None:
        trials[scenario.name] = theatre.play(scenario, index, data, control)

    def play_one_by_one() -> None:
        for index, scenario in one_by_one:
            play(index, scenario)

    lanes = min(_LANES, 2 * (os.cpu_count() or 1))
    with ThreadPoolExecutor(max_workers=lanes + 1) as threads:
        futures: list[Future[None]] = [threads.submit(play_one_by_one)]
        futures += [threads.submit(play, index, scenario) for index, scenario in beside]
        try:
            done, _ = wait(futures, return_when=FIRST_EXCEPTION)
        except BaseException:
            theatre.programs.stop()
            for future in futures:
                future.cancel()
            raise
        if failures := [error for future in done if (error := future.exception())]:
            theatre.programs.stop()
            for future in futures:
                future.cancel()
            raise failures[0]
