"""Visit the dashboard as a browser without JavaScript does: it keeps cookies, and sends forms with what they hold."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

import httpx
from oneinvoice_fixtures.organisations import organisations

PRIMARY, OTHER = organisations(1)
ADMIN, OTHER_ADMIN = PRIMARY.admin, OTHER.admin
HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@dataclass
class Form:
    """A form of a page: where it goes, and what its fields hold."""

    action: str
    method: str = "get"
    fields: dict[str, list[str]] = field(default_factory=dict)


@dataclass
class Page:
    """An answer."""

    response: httpx.Response
    forms: list[Form]
    words: str
    """What can be read on it, with single spaces."""

    @property
    def status(self) -> int:
        return self.response.status_code

    @property
    def headers(self) -> httpx.Headers:
        return self.response.headers

    @property
    def html(self) -> str:
        return self.response.text

    @property
    def path(self) -> str:
        return self.response.url.path

    def form(self, action: str) -> Form:
        """The one that goes there; without an address, to the page's own."""
        (found,) = [form for form in self.forms if form.action == action]
        return found


class Visitor:
    """One browser. `origin` is where it finds the application, `address` where it comes from."""

    def __init__(self, app: Any, origin: str = "http://127.0.0.1:8080", address: str = "127.0.0.1") -> None:
        self._transport = httpx.ASGITransport(app, client=(address, 50000))
        self._origin = origin
        self.cookies = httpx.Cookies()

    def get(self, path: str, follow: bool = True, **headers: str) -> Page:
        """Open a page; headers as `If_None_Match="x"`."""
        return self.send("GET", path, follow, headers)

    def submit(self, page: Page, action: str, *, follow: bool = True, files: Any = None, **values: Any) -> Page:
        """Send the page's form that goes to `action`, with these values in place of its own (a list for several)."""
        fields = page.form(action).fields | values
        data = {name: value for name, value in fields.items() if value is not None}
        return self.send("POST", action or page.path, follow, {}, data=data, files=files)

    def post(self, path: str, headers: dict[str, str] | None = None, **values: Any) -> Page:
        """Send what no form of a page holds."""
        return self.send("POST", path, False, headers or {}, data=values)

    def send(self, method: str, path: str, follow: bool, headers: dict[str, str], **content: Any) -> Page:
        """One request, and those that its redirects ask for."""
        named = HTML | {name.replace("_", "-"): value for name, value in headers.items()}
        return asyncio.run(self._send(method, path, follow, named, content))

    async def _send(self, method: str, path: str, follow: bool, headers: Any, content: Any) -> Page:
        async with httpx.AsyncClient(
            transport=self._transport, base_url=self._origin, cookies=self.cookies, follow_redirects=follow
        ) as client:
            response = await client.request(method, path, headers=headers, **content)
            self.cookies = client.cookies
        reader = _Reader()
        reader.feed(response.text if "html" in response.headers.get("content-type", "") else "")
        return Page(response, reader.forms, " ".join(" ".join(reader.words).split()))


def log_in(visitor: Visitor, mailbox: Any, email: str) -> Page:
    """Log in by a link of the mock's mailbox; the page that one gets to."""
    visitor.submit(visitor.get("/login"), "/login", email=email)
    return use(visitor, mailbox.mails[0].link)


def use(visitor: Visitor, link: str) -> Page:
    """Open a link to log in with, and press its button."""
    return visitor.submit(visitor.get(link), "")


class _Reader(HTMLParser):
    """Collects the forms and the words of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.words: list[str] = []
        self._select: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(given.get("action", ""), given.get("method", "get")))
        elif tag == "select":
            self._select = given["name"]
        elif tag == "option" and "selected" in given:
            self._hold(self._select, given["value"])
        elif tag == "input":
            ticked = given.get("type") not in ("radio", "checkbox") or "checked" in given
            self._hold(given.get("name") if ticked else None, given.get("value", "on"))

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def _hold(self, name: str | None, value: str) -> None:
        if name and self.forms:
            self.forms[-1].fields.setdefault(name, []).append(value)
