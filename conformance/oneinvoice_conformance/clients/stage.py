"""Stage of a trial: what a scenario acts on."""

from __future__ import annotations

import random
import re
import shlex
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from oneinvoice_conformance.clients.front.server import Front
from oneinvoice_conformance.clients.hooks.events import Events
from oneinvoice_conformance.clients.hooks.sender import Sender
from oneinvoice_conformance.clients.journal import Journal
from oneinvoice_conformance.clients.mock.controls import Sandbox
from oneinvoice_conformance.clients.observation import ProgramEnd, Readback, Trial
from oneinvoice_conformance.clients.program import Program, Programs, read_back
from oneinvoice_conformance.clients.subject import Client, Means
from oneinvoice_conformance.errors import KitError

Say = Callable[[str], None]
_PLACE = re.compile(r"""(["']?)\{(new|old)\}\1""")


class Stopped(Exception):
    """Raised in a scenario when the verdict was interrupted."""


class NotPlayed(KitError):
    """Raised by a scenario that can't be played to its end, with the reason, which leaves its rules undecided."""


@dataclass
class Stage:
    """Sandbox, front and receiver of one trial, and the client's programs.

    `control` is the trial without any misbehaviour, from which a scenario learns what the client does; None while that
    is played. `facts` are for the rules of the scenario. `sender` and `events` are there if the client has a receiver.
    `redact` takes secrets out of a text; `new_secret` is what `--rotate` gives the receiver for a while.
    """

    client: Client
    sandbox: Sandbox
    front: Front
    journal: Journal
    random: random.Random
    programs: Programs
    redact: Callable[[str], str]
    say: Say
    new_secret: str = field(default="", repr=False)
    control: Trial | None = None
    sender_or_none: Sender | None = None
    events_or_none: Events | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    end: ProgramEnd | None = None
    kept: Readback | None = None

    @property
    def sender(self) -> Sender:
        assert self.sender_or_none is not None
        return self.sender_or_none

    @property
    def events(self) -> Events:
        assert self.events_or_none is not None
        return self.events_or_none

    def run(self, origin: str | None = None, timeout: float | None = None) -> ProgramEnd:
        """Run the client's program to its end, and return that; it is the trial's.

        `origin` is another than the front's, `timeout` in seconds another than `--run-timeout`.
        """
        began = self.journal.clock()
        with self.started(origin) as program:
            end = self._awaited(program, timeout or self.client.run_timeout)
        self.end = replace(end, started=began)
        return self.end

    def run_until(self, decided: Callable[[], bool], what: str, origin: str | None = None) -> ProgramEnd:
        """Run the client's program until it ends, what it shows is decided, or `--run-timeout` is over.

        The end that is returned, which is the trial's, has no exit code where it was killed.
        """
        began = self.journal.clock()
        with self.started(origin) as program:
            self.wait_until(lambda: not program.is_running or decided(), self.client.run_timeout, what)
            self.end = replace(program.wait(0), started=began)
        return self.end

    @contextmanager
    def started(self, origin: str | None = None) -> Iterator[Program]:
        """Start the client's program for the context, and end it there."""
        assert self.client.run is not None
        program = self.programs.start(self.client.run, self.environment(origin), self.redact)
        try:
            yield program
        finally:
            self.programs.forget(program)

    def environment(self, origin: str | None = None) -> Mapping[str, str]:
        """Return the variables that the client's programs get."""
        secret = self.client.webhook_secret
        variables = {"ONEINVOICE_URL": origin or self.front.origin, "ONEINVOICE_KEY": self.sandbox.key}
        return variables | ({"ONEINVOICE_WEBHOOK_SECRET": secret} if secret else {})

    def readback(self) -> Readback | None:
        """Ask the client what it keeps; None if it can't be asked."""
        if self.client.readback is None:
            return None
        program = self.programs.start(self.client.readback, self.environment(), self.redact)
        try:
            end = self._awaited(program, self.client.run_timeout)
            self.kept = read_back(program.output()) if end.is_well else Readback(problem=f"it ended with {end}")
        finally:
            self.programs.forget(program)
        return self.kept

    def restart(self) -> None:
        """Run `--restart`, which leaves a receiver running. Raises `NotPlayed` if it fails, and `Stopped`."""
        assert self.client.restart is not None
        self.say("the receiver is killed and started again")
        self._command(Means.RESTART, self.client.restart, self.programs)

    def rotate(self, new: str, old: str) -> None:
        """Run `--rotate` with these secrets, of which the old one may be empty. Raises `NotPlayed` and `Stopped`."""
        self.say("the receiver gets another secret")
        self._rotate(new, old, self.programs)

    def give_back(self) -> None:
        """Run `--rotate` with the secret that the receiver had, even after Ctrl-C. Raises `NotPlayed`."""
        assert self.client.webhook_secret is not None
        self.say("the receiver gets its secret back")
        self._rotate(self.client.webhook_secret, "", Programs())

    def _rotate(self, new: str, old: str, programs: Programs) -> None:
        assert self.client.rotate is not None
        self._command(Means.ROTATE, filled(self.client.rotate, {"new": new, "old": old}), programs)

    def _command(self, means: Means, command: str, programs: Programs) -> None:
        """Run a command to its end, and leave what it started running."""
        program = programs.start(command, self.environment(), self.redact)
        try:
            end = program.wait(self.client.run_timeout, lasting=True)
        finally:
            programs.leave(program)
        if programs.stopped.is_set():
            raise Stopped
        if not end.is_well:
            raise NotPlayed(f"{means.value} did not work ({end})")

    def wait(self, seconds: float, what: str) -> None:
        """Wait so many seconds, and tell what for. Raises `Stopped`."""
        self.say(what)
        with self.journal.waiting(what):
            if self.programs.stopped.wait(seconds):
                raise Stopped

    def wait_until(self, done: Callable[[], bool], seconds: float, what: str) -> bool:
        """Wait until `done()`, so many seconds at most, and return whether it came to that. Raises `Stopped`."""
        self.say(what)
        with self.journal.waiting(what):
            limit = self.journal.clock() + seconds
            while not done():
                if self.journal.clock() > limit:
                    return False
                if self.programs.stopped.wait(0.05):
                    raise Stopped
        return True

    def _awaited(self, program: Program, seconds: float) -> ProgramEnd:
        end = program.wait(seconds)
        if self.programs.stopped.is_set():
            raise Stopped
        return end


def filled(command: str, values: Mapping[str, str]) -> str:
    """Return a command of the shell with values in the place of `{name}`, be that quoted in it or not.

    >>> filled("app set-secret {new} '{old}'", {"new": "whsec_1", "old": ""})
    "app set-secret whsec_1 ''"
    """
    return _PLACE.sub(lambda place: shlex.quote(values[place[2]]), command)
