"""The pages of the journal: what they show of requests and deliveries, and to whom."""

from __future__ import annotations

import json
import re
from typing import Any

from oneinvoice_impl.mock.extension import LocalMock
from oneinvoice_impl.server.app import Application, create_app
from oneinvoice_impl.settings import Settings

from tests.unit.impl.asgi_client import Headers, ask, bearer
from tests.unit.impl.mock.journal import made
from tests.unit.impl.web.visitor import OTHER, PRIMARY, Page, Visitor

REQUESTS = "/requests"
HERE = [("Host", "127.0.0.1:8080")]
KEY, OTHER_KEY = PRIMARY.keys[0].text, OTHER.keys[0].text


def shown(page: Page) -> list[str]:
    """The requests on it, by what they asked for."""
    return re.findall(r"<code>GET ([^<]*)</code>", page.html)


def send(site: Application, *targets: str, headers: Headers = ()) -> None:
    for target in targets:
        ask(site, f"/api/v1{target}", headers or bearer(KEY))


def control(site: Application, path: str, content: Any) -> Any:
    return ask(site, f"/_mock{path}", HERE, "POST", json.dumps(content).encode()).json


def test_requests_newest_first_with_reasons_and_notes(site: Application, admin: Visitor) -> None:
    assert "Nobody has asked yet." in admin.get(REQUESTS).words
    send(site, "/members?limit=2&page=2", "/quotes?limit=0", "/members?limit=1")
    page = admin.get(REQUESTS)
    assert shown(page) == ["/api/v1/members?limit=1", "/api/v1/quotes?limit=0", "/api/v1/members?limit=2&amp;page=2"]
    assert "limit must be a whole number from 1 to 200." in page.words
    assert f"{PRIMARY.keys[0].name}" in page.words
    assert page.html.count('class="notes"') == 1
    assert "page is not a parameter: it was ignored" in page.words


def test_only_those_with_notes(site: Application, admin: Visitor) -> None:
    send(site, "/members?limit=2&page=2", "/members?limit=1")
    page = admin.get(f"{REQUESTS}?notes=1")
    assert shown(page) == ["/api/v1/members?limit=2&amp;page=2"]
    assert "All 2 With notes 1" in page.words
    assert f'hx-get="{REQUESTS}/list?notes=1"' in page.html
    assert shown(admin.get(f"{REQUESTS}/list?notes=1")) == shown(page)
    assert shown(admin.get(f"{REQUESTS}?notes=<b>")) == [
        "/api/v1/members?limit=1",
        "/api/v1/members?limit=2&amp;page=2",
    ]


def test_the_part_comes_again_only_if_it_has_changed(site: Application, admin: Visitor) -> None:
    send(site, "/members")
    part = admin.get(f"{REQUESTS}/list")
    seen = re.findall(r'name="seen" value="(\w+)"', part.html)[0]
    assert admin.get(f"{REQUESTS}/list?seen={seen}").status == 204
    send(site, "/quotes")
    changed = admin.get(f"{REQUESTS}/list?seen={seen}")
    assert "GET /api/v1/quotes got 200." in changed.words
    assert shown(changed) == ["/api/v1/quotes", "/api/v1/members"]


def test_each_organisation_sees_its_own_and_what_is_nobodys(
    site: Application, admin: Visitor, other_admin: Visitor
) -> None:
    send(site, "/members")
    send(site, "/quotes", headers=bearer(OTHER_KEY))
    send(site, "/invoices", headers=bearer("1iv_" + "x" * 49))
    assert shown(admin.get(REQUESTS)) == ["/api/v1/invoices", "/api/v1/members"]
    assert shown(other_admin.get(REQUESTS)) == ["/api/v1/invoices", "/api/v1/quotes"]
    for visitor, missing in ((admin, "/api/v1/quotes"), (other_admin, "/api/v1/members")):
        entries = json.loads(visitor.get(f"{REQUESTS}.har").html)["log"]["entries"]
        assert len(entries) == 2
        assert not any(missing in entry["request"]["url"] for entry in entries)


def test_no_key_and_nothing_of_others_that_does_something(site: Application, admin: Visitor) -> None:
    send(site, f"/members?token={KEY}&%3Cscript%3E=1", "/%1b%5b31m%E2%80%AE<script>")
    send(site, "/members", headers=[("Authorization", KEY)])
    page, har = admin.get(REQUESTS), admin.get(f"{REQUESTS}.har")
    assert KEY not in page.html + har.html
    assert "<script>" not in page.html
    assert r"/api/v1/\x1b[31m\u202e&lt;script&gt;" in page.html
    assert "\x1b" not in page.html


def test_it_is_downloaded(site: Application, admin: Visitor) -> None:
    send(site, "/members")
    answer = admin.get(f"{REQUESTS}.har")
    assert answer.headers["content-disposition"] == 'attachment; filename="oneinvoice-mock.har"'
    assert json.loads(answer.html)["log"]["version"] == "1.2"
    assert f'href="{REQUESTS}.har"' in admin.get(REQUESTS).html


def test_deliveries_are_beside_them(site: Application, admin: Visitor, other_admin: Visitor, mock: LocalMock) -> None:
    assert "Nothing was sent yet." in admin.get(REQUESTS).words
    control(site, "/webhooks", {"url": "http://127.0.0.1:1/hook?<b>", "secret": "whsec_hidden"})
    (happened,) = control(site, "/trigger", {"event": "invoice.created"})["events"]
    (id,) = happened["deliveries"]
    (endpoint,) = ask(site, "/_mock/webhooks", HERE).json["data"]
    mock.sends.add(made.send(200, "flip-bit", id=id, endpoint_id=endpoint["id"]))
    page = admin.get(REQUESTS)
    assert f'<a href="/settings/webhooks/deliveries/{id}">invoice.created</a>' in page.html
    assert "fault flt_1; webhook=flip-bit" in page.words
    assert "not sent yet" in page.words
    assert "whsec_hidden" not in page.html
    assert "before you trust the body CLIENT/HOOK-2" in page.words
    assert id not in other_admin.get(REQUESTS).html
    for visitor, ids in ((admin, [id]), (other_admin, [])):
        log = json.loads(visitor.get(f"{REQUESTS}.har").html)["log"]
        assert [each["delivery_id"] for each in log["_deliveries"]] == ids


def test_the_newest_hundred_are_shown(site: Application, admin: Visitor) -> None:
    for number in range(103):
        send(site, f"/members?limit=1&offset={number}")
    page = admin.get(REQUESTS)
    assert len(shown(page)) == 100
    assert "The newest 100 are shown." in page.words
    assert "All 103" in page.words


def test_who_is_not_logged_in_is_sent_to_the_login(stranger: Visitor) -> None:
    for path in ("", "/list", ".har"):
        assert stranger.get(REQUESTS + path).path == "/login"


def test_only_a_mock_has_it(admin: Visitor) -> None:
    assert 'href="/requests"' in admin.get("/").html
    service = create_app(Settings())
    try:
        assert ask(service, REQUESTS, HERE).status == 404
    finally:
        service.database.close()
