"""`oneinvoice-conform proxy`: forward a client's requests to a deployment, and judge each exchange as it passes."""

from __future__ import annotations

import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import FrameType
from typing import NoReturn

import click
from click.core import ParameterSource
from oneinvoice_openapi.streams import nobody_reads

from oneinvoice_conformance.cli.onlooker import Onlooker
from oneinvoice_conformance.http.deployment import Deployment, parse_url
from oneinvoice_conformance.http.forwarding.process import Forwarder
from oneinvoice_conformance.http.forwarding.upstream import Upstream
from oneinvoice_conformance.model.scope import Scope
from oneinvoice_conformance.options.config_file import read_lists, read_names
from oneinvoice_conformance.options.run_options import JudgingOptions, check_connection, forwarding_options
from oneinvoice_conformance.options.types import Seconds
from oneinvoice_conformance.options.webhook_options import parse_address
from oneinvoice_conformance.reports.files import STANDARD_OUTPUT, check_writable, written
from oneinvoice_conformance.reports.terminal import standard_output
from oneinvoice_conformance.webhooks.receiver import listening_socket

_TIMEOUT = 60.0  # seconds, as proxies wait: longer than a client that waits itself
_YIELDING = 10  # of niceness: what judges is to take no time from what forwards
_STOPPING = ("SIGINT", "SIGTERM", "SIGHUP")  # the last is not everywhere


@click.command("proxy")
@click.argument("url", envvar="ONEINVOICE_URL")
@click.option("--listen", "address", default="127.0.0.1:9402", show_default=True, metavar="HOST:PORT", help="Where.")
@click.option("--har", type=click.Path(path_type=Path), help="Write what passed as an HTTP archive, for `replay`.")
@forwarding_options
@click.option(
    "--timeout",
    type=Seconds(),
    default=_TIMEOUT,
    show_default=True,
    help="Seconds to wait for a connection, and for each further byte of an answer.",
)
@click.pass_context
def proxy_command(
    context: click.Context, /, url: str, address: str, har: Path | None, timeout: float,
    only: str | None, skip: str | None, contract: str | None, map_file: Path | None,
    ca_file: str | None, cert: str | None, cert_key: str | None, proxy: str | None,
) -> None:  # fmt: skip
    """Forward a client's requests to the deployment at URL, and judge each exchange by itself. Ctrl-C ends it.

    The client gets the printed base URL in the place of the deployment's. Requests and answers pass as they come, but
    for Host and what is of one connection alone. Each exchange is marked ✓ where what it decides is right, ✗ where a
    requirement fails by it, ? where something is left open, and · where nothing is judged.

    Exit codes: 0 nothing failed, 1 a requirement failed, 2 usage, 4 the deployment answered nothing.
    """
    if cert_key and not cert and context.get_parameter_source("cert_key") is ParameterSource.ENVIRONMENT:
        cert_key = None  # of another run
    check_connection(cert, cert_key, proxy)
    deployment = Deployment(parse_url(url), {}, ca_file=ca_file, cert=cert, cert_key=cert_key, proxy=proxy)
    upstream = Upstream(deployment, timeout)
    judging = JudgingOptions(only=only, skip=skip, contract=contract, map_file=map_file)
    rows = judging.judged_by().register
    Scope.parse(rows, only, skip).requirements(rows)
    read_names(rows, map_file)
    read_lists(map_file)
    if har:
        check_writable(har)
    with listening_socket(*parse_address(address)) as listener, _signals() as signals:
        onlooker = Onlooker(upstream.origin, judging, standard_output(taken=har == STANDARD_OUTPUT), har)
        forwarder = Forwarder(listener, deployment, timeout)
        if hasattr(os, "nice"):
            os.nice(_YIELDING)
        by = f", judged by contract {contract}" if contract else ""
        onlooker.say(f"Forwarding {_base_url(listener, deployment)} to {deployment.base} until you press Ctrl-C{by}.")
        _look_on(forwarder, onlooker, signals)
    _finish(onlooker, har)


@contextmanager
def _signals() -> Iterator[Signals]:
    """Have those that end a process be noted within the context, and told to who listens."""
    signals = Signals()
    numbers = [getattr(signal, name) for name in _STOPPING if hasattr(signal, name)]
    before = {number: signal.signal(number, signals.note) for number in numbers}
    try:
        yield signals
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class Signals:
    """Count of the signals that came, with what the first is to do."""

    def __init__(self) -> None:
        self.count = 0
        self._react: Callable[[], None] = lambda: None

    def note(self, _number: int, _frame: FrameType | None) -> None:
        self.count += 1
        self._react()

    def listen(self, react: Callable[[], None]) -> None:
        """Call `react` for each signal, those that have come already included."""
        self._react = react
        if self.count:
            react()


def _look_on(forwarder: Forwarder, onlooker: Onlooker, signals: Signals) -> None:
    """Judge what passes, until a signal comes or nobody reads what is shown."""
    signals.listen(forwarder.stop)
    try:
        if nobody_reads():
            forwarder.stop()
        for item in forwarder.items():
            onlooker.take(item)
            if nobody_reads():
                forwarder.stop()
            if signals.count > 1:
                onlooker.say("Stopped at once: what had passed and was not judged yet is not counted.")
                break
        if not (signals.count or nobody_reads()):
            onlooker.faults += 1
            onlooker.say("The process that forwards has ended by itself; start the proxy again, and report this.")
    finally:
        forwarder.close()


def _base_url(listener: socket.socket, deployment: Deployment) -> str:
    """Return what the client gets in the place of the deployment's base, whose path stays."""
    host, port = listener.getsockname()[:2]
    path = deployment.base.split("/", 3)[3:]
    return "/".join([f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}", *path])


def _finish(onlooker: Onlooker, har: Path | None) -> NoReturn:
    """Write the archive, tell what passed, and exit."""
    archive = onlooker.archive
    texts = {har: partial(archive.parts, onlooker.secrets)} if har and archive else {}
    with written(texts) as paths:
        for line in onlooker.summary():
            onlooker.say(line)
        for path in paths:
            kept = f"the first {archive.count:,} of them" if archive and archive.is_full else "all of them"
            onlooker.say(f"archive: {path} ({kept}); judge them together: oneinvoice-conform replay {path}")
    sys.exit(onlooker.exit_code)
