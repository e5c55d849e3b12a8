"""Clients with one fault of the key or of waiting, each in the trial that shows it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from oneinvoice_conformance.clients.mock.controls import Data, MockControls
from oneinvoice_conformance.clients.mock.process import running_mock
from oneinvoice_conformance.clients.observation import Mark, Trial
from oneinvoice_conformance.clients.rules.rule import RULES, Observed
from oneinvoice_conformance.clients.scenarios.control import CONTROL
from oneinvoice_conformance.clients.scenarios.key import OTHER_HOST, OTHER_PORT, REVOKED, UNTRUSTED
from oneinvoice_conformance.clients.scenarios.pace import DATE, SECONDS, WORKERS
from oneinvoice_conformance.clients.scenarios.retries import BAD_REQUEST, NOT_FOUND, OUTAGE, UNTOLD
from oneinvoice_conformance.clients.scenarios.scenario import SCENARIOS
from oneinvoice_conformance.clients.subject import Client
from oneinvoice_conformance.clients.trials import Theatre
from oneinvoice_conformance.model.outcome import Outcome

from tests.clients.judging import faulty

FEW = Data(members=420)


@pytest.fixture(scope="module")
def controls() -> Iterator[MockControls]:
    with running_mock() as url:
        yield MockControls(url)


def theatre(controls: MockControls, name: str, folder: Path) -> Theatre:
    """Return the surroundings of a client with a fault, or of the correct one, whose store is in a folder."""
    root = Path(__file__).parents[4]
    command = f"cd {root} && CLIENT_STORE={folder} PYTHONPATH={root}:$PYTHONPATH {faulty(name).program('sync')}"
    return Theatre(Client(run=command), controls, 1)


def play(controls: MockControls, name: str, folder: Path, *scenarios: str) -> dict[str, Trial]:
    """Return the control of a client and its trials in these scenarios."""
    stage = theatre(controls, name, folder)
    control = stage.play(SCENARIOS[CONTROL], 0, FEW, None)
    return {CONTROL: control} | {
        scenario: stage.play(SCENARIOS[scenario], index, FEW, control) for index, scenario in enumerate(scenarios, 1)
    }


@pytest.mark.parametrize(
    ("rule", "name", "scenarios"),
    [
        ("KEY-2", "retries-refused-key", [REVOKED]),
        ("KEY-3", "refused-key-is-success", [REVOKED]),
        ("KEY-4", "port-is-no-origin", [OTHER_HOST, OTHER_PORT]),
        ("KEY-4", "loopback-is-one-origin", [OTHER_HOST]),
        ("KEY-5", "verifies-nothing", [UNTRUSTED]),
        ("KEY-5", "falls-back-to-plain-text", [UNTRUSTED]),
        ("PACE-1", "patient-once", [SECONDS]),
        ("PACE-2", "date-is-ignored", [DATE]),
        ("PACE-2", "date-is-no-number", [SECONDS, DATE]),
        ("PACE-3", "tight-loop", [UNTOLD]),
        ("PACE-4", "one-worker-waits", [WORKERS]),
        ("PACE-5", "skips-limited-page", [SECONDS]),
        ("PACE-6", "retries-not-found", [BAD_REQUEST, NOT_FOUND]),
        ("PACE-6", "never-retries", [BAD_REQUEST, NOT_FOUND, OUTAGE]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_fault_fails(controls: MockControls, tmp_path: Path, rule: str, name: str, scenarios: list[str]):
    judgement = RULES[rule].judge(Observed(play(controls, name, tmp_path, *scenarios)))
    assert judgement.outcome is Outcome.FAILED, judgement


def test_a_correct_client_passes(controls: MockControls, tmp_path: Path):
    trials = play(controls, "correct", tmp_path, REVOKED, OTHER_HOST, OTHER_PORT, UNTRUSTED, SECONDS, DATE)
    ids = ("KEY-1", "KEY-2", "KEY-3", "KEY-4", "KEY-5", "PACE-1", "PACE-2", "PACE-5")
    judgements = {id: RULES[id].judge(Observed(trials)) for id in ids}
    assert {id: each for id, each in judgements.items() if each.outcome is not Outcome.PASSED} == {}
    told = [request.answer_header("Retry-After") for request in trials[SECONDS].marked(Mark.LIMITED)]
    assert told == ["2", "1", "1"]  # a page twice, and the first of another list
    assert len({request.endpoint for request in trials[SECONDS].marked(Mark.LIMITED)}) == 2
