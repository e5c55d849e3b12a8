"""Exchange: one request and its answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import quote

from oneinvoice_conformance.http.credentials import Credential
from oneinvoice_conformance.http.failure import Failure
from oneinvoice_conformance.records.bodies import EMPTY, Body
from oneinvoice_conformance.records.finder import NoList, Record
from oneinvoice_conformance.records.listing import Listing
from oneinvoice_conformance.records.listing import NotJSON as NotJSON

# The documentation names no code for success. A proxy that changes an answer makes 203 of 200, and a part of a list may
# be told by 206.
SERVED = (200, 203, 206)
_EMPTY = (204, 205)  # which have no body


@dataclass(frozen=True, slots=True)
class Request:
    """Request to one endpoint. `query` is sent as it stands, `headers` beside those of every request.

    `place` is its path under the base, without the first slash, where that is none of the documentation's; it has no
    endpoint and no version then. Where it `is_encoded`, no value of the query is percent-encoded, since it is already,
    or broken on purpose.
    `accepts_4xx` says that any 4xx is as good as an answer. `slash` sends it with a slash at the path's end, where the
    deployment redirects to; with or without, it is the same request. A key in the query is shown as its variable.
    """

    endpoint: str
    credential: Credential
    query: tuple[tuple[str, str], ...] = ()
    accepts_4xx: bool = False
    headers: tuple[tuple[str, str], ...] = ()
    version: str = "v1"
    place: str | None = None
    is_encoded: bool = False
    slash: bool = field(default=False, compare=False)

    @property
    def method(self) -> str:
        return "GET"

    @property
    def path(self) -> str:
        """Path under the deployment's base, such as `/api/v1/members`."""
        if self.place is not None:
            return f"/{self.place}"
        return f"/api/{self.version}/{self.endpoint}" if self.endpoint else f"/api/{self.version}"

    @property
    def canonical_target(self) -> str:
        """Path and query, percent-encoded, as the documentation writes them."""
        return self.path + self._query

    @property
    def target(self) -> str:
        """Path and query as they are sent, with any slash at the path's end."""
        return f"{self.path}{'/' if self.slash else ''}{self._query}"

    @property
    def secret_target(self) -> str:
        """Target with any key that stands in its query."""
        if not self.credential.parameters:
            return self.target
        return self.target.replace(
            f"={self.credential.shell}", f"={quote(self.credential.authorization or '', safe='')}"
        )

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Names and values of all parameters, of a key those of its variable."""
        return (*self.query, *((name, self.credential.shell or "") for name in self.credential.parameters))

    @property
    def _query(self) -> str:
        pairs = [
            (name, value) if self.is_encoded else (quote(name, safe=""), quote(value, safe="", errors="replace"))
            for name, value in self.query
        ]
        pairs += self.pairs[len(self.query) :]
        return "?" + "&".join(f"{name}={value}" for name, value in pairs) if pairs else ""

    @property
    def is_plain(self) -> bool:
        return not self.query

    def __str__(self) -> str:
        return f"GET {self.target}"


@dataclass(frozen=True, eq=False)
class Exchange:
    """Request with its answer, or with the failure that left it without one.

    `started` is in seconds since 1970, `seconds` the duration, `sent` the start on the clock of the run. `status` is 0
    and `error` set if no whole answer came. `list_path` is where the list of records is, if the operator says so.
    `wants_slash` says that the answer only redirects to the same address with a slash at its end, `on_new_connection`
    that a connection was opened for it alone.
    """

    number: int
    request: Request
    started: float
    seconds: float
    status: int = 0
    headers: tuple[tuple[str, str], ...] = ()
    version: str = "v1"
    body: Body = EMPTY
    error: Failure | None = None
    sent: float = 0.0
    wants_slash: bool = False
    list_path: str | None = None
    on_new_connection: bool = False

    @property
    def received(self) -> float:
        """Time at which the answer was whole, on the clock of the run."""
        return self.sent + self.seconds

    def header(self, name: str) -> str | None:
        """Return the first header of that name, in any letter case."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    @property
    def listing(self) -> Listing:
        """JSON of the body, and the one list in it."""
        return self.body.listing(self.request.endpoint, self.list_path)

    def json(self) -> Any:
        """Return the body as JSON; long lists in it may have lost their ends. Raises `NotJSON`."""
        return self.listing.json()

    def records(self) -> list[Record]:
        """Return the one list of records in the body, of a long one the first. Raises `NotJSON` or `NoList`."""
        return self.listing.records

    @property
    def is_served(self) -> bool:
        """Tell whether the answer is 200, or another code with which a list may be served."""
        return self.status in SERVED

    @property
    def is_empty(self) -> bool:
        """Tell whether the answer is a code that says that there is nothing, as an empty list does."""
        return self.status in _EMPTY

    @cached_property  # since who measures a limit asks for it all the time
    def serves_list(self) -> bool:
        """Tell whether a list is served, be it unclear which of several."""
        if not self.is_served:
            return False
        try:
            self.records()
        except NotJSON:
            return False
        except NoList as problem:
            return problem.ambiguous
        return True

    @property
    def resembles_api(self) -> bool:
        """Tell whether the answer may be of this API: JSON that is served, or an error that the documentation knows."""
        if self.status in (401, 403, 429) or self.status >= 500:
            return True
        try:
            return self.is_served and isinstance(self.json(), (dict, list))
        except NotJSON:
            return False

    @property
    def texts(self) -> list[str]:
        """Records as canonical texts. Raises as `records` does."""
        return self.listing.texts

    @property
    def identified(self) -> bool:
        """Tell whether each record has an id. Raises as `records` does."""
        return self.listing.identified

    @property
    def identities(self) -> list[str]:
        """Identities of the records, each its id or else its canonical text. Raises as `records` does."""
        return self.listing.identities

    @property
    def outcome(self) -> str:
        """Outcome in a few words: the status, or the failure."""
        return str(self.error or self.status)

    def __str__(self) -> str:
        return f"{self.request} with {self.request.credential.label}: {self.outcome}"
