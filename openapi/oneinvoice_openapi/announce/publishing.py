"""Publishing of an announcement to a mock, by its control."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

import urllib3

from oneinvoice_openapi.announce.announcement import Announcement, Refused
from oneinvoice_openapi.references import Unusable

_TIMEOUT = 20.0  # seconds
_EXAMPLE = "http://127.0.0.1:8080"
_LONGEST_ANSWER = 1024 * 1024


def publish(announcement: Announcement, url: str) -> str:
    """Have the mock at a URL announce it, and return in a sentence what it did.

    Raises `Refused` if the mock does, as it does for what is announced already, and `Unusable` if no mock answers.
    """
    target = f"{_checked(url)}/_mock/announcements"
    pool = urllib3.PoolManager(retries=False, timeout=_TIMEOUT)
    try:
        answer = pool.request("POST", target, json=announcement.content(), redirect=False, preload_content=False)
        content = json.loads(answer.read(_LONGEST_ANSWER, decode_content=True))
        if answer.status == 201:
            count, id = int(content["endpoints"]), str(content["announcement"]["id"])
            return f"Announced at {url} as {id}, and sent to {count} endpoint{'' if count == 1 else 's'}."
        told = str(content["detail"])
    except (urllib3.exceptions.HTTPError, OSError, ValueError, LookupError, TypeError) as error:
        raise Unusable(
            f"No mock answers at {url} ({_reason(error)}); start one with oneinvoice-mock, and name it with --to. The "
            "service itself is told on its roadmap page."
        ) from error
    if answer.status in (400, 409):
        raise Refused(told)
    if answer.status == 404:
        told = "it has no such control; a mock has, unless it was started with --no-controls"
    raise Unusable(f"{url} doesn't announce it ({answer.status}: {told}); name a mock with --to.")


def _checked(url: str) -> str:
    try:
        parts = urlsplit(url)
        is_usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_usable = False
    if not is_usable or not url.isascii() or not url.isprintable() or parts.username is not None or parts.query:
        raise Unusable(f"--to must be the URL of a mock, such as {_EXAMPLE}, without a name, a password or a query.")
    return url.rstrip("/")


def _reason(error: Any) -> str:
    if isinstance(error, urllib3.exceptions.NewConnectionError):
        return "nothing takes connections there"
    if isinstance(error, urllib3.exceptions.TimeoutError):
        return f"nothing came within {_TIMEOUT:.0f} s"
    return (
        "what answers is no mock" if isinstance(error, ValueError | LookupError | TypeError) else "the connection fails"
    )
