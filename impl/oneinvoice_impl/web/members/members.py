"""Look through the members, and add one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from oneinvoice_impl.domain.email import kept_address
from oneinvoice_impl.domain.ids import new_id
from oneinvoice_impl.domain.member import STATUSES, Member, problems
from oneinvoice_impl.domain.text_line import folded
from oneinvoice_impl.store.records.record_browser import ALL_STATUSES
from oneinvoice_impl.store.types import Connection
from oneinvoice_impl.web.forms import Form
from oneinvoice_impl.web.lists import ListPage, filters, requested_page, requested_status
from oneinvoice_impl.web.rendering.pages import redirect, render
from oneinvoice_impl.web.routing import private
from oneinvoice_impl.web.services import services_of
from oneinvoice_impl.web.session import current_user

LABELS = {status: status.capitalize() for status in STATUSES}
IS_MEMBER = "There is a member with this address already."


async def show(request: Request) -> Response:
    """GET /members."""
    user, status = current_user(request), requested_status(request, STATUSES)

    def query(connection: Connection) -> tuple[dict[str, int], ListPage, Sequence[Any]]:
        counts = user.browse.counts(connection, "members", STATUSES)
        page = requested_page(request, status, counts[status or ALL_STATUSES])
        return counts, page, user.browse.newest(connection, "members", page.part, status)

    counts, page, rows = await services_of(request).read(query)
    choices = filters(LABELS, counts, page)
    return render(request, "members/members.html", rows=rows, page=page, filters=choices)


async def show_form(request: Request) -> Response:
    """GET /members/new."""
    return _form_page(request, Form({"status": "active"}))


async def create(request: Request) -> Response:
    """POST /members/new. The same form again is refused, since then there is a member with that address."""
    user, form, services = current_user(request), Form.from_request(request), services_of(request)
    member = _member(form, user.organisation.id, services.clock())
    if form.errors:
        return _form_page(request, form)

    def work(connection: Connection) -> bool:
        members = user.members(connection)
        if members.emails_in_use([member.email.lower()]):
            return False
        members.add([member])
        return True

    if not await services.transact(work):
        form.errors["email"] = IS_MEMBER
        return _form_page(request, form)
    return redirect(request, "/members", f"{member.first_name} {member.last_name} is a member now.")


ROUTES = (
    private("/members", get=show),
    private("/members/new", get=show_form, post=create),
)


def _member(form: Form, organisation_id: str, at: datetime) -> Member:
    """Return the member that the form describes; its errors are noted on it."""
    values = {name: folded(form[name]) for name in ("first_name", "last_name", "status")}
    values["email"] = kept_address(form["email"])
    form.errors |= problems(**values)
    return Member(id=new_id("mem"), organisation_id=organisation_id, created_at=at, **values)


def _form_page(request: Request, form: Form) -> Response:
    status = HTTPStatus.BAD_REQUEST if form.errors else HTTPStatus.OK
    return render(request, "members/member_new.html", status=status, form=form, statuses=LABELS)
