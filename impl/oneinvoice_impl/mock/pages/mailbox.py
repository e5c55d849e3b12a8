"""The page of the mails that a mock didn't send, and the login without one."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from oneinvoice_impl.mock.mailbox import Mailbox
from oneinvoice_impl.mock_extension import LOGIN_PATH, MAILBOX_PATH
from oneinvoice_impl.store.accounts.users import ensure_user
from oneinvoice_impl.web.accounts.login import log_in
from oneinvoice_impl.web.forms import Form
from oneinvoice_impl.web.rendering.pages import redirect, render
from oneinvoice_impl.web.routing import public


class MailboxPage:
    """Shows a mailbox to the user of the mock alone, since its links log in; logs in as an admin with a click."""

    def __init__(
        self, mailbox: Mailbox, admins: Collection[str], is_from_user: Callable[[HTTPConnection], bool]
    ) -> None:
        self._mailbox = mailbox
        self._admins = admins
        self._is_from_user = is_from_user

    def routes(self) -> Sequence[BaseRoute]:
        """Return its routes."""
        return [public(MAILBOX_PATH, get=self.show), public(LOGIN_PATH, post=self.log_in)]

    async def show(self, request: Request) -> Response:
        """GET /_mock/mailbox."""
        self._check(request)
        return render(request, "mailbox.html", mails=self._mailbox.mails)

    async def log_in(self, request: Request) -> Response:
        """POST /_mock/login: without a mail, as one of the admins that there is data for."""
        self._check(request)
        email = Form.from_request(request)["email"]
        if email not in self._admins:
            raise HTTPException(HTTPStatus.BAD_REQUEST, f"There is data for {' and '.join(self._admins)} alone.")
        await log_in(request, lambda connection, at: ensure_user(connection, email, at))
        return redirect(request, "/")

    def _check(self, request: Request) -> None:
        """Raise `HTTPException` (403) for a request that isn't the user's."""
        if not self._is_from_user(request):
            raise HTTPException(
                HTTPStatus.FORBIDDEN,
                "The mailbox and its login are for the user of the mock alone; open them at the mock's own address, or "
                "at one that --allow-host names.",
            )
