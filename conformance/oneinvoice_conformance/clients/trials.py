"""Trials: play one scenario on a stage that is set for it, and return all that was seen."""

from __future__ import annotations

import random
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

from oneinvoice_conformance.clients.front.server import Front
from oneinvoice_conformance.clients.hooks.bodies import AS_THE_API
from oneinvoice_conformance.clients.hooks.events import events_of
from oneinvoice_conformance.clients.hooks.sender import Sender
from oneinvoice_conformance.clients.journal import Journal
from oneinvoice_conformance.clients.mock.controls import Data, MockControls
from oneinvoice_conformance.clients.observation import Trial, Truth
from oneinvoice_conformance.clients.program import Programs
from oneinvoice_conformance.clients.scenarios.control import FORM
from oneinvoice_conformance.clients.scenarios.scenario import Scenario
from oneinvoice_conformance.clients.stage import NotPlayed, Stage
from oneinvoice_conformance.clients.subject import Client, Means
from oneinvoice_conformance.http.credentials import Role
from oneinvoice_conformance.http.deployment import Deployment
from oneinvoice_conformance.http.redaction import Redactor

_SPREAD = 1000  # seeds of sandboxes between those of two verdicts


@dataclass(frozen=True, slots=True)
class Theatre:
    """Surroundings that all trials of a verdict share. `seed` is what their choices derive from.

    `tell` shows what is going on in a scenario, None once that has ended. `new_secret` is what a receiver is given for
    a while, and is nobody's else.
    """

    client: Client
    controls: MockControls
    seed: int
    programs: Programs = field(default_factory=Programs)
    tell: Callable[[str, str | None], None] = lambda scenario, what: None
    new_secret: str = field(default_factory=lambda: f"whsec_{secrets.token_hex(24)}", repr=False)

    def play(self, scenario: Scenario, index: int, data: Data, control: Trial | None) -> Trial:
        """Play a scenario, the `index`-th of the verdict, with its own records. Raises `Stopped`."""
        try:
            return self._played(scenario, index, data, control)
        finally:
            self.tell(scenario.name, None)

    def _played(self, scenario: Scenario, index: int, data: Data, control: Trial | None) -> Trial:
        seed = self.seed * _SPREAD + index
        chosen = scenario.data(control, data) if control is not None else data
        with self._stage(scenario, seed, chosen, control) as stage:
            records = stage.sandbox.records()
            problem = ""
            try:
                scenario.play(stage)
            except NotPlayed as error:
                problem = str(error)
            stage.front.settle()
            stood = _stood(records, stage.sandbox.records())
            return Trial(
                scenario=scenario.name,
                title=scenario.title,
                seed=seed,
                started=stage.journal.started,
                seconds=stage.journal.clock(),
                delay=stage.front.delay,
                requests=stage.journal.requests,
                deliveries=stage.journal.deliveries,
                waits=stage.journal.waits,
                program=stage.end,
                readback=stage.kept,
                truth=Truth(records, stood),
                facts=stage.facts,
                problem=problem,
            )

    @contextmanager
    def _stage(self, scenario: Scenario, seed: int, data: Data, control: Trial | None) -> Iterator[Stage]:
        journal = Journal()
        source = random.Random(seed)  # noqa: S311
        with ExitStack() as stack:
            sandbox = stack.enter_context(self.controls.sandbox(seed, data))
            front = stack.enter_context(Front(sandbox, journal))
            stage = Stage(
                client=self.client,
                sandbox=sandbox,
                front=front,
                journal=journal,
                random=source,
                programs=self.programs,
                redact=_redactor(sandbox.key, self.client, self.new_secret),
                say=lambda what: self.tell(scenario.name, what),
                new_secret=self.new_secret,
                control=control,
            )
            secret = self.client.webhook_secret
            if Means.HOOK in self.client.means and (scenario.has_receiver or control is None):
                assert self.client.hook is not None
                assert secret is not None
                form = control.facts.get(FORM, AS_THE_API) if control is not None else AS_THE_API
                stage.sender_or_none = Sender(self.client.hook, secret, journal, source)
                stage.events_or_none = stack.enter_context(events_of(sandbox, secret, form))
            yield stage


def _stood(
    before: Mapping[str, Mapping[str, Any]], after: Mapping[str, Mapping[str, Any]]
) -> dict[str, frozenset[str]]:
    """Return the ids of what stood throughout, by list."""
    return {name: frozenset(records) & frozenset(after[name]) for name, records in before.items()}


def _redactor(key: str, client: Client, new_secret: str) -> Callable[[str], str]:
    """Return what takes the key out of a text, and both secrets."""
    known = Redactor(Deployment("", {Role.PRIMARY: key}, webhook_secret=client.webhook_secret))
    new = Redactor(Deployment("", {}, webhook_secret=new_secret))
    return lambda text: new(known(text))
