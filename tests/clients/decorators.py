"""Declare a client to be a fault, by a decorator; catalogue.py finds it in its folder."""

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
class Fault:
    """Client with one fault, and the requirement (such as PACE-1) whose rule must catch it.

    The rules of the groups in `besides` may fail too, since it can't be had without breaking them.
    """

    name: str
    rule: str
    description: str
    client: type[Puller] | type[Receiver]
    besides: frozenset[str] = frozenset()

    @property
    def group(self) -> str:
        return self.rule.partition("-")[0]

    @property
    def puller(self) -> type[Puller]:
        return self.client if issubclass(self.client, Puller) else Puller

    @property
    def receiver(self) -> type[Receiver]:
        return self.client if issubclass(self.client, Receiver) else Receiver


def fault(rule: str, description: str, *, besides: Iterable[str] = ()) -> Callable[[C], C]:
    """Declare that a client breaks this requirement, and none of another group but those in `besides`.

    >>> @fault("PACE-1", "retries after a fixed 0.2 s")
    ... class FixedRetry(Puller):
    ...     def wait_limited(self, answer, number):
    ...         return 0.2
    """

    def declare(client: C) -> C:
        setattr(client, DECLARED, Fault(name_of(client), rule, description, client, frozenset(besides)))
        return client

    return declare


def name_of(client: type) -> str:
    """Return the name for a command line: `FixedRetry` is named fixed-retry."""
    return re.sub(r"(?<=[a-z])(?=[A-Z0-9])|(?<=[A-Z0-9])(?=[A-Z][a-z])", "-", client.__name__).lower()
