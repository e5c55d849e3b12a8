"""A chart of the requests of a key in the last 24 hours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

HOURS = 24

_HOUR = timedelta(hours=1)
_MINUTES = 60
# So that a single request among thousands is seen.
_LOWEST = 3


@dataclass(frozen=True, slots=True)
class Bar:
    """An hour: when it began, and how many requests were served."""

    begins: datetime
    requests: int


@dataclass(frozen=True, slots=True)
class Chart:
    """24 bars, the present hour last."""

    bars: tuple[Bar, ...]
    limit: int
    """Requests that may be sent in an hour."""

    @property
    def total(self) -> int:
        """The requests of all hours."""
        return sum(bar.requests for bar in self.bars)

    @property
    def busiest(self) -> Bar:
        """The hour with the most requests, the latest of them."""
        return max(reversed(self.bars), key=lambda bar: bar.requests)

    @property
    def percent(self) -> float:
        """The part of the limit that the busiest hour used, in percent."""
        return 100 * self.busiest.requests / self.limit

    def path(self, height: int) -> str:
        """Return the bars as the data of an SVG path, each 8 wide in a column of 10; the highest is as high as that."""
        most = self.busiest.requests
        tall = [max(bar.requests * height / most, _LOWEST) if bar.requests else 0 for bar in self.bars]
        return "".join(f"M{10 * column + 1} {height}v-{up:g}h8v{up:g}z" for column, up in enumerate(tall) if up)


def first_hour(at: datetime) -> datetime:
    """Return the hour that the chart begins with."""
    return at.replace(minute=0, second=0, microsecond=0) - (HOURS - 1) * _HOUR


def chart(use: Mapping[datetime, int], rate_limit: int, at: datetime) -> Chart:
    """Return the chart of a key with a limit in requests a minute, from its requests by hour."""
    first = first_hour(at)
    hours = [first + number * _HOUR for number in range(HOURS)]
    return Chart(tuple(Bar(hour, use.get(hour, 0)) for hour in hours), rate_limit * _MINUTES)
