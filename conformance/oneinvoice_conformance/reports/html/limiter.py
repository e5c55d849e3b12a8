"""The measured rate limiter in the HTML report: what the key got over time, as paths of SVG."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from oneinvoice_conformance.ratelimit.limiter_bounds import MINUTE
from oneinvoice_conformance.reports.redacted import RedactedLoadProfile

WIDTH, HEIGHT = 1000, 140  # of the drawing, which the page stretches
_HEADROOM = 1.1  # of the scale, above the limit or the highest count
_GAP = 0.15  # of a step's width, on both sides of a bar
_TICK = 12  # of the height, for what was refused


@dataclass(frozen=True, slots=True)
class LimiterPicture:
    """Drawing of what a key got: `area` outlines what was served within the last minute, `bars` what was in each step.

    `refused` has a tick for each step with a refusal; all are the `d` of a path. `limit` is the height of the limit, of
    `granted` requests a minute, and `marks` are (seconds, place) of each quarter of a minute.
    """

    words: str
    area: str
    bars: str
    refused: str
    limit: float
    granted: int
    marks: tuple[tuple[int, float], ...]
    seconds: float
    most: int


def limiter_picture(profile: RedactedLoadProfile, limit: int) -> LimiterPicture:
    """Return the picture of a profile."""
    width = WIDTH / max(1, len(profile.served))
    in_minute = _in_minute(profile)
    most = max(in_minute, default=0)
    scale = (HEIGHT - _TICK) / (_HEADROOM * max(limit, most))
    base = HEIGHT - _TICK
    area, bars, refused = f"M0 {base}", "", ""
    for number, (served, was_refused, count) in enumerate(zip(profile.served, profile.refused, in_minute, strict=True)):
        left, right = number * width, (number + 1) * width
        area += f"H{left:.1f}V{base - count * scale:.1f}H{right:.1f}"
        if served:
            bar = width * (1 - 2 * _GAP)
            bars += f"M{left + width * _GAP:.1f} {base}h{bar:.1f}v{-served * scale:.1f}h{-bar:.1f}z"
        if was_refused:
            refused += f"M{left + width / 2:.1f} {base + 2}v{_TICK - 2}"
    seconds = profile.seconds
    quarters = range(0, int(seconds) + 1, int(MINUTE / 4))
    return LimiterPicture(
        words=profile.words,
        area=f"{area}V{base}Z",
        bars=bars,
        refused=refused,
        granted=limit,
        limit=round(base - limit * scale, 1),
        marks=tuple((second, second / seconds * WIDTH) for second in quarters) if seconds else (),
        seconds=seconds,
        most=most,
    )


def _in_minute(profile: RedactedLoadProfile) -> list[int]:
    """Return for each step how many requests were served in the minute that ends with it."""
    window, total, counts = deque[int](), 0, list[int]()
    for served in profile.served:
        window.append(served)
        total += served
        if len(window) > MINUTE / profile.step_seconds:
            total -= window.popleft()
        counts.append(total)
    return counts
