"""Declare a client to be a fault or a free variant, by a decorator; catalogue.py finds it in its folder."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from tests.clients.base.puller import Puller
from tests.clients.base.receiver import Receiver

# Looked up in a class itself and never in its bases, so that what is built on a fault is no fault by that.
DECLARED = "_declared"
C = TypeVar("C", bound=type[Puller] | type[Receiver])


@dataclass(frozen=True)
class Declared:
    """Client that differs from the correct one in one step, by the name of its class."""

    name: str
    description: str
    client: type[Puller] | type[Receiver]

    @property
    def puller(self) -> type[Puller]:
        return self.client if issubclass(self.client, Puller) else Puller

    @property
    def receiver(self) -> type[Receiver]:
        return self.client if issubclass(self.client, Receiver) else Receiver


@dataclass(frozen=True)
class Variant(Declared):
    """Client that is correct. The rules in `may_be_undecided` need not pass, and `takes` is for `--run-timeout`."""

    may_be_undecided: frozenset[str] = frozenset()
    takes: int | None = None


@dataclass(frozen=True)
class Fault(Declared):
    """Client with one fault, and the requirement (such as PACE-1) whose rule must catch it.

    The rules of the groups in `besides` may fail too, since it can't be had without breaking them.
    """

    rule: str = ""
    besides: frozenset[str] = frozenset()

    @property
    def group(self) -> str:
        return self.rule.partition("-")[0]

    @property
    def touches(self) -> str:
        """Groups of what it does otherwise may show in; the other half of it is the correct client."""
        return "KEY,PACE,PAGE,TOL" if issubclass(self.client, Puller) else "HOOK"


def fault(rule: str, description: str, *, besides: Iterable[str] = ()) -> Callable[[C], C]:
    """Declare that a client breaks this requirement, and none of another group but those in `besides`.

    >>> @fault("PACE-1", "retries after a fixed 0.2 s")
    ... class FixedRetry(Puller):
    ...     def wait_limited(self, answer, number):
    ...         return 0.2
    """
    return _declare(lambda client: Fault(name_of(client), description, client, rule, frozenset(besides)))


def variant(description: str, *, may_be_undecided: Iterable[str] = (), takes: int | None = None) -> Callable[[C], C]:
    """Declare that a client uses a freedom that the documentation leaves it, and breaks nothing.

    >>> @variant("reads pages of 10")
    ... class PagesOfTen(Puller):
    ...     limit = 10
    """
    return _declare(lambda client: Variant(name_of(client), description, client, frozenset(may_be_undecided), takes))


def _declare(declaration: Callable[[C], Declared]) -> Callable[[C], C]:
    def declare(client: C) -> C:
        setattr(client, DECLARED, declaration(client))
        return client

    return declare


def name_of(client: type) -> str:
    """Return the name for a command line: `FixedRetry` is named fixed-retry."""
    return re.sub(r"(?<=[a-z])(?=[A-Z0-9])|(?<=[A-Z0-9])(?=[A-Z][a-z])", "-", client.__name__).lower()
