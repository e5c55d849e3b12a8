"""Secrets are in no report, no output and no sentence, whatever a deployment echoes."""

from __future__ import annotations

import json
from base64 import b64encode
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from werkzeug.wrappers import Request, Response

from tests.acceptance.runs import (
    KEYS,
    SECRET,
    UNREACHABLE,
    USAGE,
    VIOLATIONS,
    assert_told_in_one_sentence,
    assert_verdict,
    judge,
    run,
)
from tests.miniatures import Deployment
from tests.miniatures.data import Key
from tests.miniatures.deployment import Abort
from tests.miniatures.events import EventOccurrence
from tests.miniatures.hooks import Delivery, Webhook
from tests.miniatures.starving import Answer, Starved, dropped, page, status

GATE = 's3same"/42&<x>-planted'
PASSWORD = b64encode(b"somebody:pl4nted-password").decode()
SECRETS = [*(key.removeprefix("1iv_") for key in KEYS.values()), SECRET, GATE, PASSWORD]

FILES = {
    "--html": "report.html",
    "--junit": "report.xml",
    "--markdown": "report.md",
    "--badge": "report.svg",
    "--pytest-out": "report.py",
    "--har": "report.har",
}


class Gossip(Deployment):
    """Lets anybody in, and repeats whatever it hears, in bodies, in headers, and to its webhook."""

    def find_key(self, token: str, resource: str) -> Key | None:
        return super().find_key(token, resource) or (self.keys["primary"] if token.startswith("1iv_") else None)

    def is_live(self, key: Key, resource: str) -> bool:
        return True

    def finish(self, request: Request, response: Response) -> Response:
        heard = dict(request.headers)
        for number, value in enumerate(heard.values()):
            response.headers[f"X-Heard-{number}"] = value
        if response.status_code == 200:
            response.set_data(json.dumps({**json.loads(response.get_data()), "heard": heard, "bad": repr(heard)}))
        elif response.status_code < 400:
            response.headers["Location"] = f"/login?as={heard.get('Authorization')}"
        else:
            response.set_data(f"{heard} {json.dumps(json.dumps(heard))}")
        return response

    def headers(self, event: str, body: bytes, secret: str) -> dict[str, str]:
        spread = {"X-1Invoice-Event": f"{event} {secret}", "X-1Invoice-Signature": secret, "User-Agent": secret}
        return super().headers(event, body, secret) | spread

    def content(self, occurrence: EventOccurrence) -> Any:
        assert self.webhook
        return super().content(occurrence) | {"secret": self.webhook.secret}

    def delivery(self, occurrence: EventOccurrence, webhook: Webhook) -> Delivery:
        delivery = super().delivery(occurrence, webhook)
        return replace(delivery, target=f"{delivery.target}?secret={webhook.secret}")


class RedirectingGossip(Gossip):
    """Sends those who ask for quotes elsewhere, with their key in the address, and crashes over bad input."""

    def list_records(self, request: Request, resource: str) -> Response:
        if resource == "quotes":
            return self.error(307, "Over there.")
        return super().list_records(request, resource)

    def number(self, text: str) -> int:
        if not text.isdecimal():
            raise Abort(self.error(500, "Out of order."))
        return int(text)


def assert_no_secret(*artefacts: str) -> None:
    """Not even the head of one, in any letter case."""
    text = "".join(artefacts).lower()
    assert not [secret for secret in SECRETS if secret[:12].lower() in text]
    assert not [key for key in KEYS.values() if b64encode(key.encode())[:16].decode().lower() in text]


@pytest.mark.parametrize("deployment", [Gossip, RedirectingGossip])
def test_secrets_are_in_no_artefact_whatever_is_echoed(deployment: type[Deployment], tmp_path: Path) -> None:
    headers = ["--header", f"X-Gate: {GATE}", "--header", f"Proxy-Authorization: Basic {PASSWORD}"]
    files = [part for option, name in FILES.items() for part in (option, name)]
    found = judge(tmp_path, deployment(), *headers, *files)
    assert_verdict(found, VIOLATIONS)
    for rule in ("AUTH-2", "AUTH-3", "AUTH-5", "HOOK-3", "HOOK-4", "HOOK-5"):
        assert found.outcomes[rule] == "failed"
    assert "curl -i" in found.out
    assert "$ONEINVOICE_KEY" in found.file
    assert_no_secret(found.out, found.err, found.file, *((tmp_path / name).read_text() for name in FILES.values()))


@pytest.mark.parametrize("answer", [page(), status(404), status(401), dropped])
def test_secrets_are_in_no_sentence(answer: Answer, tmp_path: Path) -> None:
    class Echo(Starved):
        def finish(self, request: Request, response: Response) -> Response:
            response.headers["Content-Type"] = f"text/x; for={request.headers.get('Authorization')}"
            response.headers["Location"] = f"/{GATE}"
            return response

    found = judge(tmp_path, Echo(answer), "--header", f"X-Gate: {GATE}")
    assert found.code in (USAGE, UNREACHABLE)
    assert_told_in_one_sentence(found, found.code)
    assert_no_secret(found.err)


@pytest.mark.parametrize(
    ("url", "options"),
    [
        ("http://somebody:pl4nted-password@127.0.0.1:9", []),
        ("http://127.0.0.1:9/?token=pl4nted-password", []),
        ("http://127.0.0.1:9", ["--public-url", "http://somebody:pl4nted-password@127.0.0.1:9/hook"]),
        ("http://127.0.0.1:9", ["--header", "Authorization: Bearer pl4nted-password"]),
        ("http://127.0.0.1:9", ["--header", "pl4nted-password without a colon"]),
    ],
)
def test_secrets_in_the_wrong_place_are_refused_and_not_repeated(url: str, options: list[str], tmp_path: Path) -> None:
    webhooks = ["--webhook-secret", SECRET, "--listen", "127.0.0.1:0", "--trigger", "true {event}"]
    found = run(tmp_path, url, *webhooks, *options)
    assert_told_in_one_sentence(found, USAGE)
    assert "pl4nted" not in found.err
    assert_no_secret(found.err)
