"""Import members from a file: send it, say which column is what, and have all its rows stored, or none.

The file is kept in the database between the two pages, for an hour, for the organisation that sent it. A form can't
carry it back, since forms are bounded to less, and a process can't remember it, since the next page may come from
another one.
"""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from oneinvoice_impl.domain.ids import new_id
from oneinvoice_impl.domain.member import STATUSES
from oneinvoice_impl.store.types import Connection
from oneinvoice_impl.web.forms import Form
from oneinvoice_impl.web.members.csv_file import MOST_BYTES, MOST_ROWS, BadFile, CsvFile, read_csv
from oneinvoice_impl.web.members.member_rows import MOST_SHOWN, Columns, MemberRows, RowError, guess_columns
from oneinvoice_impl.web.members.members import IS_MEMBER, LABELS
from oneinvoice_impl.web.rendering.pages import redirect, render
from oneinvoice_impl.web.routing import path_id, private
from oneinvoice_impl.web.services import services_of
from oneinvoice_impl.web.session import current_user
from oneinvoice_impl.web.throttle import MINUTE

FILES_PER_MINUTE = 60
"""Files that are read for one organisation, once for each page of an import: the largest takes a third of a second."""
FIELDS = {"first_name": "First name", "last_name": "Last name", "email": "E-mail", "status": "Status"}
_PREVIEWED = 5
_DEFAULT_STATUS = "otherwise"
_NO_FILE = "Choose a CSV file."
_IMPORT_ENDED = "This import is done, or older than an hour; look at your members, or send the file again."


async def show(request: Request) -> Response:
    """GET /members/import."""
    return _upload_page(request, Form())


async def upload(request: Request) -> Response:
    """POST /members/import."""
    user, form, services = current_user(request), Form.from_request(request), services_of(request)
    sent = form.files.get("csv")
    data = await sent.read(MOST_BYTES + 1) if sent else b""
    try:
        if sent is None:
            raise BadFile(_NO_FILE)
        await _read(request, data)
    except BadFile as problem:
        form.errors["csv"] = str(problem)
        return _upload_page(request, form)
    id, at = new_id("imp"), services.clock()
    await services.transact(lambda connection: user.imports(connection).add(id, user.account.id, data, at))
    return redirect(request, f"/members/import/{id}")


async def show_columns(request: Request) -> Response:
    """GET /members/import/{id}."""
    file = await _file(request)
    chosen = {name: str(position) for name, position in guess_columns(file.columns).items()}
    return _columns_page(request, file, Form({_DEFAULT_STATUS: "active", **chosen}))


async def store(request: Request) -> Response:
    """POST /members/import/{id}."""
    user, form, services = current_user(request), Form.from_request(request), services_of(request)
    file = await _file(request)
    columns = _columns(form, file)
    if form.errors:
        return _columns_page(request, file, form)
    at = services.clock()
    rows = await run_in_threadpool(MemberRows, file, columns, user.organisation.id, at)
    errors = await services.transact(lambda connection: _stored(request, connection, rows, at))
    if errors:
        return _columns_page(request, file, form, errors)
    count = len(rows.members)
    return redirect(request, "/members", f"{count:,} members were imported." if count > 1 else "1 member was imported.")


ROUTES = (
    private("/members/import", get=show, post=upload),
    private("/members/import/{id}", get=show_columns, post=store),
)


def _stored(request: Request, connection: Connection, rows: MemberRows, at: datetime) -> list[RowError]:
    """Store all of them, unless there are errors; those. Raises `HTTPException` (404) if somebody has."""
    user, id = current_user(request), path_id(request)
    members, imports = user.members(connection), user.imports(connection)
    # Before anything else, since it keeps others out.
    taken = members.emails_in_use(rows.addresses)
    if imports.file(id, at) is None:
        raise HTTPException(HTTPStatus.NOT_FOUND, _IMPORT_ENDED)
    errors = rows.refuse(taken, IS_MEMBER)
    if not errors:
        members.add(rows.members)
        imports.end(id)
    return errors


async def _file(request: Request) -> CsvFile:
    """Return the file that is kept under the id in the address. Raises `HTTPException` (404) if there is none."""
    user, at, id = current_user(request), services_of(request).clock(), path_id(request)
    data = await services_of(request).read(lambda connection: user.imports(connection).file(id, at))
    if data is None:
        raise HTTPException(HTTPStatus.NOT_FOUND, _IMPORT_ENDED)
    return await _read(request, data)


async def _read(request: Request, data: bytes) -> CsvFile:
    """Return the table in a file. Raises `BadFile`, and `HTTPException` (429) if too many are read."""
    throttle = services_of(request).throttle
    await throttle.check("files of", current_user(request).organisation.id, FILES_PER_MINUTE, MINUTE)
    return await run_in_threadpool(read_csv, data)


def _columns(form: Form, file: CsvFile) -> Columns:
    """Return the columns that were chosen; errors are noted on the form."""
    known = [str(position) for position in range(len(file.columns))]
    positions: dict[str, int] = {}
    for name, label in FIELDS.items():
        if name == "status" and not form[name]:
            continue
        chosen = form.choice(name, known, f"Choose the column with the {label.lower()}.")
        if chosen in known and int(chosen) in positions.values():
            form.errors[name] = "Choose another column: this one is something else already."
        elif chosen in known:
            positions[name] = int(chosen)
    return Columns(positions, form.choice(_DEFAULT_STATUS, STATUSES, "Choose a status."))


def _upload_page(request: Request, form: Form) -> Response:
    status = HTTPStatus.BAD_REQUEST if form.errors else HTTPStatus.OK
    bounds = {"rows": MOST_ROWS, "mebibytes": MOST_BYTES // 1024**2}
    return render(request, "members/member_import.html", status=status, form=form, bounds=bounds)


def _columns_page(request: Request, file: CsvFile, form: Form, errors: list[RowError] | None = None) -> Response:
    errors = errors or []
    return render(
        request,
        "members/member_columns.html",
        status=HTTPStatus.BAD_REQUEST if form.errors or errors else HTTPStatus.OK,
        file=file,
        preview=file.rows[:_PREVIEWED],
        form=form,
        fields=FIELDS,
        choices={str(position): name for position, name in enumerate(file.columns)},
        statuses=LABELS,
        errors=errors[:MOST_SHOWN],
        more_errors=max(0, len(errors) - MOST_SHOWN),
    )
