"""`oneinvoice-service serve`."""

from __future__ import annotations

import logging
import os
from contextlib import ExitStack

import click

from oneinvoice_impl.command_line import SetupError
from oneinvoice_impl.service.cli.metrics_option import metrics_option

logger = logging.getLogger(__name__)

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
@metrics_option
def serve(host: str, port: int, workers: int, metrics: tuple[str, int] | None) -> None:
    """Serve the API and the dashboard, and deliver webhooks, until Ctrl-C or SIGTERM."""
    from oneinvoice_impl.server.listener import ListenerProblem, base_url, listen
    from oneinvoice_impl.server.serving import configuration
    from oneinvoice_impl.server.serving import serve as serve_until_told
    from oneinvoice_impl.service.checks import webhooks_warning
    from oneinvoice_impl.service.environment import problems_told, service_settings
    from oneinvoice_impl.service.observing.asked import must_have_extra
    from oneinvoice_impl.service.observing.exporter import metrics_served
    from oneinvoice_impl.service.observing.logs import begin_log
    from oneinvoice_impl.service.sole_service import used_alone
    from oneinvoice_impl.service.start import checked_database
    from oneinvoice_impl.service.worker_application import APPLICATION

    # Each worker reads it, to know its part of a limit.
    os.environ["ONEINVOICE_WORKERS"] = str(workers)
    with ExitStack() as stack:
        try:
            listener = stack.enter_context(listen(host, port))
        except ListenerProblem as problem:
            raise SetupError(str(problem)) from problem
        with problems_told():
            settings = service_settings()
            begin_log(settings.log)
            stack.enter_context(used_alone(stack.enter_context(checked_database())))
        warning = webhooks_warning(settings)
        if warning is not None:
            logger.warning("webhooks: %s", warning)
        must_have_extra()
        stack.enter_context(metrics_served(metrics, settings.database_url))
        plural = "worker" if workers == 1 else "workers"
        ready = f"oneinvoice-service serves at {base_url(listener)} with {workers} {plural}."
        config = configuration(APPLICATION, workers=workers)
        if not serve_until_told(config, listener, lambda: click.echo(ready)):
            raise SetupError("A worker could not start; correct what it tells above, and start again.")
