"""Render pages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from oneinvoice_impl.mock_extension import REQUESTS_PAGE, MockExtension
from oneinvoice_impl.web import csrf
from oneinvoice_impl.web.flash import forget_flash, put_flash, take_flash
from oneinvoice_impl.web.rendering import formats
from oneinvoice_impl.web.rendering.static_files import asset
from oneinvoice_impl.web.services import services_of
from oneinvoice_impl.web.session import session

NAVIGATION = {
    "": (("Overview", "/"), ("Members", "/members"), ("Quotes", "/quotes"), ("Invoices", "/invoices")),
    "Settings": (("REST API", "/settings/api"), ("Webhooks", "/settings/webhooks")),
    "API": (("Roadmap", "/roadmap"), ("API docs", "/docs")),
}
"""Labels and addresses, under headings."""
_ADDRESS = re.compile(r' (?:href|src|action|hx-get|data-document)="(?=/)')

_NAVIGATION_OF_MOCK = NAVIGATION | {"API": (*NAVIGATION["API"], ("Requests", REQUESTS_PAGE))}


def render(
    request: Request,
    template: str,
    *,
    status: int = HTTPStatus.OK,
    headers: Mapping[str, str] | None = None,
    **values: Any,
) -> Response:
    """Return a page, or a part of one for htmx, from `templates/` or those of a mock."""
    flash, extension = take_flash(request), services_of(request).extension
    text = (
        _environment(extension)
        .get_template(template)
        .render(
            **values,
            flash=flash,
            csrf=lambda: Markup('<input type="hidden" name="{}" value="{}">').format(csrf.FIELD, csrf.token(request)),
            current_path=request.url.path,
            navigation=NAVIGATION if extension is None else _NAVIGATION_OF_MOCK,
            user=session(request).user,
            announcements=session(request).announcements,
            mock=extension,
            contact=services_of(request).settings.contact,
        )
    )
    response = HTMLResponse(_led(text, services_of(request).settings.path_prefix), status, headers)
    if flash is not None:
        forget_flash(request, response)
    return response


def _led(text: str, prefix: str) -> str:
    """Return a page whose addresses at this host are under a prefix.

    What is shown has its quotation marks escaped, so that only a template's own attributes are found.
    """
    return _ADDRESS.sub(rf"\g<0>{prefix}", text) if prefix else text


def redirect(request: Request, path: str, flash: str | None = None) -> Response:
    """Go on to another page of ours after a POST, which shows the sentence `flash`."""
    response = RedirectResponse(path, HTTPStatus.SEE_OTHER)
    if flash is not None:
        put_flash(request, response, flash)
    return response


def compile_all(extension: MockExtension | None) -> None:
    """Compile all templates, and read the files whose names they carry."""
    environment = _environment(extension)
    for name in environment.list_templates():
        environment.get_template(name)
    asset("dashboard.css")


def _environment(extension: MockExtension | None) -> Environment:
    return _with_templates(None if extension is None else extension.templates)


@cache
def _with_templates(more_templates: Path | None) -> Environment:
    folders = [Path(__file__).parents[1] / "templates", *([more_templates] if more_templates else [])]
    environment = Environment(
        loader=FileSystemLoader(folders),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["asset"] = asset
    environment.filters |= formats.FILTERS
    return environment
