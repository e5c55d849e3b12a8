"""What was sent: the log page by page, and each delivery with its attempts."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime, timedelta

import pytest
from oneinvoice_impl.server.app import Application
from oneinvoice_impl.store.tables.webhooks import attempts, deliveries, endpoints, events
from oneinvoice_impl.web.rendering.excerpt import MOST_SHOWN, excerpt
from oneinvoice_impl.webhooks.secret_encryption import SecretEncryption
from sqlalchemy import insert, select, update

from tests.unit.impl.web.settings.test_webhooks import LIST
from tests.unit.impl.web.visitor import OTHER, PRIMARY, Page, Visitor

AT = datetime(2026, 4, 2, 12, tzinfo=UTC)


def pres(page: Page) -> list[str]:
    return [html.unescape(text) for text in re.findall("<pre[^>]*>(.*?)</pre>", page.html, re.S)]


def fill(site: Application, organisation: str = PRIMARY.id, count: int = 120) -> tuple[str, list[str]]:
    """An endpoint with many deliveries, two to each second, oldest first: its path and their ids."""
    endpoint, event = f"whe_{organisation}", f"evt_{organisation}"
    names = ("invoice.paid", "quote.sent", "ping")
    states = ("delivered", "failed", "cancelled", "delivered", "delivered")
    secret = site.webhooks.encryption.encrypt("S")
    row = {"id": endpoint, "organisation_id": organisation, "url": "http://127.0.0.1:1/", "secret": secret}
    rows = [
        {"id": f"del_{organisation}_{number:04d}", "event_id": event, "endpoint_id": endpoint, "due_at": AT}
        | {"event": names[number % 3], "status": states[number % 5], "fence": 0, "attempts": 1}
        | {"created_at": AT + timedelta(seconds=number // 2)}
        for number in range(count)
    ]
    with site.database.engine.begin() as connection:
        connection.execute(insert(endpoints), row | {"status": "active", "created_at": AT})
        body = {"id": event, "organisation_id": organisation, "name": "ping", "body": b"{}", "created_at": AT}
        connection.execute(insert(events), body)
        connection.execute(insert(deliveries), rows)
    return f"{LIST}/{endpoint}", [str(row["id"]) for row in rows]


def listed(page: Page) -> list[str]:
    return re.findall(r'<tr id="(del_\w+)"', page.html)


def pages(visitor: Visitor, address: str) -> list[list[str]]:
    """The ids on the page, and on those that its links to older ones lead to."""
    found = []
    while True:
        page = visitor.get(address)
        found.append(listed(page))
        older = re.search('<a href="([^"]+)">Older</a>', page.html)
        if older is None:
            return found
        address = html.unescape(older[1])


def test_pages_tile(admin: Visitor, site: Application) -> None:
    path, ids = fill(site)
    found = pages(admin, path)
    assert [len(page) for page in found] == [50, 50, 20]
    assert [id for page in found for id in page] == ids[::-1]
    second = admin.get(f"{path}?after={found[0][-1]}")
    assert listed(second) == found[1]
    assert f'<a href="{path}?">Newest</a>' in second.html
    assert f'hx-get="{path}/log?after={found[0][-1]}"' in second.html


@pytest.mark.parametrize(
    ("query", "fits"),
    [
        ("status=failed", lambda number: number % 5 == 1),
        ("event=quote.sent", lambda number: number % 3 == 1),
        ("status=delivered&event=ping", lambda number: number % 5 in (0, 3, 4) and number % 3 == 2),
        ("status=&event=", lambda number: True),
        ("status=nonsense&event=%3Cscript%3E", lambda number: True),
        ("status=pending", lambda number: False),
        ("event=quote.rejected", lambda number: False),
        ("after=del_0", lambda number: True),
    ],
)
def test_filters(admin: Visitor, site: Application, query: str, fits: object) -> None:
    path, ids = fill(site)
    assert callable(fits)
    found = [id for page in pages(admin, f"{path}?{query}") for id in page]
    assert found == [id for number, id in enumerate(ids) if fits(number)][::-1]
    page = admin.get(f"{path}?{query}")
    assert "<script>" not in page.html
    if not found:
        assert "There is nothing of that kind." in page.words


def test_the_filter_stays_chosen(admin: Visitor, site: Application) -> None:
    path, _ = fill(site)
    page = admin.get(f"{path}?status=failed&event=quote.sent")
    fields = page.form(path).fields
    assert (fields["status"], fields["event"]) == (["failed"], ["quote.sent"])


def test_no_page_begins_at_another_organisations_delivery(admin: Visitor, site: Application) -> None:
    path, ids = fill(site)
    _, others = fill(site, OTHER.id, 4)
    assert listed(admin.get(f"{path}?after={others[2]}")) == ids[:-51:-1]
    assert admin.get(f"{LIST}/deliveries/{others[0]}").status == 404
    assert admin.get(f"{LIST}/whe_{OTHER.id}").status == 404


def test_a_secret_that_cannot_be_read(admin: Visitor, site: Application) -> None:
    _, ids = fill(site)
    with site.database.engine.begin() as connection:
        connection.execute(update(endpoints).values(secret=SecretEncryption(None, ephemeral=True).encrypt("S")))
    page = admin.get(f"{LIST}/deliveries/{ids[0]}")
    assert page.status == 200
    assert "was encrypted with another key" in page.words
    assert "X-1Invoice-Signature" not in page.html


def test_a_disabled_endpoints_deliveries_wait_until_it_is_enabled(admin: Visitor, site: Application) -> None:
    path, ids = fill(site)
    delivery = f"{LIST}/deliveries/{ids[0]}"
    page = admin.get(delivery)
    admin.submit(admin.get(path), f"{path}/disable")
    assert "The endpoint is disabled." in admin.get(delivery).words
    refused = admin.submit(page, f"{delivery}/resend")
    assert refused.status == 409
    assert "enable it" in refused.words


def test_attempts_are_kept_in_order(admin: Visitor, site: Application) -> None:
    _, ids = fill(site)
    rows = [
        {"delivery_id": ids[0], "number": number, "started_at": AT, "duration_ms": 1234, "status": 500, "error": "No."}
        for number in range(1, 9)
    ]
    with site.database.engine.begin() as connection:
        connection.execute(insert(attempts), rows)
        assert len(connection.execute(select(attempts)).all()) == 8
    words = admin.get(f"{LIST}/deliveries/{ids[0]}").words
    assert re.findall(r"Attempt (\d)", words) == list("87654321")
    assert "took 1,234 ms" in words


@pytest.mark.parametrize(
    ("content", "text", "note"),
    [
        (b"", "", None),
        (b"a\n\tb", "a\n\tb", None),
        ("å".encode(), "å", None),
        (b"\xff\x00", "ff 00", "Not text: in hex, 2 bytes."),
        (b"a" * 40_000, "a" * MOST_SHOWN, "Text, the first 32,768 of 40,000 bytes."),
        (b"a" + "å".encode() * 20_000, "a" + "å" * 16_383, "Text, the first 32,768 of 40,001 bytes."),
        (b"\xff" * 40_000, ("ff " * 512).strip(), "Not text: in hex, the first 512 of 40,000 bytes."),
        ("\N{ZERO WIDTH JOINER}\N{NO-BREAK SPACE}".encode(), r"\u200d\xa0", None),
    ],
)
def test_excerpts(content: bytes, text: str, note: str | None) -> None:
    found = excerpt(content)
    assert (found.text, found.note) == (text, note)
