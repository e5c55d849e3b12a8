"""`oneinvoice-conform listen`: show each delivery as it comes, and its problems."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import click
import urllib3
from oneinvoice_openapi.printable import printable
from oneinvoice_openapi.streams import nobody_reads
from rich.console import Console
from rich.text import Text
from urllib3.exceptions import HTTPError

from oneinvoice_conformance.cli.verify import SECRET_VARIABLE
from oneinvoice_conformance.documented import SIGNATURE_HEADER
from oneinvoice_conformance.errors import UsageError
from oneinvoice_conformance.http.connection import pool_manager
from oneinvoice_conformance.http.delivery import Delivery
from oneinvoice_conformance.http.deployment import Deployment
from oneinvoice_conformance.http.failure import failure_from_exception
from oneinvoice_conformance.http.redaction import Redactor, without_secrets
from oneinvoice_conformance.http.transport import AT_ONCE
from oneinvoice_conformance.model.contract import contract_of
from oneinvoice_conformance.model.finding import Finding, Undecided
from oneinvoice_conformance.model.outcome import Outcome
from oneinvoice_conformance.options.run_options import contract_option
from oneinvoice_conformance.options.webhook_options import parse_address
from oneinvoice_conformance.reports.files import STANDARD_OUTPUT, check_writable
from oneinvoice_conformance.reports.terminal import standard_output
from oneinvoice_conformance.rules.hook import WEBHOOK_JUDGES
from oneinvoice_conformance.webhooks.capture import to_line
from oneinvoice_conformance.webhooks.collector import WebhookEvidence
from oneinvoice_conformance.webhooks.receiver import Receiver, Reply
from oneinvoice_conformance.webhooks.signing import verify_signature
from oneinvoice_conformance.wording import of_system

_FORWARD_TIMEOUT = 14.0  # seconds; a sender waits 15
_STYLES = {"✓": "green", "✗": "red", "?": "yellow", "·": "bright_black"}
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
@contract_option
def listen_command(
    address: str, secret_env: str, forward_to: str | None, capture: Path | None, contract: str | None
) -> None:
    """Show each webhook delivery, whether it is right, and why a signature fails. Ctrl-C ends it.

    Each is marked ✓ where all that one delivery shows is right, ✗ where something is wrong, ? where something is left
    open, and · where the request claims to be no delivery, as a probe of the address.
    """
    secret = os.environ.get(secret_env, "")
    if forward_to and (urlsplit(forward_to).scheme not in ("http", "https") or not urlsplit(forward_to).hostname):
        raise UsageError(f"'{forward_to}' is no URL to forward to; write it like http://127.0.0.1:8000/hook.")
    if capture == STANDARD_OUTPUT:
        raise UsageError("--capture appends to a file; name one.")
    if capture:
        check_writable(capture)
    watcher = Watcher(standard_output(), secret, forward_to, capture, judged_by(contract))
    with Receiver(*parse_address(address), watcher.answer, watcher.tell) as receiver:
        by = f", judged by contract {contract}" if contract else ""
        watcher.say(f"Listening at {receiver.url} until you press Ctrl-C{by}.")
        if not secret:
            watcher.say(f"Signatures are not checked: put the webhook's secret into {secret_env}.")
        try:
            while not nobody_reads():
                receiver.wait(lambda: watcher.failure is not None, 1.0)
                if watcher.failure:
                    raise watcher.failure
        except KeyboardInterrupt:
            watcher.say(f"{len(receiver.deliveries)} requests came.")


def judged_by(contract: str | None) -> tuple[str, ...]:
    """Return the requirements that one delivery decides and a release has. Raises `UsageError` for no release."""
    if contract is None:
        return _JUDGED_BY
    return tuple(row.id for row in contract_of(contract).register.requirements if row.id in _JUDGED_BY)


class Watcher:
    """Handler of deliveries: prints, captures, forwards and answers each one. Safe for use by several threads.

    `failure` is why a delivery could not be captured, if one could not.
    """

    def __init__(
        self,
        out: Console,
        secret: str,
        forward_to: str | None = None,
        capture: Path | None = None,
        ids: Sequence[str] = _JUDGED_BY,
    ) -> None:
        self._out, self._secret, self._forward_to, self._capture = out, secret, forward_to, capture
        self._ids = ids
        self._redact = Redactor(Deployment("", {}, webhook_secret=secret))
        self._pool = pool_manager(_FORWARD_TIMEOUT, None, AT_ONCE)
        self._lock = threading.Lock()
        self.failure: UsageError | None = None

    def say(self, line: str) -> None:
        self._out.print(printable(line), highlight=False, markup=False)

    def tell(self, sentence: str) -> None:
        """Print what came and is no delivery."""
        with self._lock:
            self._out.print(Text(f"{_time_of(time.time())} ! {self._shown(sentence)}", "yellow"), soft_wrap=True)

    def answer(self, delivery: Delivery) -> Reply:
        """Return the reply of the forwarding address; 200 without one, 502 if it can't be reached."""
        status, forwarded = self._forward(delivery) if self._forward_to else (200, "")
        with self._lock:
            self._keep(delivery)
            self._print(delivery, forwarded)
        return Reply(status)

    def _keep(self, delivery: Delivery) -> None:
        if self._capture is None:
            return
        try:
            with self._capture.open("a", encoding="utf-8") as file:
                file.write(to_line(delivery))
        except OSError as error:
            why = f"{self._capture} can't be written to ({of_system(error)})"
            self.failure = UsageError(f"{why}; make room or name another file, and start again.")

    def _print(self, delivery: Delivery, forwarded: str) -> None:
        judged = judge(delivery, self._secret, self._ids)
        style = _STYLES[judged.mark]
        event = self._shown(delivery.event or "(no event)")
        request = self._shown(f"{delivery.method} {delivery.target}")
        reply = f"  → {self._shown(forwarded)}" if forwarded else ""
        line = f"  {request}  {len(delivery.body)} bytes{reply}"
        head = (f"{_time_of(delivery.received)} ", (judged.mark, style), " ", (event, "bold"), line)
        self._out.print(Text.assemble(*head), soft_wrap=True)
        for sentence in judged.sentences:
            self._out.print(Text(f"           {self._shown(sentence)}", style), soft_wrap=True)

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


@dataclass(frozen=True, slots=True)
class Judged:
    """Judgement of one delivery: a mark for the eye, and a sentence for each thing that is wrong or left open."""

    mark: str
    sentences: tuple[str, ...] = ()


def judge(delivery: Delivery, secret: str, ids: Sequence[str] = _JUDGED_BY) -> Judged:
    """Judge one delivery by the rules of requirements that one decides; without a secret its signature is left open.

    A request that claims to be a delivery by nothing, such as a probe by GET, is not judged.
    """
    evidence = WebhookEvidence((delivery,), secret)
    if not evidence.recognised:
        return Judged("·", ("no delivery: it has neither a body nor the headers of one, as a probe of the address",))
    findings = {id: _finding(id, evidence) for id in ids if secret or id != "HOOK-4"}
    if problems := _sentences(findings, Outcome.FAILED):
        return Judged("✗", problems)
    if all(finding.outcome is Outcome.NOT_TESTED for finding in findings.values()):
        verifies = verify_signature(delivery.body, delivery.header(SIGNATURE_HEADER) or "", secret)
        signature = f"; its signature {'verifies' if verifies else 'does not verify'}" if secret else ""
        return Judged("?", (f"not judged, since '{delivery.event}' is no documented event{signature}",))
    left_open = _sentences(findings, Outcome.INCONCLUSIVE, Outcome.NOT_TESTED)
    return Judged("?", left_open) if left_open or not secret else Judged("✓")


def _finding(id: str, evidence: WebhookEvidence) -> Finding:
    try:
        return WEBHOOK_JUDGES[id](evidence)
    except Undecided as undecided:
        return undecided.finding


def _sentences(findings: Mapping[str, Finding], *outcomes: Outcome) -> tuple[str, ...]:
    return tuple(f"{id}: {finding.reason}" for id, finding in findings.items() if finding.outcome in outcomes)


def _time_of(moment: float) -> str:
    return time.strftime("%H:%M:%S", time.localtime(moment))
