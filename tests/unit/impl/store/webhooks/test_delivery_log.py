"""The log of an endpoint, page by page, on each kind of database."""

from __future__ import annotations

from oneinvoice_impl.store.tables.webhooks import deliveries
from oneinvoice_impl.store.webhooks.delivery_log import NAMES, STATUSES, DeliveryLog, LogFilter
from sqlalchemy import update

from tests.unit.impl.webhook_world import ORGANISATION, World


def read(
    world: World, endpoint: str, wanted: LogFilter | None = None, organisation: str = ORGANISATION
) -> list[list[str]]:
    """The ids on each page of three."""
    found, after = [], None
    while True:
        page = world.do(
            lambda c, after=after: DeliveryLog(c, organisation).page(endpoint, wanted or LogFilter(), after, 3)
        )
        found.append([row["id"] for row in page.rows])
        if page.older is None:
            return found
        after = page.older


def filled(world: World) -> tuple[str, list[dict[str, str]]]:
    """An endpoint with ten deliveries, the newest first; some have the same time."""
    endpoint, other = world.add("http://127.0.0.1/hook"), world.add("http://127.0.0.1/other")
    for number in range(10):
        world.happen(number)
        world.go_on(seconds=number % 2)
    rows = [dict(row) for row in world.deliveries if row["endpoint_id"] == endpoint]
    for number, row in enumerate(rows):
        row |= {"status": STATUSES[number % 4], "event": NAMES[number % 3]}
        values = {name: row[name] for name in ("status", "event")}
        world.do(lambda c, id=row["id"], v=values: c.execute(update(deliveries).where(deliveries.c.id == id).values(v)))
    assert [id for page in read(world, other) for id in page]
    return endpoint, sorted(rows, key=lambda row: (row["created_at"], row["id"]), reverse=True)


def test_pages_tile_in_order(world: World) -> None:
    endpoint, rows = filled(world)
    found = read(world, endpoint)
    assert [len(page) for page in found] == [3, 3, 3, 1]
    assert [id for page in found for id in page] == [row["id"] for row in rows]


def test_filters(world: World) -> None:
    endpoint, rows = filled(world)
    for status in (None, *STATUSES):
        for event in (None, *NAMES[:4]):
            fits = [row["id"] for row in rows if status in (None, row["status"]) and event in (None, row["event"])]
            assert [id for page in read(world, endpoint, LogFilter(status, event)) for id in page] == fits


def test_nothing_of_another_organisation(world: World) -> None:
    endpoint, rows = filled(world)
    ids = [row["id"] for row in rows]
    assert read(world, endpoint, organisation="org_2") == [[]]
    assert world.do(lambda connection: DeliveryLog(connection, "org_2").delivery(ids[0])) is None
    assert world.do(lambda connection: DeliveryLog(connection, "org_2").contents(ids)) == {}
    assert world.do(lambda connection: DeliveryLog(connection, "org_2").attempts(ids[0])) == []
    assert len(world.do(lambda connection: DeliveryLog(connection, ORGANISATION).contents(ids))) == len(ids)


def test_endpoints_with_their_last_delivery(world: World) -> None:
    endpoint, rows = filled(world)
    unused = world.add("http://127.0.0.1/unused")
    overview = world.do(lambda connection: world.endpoints(connection).overview(10))
    last = {row["id"]: row["last_id"] for row in overview}
    assert (last[endpoint], last[unused]) == (rows[0]["id"], None)
    assert not [name for name in overview[0] if "secret" in name]
    assert len(world.do(lambda connection: world.endpoints(connection).overview(2))) == 2
