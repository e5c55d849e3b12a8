"""A key that is revoked in the run itself: a cache still knows what was served to it a moment ago."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from oneinvoice_conformance.engine.report import Report
from oneinvoice_conformance.engine.runner import run
from oneinvoice_conformance.http.client import Client
from oneinvoice_conformance.http.deployment import Deployment
from oneinvoice_conformance.http.pacer import Pacer
from oneinvoice_conformance.model.outcome import Outcome
from oneinvoice_conformance.model.scope import Scope
from werkzeug import Request, Response

from tests.conformance.judging import CONTRACT, MINIATURE_KEYS, NAMES, REGISTER, SkippingClock, judge, reasons
from tests.miniatures import Deployment as Miniature
from tests.miniatures import serve
from tests.miniatures.data import Key

CONFORM = Path(sys.executable).with_name("oneinvoice-conform")
AUTH = Scope.parse(REGISTER, "AUTH", None)


class _Revocable(Miniature):
    """Its key is revoked in the run; what it found out about a key it keeps for `kept` seconds, of some lists alone."""

    kept = 0.0
    kept_for: tuple[str, ...] = ("members", "quotes", "invoices")

    def __init__(self) -> None:
        super().__init__()
        self.keys = {name: replace(key, revoked=False) for name, key in self.keys.items()}
        self._known: dict[tuple[str, str], float] = {}

    def revoke(self) -> None:
        self.keys["revoked"] = replace(self.keys["revoked"], revoked=True)

    def is_live(self, key: Key, resource: str) -> bool:
        if not key.revoked:
            self._known[key.value, resource] = self.clock()
            return True
        known = self._known.get((key.value, resource))
        return known is not None and resource in self.kept_for and self.clock() < known + self.kept


class _OverHttp(_Revocable):
    """It is revoked by a request."""

    def control(self, request: Request) -> Response | None:
        if request.path == "/_revoke":
            self.revoke()
            return Response("")
        return super().control(request)


def _judge(miniature: _Revocable, problem: str | None = None) -> Report:
    clock = SkippingClock()
    miniature.clock = clock.now

    def revoke() -> str | None:
        if not problem:
            miniature.revoke()
        return problem

    with (
        serve(miniature) as url,
        Client(Deployment(url, MINIATURE_KEYS, revoke=revoke), pacer=Pacer(1_000, clock)) as client,
    ):
        return run(client, CONTRACT, AUTH, NAMES)


def _outcome(report: Report) -> tuple[Outcome, str]:
    (result,) = (result for result in report.results if result.requirement.id == "AUTH-3")
    return result.outcome, result.finding.reason


def test_a_key_that_is_refused_at_once() -> None:
    report = _judge(_Revocable())
    assert _outcome(report) == (Outcome.PASSED, "6 requests got 401 as soon as the key was revoked")
    assert report.requests_by_key["revoked"] == 9
    assert reasons(report, Outcome.FAILED) == {}


@pytest.mark.parametrize("where", [("members", "quotes", "invoices"), ("invoices",)])
def test_a_key_that_a_cache_knows_for_a_minute(where: tuple[str, ...]) -> None:
    miniature = _Revocable()
    miniature.kept, miniature.kept_for = 60.0, where
    outcome, reason = _outcome(_judge(miniature))
    assert outcome is Outcome.FAILED
    assert "to the revoked key, 30 s after it was revoked" in reason
    assert where[0] in reason


def test_without_the_command_the_cache_is_not_seen() -> None:
    miniature = _Revocable()
    miniature.kept = 60.0
    miniature.revoke()
    with serve(miniature) as url:
        assert _outcome(judge(url, MINIATURE_KEYS, AUTH))[0] is Outcome.PASSED


@pytest.mark.parametrize("kept", [3.0, 20.0])
def test_a_key_that_is_refused_soon_is_asked_about(kept: float) -> None:
    miniature = _Revocable()
    miniature.kept = kept
    outcome, reason = _outcome(_judge(miniature))
    assert outcome is Outcome.INCONCLUSIVE
    assert f"no longer {5 if kept < 5 else 30} s later" in reason


def test_a_key_that_was_refused_before() -> None:
    miniature = _Revocable()
    miniature.revoke()
    outcome, reason = _outcome(_judge(miniature))
    assert outcome is Outcome.INCONCLUSIVE
    assert "give a key that works until then" in reason


def test_a_command_that_fails() -> None:
    outcome, reason = _outcome(_judge(_Revocable(), "ended with exit code 1: no such key"))
    assert outcome is Outcome.INCONCLUSIVE
    assert "--revoke-command ended with exit code 1: no such key" in reason


def _conform(folder: Path, url: str, command: str, *more: str) -> subprocess.CompletedProcess[str]:
    keys = {f"ONEINVOICE_{role.upper()}_KEY".replace("PRIMARY_", ""): key for role, key in MINIATURE_KEYS.items()}
    return subprocess.run(
        [CONFORM, url, "--only", "AUTH", "--revoke-command", command, *more],
        cwd=folder,
        env=os.environ | {"NO_COLOR": "1"} | keys,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_the_command_is_run_once_and_gets_the_key_and_no_report_does(tmp_path: Path) -> None:
    with serve(_OverHttp()) as url:
        post = f"import urllib.request as r; r.urlopen(r.Request('{url}/_revoke', b''))"
        command = f'echo "$ONEINVOICE_REVOKED_KEY" >>seen; "{sys.executable}" -c "{post}"'
        run = _conform(tmp_path, url, command, "--json", "report.json")
    assert run.returncode == 0, run.stdout + run.stderr
    assert (tmp_path / "seen").read_text() == f"{MINIATURE_KEYS['revoked']}\n"
    text = (tmp_path / "report.json").read_text()
    report = json.loads(text)
    (row,) = (row for row in report["requirements"] if row["id"] == "AUTH-3")
    assert (row["outcome"], row["reason"]) == ("passed", "6 requests got 401 as soon as the key was revoked")
    assert report["configuration"]["revoke_command"] is True
    assert MINIATURE_KEYS["revoked"] not in text + run.stdout


def test_a_plan_counts_the_requests_before_and_does_not_run_the_command(tmp_path: Path) -> None:
    with serve(_OverHttp()) as url:
        run = _conform(tmp_path, url, "touch ran", "--plan")
    assert run.returncode == 0
    assert "the key that is to be revoked" in run.stdout
    assert not (tmp_path / "ran").exists()


def test_the_command_needs_the_key_that_it_revokes(tmp_path: Path) -> None:
    run = subprocess.run(
        [CONFORM, "http://127.0.0.1:1", "--key", MINIATURE_KEYS["primary"], "--revoke-command", "true"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert run.returncode == 2
    assert "--revoke-command needs --revoked-key" in run.stderr
