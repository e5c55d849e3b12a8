"""The log of a service: a line for each thing that happens, in JSON or for people, on standard error.

Whatever the standard logging gets goes through the same processors of structlog as what is logged here.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import Callable, MutableMapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, TextIO

import structlog
from oneinvoice_openapi.printable import json_text, printable

_Event = MutableMapping[str, Any]
_Processor = Callable[[Any, str, _Event], Any]

# Errors of libraries may repeat what they were given.
_SECRETS = (
    (re.compile(r"(1iv_|whsec_)[0-9A-Za-z]+"), r"\1…"),
    (re.compile(r"(://)[^/@\s]+@"), r"\1…@"),
    (re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+"), "…@…"),
    (re.compile(r"(/(?:q|login)/)[\w-]+"), r"\1…"),
)


def begin_log(form: str | None) -> None:
    """Have all that is logged go to standard error: as `json`, as `text`, or as fits a terminal where that is None."""
    # What can't be logged is told nowhere else: a traceback would be no line, and go to the same place.
    logging.raiseExceptions = False
    render: _Processor = _as_text if (form or _fitting()) == "text" else _as_json
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[
                _note_time,
                structlog.stdlib.add_log_level,
                structlog.stdlib.add_logger_name,
                structlog.contextvars.merge_contextvars,
            ],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                _without_secrets,
                render,
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    structlog.configure(
        processors=[_note_time, structlog.processors.add_log_level, render],
        logger_factory=lambda *_: _Lines(sys.stderr),
        # Not through the standard logging: these are most of the lines, and hold nothing foreign but a path.
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        cache_logger_on_first_use=True,
    )


class _Lines:
    """Logger of finished lines. A log that takes none, as on a full disk, is no reason to serve less."""

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def info(self, line: str) -> None:
        """Write a line, at once and whole: other processes write there too."""
        with suppress(OSError):
            self._file.write(f"{line}\n")
            self._file.flush()


def _fitting() -> str:
    return "text" if sys.stderr.isatty() else "json"


def _note_time(_: Any, __: str, event: _Event) -> _Event:
    event["time"] = datetime.now(UTC).isoformat(timespec="milliseconds")
    return event


def _without_secrets(_: Any, __: str, event: _Event) -> _Event:
    """Cut secrets out of texts, and the request's id where it has a field of its own."""
    prefix = f"{event.get('request_id')}: "
    for name in ("event", "exception"):
        text = event.get(name)
        if text is not None:
            text = str(text).removeprefix(prefix)
            for pattern, shown in _SECRETS:
                text = pattern.sub(shown, text)
            event[name] = text
    return event


def _as_json(_: Any, __: str, event: _Event) -> str:
    first = {name: event.pop(name) for name in ("time", "level", "logger", "event") if name in event}
    content = first | dict(event)
    # The escapes of all that is not ASCII leave two things to look for, which are rare.
    text = json.dumps(content)
    return json_text(content) if "##" in text or "\x7f" in text else text


def _as_text(_: Any, __: str, event: _Event) -> str:
    """Return one line, and below it those of a traceback."""
    time, level, logger, what = (str(event.pop(name, "")) for name in ("time", "level", "logger", "event"))
    exception = event.pop("exception", None)
    fields = [f"{name}={value}" for name, value in event.items() if value is not None]
    line = printable(" ".join(filter(None, [time, level.upper(), logger, what, *fields])))
    return line if exception is None else f"{line}\n{printable(str(exception), keep=chr(10))}"
