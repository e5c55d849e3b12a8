"""Kinds of rules: probes, which ask a deployment, and audits, which judge the answers to all probes.

A run goes through the probes first, step by step, and then through the audits, each in the register's order.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

from oneinvoice_conformance.model.contract import Contract
from oneinvoice_conformance.model.finding import Finding, not_tested
from oneinvoice_conformance.session.rule_context import RuleContext

Judge = Callable[[RuleContext], Finding]


class Step(Enum):
    """Steps of a run, in their order.

    Nobody knows whether a limiter counts a request that is refused as bad, so that the rate limit is measured after
    what is served and before what may get a 4xx.
    """

    READ = auto()
    OVERLOAD = auto()
    BAD_INPUT = auto()
    AUDIT = auto()


@dataclass(frozen=True, slots=True)
class Rule:
    """Function that judges the requirement `id`, and the step of a run in which it does."""

    id: str
    judge: Judge
    step: Step

    @property
    def is_audit(self) -> bool:
        """Tell whether the rule judges every answer of a run, so that alone it would have next to nothing to judge."""
        return self.step is Step.AUDIT


def probe(id: str, step: Step = Step.READ) -> Callable[[Judge], Rule]:
    """Make a rule of a function that asks a deployment, and judges the answers it gets."""
    return lambda judge: Rule(id, judge, step)


def audit(id: str) -> Callable[[Judge], Rule]:
    """Make a rule of a function that judges the answers to all probes; it may send a request again."""
    return lambda judge: Rule(id, judge, Step.AUDIT)


def without_rule(contract: Contract) -> Finding:
    """Return the finding on a requirement of a contract that the kit has no rule for, so that it stays undecided."""
    if contract.is_release:
        return not_tested(
            f"this version of the kit has no rule any more for what contract {contract.version} asks; judge it by hand"
        )
    return not_tested("this version of the kit has no rule for it yet; judge it by hand")
