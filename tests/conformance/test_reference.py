"""The suite against the reference implementation, as its users start it."""

from __future__ import annotations

import base64
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from subprocess import PIPE

import pytest
from oneinvoice_conformance.model.outcome import Outcome
from oneinvoice_conformance.model.scope import Scope
from oneinvoice_conformance.model.verdict import Verdict
from oneinvoice_conformance.webhooks.collector import WebhookCollector
from oneinvoice_conformance.webhooks.receiver import Receiver
from oneinvoice_conformance.webhooks.triggers import CommandTrigger

from tests.conformance.judging import REGISTER, judge, reasons
from tests.miniatures import FREE, keys, serve
from tests.services.postgres import postgres

_MOCK = Path(sys.executable).with_name("oneinvoice-mock")
_SECRET = "whsec_of_the_reference"
_VARIABLES = {"KEY": "primary", "SIBLING_KEY": "sibling", "OTHER_KEY": "other", "REVOKED_KEY": "revoked"}
_STRICT = Scope.parse(REGISTER, None, "HOOK,RATE,NEWS,SPEC-3", strict=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def mock(request: pytest.FixtureRequest) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the base URL and the keys of a running mock."""
    if request.param == "sqlite":
        yield from _started()
    else:
        with postgres() as server:
            yield from _started("--database", server.new_database())


def _started(*options: str) -> Iterator[tuple[str, dict[str, str]]]:
    command = [_MOCK, "serve", "--port", "0", *options]
    # A database that several processes share needs a key that they share; a file or memory makes its own.
    environment = os.environ | {"ONEINVOICE_SECRET_KEY": base64.urlsafe_b64encode(bytes(32)).decode()}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout
        exported: dict[str, str] = {}
        while len(exported) < 5:
            line = process.stdout.readline()
            assert line, "the mock ended before it printed its keys"
            exported |= dict(re.findall(r"^export ONEINVOICE_(\w+)=(\S+)", line))
        try:
            yield exported.pop("URL"), {_VARIABLES[name]: key for name, key in exported.items()}
        finally:
            process.terminate()


def test_it_conforms_to_the_documentation_and_the_contract(mock: tuple[str, dict[str, str]]) -> None:
    url, its_keys = mock
    report = judge(url, its_keys, _STRICT)
    assert reasons(report, *(set(Outcome) - {Outcome.PASSED, Outcome.NOT_APPLICABLE})) == {}
    assert report.verdict is Verdict.CONFORMS
    assert report.requests_by_key["primary"] <= 46
    assert len(report.exchanges) <= 114 + 1  # one looks for the members of a v2


def test_it_delivers_every_event_as_documented_and_by_the_contract(mock: tuple[str, dict[str, str]]) -> None:
    url, its_keys = mock
    with Receiver("127.0.0.1", 0) as receiver:
        hook = f"{receiver.url}/hook"
        subprocess.run([_MOCK, "webhooks", "add", hook, "--secret", _SECRET, "--url", url], check=True, stdout=PIPE)
        trigger = CommandTrigger(f"'{_MOCK}' trigger {{event}} --url {url}")
        hooks = WebhookCollector(receiver, _SECRET, trigger, url=hook)
        report = judge(url, its_keys, Scope.parse(REGISTER, "HOOK,SPEC-3", None, strict=True), hooks)
    assert reasons(report, *(set(Outcome) - {Outcome.PASSED, Outcome.NOT_APPLICABLE})) == {}
    assert report.verdict is Verdict.CONFORMS


def test_a_deployment_of_another_shape_breaks_the_contract_alone() -> None:
    with serve(FREE["plain"].deployment()) as url:
        report = judge(url, {name: key.value for name, key in keys().items()}, _STRICT)
    assert reasons(report, Outcome.FAILED).keys() == {"SPEC-1", "SPEC-2"}
    assert report.verdict is Verdict.VIOLATIONS
