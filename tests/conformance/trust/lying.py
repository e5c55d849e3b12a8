"""A deployment that breaks one clause in one corner, and counts how often it did."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from werkzeug.wrappers import Request

from tests.miniatures import Deployment, Run
from tests.miniatures.deployment import API, RESOURCES

T = TypeVar("T")


@dataclass(frozen=True)
class Asked:
    """Request as it came in: where to, with which key, for what, and as which one of all and of its connection."""

    method: str
    resource: str
    key: str
    status: str | None
    limit: str | None
    offset: str | None
    number: int
    on_connection: int
    keys_before: tuple[str, ...]

    @property
    def start(self) -> int:
        return int(self.offset) if self.offset and self.offset.isdecimal() else 0

    @property
    def size(self) -> int:
        return int(self.limit) if self.limit and self.limit.isdecimal() else 50


@dataclass(frozen=True)
class Corner:
    """Part of all requests, in words that go on from "where", or from a comma."""

    words: str
    includes: Callable[[Asked], bool]

    def __and__(self, other: Corner) -> Corner:
        words = " ".join(filter(None, (self.words, other.words)))
        return Corner(words, lambda asked: self.includes(asked) and other.includes(asked))


ANYWHERE = Corner("", lambda asked: True)


@dataclass(frozen=True)
class Lie:
    """One clause broken in one corner: by which base, with which attributes, in which areas that is to be seen."""

    areas: tuple[str, ...]
    clause: str
    does: str
    base: type[Lying]
    attributes: dict[str, Any]
    run: Run = Run.READ
    without: frozenset[str] = frozenset()  # freedoms of these names or modules would hide or allow it


class Lying(Deployment):
    """Tells lies where its corner is."""

    corner = ANYWHERE
    resource: str | None = None  # any

    def __init__(self) -> None:
        super().__init__()
        self.lies_told = 0
        self._requests: Counter[Any] = Counter()
        self._keys: defaultdict[Any, list[str]] = defaultdict(list)

    def note(self, request: Request) -> None:
        super().note(request)
        connection = request.environ.get("REMOTE_PORT")
        self._requests[connection] += 1
        path = request.path.removeprefix(self.prefix + API).strip("/")
        key = self.name_of_key(request)
        self.asked = Asked(
            request.method,
            path if path in RESOURCES else "discovery" if not path else "",
            key,
            request.args.get("status"),
            request.args.get("limit"),
            request.args.get("offset"),
            len(self.log),
            self._requests[connection],
            tuple(self._keys[connection]),
        )
        self._keys[connection].append(key)

    def lies(self) -> bool:
        """Tell whether this request is in the corner."""
        return self.resource in (None, self.asked.resource) and self.corner.includes(self.asked)

    def instead(self, honest: T, lie: T) -> T:
        """Return the lie, and count it if it is one."""
        if lie != honest:
            self.lies_told += 1
        return lie


# Corners of requests for lists


def filtered(*statuses: str) -> Corner:
    words = f"filtered by {' or '.join(statuses)}" if statuses else "filtered"
    return Corner(words, lambda asked: asked.status in statuses if statuses else asked.status is not None)


UNFILTERED = Corner("without a filter", lambda asked: asked.status is None)
PLAIN = Corner("without parameters", lambda asked: (asked.status, asked.limit, asked.offset) == (None, None, None))
LATER_PAGE = Corner("from a later position on", lambda asked: asked.start > 0)
FIRST_PAGE = Corner("from the first position on", lambda asked: asked.start == 0)
LARGE_PAGE = Corner("by pages of 100 and more", lambda asked: asked.size >= 100)
SMALL_PAGE = Corner("by pages of 10 and less", lambda asked: asked.size <= 10)
DEFAULT_PAGE = Corner("without a limit", lambda asked: asked.limit is None)
WITH_LIMIT = Corner("with a limit", lambda asked: asked.limit is not None)


def from_position(offset: int) -> Corner:
    return Corner(f"from position {offset} on", lambda asked: asked.start >= offset)


def with_key(name: str) -> Corner:
    return Corner(f"with the {name} key", lambda asked: asked.key == name)


def from_request(number: int) -> Corner:
    return Corner(f"from request {number} on", lambda asked: asked.number >= number)


KEPT_CONNECTION = Corner("on a connection that was used before", lambda asked: asked.on_connection > 1)
