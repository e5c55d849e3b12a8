"""Archive of what passed through: HTTP archives (HAR 1.2), as `replay` takes them."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

from oneinvoice_openapi.printable import json_text

from oneinvoice_conformance.http.connection import BROKEN_ESCAPE
from oneinvoice_conformance.http.forwarding.observed import Copy, Observed, Pairs
from oneinvoice_conformance.http.forwarding.secrets import Secrets
from oneinvoice_conformance.http.recording.content import as_text
from oneinvoice_conformance.http.recording.recording import PROXY
from oneinvoice_conformance.http.transport import BODY_LIMIT
from oneinvoice_conformance.records.codings import Unpacking, WronglyPacked

_MOST_BYTES = 2**31  # of an archive; `replay` takes twice as much


def entry_of(observed: Observed, origin: str, secrets: Secrets) -> dict[str, Any]:
    """Return the entry of an exchange, without any secret; bodies are unpacked, where they can be."""
    milliseconds = round(observed.seconds * 1000, 3)
    target = BROKEN_ESCAPE.sub("%25", secrets.target(observed.target))  # an archive holds URIs
    entry: dict[str, Any] = {
        "startedDateTime": datetime.fromtimestamp(observed.started, UTC).isoformat(timespec="microseconds"),
        "time": milliseconds,
        "request": {
            "method": observed.method,
            "url": origin + target,
            "httpVersion": "HTTP/1.1",
            "cookies": [],
            "headers": _pairs(secrets.headers(observed.request_headers)),
            "queryString": [],
            "headersSize": -1,
            "bodySize": observed.request_body.size,
        },
        "response": _response(observed, secrets),
        "cache": {},
        "timings": {"send": 0, "wait": milliseconds, "receive": 0},
        "_number": observed.number,
    }
    if observed.request_body.size:
        body = secrets(_unpacked(observed.request_body, observed.request_headers).decode("utf-8", "replace"))
        entry["request"]["postData"] = {"mimeType": _value(observed.request_headers, "content-type"), "text": body}
    if observed.failure:
        entry["_error"] = str(observed.failure)
    return entry


def _response(observed: Observed, secrets: Secrets) -> dict[str, Any]:
    headers = secrets.answer_headers(observed.headers)
    body = _unpacked(observed.body, observed.headers)
    size = max(len(body), observed.body.size) if observed.body.is_cut else len(body)
    shown = secrets(body.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
    return {
        "status": observed.status,
        "statusText": secrets(observed.reason),
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _pairs(headers),
        "content": {"size": size, "mimeType": _value(headers, "content-type"), **as_text(shown)},
        "redirectURL": _value(headers, "location"),
        "headersSize": -1,
        "bodySize": observed.body.size,
    }


def _unpacked(body: Copy, headers: Pairs) -> bytes:
    content = body.read()
    unpacking = Unpacking(_value(headers, "content-encoding"), BODY_LIMIT + 1)
    try:
        unpacked = unpacking.unpack(content)
        if not body.is_cut:
            unpacking.finish()
    except WronglyPacked:
        return content
    return unpacked[:BODY_LIMIT]


def _pairs(pairs: Pairs) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in pairs]


def _value(headers: Pairs, name: str) -> str:
    return next((value for key, value in headers if key.lower() == name), "")


class Archive:
    """Entries of an archive on the disk, until it is written; `is_full` says that later ones are not kept."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile("w+", encoding="utf-8", errors="backslashreplace")  # noqa: SIM115
        self.count = self._size = 0
        self.is_full = False

    def add(self, entry: dict[str, Any], secrets: Secrets) -> None:
        """Keep an entry, and how many secrets were known to it. Raises `OSError` where the disk has no room for it."""
        line = f"{len(secrets)} {json_text(entry)}\n"
        self.is_full = self.is_full or self._size + len(line) > _MOST_BYTES
        if not self.is_full:
            self._file.write(line)
            self._file.flush()
            self._size += len(line)
            self.count += 1

    def parts(self, secrets: Secrets) -> Iterator[str]:
        """Yield the parts of the archive, redacted anew where more secrets are known by now."""
        content = {
            "log": {
                "version": "1.2",
                "creator": {"name": PROXY, "version": version("oneinvoice-kit")},
                "comment": "Keys and other secrets are replaced by names, the same one by the same.",
                "entries": [],
            }
        }
        before, after = json_text(content).rsplit("[]", 1)
        yield f"{before}["
        self._file.seek(0)
        for number, line in enumerate(self._file):
            known, _, text = line.rstrip("\n").partition(" ")
            if int(known) < len(secrets):
                text = json_text(_redacted(json.loads(text), secrets))
            yield (", " if number else "") + text
        yield f"]{after}\n"

    def close(self) -> None:
        self._file.close()


def _redacted(value: Any, secrets: Secrets) -> Any:
    """Return JSON with each text in it redacted, but for the names of its members, which are those of HAR."""
    if isinstance(value, str):
        return secrets(value)
    if isinstance(value, dict):
        return {name: _redacted(each, secrets) for name, each in value.items()}
    return [_redacted(each, secrets) for each in value] if isinstance(value, list) else value
