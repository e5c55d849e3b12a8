"""Fill a mock's database at its start."""

from __future__ import annotations

import sys

from oneinvoice_impl.mock.cli.progress import ProgressLine
from oneinvoice_impl.mock.seeding import Seeded, seed_database
from oneinvoice_impl.server.app import Application


def fill(app: Application, seeded: Seeded, *, is_alone: bool) -> None:
    """Fill the database of an application, all or nothing, unless it is filled; `is_alone` keeps other mocks out of it.

    Raises as `seed_database` does.
    """
    try:
        if is_alone:
            app.database.use_alone()  # controls, limits and clock are this process's own
        if seeded.file is not None:
            import asyncio

            from oneinvoice_impl.mock.fixtures.webhooks import check_urls

            asyncio.run(check_urls(seeded.file.fixtures, app.webhooks.url_policy))
        seed_database(
            app.database,
            seeded.seed,
            seeded.scale,
            ProgressLine(sys.stderr),
            rate_limit=seeded.rate_limit,
            file=seeded.file,
            statuses=seeded.statuses,
            encryption=app.webhooks.encryption,
        )
    except BaseException:
        app.database.close()
        raise
