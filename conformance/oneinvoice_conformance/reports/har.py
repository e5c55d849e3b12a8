"""Every exchange of a run as an HTTP archive (HAR 1.2), which viewers show and `replay` judges again."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from functools import cache
from http import HTTPStatus
from importlib.metadata import version
from typing import Any

from oneinvoice_conformance.engine.provenance import contract, kit
from oneinvoice_conformance.engine.runner import Report
from oneinvoice_conformance.http.deployment import Deployment
from oneinvoice_conformance.http.exchange import Exchange
from oneinvoice_conformance.http.redaction import Redactor

CREATOR = "oneinvoice-conform"


def har_text(report: Report, deployment: Deployment, redact: Redactor) -> str:
    """The exchanges in the order in which they were sent, without any secret.

    Besides what HAR has, the log holds `_rate_limit`, in requests a minute, and `_kit`, `_contract` and
    `_configuration` as the JSON report has them; and an entry `_number`; `_role`, what the request
    said of who sent it and the role of its key; `_sent`, in seconds on the clock of the run, and `_seconds`; and
    `_error` and `_failure`, what stood in an answer's place, in words and by its kind.
    """
    writer = _Writer(deployment, redact)
    content = {
        "log": {
            "version": "1.2",
            "creator": {"name": CREATOR, "version": version("oneinvoice-kit")},
            "comment": "Keys and other secrets are replaced by the names of their variables.",
            "_rate_limit": report.rate_limit,
            "_kit": kit(),
            "_contract": contract(),
            "_configuration": report.configuration.as_json(),
            "entries": [writer.entry(exchange) for exchange in report.exchanges],
        }
    }
    return json.dumps(content, ensure_ascii=False) + "\n"


class _Writer:
    def __init__(self, deployment: Deployment, redact: Redactor) -> None:
        self._deployment = deployment
        # Most headers and bodies come more than once, and redacting is what takes the time.
        self._redact = cache(redact)
        self._content = cache(self._written)

    def entry(self, exchange: Exchange) -> dict[str, Any]:
        milliseconds = round(exchange.seconds * 1000, 3)
        return {
            "startedDateTime": datetime.fromtimestamp(exchange.started, UTC).isoformat(timespec="milliseconds"),
            "time": milliseconds,
            "request": self._request(exchange),
            "response": self._response(exchange),
            "cache": {},
            "timings": {"send": 0, "wait": milliseconds, "receive": 0},
            "_number": exchange.number,
            "_role": exchange.request.credential.role.value,
            "_sent": exchange.sent,
            "_seconds": exchange.seconds,
            "_error": self._redact(str(exchange.error)) if exchange.error else None,
            "_failure": exchange.error.kind.value if exchange.error else None,
        }

    def _request(self, exchange: Exchange) -> dict[str, Any]:
        request = exchange.request
        headers = [*request.headers, *((name, f"<{name}>") for name, _ in self._deployment.headers)]
        if request.credential.shell:
            headers.append((request.credential.header, request.credential.shell))
        return {
            "method": request.method,
            "url": self._deployment.base + self._redact(request.target),
            "httpVersion": "HTTP/1.1",
            "cookies": [],
            "headers": self._pairs(headers),
            "queryString": self._pairs(request.query),
            "headersSize": -1,
            "bodySize": 0,
        }

    def _response(self, exchange: Exchange) -> dict[str, Any]:
        return {
            "status": exchange.status,
            "statusText": _phrase(exchange.status),
            "httpVersion": "HTTP/1.1",
            "cookies": [],
            "headers": self._pairs(exchange.headers),
            "content": {
                "size": len(exchange.body),
                "mimeType": self._redact(exchange.header("Content-Type") or ""),
                **self._content(exchange.body),
            },
            "redirectURL": self._redact(exchange.header("Location") or ""),
            "headersSize": -1,
            "bodySize": -1,
        }

    def _pairs(self, pairs: Any) -> list[dict[str, str]]:
        return [{"name": self._redact(name), "value": self._redact(value)} for name, value in pairs]

    def _written(self, body: bytes) -> dict[str, str]:
        """The body as text, or what is no UTF-8 as base64."""
        text = self._redact(body.decode("utf-8", "surrogateescape"))
        content = text.encode("utf-8", "surrogateescape")
        try:
            return {"text": content.decode("utf-8")}
        except UnicodeDecodeError:
            return {"text": base64.b64encode(content).decode("ascii"), "encoding": "base64"}


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
