"""What a mock's dashboard has that a service's has not: it is all for the user who runs the mock."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from starlette.requests import HTTPConnection

from oneinvoice_impl.mock.inbox import PATH, Inbox
from oneinvoice_impl.mock.origin import is_own
from oneinvoice_impl.settings import DEFAULT_ORIGIN

if TYPE_CHECKING:
    from oneinvoice_impl.mail import Mail

MAILBOX = "/_mock/mailbox"
_MOST_MAILS = 50


class Mailbox:
    """Takes the mails that a service would send, and keeps the newest in memory."""

    def __init__(self) -> None:
        self._mails: deque[Mail] = deque(maxlen=_MOST_MAILS)

    def send(self, mail: Mail) -> None:
        """Take it."""
        self._mails.appendleft(mail)

    def close(self) -> None:
        """There is nothing to close."""

    @property
    def mails(self) -> Sequence[Mail]:
        """The newest first."""
        return tuple(self._mails)


@dataclass(frozen=True, slots=True)
class Local:
    """`host` is the name or address that the mock was told to serve at, `admins` whom one can log in as.

    `origin` is where the mock reaches itself, whatever stands before it for others.
    """

    host: str
    admins: Collection[str]
    mailbox: Mailbox = field(default_factory=Mailbox)
    inbox: Inbox = field(default_factory=Inbox)
    origin: str = DEFAULT_ORIGIN

    @property
    def inbox_url(self) -> str:
        """What an endpoint must have as its URL to send to the inbox."""
        return self.origin + PATH

    def is_own(self, request: HTTPConnection) -> bool:
        """Whether the user sent it, and no web page of somebody else."""
        return is_own(request.headers, {self.host.lower(), request.scope["server"][0]})
