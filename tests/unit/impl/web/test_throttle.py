"""What one organisation may have us do for it, and how often."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from oneinvoice_impl.clock import ManualClock
from oneinvoice_impl.server.app import Application
from oneinvoice_impl.settings import Settings
from oneinvoice_impl.store.tables.webhooks import deliveries as stored_deliveries
from oneinvoice_impl.web.members import member_import
from oneinvoice_impl.web.settings import deliveries, webhooks
from oneinvoice_impl.web.throttle import Throttle
from starlette.exceptions import HTTPException

from tests.unit.impl.web.members.test_member_import import GOOD, IMPORT, upload
from tests.unit.impl.web.settings.test_webhooks import HOOK, LIST, NEW, register, registered, rows
from tests.unit.impl.web.visitor import Page, Visitor


def is_refused(page: Page, seconds: int, words: str) -> bool:
    """Whether it is the page that says when to try again, within so many seconds."""
    told = f"Too often That was too often; try again in {words}."
    return page.status == 429 and told in page.words and 0 < int(page.headers["retry-after"]) <= seconds


def test_pings_and_resends_are_bounded_together(
    admin: Visitor, other_admin: Visitor, site: Application, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliveries, "SENT_PER_MINUTE", 3)
    path, second, others = registered(admin), registered(admin, f"{HOOK}/2"), registered(other_admin)
    page, second_page = admin.get(path), admin.get(second)
    assert admin.submit(page, f"{path}/ping").status == 200
    delivery = f"{LIST}/deliveries/{rows(site, stored_deliveries)[0]['id']}"
    log = admin.get(delivery)
    clock.advance(timedelta(seconds=30))
    assert admin.submit(log, f"{delivery}/resend").status == 200
    assert admin.submit(second_page, f"{second}/ping").status == 200
    sent = rows(site, stored_deliveries)
    for shown, action in ((page, f"{path}/ping"), (second_page, f"{second}/ping"), (log, f"{delivery}/resend")):
        refused = admin.submit(shown, action)
        assert is_refused(refused, 30, "a minute")
    assert rows(site, stored_deliveries) == sent
    assert other_admin.submit(other_admin.get(others), f"{others}/ping").status == 200
    clock.advance(timedelta(seconds=int(refused.headers["retry-after"])))
    assert admin.submit(page, f"{path}/ping").status == 200
    assert is_refused(admin.submit(log, f"{delivery}/resend"), 30, "a minute")


def test_urls_that_are_registered_are_bounded(
    admin: Visitor, other_admin: Visitor, site: Application, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhooks, "URLS_PER_HOUR", 3)
    assert [register(admin, url).status for url in (HOOK, HOOK, "http://localhost:1/")] == [200, 400, 200]
    assert is_refused(register(admin, f"{HOOK}/2"), 3600, "an hour")
    to_inbox = "/settings/webhooks/inbox/register"
    assert is_refused(admin.post(to_inbox, csrf=admin.get(NEW).form(NEW).fields["csrf"][0]), 3600, "an hour")
    assert len(rows(site)) == 2
    assert register(other_admin).status == 200
    clock.advance(timedelta(hours=1))
    assert register(admin, f"{HOOK}/2").status == 200


def test_files_that_are_read_are_bounded(
    admin: Visitor, other_admin: Visitor, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(member_import, "FILES_PER_MINUTE", 3)
    # Two pages each time: that of the file, and that of its columns.
    columns = upload(admin, GOOD)
    assert (columns.status, upload(admin, "").status) == (200, 400)
    for refused in (upload(admin, GOOD), admin.get(columns.path), admin.submit(columns, columns.path)):
        assert is_refused(refused, 60, "a minute")
    assert admin.get(IMPORT).status == 200
    assert upload(other_admin, GOOD).status == 200
    clock.advance(timedelta(minutes=1))
    stored = admin.submit(columns, columns.path)
    assert "2 members were imported." in stored.words


def attempts(check: Callable[..., Any], *arguments: Any) -> int:
    """How many of a hundred are allowed."""
    for number in range(100):
        try:
            asyncio.run(check(*arguments))
        except HTTPException:
            return number
    return 100


@pytest.mark.parametrize("workers", [1, 4])
def test_who_works_by_hand_meets_no_bound(workers: int) -> None:
    """Not even where all of somebody's requests go to one of several processes."""
    throttle = Throttle(Settings(workers=workers), ManualClock())
    assert attempts(throttle.check, "sent", "who", deliveries.SENT_PER_MINUTE, 60) >= 15
    assert attempts(throttle.check, "urls", "who", webhooks.URLS_PER_HOUR) >= 50
    assert attempts(throttle.check, "files", "who", member_import.FILES_PER_MINUTE, 60) >= 15


def test_windows_of_both_lengths_are_counted_apart(clock: ManualClock) -> None:
    throttle = Throttle(Settings(), clock)
    assert attempts(throttle.check, "kind", "who", 3) == 3
    assert attempts(throttle.check, "kind", "who", 5, 60) == 5
    clock.advance(timedelta(minutes=1))
    assert attempts(throttle.check, "kind", "who", 3) == 0
    assert attempts(throttle.check, "kind", "who", 5, 60) == 5
