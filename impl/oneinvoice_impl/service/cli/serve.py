"""`oneinvoice-service serve`."""

from __future__ import annotations

import os
from contextlib import ExitStack

import click

from oneinvoice_impl.command_line import SetupError, log_printably

MOST_WORKERS = 999


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen at.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8080,
    show_default=True,
    help="Port to listen at; 0 takes a free one.",
)
@click.option(
    "--workers",
    type=click.IntRange(1, MOST_WORKERS),
    default=1,
    envvar="ONEINVOICE_WORKERS",
    show_envvar=True,
    show_default=True,
    help="Processes that serve; more than one need PostgreSQL.",
)
def serve(host: str, port: int, workers: int) -> None:
    """Serve the API and the dashboard, and deliver webhooks, until Ctrl-C or SIGTERM."""
    from oneinvoice_impl.server.listener import ListenerProblem, base_url, listen
    from oneinvoice_impl.server.serving import configuration
    from oneinvoice_impl.server.serving import serve as serve_until_told
    from oneinvoice_impl.service.checks import webhooks_warning
    from oneinvoice_impl.service.environment import problems_told, service_settings
    from oneinvoice_impl.service.sole_service import used_alone
    from oneinvoice_impl.service.start import checked_database
    from oneinvoice_impl.service.worker_application import APPLICATION

    log_printably()
    # Each worker reads it, to know its part of a limit.
    os.environ["ONEINVOICE_WORKERS"] = str(workers)
    with ExitStack() as stack:
        try:
            listener = stack.enter_context(listen(host, port))
        except ListenerProblem as problem:
            raise SetupError(str(problem)) from problem
        with problems_told():
            stack.enter_context(used_alone(stack.enter_context(checked_database())))
            warning = webhooks_warning(service_settings())
        if warning is not None:
            click.echo(f"WARNING webhooks: {warning}", err=True)
        plural = "worker" if workers == 1 else "workers"
        ready = f"oneinvoice-service serves at {base_url(listener)} with {workers} {plural}."
        config = configuration(APPLICATION, workers=workers)
        if not serve_until_told(config, listener, lambda: click.echo(ready)):
            raise SetupError("A worker could not start; correct what it tells above, and start again.")
