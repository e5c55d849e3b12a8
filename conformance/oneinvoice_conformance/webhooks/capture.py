"""Deliveries in a file: one JSON object on each line, with the body in base64 so that no byte is lost."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from oneinvoice_conformance.errors import UsageError
from oneinvoice_conformance.http.delivery import Delivery
from oneinvoice_conformance.wording import of_system

_END_OF_TIME = 253_402_300_800  # the year 10000, in seconds since 1970


def to_line(delivery: Delivery) -> str:
    """Return a delivery as a line of a capture file, line break included. It holds no secret; a signature is none."""
    content = {
        "received": delivery.received,
        "method": delivery.method,
        "target": delivery.target,
        "headers": [list(header) for header in delivery.headers],
        "body_base64": base64.b64encode(delivery.body).decode("ascii"),
    }
    return json.dumps(content, ensure_ascii=True) + "\n"


def read_capture(path: Path) -> tuple[Delivery, ...]:
    """Return the deliveries of a capture file. Raises `UsageError`, with the number of a line that can't be read."""
    try:
        if not path.is_file():
            raise UsageError(f"{path} is no file; name one that `listen --capture` wrote.")
        lines = path.read_text("utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        why = of_system(error) if isinstance(error, OSError) else "it is not UTF-8"
        raise UsageError(f"{path} can't be read ({why}); name a file that `listen --capture` wrote.") from error
    return tuple(_deliveries(path, [line for line in lines if line.strip()]))


def _deliveries(path: Path, lines: list[str]) -> Iterable[Delivery]:
    for number, line in enumerate(lines, start=1):
        try:
            yield _delivery(number, json.loads(line))
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise UsageError(
                f"Line {number} of {path} is no delivery; it needs method, target, headers (a list of pairs), "
                "body_base64, and any time received in seconds since 1970."
            ) from error


def _delivery(number: int, content: Any) -> Delivery:
    headers = tuple((str(name), str(value)) for name, value in content["headers"])
    body = base64.b64decode(content["body_base64"], validate=True)
    received = float(content.get("received", 0))
    if not 0 <= received < _END_OF_TIME:
        raise ValueError("received is no time in seconds since 1970")
    return Delivery(number, received, str(content["method"]), str(content["target"]), headers, body)
