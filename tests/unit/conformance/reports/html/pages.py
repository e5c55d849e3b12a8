"""Pages as a browser would see them, and deliveries to show on them."""

from __future__ import annotations

from html.parser import HTMLParser

from oneinvoice_conformance.engine.report import Report
from oneinvoice_conformance.http.delivery import Delivery
from oneinvoice_conformance.http.deployment import Deployment
from oneinvoice_conformance.reports.html.page import html_text

from tests.unit.conformance.fakes import BASE, KEYS
from tests.unit.conformance.reports.reporting import DEPLOYMENT, redacted

SECRET = "whsec-of-this-test"
BODY = b'{"a": "\xc3\xa9"}'
HOOKED = Deployment(BASE, KEYS, DEPLOYMENT.headers, SECRET)
VOID = {"meta", "link", "input", "br"}


class Page(HTMLParser):
    """What a browser would see: the elements with their attributes, the text, and what is marked."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.marked: list[str] = []
        self.contents: dict[str, str] = {}
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self.texts.append(" " if tag == "dd" else "")
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] in ("script", "style", "title"):
            self.contents[self._open[-1]] = data
            return
        self.texts.append(data)
        if "mark" in self._open:
            self.marked.append(data)

    @property
    def text(self) -> str:
        return " ".join("".join(self.texts).split())

    def of(self, tag: str, **attributes: str) -> list[dict[str, str | None]]:
        return [found for name, found in self.elements if name == tag and attributes.items() <= found.items()]


def page(found: Report, deployment: Deployment = DEPLOYMENT) -> Page:
    return Page(html_text(redacted(found, deployment)))


def delivery(signature: str | None, number: int = 1, body: bytes = BODY) -> Delivery:
    headers = [("X-1Invoice-Event", "invoice.paid"), ("X-Echo", SECRET)]
    headers += [] if signature is None else [("X-1Invoice-Signature", signature)]
    return Delivery(number, 1_767_225_600.0, "POST", "/hook", tuple(headers), body)
