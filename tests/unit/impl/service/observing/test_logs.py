"""The log is one line for each thing, whatever is in it, and holds no secret."""

from __future__ import annotations

import errno
import io
import json
import logging
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from oneinvoice_impl.service.observing.logs import begin_log

FOREIGN = "a\nb\x1b[31m\u202egnp ##vso[task.complete]"


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level
    logging.raiseExceptions = True
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


def logged(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    [line] = capsys.readouterr().err.splitlines()
    entry: dict[str, Any] = json.loads(line)
    return entry


def test_a_request_is_a_line_of_json(capsys: pytest.CaptureFixture[str]) -> None:
    begin_log("json")
    structlog.get_logger().info("request", request_id="req_1", path=FOREIGN, key=None)
    entry = logged(capsys)
    assert entry.pop("time").endswith("+00:00")
    assert entry == {"level": "info", "event": "request", "path": FOREIGN, "key": None, "request_id": "req_1"}


def test_what_libraries_log_is_a_line_too(capsys: pytest.CaptureFixture[str]) -> None:
    begin_log("json")
    structlog.contextvars.bind_contextvars(request_id="req_1")
    logging.getLogger("library").warning("req_1: %s", FOREIGN)
    entry = logged(capsys)
    assert {name: entry[name] for name in ("level", "logger", "event", "request_id")} == {
        "level": "warning",
        "logger": "library",
        "event": FOREIGN,
        "request_id": "req_1",
    }


@pytest.mark.parametrize(
    "secret",
    ["1iv_abcdefghij", "whsec_abcdefghij", "postgresql://user:hunter2@host/x", "kari@nordlys.example", "/q/abcdef"],
)
@pytest.mark.parametrize("form", ["json", "text"])
def test_errors_hold_no_secret(secret: str, form: str, capsys: pytest.CaptureFixture[str]) -> None:
    begin_log(form)
    try:
        raise ValueError(f"before {secret} after")
    except ValueError:
        logging.getLogger("library").exception("it failed of %s", secret)
    text = capsys.readouterr().err
    assert "before " in text
    assert " after" in text
    assert secret not in text
    assert "hunter2" not in text


def test_people_read_a_line_of_text(capsys: pytest.CaptureFixture[str]) -> None:
    begin_log("text")
    structlog.get_logger().info("request", path=FOREIGN, key=None, status=200)
    [line] = capsys.readouterr().err.splitlines()
    assert line.endswith(r"INFO request path=a\nb\x1b[31m\u202egnp # #vso[task.complete] status=200")


def test_what_is_no_terminal_gets_json(capsys: pytest.CaptureFixture[str]) -> None:
    begin_log(None)
    structlog.get_logger().info("request")
    assert logged(capsys)["event"] == "request"


def test_a_full_disk_stops_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    class Full(io.StringIO):
        def write(self, _: str) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(sys, "stderr", Full())
    begin_log("json")
    structlog.get_logger().info("request")
    logging.getLogger("library").error("it failed")
