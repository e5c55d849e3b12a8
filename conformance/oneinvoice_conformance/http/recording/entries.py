"""Entries of an archive: each the exchange that it recorded, or the reason why it is left out.

An archive that the suite wrote is believed to the letter. Those of browsers and proxies hold much besides: other sites,
answers from caches, bodies that were cut or never kept. What such an entry doesn't show as the deployment sent it is
left out, and told.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from oneinvoice_conformance.http.credentials import Role, role_from_label
from oneinvoice_conformance.http.failure import Failure, FailureKind, failure_from_phrase
from oneinvoice_conformance.http.recording.archive import Attachments
from oneinvoice_conformance.http.recording.content import NotKept, body_of, text_of
from oneinvoice_conformance.http.recording.senders import Kind, Sender, sender_of
from oneinvoice_conformance.http.redirect import adds_slash
from oneinvoice_conformance.http.transport import RawResponse
from oneinvoice_conformance.records.bodies import EMPTY, Body, BodyStore
from oneinvoice_conformance.records.long_json import Elements

_END_OF_TIME = 1e11  # seconds since 1970, in a year of four digits
_PATH = re.compile(
    r"(?P<base>(?:/[\w.~%!$&'()*+,;=:@-]+)*?)(?P<path>/api/v[12](?:/(?:members|quotes|invoices))?)(?P<slash>/?)",
    re.ASCII,
)
_PORTS = {"http": 80, "https": 443}
# Parameters whose value is new each time, so that no cache answers; they ask for nothing.
_AGAINST_CACHES = re.compile(r"_+|_?(?:t|ts|cb|rnd|rand|random|nocache|cachebust(?:er)?|timestamp)", re.IGNORECASE)
_DOCUMENTED = ("limit", "offset", "status")
_WITHHELD = "…"  # in the place of other parameters' values, which may be secrets
ODD = "without a response, headers or a time that can be read"
CACHED = "answered by a cache or a service worker"
ABORTED = "without an answer"
PARTIAL = "for a part of an answer, or for a page in the place of JSON"
REDIRECTED = "redirected to the same path elsewhere"

Target = tuple[str, tuple[tuple[str, str], ...]]


@dataclass(frozen=True, slots=True)
class RecordedExchange:
    """Recorded request, by the role of its credential, and its answer, whose body stands apart.

    `sender` has the secret that was sent. `has_more` says that the request has parameters which the documentation
    doesn't name, and may ask for something else by them.
    """

    base: str
    target: Target
    role: Role
    answer: RawResponse
    body: Body = EMPTY
    sender: Sender = field(repr=False, default=Sender(Kind.NOTHING))  # it is frozen
    has_more: bool = False


class LeftOut(Exception):
    """Raised for an entry that is left out; its text says which kind of entry it is."""


@dataclass(frozen=True, slots=True)
class Place:
    """Place of a request: the deployment, the path below it with and without a slash at its end, and the query."""

    base: str
    path: str
    slash: str
    query: str


class ApiEntries(Elements):
    """Entries of an archive for paths of this API, each with its body read; others are left out, and counted."""

    def __init__(self, attachments: Attachments) -> None:
        super().__init__()
        self._bodies, self._attachments = BodyStore(), attachments
        self.odd = 0

    def add(self, element: Any, characters: int) -> None:
        """Take the next entry, with `_suite_body` and `_body` in the place of its text: the former as the suite's.

        The latter may be the reason why another tool's has none.
        """
        try:
            is_of_api = place_of(element["request"]["url"]) is not None
        except (LookupError, TypeError, AttributeError):
            self.odd += 1
            return
        if is_of_api:
            super().add(self._with_body(element), characters)

    def _with_body(self, entry: dict[str, Any]) -> dict[str, Any]:
        response = entry.get("response")
        if not isinstance(response, dict):
            return entry
        entry = {**entry, "_body": EMPTY, "_suite_body": EMPTY}
        content = response.get("content")
        if isinstance(content, dict) and isinstance(content.get("text"), str):
            with suppress(ValueError):
                entry["_suite_body"] = self._bodies.keep(text_of(content), is_cut=bool(entry.get("_cut")))
        try:
            status, headers = int(response["status"]), _by_name(response["headers"])
            kept = body_of({**response, "status": status}, headers, self._attachments)
            entry["_body"] = self._bodies.keep(kept)
        except NotKept as problem:
            entry["_body"] = str(problem)
        except (LookupError, TypeError, ValueError):
            pass  # which makes it odd
        entry["response"] = {name: value for name, value in response.items() if name != "content"}
        return entry


def exchange_of_suite(entry: dict[str, Any]) -> RecordedExchange:
    """Return the exchange of an entry that the suite wrote. Raises `LeftOut`."""
    place = place_of(entry["request"]["url"])
    try:
        if place is None or entry["request"]["method"] != "GET":
            raise LeftOut(ODD)
        role = Role(entry["_role"]) if "_role" in entry else role_from_label(str(entry["_credential"]))
        if role is None:
            raise LeftOut(ODD)
        answer = _answer(entry, float(entry["_sent"]), float(entry["_seconds"]))
        answer = replace(answer, error=_failure(entry))
    except (LookupError, TypeError, ValueError, AttributeError, OverflowError):
        raise LeftOut(ODD) from None
    target = target_of(place.path + place.slash, place.query)
    base = str(entry["request"]["url"]).partition("?")[0].removesuffix(place.path + place.slash)
    return RecordedExchange(base, target, role, answer, entry["_suite_body"])


def exchange_of_others(entry: dict[str, Any], by: str) -> RecordedExchange | None:
    """Return the exchange of an entry that another tool wrote, its role untold; None for another method than GET.

    Raises `LeftOut`. Clients may know from the start that a path wants a slash at its end, or be redirected each time,
    so that paths are taken for the same with and without it.
    """
    try:
        request, response = entry["request"], entry["response"]
        if str(request["method"]).upper() != "GET":
            return None
        asked, given = _by_name(request["headers"]), _by_name(response["headers"])
        answer = _answer(entry, None, _seconds(entry))
        place = place_of(request["url"])
        assert place
        cookies = request.get("cookies")
        parameters = [name for name, _ in parse_qsl(place.query, keep_blank_values=True)]
        sender = sender_of(asked, isinstance(cookies, list) and cookies, parameters)
    except (LookupError, TypeError, ValueError, AttributeError, OverflowError):
        raise LeftOut(ODD) from None
    if _is_from_cache(entry, response, by) or answer.status == 304:
        raise LeftOut(CACHED)
    if not 200 <= answer.status < 600 or entry.get("_error") or response.get("_error") or response.get("_failureText"):
        raise LeftOut(ABORTED)
    if "non-authoritative-reason" in given or _leads_elsewhere(request["url"], answer):
        raise LeftOut(REDIRECTED)
    body = entry["_body"]
    if isinstance(body, str):
        raise LeftOut(body)
    if "range" in asked or _is_page_on_purpose(asked, given):
        raise LeftOut(PARTIAL)
    path, pairs = target_of(place.path, place.query)
    if answer.status < 400:  # else it may be what is refused
        pairs = tuple(pair for pair in pairs if not _AGAINST_CACHES.fullmatch(pair[0]))
    has_more = any(name not in _DOCUMENTED for name, _ in pairs)
    pairs = tuple((name, value if name in _DOCUMENTED else _WITHHELD) for name, value in pairs)
    return RecordedExchange(place.base, (path, pairs), Role.UNTOLD, answer, body, sender, has_more)


def place_of(url: Any) -> Place | None:
    """Return the place of a URL of this API, its deployment as URLs of one are to be compared; None for any other."""
    try:
        parts = urlsplit(url.strip())
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return None
    match = _PATH.fullmatch(parts.path)
    if parts.scheme.lower() not in _PORTS or not host or match is None:
        return None
    address = f"[{host}]" if ":" in host else host
    shown = "" if port in (None, _PORTS[parts.scheme.lower()]) else f":{port}"
    base = f"{parts.scheme.lower()}://{address}{shown}{match['base']}"
    return Place(base, match["path"], match["slash"], parts.query)


def target_of(path: str, query: str) -> Target:
    """Return path and query, the same in whatever order parameters of different names stand."""
    return path, tuple(sorted(parse_qsl(query, keep_blank_values=True), key=lambda pair: pair[0]))


def _pairs(headers: Any) -> tuple[tuple[str, str], ...]:
    """Return headers that are texts. Raises `TypeError` for what is no list of them."""
    if not isinstance(headers, list):
        raise TypeError("no headers")
    pairs = [(each.get("name"), each.get("value")) for each in headers if isinstance(each, dict)]
    return tuple((name, "" if value is None else str(value)) for name, value in pairs if isinstance(name, str))


def _by_name(headers: Any) -> dict[str, str]:
    return {name.strip().lower(): value for name, value in _pairs(headers)}


def _answer(entry: dict[str, Any], sent: float | None, seconds: float) -> RawResponse:
    """Return the answer, without its body. Raises `ValueError` for a time that is none."""
    response = entry["response"]
    started = _time(entry["startedDateTime"])
    sent = started if sent is None else sent
    if not (0 <= sent < _END_OF_TIME and 0 <= seconds < _END_OF_TIME):
        raise ValueError("a time is none")
    status, headers = int(response["status"]), _pairs(response["headers"])
    return RawResponse(sent, sent + seconds, status, headers, started=started)


def _time(text: str) -> float:
    """Return the seconds since 1970 of a time, which is in UTC where it doesn't tell its zone."""
    time = datetime.fromisoformat(text.strip())
    return (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()


def _seconds(entry: Mapping[str, Any]) -> float:
    """Return how long an exchange took; writers that don't measure it leave it out, or write -1."""
    return max(0.0, float(entry.get("time", 0))) / 1000


def _failure(entry: dict[str, Any]) -> Failure | None:
    """Return the failure that the suite recorded, if any. Raises `ValueError` for an unknown kind."""
    phrase = entry.get("_error")
    if not phrase:
        return None
    if "_failure" in entry:
        remedy = entry.get("_remedy")
        return Failure(FailureKind(entry["_failure"]), str(phrase), str(remedy) if remedy else None)
    return failure_from_phrase(str(phrase))


def _is_from_cache(entry: Mapping[str, Any], response: Mapping[str, Any], by: str) -> bool:
    """Tell whether an answer came from a cache of the browser, or of a page's service worker.

    Chrome, WebKit and Firefox each mark it in their own way, and tools on the protocol of Chrome by the entry that was
    in the cache before.
    """
    marks = ("_fromCache", "_fromDiskCache", "_fromMemoryCache", "_fetchedViaServiceWorker", "_servedFromCache")
    if any(side.get(mark) for side in (entry, response) for mark in (*marks, *(mark[1:] for mark in marks))):
        return True
    fetched = entry.get("_fetchType")
    if isinstance(fetched, str) and not fetched.lower().startswith("network"):
        return True
    cache = entry.get("cache")
    if not isinstance(cache, dict):
        return False
    return bool(cache.get("beforeRequest")) or ("afterRequest" in cache and "firefox" in by.lower())


def _leads_elsewhere(url: str, answer: RawResponse) -> bool:
    """Tell whether an answer only redirects to the same path and query, with https, a slash or at another host."""
    if adds_slash(url, answer.status, answer.headers):
        return True
    location = next((value for name, value in answer.headers if name.lower() == "location"), "")
    there, here = place_of(location), place_of(url)
    return (
        answer.status in (301, 302, 307, 308)
        and there is not None
        and here is not None
        and ((there.path, there.query) == (here.path, here.query))
    )


def _is_page_on_purpose(asked: Mapping[str, str], given: Mapping[str, str]) -> bool:
    """Tell whether a page was asked for, as browsers do where people open an address, and came."""
    kind = given.get("content-type", "").partition(";")[0].strip().lower()
    return bool(kind) and "json" not in kind and kind in asked.get("accept", "").lower()
