"""The roadmap: which changes of the API were announced, and a form to announce one (NEWS-1, NEWS-2)."""

from __future__ import annotations

import re
from datetime import date, datetime
from http import HTTPStatus
from urllib.parse import urlsplit

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from oneinvoice_impl.domain.announcement import NOTICE, Announcement, TooSoon, announce, earliest_day
from oneinvoice_impl.store import announcements
from oneinvoice_impl.store.types import Connection
from oneinvoice_impl.web.forms import Form
from oneinvoice_impl.web.idempotency import idempotent_id, new_idempotency_token
from oneinvoice_impl.web.rendering.formats import day
from oneinvoice_impl.web.rendering.pages import redirect, render
from oneinvoice_impl.web.routing import or_not_found, private
from oneinvoice_impl.web.services import services_of
from oneinvoice_impl.web.session import current_user
from oneinvoice_impl.webhooks import outbox

LEVEL_CHOICES = {"": "I don't say", "breaking": "It breaks clients that don't adapt", "compatible": "It breaks nobody"}
_LONGEST_LINK = 2000
_LONGEST_TEXT = 10_000
_TITLE_NEEDED = "Say in a few words what changes, such as: The fax field of members goes away."
_BAD_LINK = "Give the address of a page, such as https://1invoice.online/roadmap, or leave it empty."
_ONLY_STAFF = "Only who runs this service may announce changes; ask to have your address added to ONEINVOICE_STAFF."


async def show(request: Request) -> Response:
    """GET /roadmap."""
    return await _page(request, Form())


async def publish(request: Request) -> Response:
    """POST /roadmap: everybody's banner shows it at once, and it is sent to all endpoints that want it."""
    if not _may_announce(request):
        raise HTTPException(HTTPStatus.FORBIDDEN, _ONLY_STAFF)
    form, at = Form.from_request(request), services_of(request).clock()
    announcement = _announcement(request, form, at)
    if announcement is None:
        return await _page(request, form)
    try:
        event = announce(announcement, at)
    except TooSoon as problem:
        form.errors["effective_on"] = str(problem)
        return await _page(request, form)

    def work(connection: Connection) -> Announcement:
        """Return the change that was announced with this form, now or before."""
        if outbox.publish(connection, announcement, event) is not None:
            return announcement
        return or_not_found(announcements.find(connection, announcement.id))

    announced = await services_of(request).transact(work)
    return redirect(
        request, "/roadmap", f"Announced: {announced.title} (takes effect on {day(announced.effective_on)})."
    )


ROUTES = (private("/roadmap", get=show, post=publish),)


async def _page(request: Request, form: Form) -> Response:
    at = services_of(request).clock()
    upcoming, past = await services_of(request).read(
        lambda connection: (
            announcements.upcoming(connection, at.date()),
            announcements.past(connection, at.date()),
        )
    )
    return render(
        request,
        "developers/roadmap.html",
        status=HTTPStatus.BAD_REQUEST if form.errors else HTTPStatus.OK,
        form=form,
        idempotency_token=new_idempotency_token(request, "ann"),
        upcoming=upcoming,
        past=past,
        today=at.date(),
        may_announce=_may_announce(request),
        notice=NOTICE.days,
        earliest=earliest_day(at),
        levels=LEVEL_CHOICES,
    )


def _announcement(request: Request, form: Form, at: datetime) -> Announcement | None:
    """Return what a form announces; None if something is wrong with it."""
    title = form.text("title", _TITLE_NEEDED)
    effective_on = _day(form, earliest_day(at))
    link, text = _link(form), form.lines("text", longest=_LONGEST_TEXT)
    level = form.choice("level", LEVEL_CHOICES, "Choose one of these.")
    names = re.split("[,\n]", form.lines("affected", longest=_LONGEST_TEXT))
    affected = [name for name in dict.fromkeys(map(str.strip, names)) if name]
    operations = tuple(name for name in affected if re.match("[A-Z]+ /", name))
    events = tuple(name for name in affected if name not in operations)
    if form.errors:
        return None
    assert effective_on is not None, "else there is an error"
    id = idempotent_id(request, form, "ann")
    return Announcement(id, title, effective_on, link, text or None, level or None, operations, events)


def _may_announce(request: Request) -> bool:
    return services_of(request).is_staff(current_user(request).account.email)


def _day(form: Form, earliest: date) -> date | None:
    sentence = f"Give a day such as {earliest}."
    text = form.text("effective_on", sentence, longest=20)
    # Only this one of the forms that ISO 8601 has: it is what browsers send.
    if re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            pass
    form.errors.setdefault("effective_on", sentence)
    return None


def _link(form: Form) -> str | None:
    text = form.text("link", "", longest=_LONGEST_LINK, needed=False)
    if not text:
        return None
    try:
        parts = urlsplit(text)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        usable = usable and parts.username is None
    except ValueError:
        usable = False
    if not usable or not text.isascii() or re.search(r'[\s"<>\\^`{|}]', text):
        form.errors.setdefault("link", _BAD_LINK)
    return text
