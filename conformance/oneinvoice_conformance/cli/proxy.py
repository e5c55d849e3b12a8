"""`oneinvoice-conform proxy`: forward a client's requests to a deployment, and judge each exchange as it passes."""

from __future__ import annotations

import os
import signal
import socket
import sys
from functools import partial
from pathlib import Path
from types import FrameType
from typing import NoReturn

import click
from click.core import ParameterSource
from oneinvoice_openapi.register import register
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
    only: str | None, skip: str | None, map_file: Path | None,
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
    judging = JudgingOptions(only=only, skip=skip, map_file=map_file)
    rows = register()
    Scope.parse(rows, only, skip).requirements(rows)
    read_names(rows, map_file)
    read_lists(map_file)
    if har:
        check_writable(har)
    with listening_socket(*parse_address(address)) as listener:
        onlooker = Onlooker(upstream.origin, judging, standard_output(taken=har == STANDARD_OUTPUT), har)
        onlooker.say(f"Forwarding {_base_url(listener, deployment)} to {deployment.base} until you press Ctrl-C.")
        forwarder = Forwarder(listener, deployment, timeout)
    _look_on(forwarder, onlooker)
    _finish(onlooker, har)


def _look_on(forwarder: Forwarder, onlooker: Onlooker) -> None:
    """Judge what passes, until a signal comes or nobody reads what is shown."""
    signals = []
    if hasattr(os, "nice"):
        os.nice(_YIELDING)

    def stop(number: int, _frame: FrameType | None) -> None:
        signals.append(number)
        forwarder.stop()

    before = {each: signal.signal(each, stop) for each in map(_number_of, _STOPPING) if each}
    try:
        if nobody_reads():
            forwarder.stop()
        for item in forwarder.items():
            onlooker.take(item)
            if nobody_reads():
                forwarder.stop()
            if len(signals) > 1:  # nobody waits for what is not judged yet
                onlooker.say("Stopped before all that passed was judged.")
                break
    finally:
        forwarder.close()
        for each, handler in before.items():
            signal.signal(each, handler)


def _number_of(name: str) -> int | None:
    return getattr(signal, name, None)


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
