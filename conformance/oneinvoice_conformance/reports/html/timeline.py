"""The time line of the HTML report: the requests of each account against the limit of a minute, as paths of SVG."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from oneinvoice_conformance.ratelimit.limiter_bounds import MINUTE
from oneinvoice_conformance.reports.redacted import RedactedExchange

WIDTH, HEIGHT = 1000, 100  # of the drawing, which the page stretches
_TICKS = 14  # of the height, for the single requests
_HEADROOM = 1.15  # of the scale, above the limit or the highest count
# Accounts that no limit is documented for: those of requests without a key that is valid.
_UNLIMITED = {"none": "No key", "invalid": "Keys that are none"}
_ORDER = {account: place for place, account in enumerate(("primary", "sibling", "other", "revoked", *_UNLIMITED))}


@dataclass(frozen=True, slots=True)
class Lane:
    """The requests of one account.

    `area` is the outline of how many were sent within the last 60 s, `served`, `refused` and `broken` a tick for each
    request, all as the `d` of a path; `limit` is the height of the limit, None where there is none.
    """

    name: str
    requests: int
    most: int
    refusals: int
    area: str
    served: str
    refused: str
    broken: str
    limit: float | None

    @property
    def description(self) -> str:
        """The lane in words."""
        return (
            f"{self.name}: {self.requests} requests, at most {self.most} within 60 seconds, "
            f"{self.refusals} answered with 429"
        )


@dataclass(frozen=True, slots=True)
class Timeline:
    """All lanes, on one scale: `seconds` long, by the clock of the run."""

    lanes: tuple[Lane, ...]
    seconds: float
    limit: int

    @property
    def marks(self) -> list[tuple[int, float]]:
        """The full minutes, no more than a dozen: (seconds, place in the drawing)."""
        step = int(MINUTE) * max(1, round(self.seconds / MINUTE / 12))
        return [(second, second / self.seconds * WIDTH) for second in range(0, int(self.seconds) + 1, step)]


def timeline(exchanges: Iterable[RedactedExchange], limit: int) -> Timeline | None:
    """Return the lanes of the accounts, the primary key's first; None if nothing was sent."""
    by_account: dict[str, list[RedactedExchange]] = defaultdict(list)
    for exchange in sorted(exchanges, key=lambda each: each.sent):
        by_account[exchange.role.account].append(exchange)
    if not by_account:
        return None
    start = min(sent[0].sent for sent in by_account.values())
    seconds = max(max(each.received for each in sent) for sent in by_account.values()) - start
    seconds = max(seconds, 1.0)
    counts = {account: _counts([each.sent - start for each in sent]) for account, sent in by_account.items()}
    top = _HEADROOM * max(limit, *(count for steps in counts.values() for _, count in steps))
    lanes = tuple(
        _lane(account, sent, counts[account], _Scale(start, seconds, top), limit)
        for account, sent in sorted(by_account.items(), key=lambda item: _ORDER.get(item[0], len(_ORDER)))
    )
    return Timeline(lanes, seconds, limit)


@dataclass(frozen=True, slots=True)
class _Scale:
    start: float
    seconds: float
    top: float

    def x(self, second: float) -> int:
        return min(WIDTH, round(second / self.seconds * WIDTH))

    def y(self, count: float) -> float:
        return round((HEIGHT - _TICKS) * (1 - count / self.top), 1)


def _counts(times: Sequence[float]) -> list[tuple[float, int]]:
    """Return (second, how many were sent in the 60 s until then) wherever that changes; `times` are in order."""
    changes = sorted([(time, 1) for time in times] + [(time + MINUTE, -1) for time in times])
    steps, count = [], 0
    for second, change in changes:
        count += change
        steps.append((second, count))
    return steps


def _lane(
    account: str, sent: Sequence[RedactedExchange], counts: Sequence[tuple[float, int]], scale: _Scale, limit: int
) -> Lane:
    by_kind: dict[str, set[int]] = defaultdict(set)
    for each in sent:
        by_kind[_kind(each)].add(scale.x(each.sent - scale.start))
    return Lane(
        name=_UNLIMITED.get(account) or f"{account.capitalize()} key",
        requests=len(sent),
        most=max(count for _, count in counts),
        refusals=sum(each.status == 429 for each in sent),
        area=_area(counts, scale),
        served=_ticks(by_kind["served"]),
        refused=_ticks(by_kind["refused"]),
        broken=_ticks(by_kind["broken"]),
        limit=None if account in _UNLIMITED else scale.y(limit),
    )


def _kind(exchange: RedactedExchange) -> str:
    if exchange.status == 429:
        return "refused"
    return "broken" if exchange.error or exchange.status >= 500 else "served"


def _area(counts: Sequence[tuple[float, int]], scale: _Scale) -> str:
    """Return the outline of the counts: at each place of the drawing the highest, and then the last one there."""
    at: dict[int, tuple[int, int]] = {}
    for second, count in counts:
        if second <= scale.seconds:
            x = scale.x(second)
            at[x] = (max(count, at[x][0] if x in at else 0), count)
    path = f"M0 {scale.y(0)}"
    for x, (highest, last) in at.items():
        path += f"H{x}V{scale.y(highest)}" + (f"V{scale.y(last)}" if last != highest else "")
    return f"{path}H{WIDTH}V{scale.y(0)}Z"


def _ticks(places: Iterable[int]) -> str:
    return "".join(f"M{x} {HEIGHT - _TICKS + 4}v{_TICKS - 4}" for x in sorted(places))
