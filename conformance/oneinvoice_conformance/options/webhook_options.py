"""Options by which a run receives webhooks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import urlsplit

import click

from oneinvoice_conformance.engine.effective_options import WEBHOOK_VARIABLES
from oneinvoice_conformance.errors import UsageError
from oneinvoice_conformance.options.types import Seconds
from oneinvoice_conformance.webhooks.collector import WebhookCollector
from oneinvoice_conformance.webhooks.receiver import Receiver
from oneinvoice_conformance.webhooks.triggers import CommandTrigger, GuidedTrigger, Trigger

F = TypeVar("F", bound=Callable[..., Any])

_TIMEOUT = 30.0  # seconds for a machine
_GUIDED_TIMEOUT = 120.0  # seconds for a person


def parse_address(text: str) -> tuple[str, int]:
    """Parse HOST:PORT, or a port alone on loopback; port 0 takes a free one. Raises `UsageError`."""
    host, _, port = text.strip().rpartition(":")
    if not port.isascii() or not port.isdecimal() or int(port) > 65_535:
        raise UsageError(f"'{text}' is no address to listen at; write it like 127.0.0.1:9401.")
    return host.strip("[]") or "127.0.0.1", int(port)


def check_hook_url(url: str) -> None:
    """Raise `UsageError` for a URL that can't have been registered as a webhook."""
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        good = False
    if not good:
        raise UsageError(f"'{url}' is no URL of a webhook; write it like https://tunnel.example/hook.")
    if parts.username is not None or parts.password is not None:
        raise UsageError("The URL of a webhook with a user name or password ends up in logs; register one without.")


def webhook_options(command: F) -> F:
    """Add the options to a command, which gets them as keyword arguments for `WebhookOptions`."""
    for option in reversed(
        (
            click.option("--webhook-secret", help="Secret of the registered webhook. $ONEINVOICE_WEBHOOK_SECRET"),
            click.option("--listen", metavar="HOST:PORT", help="Receive deliveries here."),
            click.option("--public-url", help="URL that was registered, if not that of --listen."),
            click.option("--trigger", metavar="'COMMAND {event}'", help="Command that makes an event happen."),
            click.option("--guided", is_flag=True, help="Tell a person what to do in the dashboard instead."),
            click.option(
                "--webhook-timeout",
                type=Seconds(),
                help="Seconds to wait for an event.  [default: 30; 120 with --guided]",
            ),
        )
    ):
        command = option(command)
    return command


@dataclass(frozen=True, slots=True)
class WebhookOptions:
    """Options of webhooks as given; with none but the secret a run has no webhooks."""

    webhook_secret: str | None = field(repr=False, default=None)
    listen: str | None = None
    public_url: str | None = None
    trigger: str | None = None
    guided: bool = False
    webhook_timeout: float | None = None

    @property
    def are_given(self) -> bool:
        """Tell whether a run is to judge webhooks. The secret alone doesn't: it may be set for another command."""
        return bool(self.listen or self.trigger or self.guided or self.public_url)

    @property
    def trigger_kind(self) -> str:
        """Means by which events are made to happen: `guided` or `trigger`."""
        return "guided" if self.guided else "trigger"

    @property
    def timeout(self) -> float:
        """Seconds that an event is waited for."""
        return self.webhook_timeout or (_GUIDED_TIMEOUT if self.guided else _TIMEOUT)

    @property
    def variables(self) -> dict[str, str | None]:
        """Options that are secret or of one machine, by environment variable."""
        return dict(
            zip(WEBHOOK_VARIABLES, (self.webhook_secret, self.listen, self.public_url, self.trigger), strict=True)
        )

    @contextmanager
    def collector(
        self, say: Callable[[str], None], progress: Callable[[str, float], None]
    ) -> Iterator[WebhookCollector | None]:
        """Listen for deliveries within the context. `say` prints a line, `progress` shows what is waited for.

        Raises `UsageError` for options that don't go together, or an address that can't be had.
        """
        if not self.are_given:
            yield None
            return
        trigger, secret, listen = self._trigger(say), self.webhook_secret, self.listen
        if not secret or not listen:
            missing = "--webhook-secret" if not secret else "--listen"
            raise UsageError(f"To judge webhooks give {missing} too: the secret of the webhook and where to listen.")
        if self.public_url:
            check_hook_url(self.public_url)
        with Receiver(*parse_address(listen)) as receiver:
            yield WebhookCollector(
                receiver, secret, trigger, url=self.public_url, timeout=self.timeout, progress=progress
            )

    def _trigger(self, say: Callable[[str], None]) -> Trigger:
        if self.trigger and self.guided:
            raise UsageError("--trigger and --guided exclude each other; leave one of them out.")
        if self.trigger:
            return CommandTrigger(self.trigger)
        if self.guided:
            return GuidedTrigger(say)
        raise UsageError("To judge webhooks give --trigger or --guided too, to make events happen.")
