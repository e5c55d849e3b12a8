"""The page of the mails that a mock didn't send."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from oneinvoice_impl.mock.mailbox import Mailbox
from oneinvoice_impl.mock_extension import MAILBOX_PATH
from oneinvoice_impl.web.rendering.pages import render
from oneinvoice_impl.web.routing import public


class MailboxPage:
    """Shows a mailbox to the user of the mock alone, since its links log in."""

    def __init__(self, mailbox: Mailbox, is_from_user: Callable[[HTTPConnection], bool]) -> None:
        self._mailbox = mailbox
        self._is_from_user = is_from_user

    def routes(self) -> Sequence[BaseRoute]:
        """Return its route."""
        return [public(MAILBOX_PATH, get=self.show)]

    async def show(self, request: Request) -> Response:
        """GET /_mock/mailbox."""
        if not self._is_from_user(request):
            raise HTTPException(
                HTTPStatus.FORBIDDEN,
                "The mailbox is for the user of the mock alone; open it at the mock's own address.",
            )
        return render(request, "mailbox.html", mails=self._mailbox.mails)
