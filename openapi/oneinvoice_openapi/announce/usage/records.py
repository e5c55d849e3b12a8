"""Records of how keys were used: journals of a mock, HTTP archives, and exports of key use, told apart by content."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from oneinvoice_openapi.references import Unusable

_LARGEST = 256 * 1024 * 1024  # bytes, unpacked
_GZIP = b"\x1f\x8b"
_KEY = re.compile(r"1iv_[0-9A-Za-z]{20,}")
_TOKEN = re.compile(r"[\w.~+/=-]{8,}", re.ASCII)  # RFC 6750, 2.1; what stands for a redacted one is none
_STAND_IN = re.compile(r"key-[0-9]+|\$ONEINVOICE_[A-Z_]*KEY")  # names that the suite and its proxy write for keys
_REDACTED = re.compile("x+|removed|(?:1iv_)?redacted", re.IGNORECASE)
_KINDS = (
    "a journal (/_mock/requests of a mock), an HTTP archive (HAR), or an export of key use with the columns name, hour "
    "and requests"
)
_COLUMNS = ("hour", "requests")
_NAMES = ("name", "key", "key_id")  # columns of an export that name its key


@dataclass(frozen=True)
class Key:
    """Key by what tells it from others, and by what may be shown of it. Neither is the key."""

    identity: str
    label: str


@dataclass(frozen=True)
class Record:
    """Request of a key, or as many as an export counts in an hour; then `method` and `path` are empty."""

    key: Key
    at: datetime
    method: str = ""
    path: str = ""
    names: tuple[str, ...] = ()
    """Names of the parameters in the query."""
    count: int = 1


@dataclass
class Records:
    """Records of a file, and how many of its entries are none: not readable, or without a key that was taken."""

    name: str
    records: list[Record] = field(default_factory=list)
    unreadable: int = 0
    keyless: int = 0


_UNSHOWN = Key("", "keys that the archive doesn't show")


class _Keyless(Exception):
    """Raised for a request without a key that was taken."""


def read_usage(path: Path) -> Records:
    """Return the records of a file, which may be packed with gzip. Raises `Unusable`."""
    content = _content(path)
    entries, read = _entries(content, path)
    found = Records(str(path))
    for entry in entries:
        try:
            found.records.append(read(entry))
        except _Keyless:
            found.keyless += 1
        except (LookupError, TypeError, ValueError, AttributeError, OverflowError):
            found.unreadable += 1
    shown = [record for record in found.records if record.key != _UNSHOWN]
    if shown:  # so that the others had none
        found.keyless += len(found.records) - len(shown)
        found.records = shown
    return found


def _content(path: Path) -> str:
    try:
        with path.open("rb") as file:
            is_packed = file.peek(2)[:2] == _GZIP  # looked at ahead: a pipe can't be read twice
            content = (gzip.GzipFile(fileobj=file) if is_packed else file).read(_LARGEST + 1)
        if len(content) > _LARGEST:
            raise Unusable(f"{path} has more than {_LARGEST // 2**20} MiB; name a shorter record of use.")
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unusable(f"{path} is not UTF-8 (byte {error.start}); name {_KINDS}.") from error
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise Unusable(f"{path} is cut short, or no gzip; pack it again.") from error
    except OSError as error:
        raise Unusable(f"{path} can't be read ({error.strerror}); name a readable file.") from error


def _entries(text: str, path: Path) -> tuple[Iterator[Any], Callable[[Any], Record]]:
    """Return the entries of a file, and what reads one."""
    if text.lstrip()[:1] not in ("{", "["):
        return _rows(text, path), _of_export
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Unusable(f"{path} is JSON that is broken or cut short; save it again.") from error
    log = content.get("log") if isinstance(content, dict) else None
    if isinstance(log, dict) and isinstance(log.get("entries"), list):
        return iter(log["entries"]), _of_archive
    entries = content.get("data") if isinstance(content, dict) else content
    if isinstance(entries, list):
        names = {name for each in entries if isinstance(each, dict) for name in each}
        if names.issuperset(_COLUMNS):
            return iter(entries), _of_export
        if not entries or "path" in names:
            return iter(entries), _of_journal
    raise Unusable(f"{path} is no record of use; name {_KINDS}.")


def _rows(text: str, path: Path) -> Iterator[Any]:
    head, _, below = text.partition("\n")
    for delimiter in ",;\t":
        columns = [each.strip().strip('"').lower() for each in head.strip().split(delimiter)]
        if all(name in columns for name in _COLUMNS) and any(name in columns for name in _NAMES):
            return _rows_of(csv.reader(io.StringIO(below, newline=""), delimiter=delimiter), columns)
    raise Unusable(f"{path} is no record of use; name {_KINDS}.")


def _rows_of(reader: Iterator[list[str]], columns: list[str]) -> Iterator[Any]:
    """Yield rows by the names of their columns, and None for one that is none."""
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error:  # longer than any export has
            yield None
            continue
        if row:
            yield dict(zip(columns, row, strict=True)) if len(row) == len(columns) else None


def _of_export(row: Any) -> Record:
    name = next(text for column in _NAMES if isinstance(text := row.get(column), str) and text.strip())
    hour = datetime.fromisoformat(row["hour"].strip())
    hour = hour.replace(tzinfo=UTC) if hour.tzinfo is None else hour.astimezone(UTC)  # the tables are in UTC
    count = int(row["requests"])
    if count < 1:
        raise ValueError
    return Record(_named(name.strip()), hour, count=count)


def _of_journal(entry: Any) -> Record:
    at, method, path, query = _moment(entry["at"]), entry["method"], entry["path"], entry["query"]
    record = Record(_named(entry["key"] or ""), at, _text(method), _text(path), _parameters(_text(query)))
    if entry["key"] is None or _is_refused(entry["status"]):
        raise _Keyless
    return record


def _of_archive(entry: Any) -> Record:
    request = entry["request"]
    at, method, parts = _moment(entry["startedDateTime"]), _text(request["method"]), urlsplit(_text(request["url"]))
    sent = [_text(each["value"]) for each in request["headers"] if each["name"].lower() == "authorization"]
    if _is_refused(entry["response"]["status"]):
        raise _Keyless
    key = _sent(sent[0].strip().rpartition(" ")[2]) if sent else _UNSHOWN
    return Record(key, at, method, parts.path, _parameters(parts.query))


def _sent(token: str) -> Key:
    """Return the key of a token, by its digest; what may be shown is what the dashboard shows."""
    if _STAND_IN.fullmatch(token):
        return _named(token)
    if not _TOKEN.fullmatch(token) or _REDACTED.fullmatch(token):
        return _UNSHOWN
    digest = hashlib.sha256(token.encode()).hexdigest()
    label = _displayed(token) if _KEY.fullmatch(token) else f"sha256:{digest[:12]}"
    return Key(digest, label)


def _named(name: str) -> Key:
    return Key(name, _KEY.sub(lambda match: _displayed(match[0]), name))


def _displayed(key: str) -> str:
    return f"{key[:4]}…{key[-4:]}"


def _parameters(query: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name, _ in parse_qsl(query.removeprefix("?"), keep_blank_values=True)))


def _is_refused(status: Any) -> bool:
    """Tell whether a key was refused, or nothing answered."""
    if isinstance(status, bool) or not isinstance(status, int):
        raise TypeError
    return status in (0, 401, 403)


def _moment(text: Any) -> datetime:
    moment = datetime.fromisoformat(_text(text))
    if moment.tzinfo is None:
        raise ValueError
    return moment.astimezone(UTC)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value
