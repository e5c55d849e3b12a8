"""Additions of a mock to the service: controls, a receiver of webhooks, a mailbox, and pages for both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from oneinvoice_fixtures.defaults import DEFAULT_SCALE, DEFAULT_SEED
from oneinvoice_fixtures.organisations import organisations
from oneinvoice_openapi.contract import operations
from starlette.requests import HTTPConnection
from starlette.routing import BaseRoute
from starlette.types import ASGIApp

from oneinvoice_impl.clock import SYSTEM_CLOCK, ManualClock
from oneinvoice_impl.mock.controls.clock import ClockControls
from oneinvoice_impl.mock.controls.data import DataControls
from oneinvoice_impl.mock.controls.description import DescriptionControls
from oneinvoice_impl.mock.controls.events import EventControls
from oneinvoice_impl.mock.controls.faults import FaultControls
from oneinvoice_impl.mock.controls.journal import JournalControls
from oneinvoice_impl.mock.controls.routing import routing, unknown
from oneinvoice_impl.mock.controls.sandboxes import SandboxControls, SandboxRegistry
from oneinvoice_impl.mock.controls.scenario import ScenarioControls
from oneinvoice_impl.mock.controls.state import StateControls
from oneinvoice_impl.mock.controls.webhooks import WebhookControls
from oneinvoice_impl.mock.faults.attempts import faulty_attempts
from oneinvoice_impl.mock.faults.middleware import Faults
from oneinvoice_impl.mock.faults.plan import FaultPlan
from oneinvoice_impl.mock.faults.sends import SendLog
from oneinvoice_impl.mock.inbox import PATH, Inbox
from oneinvoice_impl.mock.journal.journal import Journal, Journalled
from oneinvoice_impl.mock.mailbox import Mailbox
from oneinvoice_impl.mock.origin import is_from_user
from oneinvoice_impl.mock.seeded_ids import SeededIds
from oneinvoice_impl.mock.seeding import Seeded
from oneinvoice_impl.mock.state import MockState
from oneinvoice_impl.mock_extension import Backend
from oneinvoice_impl.server.app import Application, create_app
from oneinvoice_impl.server.components import Components
from oneinvoice_impl.settings import DEFAULT_ORIGIN, Settings
from oneinvoice_impl.store.database import Database
from oneinvoice_impl.webhooks.delivery_attempts import DeliveryAttempts
from oneinvoice_impl.webhooks.service import MakeAttempts

if TYPE_CHECKING:
    from oneinvoice_openapi.lifecycle.entries import Lifecycle

    from oneinvoice_impl.mock.proposals.proposal import Proposal

# What only pages need is imported with the first of them: whoever uses the API alone doesn't wait for it.


@dataclass(frozen=True, slots=True)
class LocalMock:
    """The mock's `MockExtension`. `host` is the name or address that it serves at, `hosts` are others that lead there.

    `clock` is what the application asks for the time, or None if that can't be moved. `origin` is where the mock
    reaches itself, whatever stands before it for others. `grease` is the seed of what differs in answers, if that does.
    `lifecycle` tells what is deprecated, if not the contract's own.
    `proposal` is the contract that is served in the place of the package's own.
    """

    host: str = "127.0.0.1"
    clock: ManualClock | None = None
    origin: str = DEFAULT_ORIGIN
    hosts: frozenset[str] = frozenset()
    grease: int | None = None
    seeded: Seeded = field(default_factory=lambda: Seeded(DEFAULT_SEED, DEFAULT_SCALE))
    ids: SeededIds | None = None
    sandboxes: SandboxRegistry | None = None
    lifecycle: Lifecycle | None = None
    proposal: Proposal | None = None
    mailer: Mailbox = field(default_factory=Mailbox, init=False)
    inbox: Inbox = field(default_factory=Inbox, init=False)
    sends: SendLog = field(default_factory=SendLog, init=False)
    faults: FaultPlan = field(init=False)
    journal: Journal = field(init=False)

    def __post_init__(self) -> None:
        clock = self.clock or SYSTEM_CLOCK
        object.__setattr__(self, "faults", FaultPlan(clock))
        object.__setattr__(self, "journal", Journal(clock))

    def application(self, settings: Settings, components: Components) -> Application:
        """Return the application with these additions. Raises as `create_app` does."""
        clock = self.clock or SYSTEM_CLOCK
        app = create_app(settings, clock=clock, components=components, extension=self, lifecycle=self.lifecycle)
        if self.ids is not None:
            app.database.use_ids(self.ids)
        return app

    @property
    def admins(self) -> Sequence[str]:
        """The admins of the seeded organisations."""
        return [each.admin for each in organisations(self.seeded.seed)]

    @property
    def notice(self) -> str | None:
        """A sentence on the contract that is served, if it is another."""
        return None if self.proposal is None else self.proposal.notice

    @property
    def inbox_url(self) -> str:
        """The URL that an endpoint has if it sends to the inbox."""
        return self.origin + PATH

    @property
    def templates(self) -> Path:
        """The folder beside the pages."""
        return Path(__file__).with_name("pages") / "templates"

    def wrap(self, api: ASGIApp, authored: dict[str, Any]) -> ASGIApp:
        """Return the API with faults and grease before it, and its requests in the journal."""
        ids = {path: operation["operationId"] for path, _, operation in operations(authored)}
        if self.proposal is not None:
            api = self.proposal.wrap(api)
        faulty: ASGIApp = Faults(api, self.faults, ids)
        if self.proposal is not None:
            faulty = self.proposal.wrap(faulty)  # problems that were asked for are as it describes them, too
        if self.grease is not None:
            from oneinvoice_impl.mock.grease.middleware import Grease

            faulty = Grease(faulty, self.grease)
        return Journalled(faulty, self.journal)

    def attempts(self, made: type[DeliveryAttempts], database: Database) -> MakeAttempts:
        """Return what makes attempts with faults."""
        return faulty_attempts(made, self.faults, self.sends, database)

    def routes(self, backend: Backend) -> Sequence[BaseRoute]:
        """Return the controls over the primary organisation, and where the inbox receives."""
        primary, other = organisations(self.seeded.seed)
        webhooks, state = backend.webhooks, self._state(backend)
        controls = [
            EventControls(webhooks, primary.id, self.proposal),
            WebhookControls(webhooks, primary.id, self.sends),
            FaultControls(self.faults, webhooks),
            ClockControls(webhooks, self.clock),
            DataControls(webhooks, (primary.id, other.id), self.proposal),
            JournalControls(self.journal, webhooks, self.origin),
            StateControls(state),
            ScenarioControls(state, (primary.id, other.id), self.proposal),
            DescriptionControls(webhooks),
            *(() if self.sandboxes is None else [SandboxControls(self.sandboxes)]),
        ]
        route = routing(self.is_from_user)
        known = [
            *(made for each in controls for made in each.routes(route)),
            *self.inbox.routes(self.is_from_user, backend.clock),
        ]
        return [*known, *unknown(route, known)]

    def pages(self) -> Sequence[BaseRoute]:
        """Return the pages of the inbox, and of the journal."""
        from oneinvoice_impl.mock.pages.inbox import InboxPages
        from oneinvoice_impl.mock.pages.requests import RequestPages

        journal = RequestPages(self.journal, self.sends, self.origin)
        return [*InboxPages(self.inbox, self.inbox_url).routes(), *journal.routes()]

    def mailbox_pages(self) -> Sequence[BaseRoute]:
        """Return the page of the mailbox."""
        from oneinvoice_impl.mock.pages.mailbox import MailboxPage

        return MailboxPage(self.mailer, self.admins, self.is_from_user).routes()

    def _state(self, backend: Backend) -> MockState:
        """Return the state of its application."""
        parts = self.faults, self.sends, self.journal, self.inbox, self.mailer
        return MockState(backend, self.seeded, self.clock, self.ids, *parts)

    def is_from_user(self, request: HTTPConnection) -> bool:
        """Tell whether the user sent a request, and no web page of somebody else."""
        # A socket of IPv6 tells addresses of IPv4 in its own way.
        served_at = str(request.scope["server"][0]).removeprefix("::ffff:")
        return is_from_user(request.headers, {self.host.lower(), served_at, *self.hosts})
