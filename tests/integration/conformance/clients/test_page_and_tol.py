"""Clients with one fault of pages or of tolerance, each in the trials that show it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from oneinvoice_conformance.clients.mock.controls import Data, MockControls
from oneinvoice_conformance.clients.mock.process import running_mock
from oneinvoice_conformance.clients.observation import Trial
from oneinvoice_conformance.clients.rules.rule import RULES, Observed
from oneinvoice_conformance.clients.scenarios.bodies import BAD_BODIES
from oneinvoice_conformance.clients.scenarios.control import CONTROL
from oneinvoice_conformance.clients.scenarios.page import COMING_AND_GOING, CUT_PAGES, FULL_LAST_PAGE, REPEATING_PAGE
from oneinvoice_conformance.clients.scenarios.scenario import SCENARIOS
from oneinvoice_conformance.clients.scenarios.tol import GREASE, NEW_VALUES
from oneinvoice_conformance.clients.subject import Client
from oneinvoice_conformance.clients.trials import Theatre
from oneinvoice_conformance.model.outcome import Outcome

from tests.clients.judging import faulty

RULE_SCENARIOS = {
    "PAGE-1": [],
    "PAGE-2": [CUT_PAGES],
    "PAGE-3": [FULL_LAST_PAGE, REPEATING_PAGE, COMING_AND_GOING],
    "PAGE-4": [COMING_AND_GOING],
    "TOL-1": [GREASE],
    "TOL-2": [NEW_VALUES],
    "TOL-3": [BAD_BODIES],
}


CONTROLS: dict[str, Trial] = {}
"""Trials without misbehaviour, by the name of the client."""


@pytest.fixture(scope="module")
def controls() -> Iterator[MockControls]:
    with running_mock() as url:
        yield MockControls(url)


def observed(controls: MockControls, name: str, folder: Path, rule: str) -> Observed:
    """Return what a client with a fault, or the correct one, does in the trials that a rule judges."""
    root = Path(__file__).parents[4]
    program = f"cd {root} && CLIENT_STORE={folder} PYTHONPATH={root}:$PYTHONPATH {faulty(name).program()}"
    client = Client(run=f"{program} sync", readback=f"{program} dump")
    theatre = Theatre(client, controls, 1)
    control = CONTROLS.get(name) or theatre.play(SCENARIOS[CONTROL], 0, Data(), None)
    CONTROLS[name] = control
    trials: dict[str, Trial] = {CONTROL: control}
    for index, scenario in enumerate(RULE_SCENARIOS[rule], 1):
        trials[scenario] = theatre.play(SCENARIOS[scenario], index, Data(members=420), control)
    return Observed(trials, client)


@pytest.mark.parametrize(
    ("rule", "name", "words"),
    [
        ("PAGE-1", "stops-at-fifty", "none from offset 50 on"),
        ("PAGE-1", "counts-pages-from-one", "none of offsets 0 to 49"),
        ("PAGE-2", "counts-pages-before", "never for what is between"),
        ("PAGE-2", "all-at-once", "read no more"),
        ("PAGE-3", "repeats-for-ever", "until it was stopped"),
        ("PAGE-3", "until-an-error", "past the end of members"),
        ("PAGE-4", "trusts-offsets", "never got 1"),
        ("TOL-1", "forbids-extra-fields", "it fails by fields that are new"),
        ("TOL-1", "needs-content-length", "it fails by a body in chunks"),
        ("TOL-2", "stops-at-unknown-status", "members"),
        ("TOL-2", "needs-paid-at", "invoices"),
        ("TOL-3", "salvages-cut-bodies", "a body"),
        ("TOL-3", "skips-what-is-no-json", "never got"),
        ("TOL-3", "data-wins", "503"),
    ],
)
def test_a_fault_fails(controls: MockControls, tmp_path: Path, rule: str, name: str, words: str):
    judgement = RULES[rule].judge(observed(controls, name, tmp_path, rule))
    assert (judgement.outcome, words in judgement.reason) == (Outcome.FAILED, True), judgement


@pytest.mark.parametrize("rule", RULE_SCENARIOS)
def test_a_correct_client_passes(controls: MockControls, tmp_path: Path, rule: str):
    judgement = RULES[rule].judge(observed(controls, "correct", tmp_path, rule))
    assert judgement.outcome is Outcome.PASSED, judgement


@pytest.mark.parametrize(
    ("rule", "name"),
    [
        ("PAGE-1", "status-by-status"),
        ("PAGE-2", "four-workers"),
        ("PAGE-2", "asks-for-five-hundred"),
        ("PAGE-3", "one-past-the-end"),
        ("PAGE-3", "overlapping-pages"),
        ("PAGE-4", "overlapping-pages"),
        ("TOL-1", "head-first"),
        ("TOL-1", "old-http"),
        ("TOL-3", "old-http"),
    ],
)
def test_a_freedom_passes(controls: MockControls, tmp_path: Path, rule: str, name: str):
    judgement = RULES[rule].judge(observed(controls, name, tmp_path, rule))
    assert judgement.outcome is Outcome.PASSED, judgement
