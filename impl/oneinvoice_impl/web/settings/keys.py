"""Settings → REST API: create keys, see how they are used, and revoke them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from oneinvoice_impl.domain.errors import IllegalTransition
from oneinvoice_impl.domain.keys import MOST_ACTIVE, new_key
from oneinvoice_impl.store.types import Connection, RowMapping
from oneinvoice_impl.web.forms import Form
from oneinvoice_impl.web.idempotency import idempotent_id, new_idempotency_token
from oneinvoice_impl.web.rendering.pages import redirect, render
from oneinvoice_impl.web.routing import or_not_found, private
from oneinvoice_impl.web.services import services_of
from oneinvoice_impl.web.session import current_user
from oneinvoice_impl.web.settings.key_chart import chart, first_hour

_LONGEST_NAME = 100
_NAME_NEEDED = "Give the key a name, such as Accounting."
_TOO_MANY = f"There are {MOST_ACTIVE} keys in use, which is the most; revoke one that you no longer need first."
_SENT_BEFORE = (
    "This form was sent before and made a key then, whose value is shown only once. "
    "If you lost it, revoke that key and create another."
)


async def show(request: Request) -> Response:
    """GET /settings/api."""
    return await _list_page(request, Form())


async def create(request: Request) -> Response:
    """POST /settings/api: its answer is the only one that ever holds the key."""
    user, form, at = current_user(request), Form.from_request(request), services_of(request).clock()
    name = form.text("name", _NAME_NEEDED, longest=_LONGEST_NAME)
    if form.errors:
        return await _list_page(request, form)
    id, key = idempotent_id(request, form, "key"), new_key()

    def work(connection: Connection) -> tuple[RowMapping | None, bool]:
        """Return the key that was there before, and whether there are too many for another."""
        keys = user.keys(connection)
        full = keys.count_active() >= MOST_ACTIVE
        before = keys.find(id)
        if before is None and not full:
            keys.add(id, name, key, at)
        return before, full

    before, full = await services_of(request).transact(work)
    if before is not None:
        return await _list_page(request, Form(), status=HTTPStatus.CONFLICT, before=before, problem=_SENT_BEFORE)
    if full:
        form.errors["name"] = _TOO_MANY
        return await _list_page(request, form)
    return await _list_page(request, Form(), created={"id": id, "name": name, "key": key})


async def show_one(request: Request) -> Response:
    """GET /settings/api/{id}."""
    row = await _find(request)
    services, user, at = services_of(request), current_user(request), services_of(request).clock()
    usage = await services.read(lambda connection: user.keys(connection).usage([row["id"]], first_hour(at)))
    return render(request, "settings/key.html", key=row, chart=chart(usage.get(row["id"], {}), row["rate_limit"], at))


async def confirm(request: Request) -> Response:
    """GET /settings/api/{id}/revoke."""
    row = await _find(request)
    if row["revoked_at"] is not None:
        raise IllegalTransition(f"The key {row['name']} was revoked before; create another if you need one.")
    return render(request, "settings/key_revoke.html", key=row)


async def revoke(request: Request) -> Response:
    """POST /settings/api/{id}/revoke."""
    user, id, at = current_user(request), request.path_params["id"], services_of(request).clock()
    row = or_not_found(await services_of(request).transact(lambda connection: user.keys(connection).revoke(id, at)))
    return redirect(request, "/settings/api", f"The key {row['name']} was revoked; it gets 401 from now on.")


ROUTES = (
    private("/settings/api", get=show, post=create),
    private("/settings/api/{id}", get=show_one),
    private("/settings/api/{id}/revoke", get=confirm, post=revoke),
)


async def _find(request: Request) -> RowMapping:
    user, id = current_user(request), request.path_params["id"]
    await services_of(request).key_use.flush()
    return or_not_found(await services_of(request).read(lambda connection: user.keys(connection).find(id)))


async def _list_page(request: Request, form: Form, *, status: int | None = None, **values: Any) -> Response:
    services, user, at = services_of(request), current_user(request), services_of(request).clock()
    await services.key_use.flush()

    def query(connection: Connection) -> tuple[Sequence[RowMapping], Mapping[str, Mapping[datetime, int]]]:
        keys = user.keys(connection)
        rows = keys.list()
        return rows, keys.usage([row["id"] for row in rows if row["revoked_at"] is None], first_hour(at))

    rows, usage = await services.read(query)
    charts = {
        row["id"]: chart(usage.get(row["id"], {}), row["rate_limit"], at) for row in rows if row["revoked_at"] is None
    }
    return render(
        request,
        "settings/keys.html",
        status=status or (HTTPStatus.BAD_REQUEST if form.errors else HTTPStatus.OK),
        **{"created": None, "before": None, "problem": None} | values,
        form=form,
        idempotency_token=new_idempotency_token(request, "key"),
        keys=rows,
        charts=charts,
        origin=services.settings.site,
    )
