"""Scenarios played to receivers that run, right and wrong ones."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from oneinvoice_conformance.clients.mock.controls import Data, MockControls
from oneinvoice_conformance.clients.observation import DeliveryKind, Trial
from oneinvoice_conformance.clients.rules.rule import RULES, Judgement, Observed, Undecided
from oneinvoice_conformance.clients.scenarios.hook.crash import CRASH
from oneinvoice_conformance.clients.scenarios.hook.forgeries import FORGERIES
from oneinvoice_conformance.clients.scenarios.hook.order import ORDER
from oneinvoice_conformance.clients.scenarios.hook.rotation import NEW_ALONE, ROTATION
from oneinvoice_conformance.clients.scenarios.scenario import SCENARIOS
from oneinvoice_conformance.clients.stage import Stopped
from oneinvoice_conformance.clients.subject import Client
from oneinvoice_conformance.clients.trials import Theatre
from oneinvoice_conformance.model.outcome import Outcome

from tests.clients.judging import ROOT, SECRET, environment_of, faulty, receiving


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a client keeps its state, as its programs are told."""
    folder = tmp_path / "store"
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("CLIENT_STORE", str(folder))
    return folder


@contextmanager
def receiver(name: str, store: Path, *, readback: bool = True) -> Iterator[Client]:
    """A client of which the receiver runs."""
    subject = faulty(name)
    with receiving(subject, store, environment_of(subject, store)) as hook:
        yield Client(
            hook=hook,
            webhook_secret=SECRET,
            readback=subject.program("dump") if readback else None,
            restart=subject.program("restart"),
            rotate=f"{subject.program('rotate')} {{new}} {{old}}",
            settle=3.0,
        )


def played(scenario: str, client: Client, controls: MockControls) -> Trial:
    return Theatre(client, controls, 1).play(SCENARIOS[scenario], 1, Data(few=2), None)


def judged(rule: str, trial: Trial, client: Client) -> Judgement:
    try:
        return RULES[rule].judge(Observed({trial.scenario: trial}, client))
    except Undecided as undecided:
        return undecided.judgement


@pytest.mark.parametrize(
    ("name", "readback", "outcome"),
    [
        ("correct", True, Outcome.PASSED),
        ("correct", False, Outcome.PASSED),
        ("start-of-signature", True, Outcome.FAILED),
        ("start-of-signature", False, Outcome.INCONCLUSIVE),
        ("forgeries-later", True, Outcome.FAILED),
    ],
)
def test_forgeries(name: str, readback: bool, outcome: Outcome, store: Path, controls: MockControls):
    with receiver(name, store, readback=readback) as client:
        trial = played(FORGERIES, client, controls)
    assert judged("HOOK-2", trial, client).outcome is outcome
    genuine = [each.number for each in trial.sent(DeliveryKind.GENUINE)]
    forged = [each.number for each in trial.sent(DeliveryKind.FORGED)]
    assert min(genuine) < min(forged) <= max(forged) < max(genuine)


@pytest.mark.parametrize(("name", "outcome"), [("correct", Outcome.PASSED), ("last-one-wins", Outcome.FAILED)])
def test_order(name: str, outcome: Outcome, store: Path, controls: MockControls):
    with receiver(name, store) as client:
        assert judged("HOOK-5", played(ORDER, client, controls), client).outcome is outcome


def test_a_receiver_is_killed_and_runs_again(store: Path, controls: MockControls):
    with receiver("correct", store) as client:
        before = json.loads((store / "receiver.json").read_text())["pid"]
        trial = played(CRASH, client, controls)
        assert json.loads((store / "receiver.json").read_text())["pid"] != before
    assert trial.readback
    assert set((trial.readback.effects or {}).values()) == {1}


def test_a_receiver_has_its_secret_back_after_a_rotation(store: Path, controls: MockControls):
    with receiver("correct", store) as client:
        trial = played(ROTATION, client, controls)
        assert json.loads((store / "secrets.json").read_text()) == [SECRET]
    assert not trial.problem
    assert [each.status for each in trial.sent(DeliveryKind.FORGED)] == [401]
    assert [each.status for each in trial.deliveries if each.form == NEW_ALONE] == [200, 200]


def test_a_receiver_has_its_secret_back_after_a_stop(store: Path, controls: MockControls):
    with receiver("correct", store) as client:
        theatre = Theatre(client, controls, 1)
        rotations: list[str] = []

        def stop_at_the_second(scenario: str, what: str | None) -> None:
            rotations.extend([what] if what == "the receiver gets another secret" else [])
            if len(rotations) == 2:
                theatre.programs.stop()

        stopped = Theatre(client, controls, 1, theatre.programs, stop_at_the_second)
        with pytest.raises(Stopped):
            stopped.play(SCENARIOS[ROTATION], 1, Data(few=2), None)
        assert json.loads((store / "secrets.json").read_text()) == [SECRET]
