"""Options of a verdict on a client."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import click

from oneinvoice_conformance.clients.mock.controls import Data
from oneinvoice_conformance.clients.subject import RUN_TIMEOUT, SETTLE, Client
from oneinvoice_conformance.documented import ENDPOINTS
from oneinvoice_conformance.errors import UsageError
from oneinvoice_conformance.options.types import Seconds

F = TypeVar("F", bound=Callable[..., Any])

_DURATION = re.compile(r"(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>s|m|h)?", re.ASCII)
_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, None: 1.0}
_FIXTURES = {".json": "application/json", ".yaml": "application/yaml", ".yml": "application/yaml"}


class Duration(click.ParamType[float]):
    """Time such as `90`, `90s`, `10m` or `1h`, in seconds."""

    name = "DURATION"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return the seconds. Raises `UsageError`."""
        match = _DURATION.fullmatch(str(value).strip())
        seconds = float(match["number"]) * _UNITS[match["unit"]] if match else 0.0
        if not 0 < seconds <= 86_400:
            raise UsageError(f"'{value}' is no time to watch for; write it like 90s, 10m or 1h, up to a day.")
        return seconds


def client_options(command: F) -> F:
    """Add the options to a command, which gets them as keyword arguments for `ClientOptions`."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


_OPTIONS = (
    click.option(
        "--run",
        metavar="CMD",
        help="Command that reads all members, quotes and invoices of $ONEINVOICE_URL with $ONEINVOICE_KEY, and ends "
        "with 0 when it has them all.",
    ),
    click.option("--hook", metavar="URL", help="Where the client's receiver of webhooks listens already."),
    click.option(
        "--webhook-secret",
        envvar="ONEINVOICE_WEBHOOK_SECRET",
        help="Secret that the receiver was given. $ONEINVOICE_WEBHOOK_SECRET",
    ),
    click.option(
        "--readback",
        metavar="CMD",
        help='Command that prints what the client keeps: {"members": {id: {…}}, …, "effects": {event_id: count}}.',
    ),
    click.option("--restart", metavar="CMD", help="Command that kills the receiver, and starts it again."),
    click.option("--rotate", metavar="'CMD {new} {old}'", help="Command that gives the receiver another secret."),
    click.option(
        "--scope",
        "lists",
        metavar="LISTS",
        default=",".join(ENDPOINTS),
        show_default=True,
        help="Lists that the client is meant to read.",
    ),
    click.option(
        "--run-timeout", type=Seconds(), default=RUN_TIMEOUT, show_default=True, help="Seconds that a command may take."
    ),
    click.option(
        "--settle",
        type=Seconds(),
        default=SETTLE,
        show_default=True,
        help="Seconds in which the effect of an event may come.",
    ),
    click.option("--mock", metavar="URL", help="A mock that runs, with controls; without, one is started."),
    click.option(
        "--fixtures",
        type=click.Path(path_type=Path),
        metavar="F",
        help="Data that the client needs, as oneinvoice-mock --fixtures takes it.",
    ),
    click.option(
        "--seed",
        type=click.IntRange(0, 2_000_000),
        default=1,
        show_default=True,
        help="What data and misbehaviour derive from, so that a failure repeats.",
    ),
    click.option(
        "--watch",
        type=Duration(),
        help="Judge for so long, such as 10m, what a running client happens to do at the mock of --mock.",
    ),
    click.option(
        "--replay",
        type=click.Path(path_type=Path),
        metavar="FILE.har",
        help="Judge a mock's journal, as oneinvoice-mock requests --har wrote it, without any request.",
    ),
    click.option("--self-test", is_flag=True, help="See whether a good client and a naive one come out as known."),
    click.option("--plan", is_flag=True, help="Show which scenarios would be played, and play none."),
)


@dataclass(frozen=True, slots=True)
class ClientOptions:
    """Options as given."""

    run: str | None
    hook: str | None
    webhook_secret: str | None = field(repr=False)
    readback: str | None
    restart: str | None
    rotate: str | None
    lists: str
    run_timeout: float
    settle: float
    mock: str | None
    fixtures: Path | None
    seed: int
    watch: float | None
    replay: Path | None
    self_test: bool
    plan: bool

    def client(self) -> Client:
        """Return the client under test. Raises `UsageError` for options that don't go together."""
        if not (self.run or self.hook):
            raise UsageError("Name the client: --run 'COMMAND' for what reads, --hook URL for what receives, or both.")
        for option, command in {
            "--run": self.run,
            "--readback": self.readback,
            "--restart": self.restart,
            "--rotate": self.rotate,
        }.items():
            if command is not None and not command.strip():
                raise UsageError(f"{option} is empty; give it a command, or leave it out.")
        if self.hook:
            _check_hook(self.hook)
            if not self.webhook_secret:
                raise UsageError("--hook needs --webhook-secret too: the secret that the receiver was given.")
        elif given := [name for name in ("restart", "rotate") if getattr(self, name)]:
            raise UsageError(f"--{given[0]} is for a receiver; give --hook too, or leave it out.")
        if self.rotate and "{new}" not in self.rotate:
            raise UsageError("--rotate needs {new} in its command, where the new secret is put, and may have {old}.")
        return Client(
            run=self.run,
            hook=self.hook,
            webhook_secret=self.webhook_secret if self.hook else None,
            readback=self.readback,
            restart=self.restart,
            rotate=self.rotate,
            lists=self._lists(),
            run_timeout=self.run_timeout,
            settle=self.settle,
        )

    def reported(self) -> dict[str, Any]:
        """Return the options that decide verdicts, without any secret."""
        names = ("run", "hook", "readback", "restart", "rotate", "lists", "run_timeout", "settle", "seed")
        return {name: getattr(self, name) for name in names}

    def data(self) -> Data:
        """Return the records of sandboxes. Raises `UsageError` for a file that can't be read."""
        if self.fixtures is None:
            return Data()
        kind = _FIXTURES.get(self.fixtures.suffix.lower())
        if kind is None:
            raise UsageError(f"{self.fixtures} is neither .json nor .yaml, as fixtures are; rename it.")
        try:
            return Data(fixtures=self.fixtures.read_bytes(), fixtures_type=kind)
        except OSError as error:
            raise UsageError(f"{self.fixtures} can't be read ({error.strerror}); name a file that can.") from error

    def _lists(self) -> tuple[str, ...]:
        names = [name.strip() for name in self.lists.split(",") if name.strip()]
        for name in names:
            if name not in ENDPOINTS:
                raise UsageError(f"--scope: '{name}' is no list; the lists are {', '.join(ENDPOINTS)}.")
        if not names:
            raise UsageError(f"--scope is empty; name one or more of {', '.join(ENDPOINTS)}.")
        return tuple(dict.fromkeys(names))


def _check_hook(url: str) -> None:
    try:
        parts = urlsplit(url)
        is_good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_good = False
    if not is_good or parts.username is not None:
        raise UsageError("--hook must be the URL at which the receiver listens, such as http://127.0.0.1:8000/hook.")
