"""Records that show statuses which only a proposed document has."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from oneinvoice_fixtures.derivation import Draw

_EVERY = 5
"""One of so many records that could have a new status has one."""
_FROM = {"members": "active", "quotes": "sent", "invoices": "sent"}
"""The status in whose place a record shows a new one: of a quote or an invoice, the one with the fewest other facts."""


def with_new_statuses(
    rows: Iterable[dict[str, Any]], table: str, statuses: Mapping[str, tuple[str, ...]]
) -> Iterator[dict[str, Any]]:
    """Yield the rows of a table, of which some have new statuses, the same whenever they are seeded."""
    new, found = statuses[table], 0
    for row in rows:
        if row["status"] == _FROM[table]:
            found += 1
            if found % _EVERY == 1:  # so that the first does, however few there are
                row = row | {"status": new[found // _EVERY % len(new)]}
        yield row


def with_payment_statuses(content: Any, new: tuple[str, ...]) -> Any:
    """Return what the implementation says with new payment statuses in some of the invoices that wait for payment.

    An invoice shows the same wherever it is.
    """
    if isinstance(content, list):
        return [with_payment_statuses(each, new) for each in content]
    if not isinstance(content, dict):
        return content
    if content.get("payment_status") == "unpaid" and content.get("status") == "sent":
        draw = Draw("payment status", content.get("id"))
        return content | {"payment_status": draw.pick(new)} if draw.below(_EVERY) == 0 else content
    return content | {name: with_payment_statuses(content[name], new) for name in ("data",) if name in content}
