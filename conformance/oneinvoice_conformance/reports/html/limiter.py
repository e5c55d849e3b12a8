"""The measured rate limiter in the HTML report: what the key got over time, as paths of SVG."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from oneinvoice_conformance.ratelimit.limiter_bounds import MINUTE
from oneinvoice_conformance.ratelimit.load_profile import STEP, LoadProfile, LoadStep

WIDTH, HEIGHT = 1000, 140  # of the drawing, which the page stretches
_HEADROOM = 1.1  # of the scale, above the limit or the highest count
_BAR = 0.7  # of a step's width
_TICK = 12  # of the height, for what was refused


@dataclass(frozen=True, slots=True)
class LimiterPicture:
    """What a key got: `area` outlines what was served within the last minute, `bars` what was in each step.

    `refused` has a tick for each step with a refusal; all are the `d` of a path. `limit` is the height of the limit,
    and `marks` are (seconds, place) of each quarter of a minute.
    """

    words: str
    area: str
    bars: str
    refused: str
    limit: float
    marks: tuple[tuple[int, float], ...]
    seconds: float
    most: int


def limiter_picture(profile: LoadProfile, limit: int) -> LimiterPicture:
    """Return the picture of a profile."""
    steps = profile.steps
    width = WIDTH / max(1, len(steps))
    in_minute = _in_minute(steps)
    most = max(in_minute, default=0)
    scale = (HEIGHT - _TICK) / (_HEADROOM * max(limit, most))
    base = HEIGHT - _TICK
    area, bars, refused = f"M0 {base}", "", ""
    for number, (step, count) in enumerate(zip(steps, in_minute, strict=True)):
        left, right = number * width, (number + 1) * width
        area += f"H{left:.1f}V{base - count * scale:.1f}H{right:.1f}"
        if step.served:
            bars += (
                f"M{left + width * 0.15:.1f} {base}h{width * 0.7:.1f}v{-step.served * scale:.1f}h{-width * 0.7:.1f}z"
            )
        if step.refused:
            refused += f"M{left + width / 2:.1f} {base + 2}v{_TICK - 2}"
    seconds = len(steps) * STEP
    quarters = range(0, int(seconds) + 1, int(MINUTE / 4))
    return LimiterPicture(
        words=profile.words,
        area=f"{area}V{base}Z",
        bars=bars,
        refused=refused,
        limit=round(base - limit * scale, 1),
        marks=tuple((second, second / seconds * WIDTH) for second in quarters) if seconds else (),
        seconds=seconds,
        most=most,
    )


def _in_minute(steps: tuple[LoadStep, ...]) -> list[int]:
    """Return for each step how many requests were served in the minute that ends with it."""
    window, total, counts = deque[int](), 0, list[int]()
    for step in steps:
        window.append(step.served)
        total += step.served
        if len(window) > MINUTE / STEP:
            total -= window.popleft()
        counts.append(total)
    return counts
