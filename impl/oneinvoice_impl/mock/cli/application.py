"""Application of a mock, put together as its command line is told."""

from __future__ import annotations

import os
from dataclasses import replace
from ipaddress import IPv4Network, IPv6Network
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from oneinvoice_impl.command_line import DatabaseUnreachable, SetupError, import_connexion

if TYPE_CHECKING:
    from oneinvoice_openapi.lifecycle.entries import Lifecycle

    from oneinvoice_impl.mock.defects.defect import Defect
    from oneinvoice_impl.mock.journal.findings import FindingsLog
    from oneinvoice_impl.mock.proposals.proposal import Proposal

# What only a mock that starts needs is imported there, so that each command starts as fast as it can.


class Reach(NamedTuple):
    """Place where the mock serves: the host it was told, its URL and the path there; for whom.

    `hosts` are other names that lead to it, `origins` those of pages that may read the API, and `networks` where
    webhooks may go to.
    """

    host: str
    url: str
    prefix: str
    hosts: frozenset[str]
    origins: frozenset[str]
    networks: frozenset[IPv4Network | IPv6Network]


class Changes(NamedTuple):
    """Changes of what the reference implementation answers.

    A defect, the seed of grease, another contract, what is deprecated if not by the package's lifecycle, and the
    version that there is a preview of.
    """

    defect: Defect | None
    grease: int | None
    proposal: Proposal | None
    lifecycle: Lifecycle | None
    preview: str | None


_PREVIEW_ALONE = (
    "The preview of {} (--preview, ONEINVOICE_PREVIEW) stands beside the API as it is; leave it out, or --defect, "
    "--grease and --contract."
)


def seeded_app(database: str, seeded: Any, reach: Reach, changes: Changes, findings: FindingsLog | None = None) -> Any:
    """Return the application, on a database that is filled. What clients do wrong is for `findings`, if given."""
    import_connexion()
    from oneinvoice_impl.mock.cli.filling import fill
    from oneinvoice_impl.mock.sandboxes.middleware import WithSandboxes
    from oneinvoice_impl.mock.sandboxes.registry import Sandboxes
    from oneinvoice_impl.settings import Settings, UnusableSetting
    from oneinvoice_impl.store.errors import UnreachableDatabase, UnusableDatabase
    from oneinvoice_impl.webhooks.secret_encryption import EncryptionProblem

    if changes.proposal is not None:
        seeded = replace(seeded, statuses=changes.proposal.statuses)
    try:
        settings = replace(Settings.from_environment(os.environ), database_url=database)
        settings = replace(settings, public_url=settings.public_url or reach.url, path_prefix=reach.prefix)
        settings = replace(settings, cors_origins=reach.origins, preview=changes.preview or settings.preview)
        if settings.preview and (changes.defect or changes.proposal or changes.grease is not None):
            raise SetupError(_PREVIEW_ALONE.format(settings.preview))
        networks = settings.webhook_networks | reach.networks
        settings = replace(settings, webhooks_to_loopback=True, webhook_networks=networks)
        mock = replace(_local_mock(settings, seeded, reach, changes), findings=findings)
        components = _components(changes)
        sandboxes = Sandboxes(settings, components, mock)
        app = replace(mock, sandboxes=sandboxes).application(settings, components)
        fill(app, seeded, is_alone=settings.is_only_process)
    except (UnusableSetting, UnusableDatabase, EncryptionProblem) as problem:
        raise SetupError(str(problem)) from problem
    except UnreachableDatabase as problem:
        raise DatabaseUnreachable(str(problem)) from problem
    if not settings.is_only_process:
        from oneinvoice_impl.mock.controls.clock import FIXED_CLOCK

        click.echo(f"WARNING {FIXED_CLOCK}", err=True)
    return WithSandboxes(app, sandboxes)


def _components(changes: Changes) -> Any:
    from oneinvoice_impl.server.components import DEFAULT

    if changes.proposal is not None:
        return changes.proposal.components(DEFAULT)
    components = DEFAULT if changes.defect is None else changes.defect.components
    if changes.grease is None:
        return components
    from oneinvoice_impl.mock.grease.events import with_greased_events

    return with_greased_events(components, changes.grease)


def _local_mock(settings: Any, seeded: Any, reach: Reach, changes: Changes) -> Any:
    from oneinvoice_impl.clock import ManualClock
    from oneinvoice_impl.mock.extension import LocalMock
    from oneinvoice_impl.mock.seeded_ids import SeededIds
    from oneinvoice_impl.store.database import ends_with_process

    return LocalMock(
        reach.host,
        ManualClock() if settings.is_only_process else None,
        reach.url + reach.prefix,
        reach.hosts,
        changes.grease,
        seeded,
        proposal=changes.proposal,
        lifecycle=changes.lifecycle,
        # Those of a database that outlives the process would come again in the next one.
        ids=SeededIds(seeded.seed) if ends_with_process(settings.database_url) else None,
    )
