"""Triggers of events: a command, or a person who is told what to do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from oneinvoice_conformance.errors import UsageError
from oneinvoice_conformance.shell import run_in_shell

PLACEHOLDER = "{event}"
TIMEOUT = 60.0  # seconds that a command may take


@dataclass(frozen=True, slots=True)
class TriggerAttempt:
    """Attempt to make an event happen. `problem` says why it failed, if that is known."""

    event: str
    problem: str | None = None
    certain: bool = True
    """False where it may not have happened although there was no problem, since a person was told to do it."""


class Trigger(Protocol):
    """Function that makes an event happen."""

    def __call__(self, event: str) -> TriggerAttempt: ...


class CommandTrigger:
    """Shell command in which `{event}` stands for the event's name. Raises `UsageError` if it does not."""

    def __init__(self, command: str, timeout: float = TIMEOUT) -> None:
        if PLACEHOLDER not in command:
            raise UsageError(f"--trigger needs {PLACEHOLDER} in its command, where the event's name is put.")
        self.command = command
        self.timeout = timeout

    def __call__(self, event: str) -> TriggerAttempt:
        problem = run_in_shell(self.command.replace(PLACEHOLDER, event), self.timeout)
        return TriggerAttempt(event, f"its trigger {problem}" if problem else None)


_STEPS = {
    "invoice.created": "create an invoice",
    "invoice.sent": "send an invoice to its customer",
    "invoice.paid": "mark an invoice as paid",
    "quote.created": "create a quote",
    "quote.sent": "send a quote to its customer",
    "quote.accepted": "accept a quote on its public page",
    "quote.rejected": "reject a quote on its public page",
}


class GuidedTrigger:
    """Instruction to a person at the terminal."""

    def __init__(self, show: Callable[[str], None]) -> None:
        self.show = show

    def __call__(self, event: str) -> TriggerAttempt:
        self.show(f"Now {_STEPS[event]} ({event}).")
        return TriggerAttempt(event, certain=False)
