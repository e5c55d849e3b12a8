"""A variable that is set for something else, such as for the service, stands in no run's way."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from oneinvoice_conformance.cli.main import main

from tests.miniatures import FREE, serve
from tests.unit.conformance.fakes import KEYS

SERVICE = {"ONEINVOICE_PUBLIC_URL": "https://dashboard.example", "ONEINVOICE_WORKERS": "4"}
READ = ("--only", "DISC,MEM-1")


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("ONEINVOICE_")]:
        monkeypatch.delenv(name)
    with serve(FREE["plain"].deployment()) as url:
        yield url


def conform(*arguments: str, **variables: str) -> Result:
    return CliRunner().invoke(main, arguments, env={"ONEINVOICE_KEY": KEYS["primary"], **variables})


@pytest.mark.parametrize(
    ("arguments", "variables"),
    [
        (READ, SERVICE),
        (("--skip", "HOOK,RATE"), SERVICE),
        (READ, {"ONEINVOICE_LISTEN": "192.0.2.1:1", "ONEINVOICE_TRIGGER": "false {event}"}),
        (READ, {"ONEINVOICE_FUZZ_SEED": "7"}),
        (READ, {"ONEINVOICE_CERT_KEY": "missing.key"}),
        ((*READ, "--plan"), {"ONEINVOICE_JSON": "report.json", "ONEINVOICE_HTML": "report.html"}),
    ],
    ids=["the service's", "the service's, without HOOK", "webhooks", "a seed", "a key of no certificate", "reports"],
)
def test_what_nothing_needs_is_no_usage_error(url: str, arguments: tuple[str, ...], variables: dict[str, str]):
    result = conform(url, *arguments, **variables)
    assert result.exit_code in (0, 3), result.output
    assert os.listdir() == []


def test_what_is_given_in_the_call_is_held_to_its_rules(url: str):
    for arguments in (["--public-url", "https://x.example"], ["--fuzz-seed", "7"], ["--cert-key", "missing.key"]):
        result = conform(url, *arguments)
        assert (result.exit_code, result.stderr.count("\n")) == (2, 1)


def test_a_person_in_the_call_goes_before_a_command_in_the_environment():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        surroundings = {"ONEINVOICE_TRIGGER": "true {event}", "ONEINVOICE_WEBHOOK_SECRET": "secret"}
        result = conform("http://127.0.0.1:1", "--guided", "--listen", address, **surroundings)
    assert "Nothing can listen at" in result.stderr, "and not that --trigger and --guided exclude each other"


def test_a_recording_is_judged_where_runs_are_to_write_tests(url: str):
    assert conform(url, "--skip", "HOOK,RATE", "--har", "run.har").exit_code in (0, 3)
    result = conform("replay", "run.har", "--only", "DISC", ONEINVOICE_PYTEST_OUT="failures.py")
    assert result.exit_code == 0, result.output
