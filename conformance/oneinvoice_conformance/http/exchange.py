"""Exchange: one request and its answer."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import quote

from oneinvoice_conformance.http.credentials import Credential
from oneinvoice_conformance.http.failure import Failure
from oneinvoice_conformance.records.finder import NoList, Record, find_list, identities, identity_name
from oneinvoice_conformance.records.json_text import canonical, refuse_constant


class NotJSON(ValueError):
    """Raised where a body is not JSON (RFC 8259); its text says why."""


@dataclass(frozen=True, slots=True)
class Request:
    """Request to one endpoint. `query` is sent as it stands, `headers` beside those of every request.

    `accepts_4xx` says that any 4xx is as good as an answer. `slash` sends it with a slash at the path's end, where the
    deployment redirects to; with or without, it is the same request.
    """

    endpoint: str
    credential: Credential
    query: tuple[tuple[str, str], ...] = ()
    accepts_4xx: bool = False
    headers: tuple[tuple[str, str], ...] = ()
    version: str = "v1"
    slash: bool = field(default=False, compare=False)

    @property
    def method(self) -> str:
        return "GET"

    @property
    def path(self) -> str:
        """Path under the deployment's base, such as `/api/v1/members`."""
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
    def _query(self) -> str:
        if not self.query:
            return ""
        return "?" + "&".join(
            f"{quote(name, safe='')}={quote(value, safe='', errors='replace')}" for name, value in self.query
        )

    @property
    def is_plain(self) -> bool:
        return not self.query

    def __str__(self) -> str:
        return f"GET {self.target}"


@dataclass(frozen=True, eq=False)
class Exchange:
    """Request with its answer, or with the failure that left it without one.

    `started` is in seconds since 1970, `seconds` the duration, `sent` the start on the clock of the run. `status` is 0
    and `error` set if no whole answer came. `body` is the content without any transfer or content coding.
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
    body: bytes = b""
    error: Failure | None = None
    sent: float = 0.0
    wants_slash: bool = False
    on_new_connection: bool = False

    @property
    def received(self) -> float:
        """Time at which the answer was whole, on the clock of the run."""
        return self.sent + self.seconds

    def header(self, name: str) -> str | None:
        """Return the first header of that name, in any letter case."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    @cached_property
    def _parsed(self) -> tuple[Any, str | None]:
        try:
            return json.loads(self.body, parse_constant=refuse_constant), None
        except RecursionError:
            return None, "it is nested too deeply"
        except UnicodeDecodeError:
            return None, "it is not UTF-8, as JSON has to be (RFC 8259)"
        except ValueError as error:
            return None, str(error)

    def json(self) -> Any:
        """Return the body as JSON. Raises `NotJSON`."""
        value, problem = self._parsed
        if problem is not None:
            raise NotJSON(problem)
        return value

    @cached_property
    def _listed(self) -> list[Record] | NotJSON | NoList:
        try:
            return find_list(self.json(), self.request.endpoint)
        except (NotJSON, NoList) as error:
            return error

    def records(self) -> list[Record]:
        """Return the one list of records in the body. Raises `NotJSON` or `NoList`."""
        if isinstance(self._listed, list):
            return self._listed
        raise self._listed.with_traceback(None)

    @property
    def serves_list(self) -> bool:
        """Tell whether the answer is 200 with a list, be it unclear which of several."""
        if self.status != 200:
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
        """Tell whether the answer may be of this API: JSON with 200, or an error that the documentation knows."""
        if self.status in (401, 403, 429) or self.status >= 500:
            return True
        try:
            return self.status == 200 and isinstance(self.json(), (dict, list))
        except NotJSON:
            return False

    @cached_property
    def texts(self) -> list[str]:
        """Records as canonical texts. Raises as `records` does."""
        return [canonical(record) for record in self.records()]

    @cached_property
    def identified(self) -> bool:
        """Tell whether each record has an id. Raises as `records` does."""
        return identity_name(self.records(), self.request.endpoint) is not None

    @cached_property
    def identities(self) -> list[str]:
        """Identities of the records, each its id or else its canonical text. Raises as `records` does."""
        return identities(self.records(), self.request.endpoint) if self.identified else self.texts

    @property
    def outcome(self) -> str:
        """Outcome in a few words: the status, or the failure."""
        return str(self.error or self.status)

    def __str__(self) -> str:
        return f"{self.request} with {self.request.credential.label}: {self.outcome}"
