"""Read a deployment by URL or in the same process, and remember what was read."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import urllib3

from tests.miniatures import Deployment, keys

# Whatever shape a record has, one of these stands in it.
MARK = re.compile(r'member\d+@|"[TF]\d{3,4}"')


class UndecidedError(Exception):
    """Answer of which nothing can be said, as what was asked for wasn't served."""


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @cached_property
    def marks(self) -> list[str]:
        """Return which records are listed, in their order, by the one text that each of them alone has."""
        self._need_ok()
        return [mark.strip('"@') for mark in MARK.findall(self.body.decode())]

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @cached_property
    def records(self) -> list[dict[str, Any]]:
        """Return the first list of objects, each with its attributes (if it has such) beside its own fields."""
        if not self.has_list:
            raise UndecidedError("there is no list of records")
        return [item | item.get("attributes", {}) for item in self._list or []]

    @property
    def has_list(self) -> bool:
        self._need_ok()
        return self._list is not None

    @cached_property
    def _list(self) -> list[dict[str, Any]] | None:
        try:
            found = _lists(self.json)
        except ValueError:
            return None
        return next((each for each in found if all(isinstance(item, dict) for item in each)), None)

    def _need_ok(self) -> None:
        if self.status != 200:
            raise UndecidedError(f"the answer is {self.status}")


def _lists(value: Any) -> Iterator[list[Any]]:
    if isinstance(value, list):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _lists(each)


ENVIRON = {
    "REQUEST_METHOD": "GET",
    "SCRIPT_NAME": "",
    "SERVER_NAME": "api.example",
    "SERVER_PORT": "80",
    "SERVER_PROTOCOL": "HTTP/1.1",
    "wsgi.url_scheme": "http",
}

Send = Callable[[str, dict[str, str]], Answer]


class Reader:
    """Asks each question once; after a 500, 502, 503 or a lost connection, or where a slash is wanted, once more."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._answers: dict[tuple[str, str, str | None], Answer] = {}

    def get(self, target: str, key: str = "primary") -> Answer:
        """Return what a key, by its name, gets from a target below /api/v1."""
        return self.get_with(target, f"Bearer {keys()[key].value}")

    def get_with(self, target: str, authorization: str | None, header: str = "Authorization") -> Answer:
        asked = (target, header, authorization)
        if asked not in self._answers:
            headers = {} if authorization is None else {header: authorization}
            self._answers[asked] = self._ask_again(f"/api/v1{target}", headers)
        return self._answers[asked]

    def _ask_again(self, target: str, headers: dict[str, str]) -> Answer:
        try:
            answer = self._send(target, headers)
        except (ConnectionError, urllib3.exceptions.HTTPError):
            return self._send(target, headers)
        path, mark, query = target.partition("?")
        if 300 < answer.status < 400 and answer.headers["Location"].partition("?")[0].endswith(f"{path}/"):
            return self._send(f"{path}/{mark}{query}", headers)
        return self._send(target, headers) if answer.status in (500, 502, 503) else answer


def over_http(url: str, pool: urllib3.PoolManager) -> Reader:
    """Return a reader of a deployment that is served."""

    def send(target: str, headers: dict[str, str]) -> Answer:
        answer = pool.request("GET", url + target, headers=headers, retries=False, redirect=False)
        return Answer(answer.status, answer.headers, answer.data)

    return Reader(send)


def in_process(deployment: Deployment) -> Reader:
    """Return a reader that calls a deployment as a server would, which takes a fifth of the time."""

    def send(target: str, headers: dict[str, str]) -> Answer:
        path, _, query = target.partition("?")
        environ = dict(ENVIRON, PATH_INFO=deployment.prefix + path, QUERY_STRING=query)
        environ |= {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()}
        started: list[tuple[str, list[tuple[str, str]]]] = []

        def start(status: str, answered: list[tuple[str, str]], exc_info: object = None) -> Callable[[bytes], object]:
            started.append((status, answered))
            return bytes

        body = b"".join(deployment(environ, start))
        status, answered = started[0]
        return Answer(int(status[:3]), dict(answered), body)

    return Reader(send)
