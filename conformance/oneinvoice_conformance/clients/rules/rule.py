"""Rules: functions from what was observed of a client to a judgement on one requirement."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from oneinvoice_conformance.clients.observation import ClientRequest, Evidence, SentDelivery, Trial
from oneinvoice_conformance.clients.scenarios.control import CONTROL
from oneinvoice_conformance.clients.subject import Client, Means
from oneinvoice_conformance.model.outcome import Outcome


@dataclass(frozen=True, slots=True)
class Observed:
    """Everything that was observed: the trials by scenario, and the client.

    `is_passive` says that they are traffic that just happened, of a journal or a recording, in one trial.
    """

    trials: Mapping[str, Trial]
    client: Client = field(default_factory=Client)
    is_passive: bool = False

    @property
    def control(self) -> Trial | None:
        """Trial without any misbehaviour; None if there is none."""
        return self.trials.get(CONTROL)

    def trial(self, scenario: str) -> Trial:
        """Return the trial of a scenario. Raises `Undecided` if it was not played, or not to its end."""
        trial = self.trials.get(scenario)
        if trial is None:
            raise Undecided(Judgement(Outcome.INCONCLUSIVE, "the scenario for it was not played"))
        if trial.problem:
            raise Undecided(inconclusive(trial.problem))
        return trial

    def __iter__(self) -> Iterator[Trial]:
        """Iterate over the trials that were played to their ends."""
        return (trial for trial in self.trials.values() if not trial.problem)

    def has(self, means: Means) -> bool:
        return means in self.client.means


@dataclass(frozen=True, slots=True)
class Judgement:
    """Judgement on a requirement: an outcome, the reason in a sentence without its end, and what shows it.

    `options` of a run would settle it.
    """

    outcome: Outcome
    reason: str
    evidence: tuple[Evidence, ...] = ()
    options: tuple[str, ...] = ()


class Undecided(Exception):
    """Raised where a requirement can't be judged, with the judgement in its place."""

    def __init__(self, judgement: Judgement) -> None:
        super().__init__(judgement.reason)
        self.judgement = judgement


Judge = Callable[[Observed], Judgement]


@dataclass(frozen=True, slots=True)
class Rule:
    """Rule for a requirement, by its id without the area. `is_passive` tells that it can judge traffic that happens."""

    id: str
    judge: Judge
    is_passive: bool


RULES: dict[str, Rule] = {}


def rule(id: str, *, passive: bool = False) -> Callable[[Judge], Judge]:
    """Register a function as the rule for a requirement."""

    def register(judge: Judge) -> Judge:
        assert id not in RULES
        RULES[id] = Rule(id, judge, passive)
        return judge

    return register


def passed(reason: str, *evidence: Evidence) -> Judgement:
    return Judgement(Outcome.PASSED, reason, evidence)


def failed(reason: str, *evidence: Evidence) -> Judgement:
    return Judgement(Outcome.FAILED, reason, evidence)


def inconclusive(reason: str, *evidence: Evidence) -> Judgement:
    return Judgement(Outcome.INCONCLUSIVE, reason, evidence)


def not_applicable(reason: str) -> Judgement:
    return Judgement(Outcome.NOT_APPLICABLE, reason)


def not_tested(reason: str, *means: Means) -> Judgement:
    """Return a judgement on what was not looked at; the `means` would supply what is missing."""
    return Judgement(Outcome.NOT_TESTED, reason, options=tuple(each.value for each in means))


def shown_by(trial: Trial, seen: Sequence[ClientRequest | SentDelivery] = ()) -> Evidence:
    """Return requests and deliveries of a trial as evidence."""
    return Evidence(
        trial.scenario,
        tuple(each.number for each in seen if isinstance(each, ClientRequest)),
        tuple(each.number for each in seen if isinstance(each, SentDelivery)),
    )
