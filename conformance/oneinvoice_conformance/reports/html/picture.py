"""Picture of a trial over time: its requests, deliveries, waits and program, as places in a drawing.

Places are in percent of the width and in pixels of the height, so that nothing is distorted at any width.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from oneinvoice_conformance.clients.observation import DeliveryKind, Mark
from oneinvoice_conformance.reports.redacted import RedactedRequest, RedactedSent, RedactedTrial

ROW, LABEL, GAP = 20, 18, 10  # pixels: of a row of marks, of the words above a lane, between lanes
_HOLD = 20  # pixels above all lanes, for the words of a Retry-After
_ROWS = 6  # of a lane; what is more at once shares the last
_MOST_TICKS = 200  # of a lane; of more, those that stand at one place are one
_THIN = 0.3  # percent: what took less has no line
_MOST_MARKS = 8  # on the axis
_STEPS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600, 7200)  # seconds between marks
_BROKEN = (Mark.OUTAGE, Mark.BROKEN, Mark.NO_ANSWER)


@dataclass(frozen=True, slots=True)
class Tick:
    """Request or delivery: its `kind` as the name of a class and a shape, its place, and how long it took.

    `title` is there for what shows a finding.
    """

    kind: str
    x: float
    y: int
    width: float
    title: str | None = None


@dataclass(frozen=True, slots=True)
class Bar:
    """Span of time: from `x`, `width` wide, with words."""

    x: float
    width: float
    words: str


@dataclass(frozen=True, slots=True)
class Lane:
    """Lane of a picture: its words, where it begins and how high it is, with ticks or bars."""

    name: str
    words: str
    y: int
    height: int
    ticks: tuple[Tick, ...] = ()
    bars: tuple[Bar, ...] = ()


@dataclass(frozen=True, slots=True)
class Picture:
    """Picture of a trial. `holds` are the spans of Retry-After, and `marks` (second, place) of the axis."""

    lanes: tuple[Lane, ...]
    holds: tuple[Bar, ...]
    height: int
    marks: tuple[tuple[str, float], ...]
    words: str


def picture_of(trial: RedactedTrial, requests: frozenset[int], deliveries: frozenset[int]) -> Picture | None:
    """Return the picture of a trial; None of one in which nothing happened.

    `requests` and `deliveries` are the numbers of those that show a finding.
    """
    if not (trial.requests or trial.deliveries or trial.program):
        return None
    scale = _Scale(max(trial.seconds, *_ends(trial), 0.1))
    holds = tuple(_holds(trial, scale))
    top = _HOLD if holds else 0
    lanes: list[Lane] = []
    for lane in (_of_program, _of_waits):
        lanes += lane(trial, scale, _bottom(lanes, top))
    if trial.requests:
        rows = _rows([(each.at, each.answered or each.at) for each in trial.requests])
        lanes.append(_of_seen(trial.requests, rows, scale, _bottom(lanes, top), requests))
    if trial.deliveries:
        rows = _rows([(each.at, each.answered or each.at) for each in trial.deliveries])
        lanes.append(_of_seen(trial.deliveries, rows, scale, _bottom(lanes, top), deliveries))
    words = "; ".join(f"{lane.name}: {lane.words}" if lane.words else lane.name for lane in lanes)
    words += f"; {'; '.join(filter(None, (hold.words for hold in holds)))}" if holds else ""
    return Picture(tuple(lanes), holds, _bottom(lanes, top), scale.marks, words)


@dataclass(frozen=True, slots=True)
class _Scale:
    seconds: float

    def x(self, second: float) -> float:
        """Return the place of a moment, in percent."""
        return round(100 * min(max(second / self.seconds, 0.0), 1.0), 2)

    def bar(self, start: float, end: float, words: str) -> Bar:
        return Bar(self.x(start), round(self.x(end) - self.x(start), 2), words)

    @property
    def marks(self) -> tuple[tuple[str, float], ...]:
        """Marks of the axis, in words, with their places."""
        step = next((step for step in _STEPS if self.seconds / step <= _MOST_MARKS), _STEPS[-1])
        seconds = [number * step for number in range(int(self.seconds / step) + 1)]
        return tuple((f"{second:g} s", self.x(second)) for second in (round(each, 1) for each in seconds))


def _ends(trial: RedactedTrial) -> Iterable[float]:
    yield from (each.at for each in trial.requests)
    yield from (each.answered or each.at for each in trial.deliveries)
    yield from (wait.end for wait in trial.waits)


def _bottom(lanes: Sequence[Lane], top: int) -> int:
    return lanes[-1].y + lanes[-1].height + GAP if lanes else top


def _rows(spans: Sequence[tuple[float, float]]) -> list[int]:
    """Return a row for each span, in which none overlaps the one before it; the last row takes what is left."""
    ends: list[float] = []
    rows = []
    for start, end in spans:
        row = next((index for index, busy in enumerate(ends) if busy <= start), len(ends))
        row = min(row, _ROWS - 1)
        ends[row : row + 1] = [max(end, ends[row] if row < len(ends) else 0.0)]
        rows.append(row)
    return rows


def _of_program(trial: RedactedTrial, scale: _Scale, y: int) -> list[Lane]:
    program = trial.program
    if program is None:
        return []
    words = "killed before it ended" if program.code is None else f"exit code {program.code}"
    bar = scale.bar(program.started, program.started + program.seconds, words)
    return [Lane("Program", f"{program.seconds:.2f} s, {words}", y, LABEL + ROW // 2, bars=(bar,))]


def _of_waits(trial: RedactedTrial, scale: _Scale, y: int) -> list[Lane]:
    if not trial.waits:
        return []
    words = "; ".join(dict.fromkeys(wait.what for wait in trial.waits))
    bars = tuple(scale.bar(wait.start, wait.end, wait.what) for wait in trial.waits)
    return [Lane("The scenario waits", words, y, LABEL + ROW // 2, bars=bars)]


def _of_seen(
    seen: Sequence[RedactedRequest | RedactedSent],
    rows: Sequence[int],
    scale: _Scale,
    y: int,
    shown: frozenset[int],
) -> Lane:
    """Return the lane of requests or of events, which has a title for each that shows a finding."""
    label = "Requests" if isinstance(seen[0], RedactedRequest) else "Events"
    ticks = [
        Tick(
            kind=kind_of(each) if isinstance(each, RedactedRequest) else kind_of_delivery(each),
            x=scale.x(each.at),
            y=y + LABEL + ROW * row,
            width=scale.bar(each.at, each.answered or each.at, "").width,
            title=f"{label[:-1].lower()} {each.number} at {each.at:.2f} s" if each.number in shown else None,
        )
        for each, row in zip(seen, rows, strict=True)
    ]
    return Lane(label, _words(len(seen), rows), y, LABEL + ROW * (max(rows) + 1), _thinned(ticks))


def _thinned(ticks: Sequence[Tick]) -> tuple[Tick, ...]:
    """Return the ticks, or of too many one for each kind and place, that which shows a finding if there is one."""
    places = 1000
    kept = list(ticks)
    while len(kept) > _MOST_TICKS:
        first_shown = sorted(kept, key=lambda tick: tick.title is None)
        at_place = {(tick.kind, tick.y, round(tick.x * places / 100)): tick for tick in reversed(first_shown)}
        kept, places = list(at_place.values()), places // 2
    return tuple(replace(tick, width=0.0) if tick.width < _THIN else tick for tick in kept)


def kind_of(request: RedactedRequest) -> str:
    """Return how a request was answered, as the name of a class and of a shape."""
    if request.status == 0 or request.status >= 500 or request.mark in _BROKEN:
        return "broken"
    if request.status >= 400:
        return "refused"
    return "served" if request.mark is Mark.PLAIN else "played"


def kind_of_delivery(delivery: RedactedSent) -> str:
    """Return how a delivery was answered, as the name of a class and of a shape."""
    if delivery.status == 0 or delivery.status >= 500:
        return "broken"
    is_accepted = delivery.status < 300
    if delivery.kind is DeliveryKind.GENUINE:
        return "served" if is_accepted else "refused"
    return "played" if is_accepted else "refused"


def _words(count: int, rows: Sequence[int]) -> str:
    at_once = max(rows) + 1
    if at_once == 1:
        return str(count)
    return f"{count}, {at_once} or more at once" if at_once == _ROWS else f"{count}, up to {at_once} at once"


def _holds(trial: RedactedTrial, scale: _Scale) -> Iterable[Bar]:
    """Yield the spans in which a Retry-After held the client, those that overlap as one."""
    spans: list[tuple[float, float]] = []
    for each in trial.requests:
        if each.hold is None or each.answered is None:
            continue
        if spans and each.answered <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(spans[-1][1], each.hold))
        else:
            spans.append((each.answered, each.hold))
    for start, end in spans:
        yield scale.bar(start, end, f"Retry-After, until {end:.2f} s")
