"""Declare a deployment to be a fault or a free variant, by a decorator; catalogue.py finds it in its folder."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from tests.miniatures.deployment import Deployment

# Looked up in a class itself and never in its bases, so that what is built on a fault is no fault by that.
DECLARED = "_declared"
D = TypeVar("D", bound="type[Deployment]")


class Run(Enum):
    """The kind of run that shows what a deployment does."""

    READ = "a run without the rate limit, which asks little"
    WHOLE = "a run that measures the rate limit too, and so has room for more"
    GENERATED = "requests that nobody thought of"
    RATE = "more than 60 requests in a minute"
    HOOKS = "deliveries to a webhook; the API is read as ever"
    EARLIER = "a run that knows an earlier report"


_RUN_OF_AREA = {"RATE": Run.RATE, "HOOK": Run.HOOKS}


@dataclass(frozen=True)
class Variant:
    """A correct deployment that uses a freedom of the documentation; `deployment()` is a fresh one.

    The rules in `undecided` are never decided on it; those in `may_be_undecided` can be, at times. Unless it is
    `comparable`, two runs see too little of some list to tell a change.
    """

    name: str
    description: str
    deployment: type[Deployment]
    run: Run
    undecided: frozenset[str] = frozenset()
    may_be_undecided: frozenset[str] = frozenset()
    comparable: bool = True

    @property
    def rules(self) -> tuple[str, ...]:
        """Rules that its declaration names, in order."""
        return tuple(sorted(self.undecided | self.may_be_undecided))


@dataclass(frozen=True)
class Fault:
    """A deployment with one fault, and the rule (its id in the register) that must catch it.

    The rules in `besides` fail too, since it can't be had without breaking them.
    """

    name: str
    rule: str
    description: str
    deployment: type[Deployment]
    run: Run
    besides: frozenset[str] = frozenset()

    @property
    def rules(self) -> tuple[str, ...]:
        """Rules that its declaration names, the one that it is a fault of first."""
        return (self.rule, *sorted(self.besides))

    @property
    def area(self) -> str:
        return self.rule.partition("-")[0]


def fault(rule: str, *, shown_by: Run | None = None, besides: Iterable[str] = ()) -> Callable[[D], D]:
    """Declare that a deployment breaks this requirement and those in `besides`, and none of another area.

    `shown_by` is the kind of run that it takes to see that, where it isn't the usual one of the requirement's area.

    >>> @fault("MEM-4")
    ... class NoMaximum(Deployment):
    ...     "A limit of any size is honoured."
    """
    run = shown_by or _RUN_OF_AREA.get(rule.partition("-")[0], Run.READ)

    def declare(deployment: D) -> D:
        declared = Fault(_name(deployment), rule, _description(deployment), deployment, run, frozenset(besides))
        setattr(deployment, DECLARED, declared)
        return deployment

    return declare


def variant(
    *,
    shown_by: Run = Run.READ,
    undecided: Iterable[str] = (),
    may_be_undecided: Iterable[str] = (),
    comparable: bool = True,
) -> Callable[[D], D]:
    """Declare that a deployment uses a freedom that the documentation leaves, and breaks nothing.

    `undecided` are the rules that must say that they can't judge it, `may_be_undecided` those that may; every other
    rule must pass. `comparable` is False where a run of VER-2 alone sees nothing of some list, so that it has nothing
    to compare with an earlier report.

    >>> @variant(undecided=("ORG-1",))
    ... class NamesAlone(Deployment):
    ...     "Members are told by their name alone."
    """

    def declare(deployment: D) -> D:
        declared = Variant(
            _name(deployment),
            _description(deployment),
            deployment,
            shown_by,
            frozenset(undecided),
            frozenset(may_be_undecided),
            comparable,
        )
        setattr(deployment, DECLARED, declared)
        return deployment

    return declare


def _name(deployment: type[Deployment]) -> str:
    """Return the name for a command line: `OpenMembers` is named open-members."""
    return re.sub(r"(?<=[a-z])(?=[A-Z0-9])|(?<=[A-Z0-9])(?=[A-Z][a-z])", "-", deployment.__name__).lower()


def _description(deployment: type[Deployment]) -> str:
    return inspect.cleandoc(deployment.__doc__ or "").partition("\n")[0]
