"""`oneinvoice-conform listen`: show each delivery as it comes, and its problems."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

import click
import urllib3
from rich.console import Console
from rich.text import Text
from urllib3.exceptions import HTTPError

from oneinvoice_conformance.cli.verify import SECRET_VARIABLE
from oneinvoice_conformance.errors import UsageError
from oneinvoice_conformance.http.connection import pool_manager
from oneinvoice_conformance.http.delivery import Delivery
from oneinvoice_conformance.http.deployment import Deployment
from oneinvoice_conformance.http.failure import failure_from_exception
from oneinvoice_conformance.http.redaction import Redactor, without_secrets
from oneinvoice_conformance.http.transport import AT_ONCE
from oneinvoice_conformance.model.finding import Undecided
from oneinvoice_conformance.model.outcome import Outcome
from oneinvoice_conformance.options.webhook_options import parse_address
from oneinvoice_conformance.reports.files import STANDARD_OUTPUT, check_writable
from oneinvoice_conformance.reports.phrases import printable
from oneinvoice_conformance.reports.terminal import standard_output
from oneinvoice_conformance.rules.hook import WEBHOOK_JUDGES
from oneinvoice_conformance.webhooks.capture import to_line
from oneinvoice_conformance.webhooks.collector import WebhookEvidence
from oneinvoice_conformance.webhooks.receiver import Receiver, Reply

_FORWARD_TIMEOUT = 14.0  # seconds; a sender waits 15
_JUDGED_BY = ("HOOK-1", "HOOK-2", "HOOK-3", "HOOK-4", "HOOK-5")
# Hop-by-hop headers (RFC 9110, section 7.6.1), and those that the forwarding client sets itself.
_HOP_BY_HOP = {
    "connection",
    "keep-alive",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "host",
    "content-length",
}


@click.command("listen")
@click.option("--listen", "address", default="127.0.0.1:9401", show_default=True, metavar="HOST:PORT", help="Where.")
@click.option(
    "--secret-env", default=SECRET_VARIABLE, show_default=True, metavar="VAR", help="Variable that has the secret."
)
@click.option("--forward-to", metavar="URL", help="Send each delivery on to this URL, byte for byte.")
@click.option("--capture", type=click.Path(path_type=Path), help="Append each delivery to this file, for `verify`.")
def listen_command(address: str, secret_env: str, forward_to: str | None, capture: Path | None) -> None:
    """Show each webhook delivery, whether it is right, and why a signature fails. Ctrl-C ends it."""
    secret = os.environ.get(secret_env, "")
    if forward_to and (urlsplit(forward_to).scheme not in ("http", "https") or not urlsplit(forward_to).hostname):
        raise UsageError(f"'{forward_to}' is no URL to forward to; write it like http://127.0.0.1:8000/hook.")
    if capture == STANDARD_OUTPUT:
        raise UsageError("--capture appends to a file; name one.")
    if capture:
        check_writable(capture)
    watcher = Watcher(standard_output(), secret, forward_to, capture)
    with Receiver(*parse_address(address), watcher.answer) as receiver:
        watcher.say(f"Listening at {receiver.url} until you press Ctrl-C.")
        if not secret:
            watcher.say(f"Signatures are not checked: put the webhook's secret into {secret_env}.")
        try:
            while True:
                receiver.wait(lambda: False, 1.0)
        except KeyboardInterrupt:
            watcher.say(f"{len(receiver.deliveries)} deliveries came.")


class Watcher:
    """Handler of deliveries: prints, captures, forwards and answers each one. Safe for use by several threads."""

    def __init__(self, out: Console, secret: str, forward_to: str | None = None, capture: Path | None = None) -> None:
        self._out, self._secret, self._forward_to, self._capture = out, secret, forward_to, capture
        self._redact = Redactor(Deployment("", {}, webhook_secret=secret))
        self._pool = pool_manager(_FORWARD_TIMEOUT, None, AT_ONCE)
        self._lock = threading.Lock()

    def say(self, line: str) -> None:
        self._out.print(line, highlight=False, markup=False)

    def answer(self, delivery: Delivery) -> Reply:
        """Return the reply of the forwarding address; 200 without one, 502 if it can't be reached."""
        status, forwarded = self._forward(delivery) if self._forward_to else (200, "")
        with self._lock:
            if self._capture:
                with self._capture.open("a", encoding="utf-8") as file:
                    file.write(to_line(delivery))
            self._print(delivery, forwarded)
        return Reply(status)

    def _print(self, delivery: Delivery, forwarded: str) -> None:
        when = time.strftime("%H:%M:%S", time.localtime(delivery.received))
        problems = find_problems(delivery, self._secret)
        mark = ("✗", "red") if problems else ("✓", "green") if self._secret else ("?", "yellow")
        event = self._shown(delivery.event or "(no event)")
        request = self._shown(f"{delivery.method} {delivery.target}")
        reply = f"  → {forwarded}" if forwarded else ""
        line = f"  {request}  {len(delivery.body)} bytes{reply}"
        self._out.print(Text.assemble(f"{when} ", mark, " ", (event, "bold"), line), soft_wrap=True)
        for problem in problems:
            self._out.print(Text(f"           {self._shown(problem)}", "red"), soft_wrap=True)

    def _shown(self, text: str) -> str:
        """Return what a sender wrote without the secret, and without what would command a terminal."""
        return printable(self._redact(text))

    def _forward(self, delivery: Delivery) -> tuple[int, str]:
        headers = urllib3.HTTPHeaderDict()
        for name, value in delivery.headers:
            if name.lower() not in _HOP_BY_HOP:
                headers.add(name, value)
        try:
            response = self._pool.request(
                delivery.method, self._forward_to or "", body=delivery.body, headers=headers, redirect=False,
                preload_content=False, timeout=urllib3.Timeout(total=_FORWARD_TIMEOUT),
            )  # fmt: skip
            response.close()  # the status is all that the sender gets
        except HTTPError as error:
            failure = failure_from_exception(error, _FORWARD_TIMEOUT)
            return 502, f"{without_secrets(self._forward_to or '')} can't be reached: {failure}"
        return response.status, str(response.status)


def find_problems(delivery: Delivery, secret: str) -> list[str]:
    """Return the problems of a delivery, a sentence each; without a secret its signature is not looked at."""
    evidence = WebhookEvidence((delivery,), secret)
    problems = []
    for id in _JUDGED_BY:
        if id == "HOOK-4" and not secret:
            continue
        try:
            finding = WEBHOOK_JUDGES[id](evidence)
        except Undecided:
            continue
        if finding.outcome is Outcome.FAILED:
            problems.append(f"{id}: {finding.reason}")
    return problems
