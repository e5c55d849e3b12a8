"""Generated requests, made of the cases that schemathesis draws in a process of its own."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import Any

from oneinvoice_conformance.http.credentials import NOBODY, Credential, Role
from oneinvoice_conformance.http.exchange import Request
from oneinvoice_conformance.model.contract import Contract


class GenerationFailed(Exception):
    """Raised where no cases came; its text is the last line of the generating process."""


def generate_requests(count: int, seed: int, key: Credential | None, contract: Contract) -> list[Request]:
    """Return at most `count` different requests by the document of a contract; `key` stands for intact credentials.

    Raises `GenerationFailed`.
    """
    release = [contract.version] if contract.is_release else []
    command = [sys.executable, "-P", "-m", "oneinvoice_conformance.fuzz.cases", str(count), str(seed), *release]
    process = subprocess.run(command, capture_output=True, text=True, check=False)
    if process.returncode:
        raise GenerationFailed((process.stderr.strip().splitlines() or ["no output"])[-1])
    return [_request(case, key) for case in json.loads(process.stdout)]


def _request(case: dict[str, Any], key: Credential | None) -> Request:
    return Request(
        case["path"].removeprefix("/api/v1").removeprefix("/"),
        _damaged(case["authorization"]) if case["keyless"] else key or NOBODY,
        _pairs(case["query"]),
        accepts_4xx=True,
        headers=_pairs(case["headers"]),
    )


def _damaged(authorization: str | None) -> Credential:
    if authorization is None:
        return NOBODY
    in_double_quotes = re.sub(r'([\\"$`])', r"\\\1", authorization)
    return Credential(Role.GENERATED, authorization, in_double_quotes)


def _pairs(lists: list[list[str]]) -> tuple[tuple[str, str], ...]:
    return tuple((name, value) for name, value in lists)
