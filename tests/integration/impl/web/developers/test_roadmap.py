"""Announcements: the roadmap, the banner, and the webhook (NEWS-1)."""

from __future__ import annotations

import asyncio

from oneinvoice_impl.clock import ManualClock
from oneinvoice_impl.server.app import Application

from tests.integration.impl.receivers import receiver, status
from tests.unit.impl.web.developers.test_roadmap import TITLE, add_endpoint, announced
from tests.unit.impl.web.visitor import OTHER, PRIMARY, Visitor


def test_it_arrives(site: Application, admin: Visitor, clock: ManualClock) -> None:
    with receiver(status("204 No Content")) as one, receiver(status("204 No Content")) as two:
        add_endpoint(site, PRIMARY.id, one.url, None)
        add_endpoint(site, OTHER.id, two.url, None)
        announced(admin, clock)

        async def deliver() -> None:
            await site.webhooks.start()
            await asyncio.to_thread(lambda: [each.wait_for(1) for each in (one, two)])
            await site.webhooks.stop()

        asyncio.run(deliver())
        for each in (one, two):
            assert b"x-1invoice-event: api.change_announced" in each.requests[0].lower()
            assert TITLE.encode() in each.requests[0]
