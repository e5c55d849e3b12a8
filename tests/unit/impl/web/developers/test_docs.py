"""The page of the authored document; how it looks and works is for the browser tests."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

from oneinvoice_impl import web as dashboard
from oneinvoice_impl.server.app import Application

from tests.unit.impl.asgi_client import ask
from tests.unit.impl.web.visitor import Visitor

MOST = 600 * 1024


def test_everybody_can_read_it(stranger: Visitor, admin: Visitor) -> None:
    for visitor in (stranger, admin):
        page = visitor.get("/docs")
        assert (page.status, page.path) == (200, "/docs")
        assert 'data-document="/openapi.json"' in page.html


def test_all_of_it_comes_from_here_and_is_small(site: Application, stranger: Visitor) -> None:
    html = stranger.get("/docs").html
    addresses = set(re.findall(r'(?:src|href)="([^"]+\.(?:js|css|svg))"', html))
    assert all(address.startswith("/static/") for address in addresses)
    assert len([address for address in addresses if "swagger-ui" in address]) == 2
    targets = ["/docs", "/openapi.json", *addresses]
    answers = [ask(site, target, [("Accept-Encoding", "gzip")]) for target in targets]
    assert {answer.status for answer in answers} == {200}
    assert sum(len(answer.body) for answer in answers) < MOST


def test_it_asks_nobody_else(site: Application, stranger: Visitor) -> None:
    html = stranger.get("/docs").html
    (own,) = re.findall(r'src="(/static/docs[^"]+)"', html)
    script = ask(site, own).body.decode()
    assert "validatorUrl: null" in script
    assert "http" not in script
    for sheet in re.findall(r'href="(/static/[^"]+\.css)"', html):
        assert not re.search(rb"url\((?![\"']?data:)|@import", ask(site, sheet).body)


def test_the_bundle_is_the_same_for_all_and_packed_once(site: Application, stranger: Visitor) -> None:
    (address,) = re.findall(r'src="(/static/vendor/swagger-ui-bundle[^"]+)"', stranger.get("/docs").html)
    packed = ask(site, address, [("Accept-Encoding", "gzip")])
    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(packed.body) == ask(site, address).body


def test_its_licence_is_beside_it() -> None:
    vendor = Path(dashboard.__file__).with_name("static") / "vendor"
    licence = (vendor / "swagger-ui.LICENSE.txt").read_text()
    version = re.search(r"swagger-ui-dist (5\.\d+\.\d+)", licence)
    assert version
    assert "Apache License" in licence
    assert version[1] in (vendor / "swagger-ui-bundle.js").read_text()
