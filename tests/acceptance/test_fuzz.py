"""`oneinvoice-conform --fuzz`: real processes, real HTTP."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.acceptance.command import ENVIRONMENT, KEY_OPTIONS, Conform, assert_one_sentence
from tests.miniatures import FUZZ_FAULTS, Deployment, serve

ONLY = ("--only", "AUTH-1,AUTH-2,MEM-2,MEM-3,MEM-4,ERR", "--rate-limit", "10000")


@pytest.fixture
def deployment() -> Iterator[tuple[Deployment, str]]:
    deployment = Deployment()
    with serve(deployment) as url:
        yield deployment, url


def sent(deployment: Deployment) -> list[tuple[str, str]]:
    """What came in since the last look."""
    calls = [(call.target, call.key) for call in deployment.log]
    deployment.log.clear()
    return calls


def test_the_printed_seed_sends_the_same_requests_again(conform: Conform, deployment: tuple[Deployment, str]) -> None:
    miniature, url = deployment
    assert conform(url, *KEY_OPTIONS, *ONLY).returncode == 0
    without = len(sent(miniature))
    run = conform(url, *KEY_OPTIONS, *ONLY, "--fuzz", "40", "--json", "report.json")
    assert (run.returncode, run.stderr) == (0, "")
    first = sent(miniature)[without:]
    assert len(first) == 40
    found = re.search(r"note: (--fuzz 40 --fuzz-seed \d+) sent 40 requests", run.stdout)
    assert found
    assert conform.report()["notes"][0] in run.stdout
    assert conform(url, *KEY_OPTIONS, *ONLY, *found[1].split(), "--strict").returncode == 0
    assert sent(miniature)[without:] == first
    assert conform(url, *KEY_OPTIONS, *ONLY, "--fuzz", "40").returncode == 0
    assert sent(miniature)[without:] != first
    assert conform.files() == ["report.json"], "nothing is left in the folder"


def test_it_only_reads(conform: Conform, deployment: tuple[Deployment, str]) -> None:
    miniature, url = deployment
    assert conform(url, *KEY_OPTIONS, *ONLY, "--fuzz", "60", "--fuzz-seed", "1").returncode == 0
    assert {call.method for call in miniature.log} == {"GET"}
    # The other organisation's key is for what ERR-1 asks by itself.
    assert {call.key for call in miniature.log} == {"primary", "other", "none", "unknown"}


def test_a_failure_comes_with_a_line_that_shows_it_again(conform: Conform) -> None:
    faulty = FUZZ_FAULTS["fuzz-repeated-parameter-crashes"].deployment()
    with serve(faulty) as url:
        options = ("--fuzz", "200", "--fuzz-seed", "5", "--json", "report.json")
        run = conform(url, *KEY_OPTIONS, *ONLY, *options)
        assert run.returncode == 1
        [failed] = [row for row in conform.report()["requirements"] if row["outcome"] == "failed"]
        assert failed["id"] == "ERR-1"
        assert failed["reason"].startswith("generated input (seed 5): GET /api/v1/")
        assert failed["exchanges"][0]["curl"] in run.stdout
        for exchange in failed["exchanges"][:2]:
            environment = ENVIRONMENT | {"ONEINVOICE_KEY": KEY_OPTIONS[1]}
            shell = subprocess.run(["sh", "-c", exchange["curl"]], capture_output=True, text=True, env=environment)
            assert shell.stdout.startswith("HTTP/1.1 500 "), shell


def test_the_mock_conforms_under_strict(conform: Conform, mock: dict[str, str]) -> None:
    # A minute's worth for the one key, with the requests of the rules.
    run = conform("--strict", "--only", "MEM-3,ERR,SPEC-1,SPEC-2", "--fuzz", "30", "--fuzz-seed", "5", env=mock)
    assert (run.returncode, run.stderr) == (0, ""), run.stdout
    assert "sent 30 requests" in run.stdout


def test_by_environment_and_by_settings(conform: Conform, deployment: tuple[Deployment, str]) -> None:
    _, url = deployment
    run = conform(url, *KEY_OPTIONS, *ONLY, env={"ONEINVOICE_FUZZ": "5", "ONEINVOICE_FUZZ_SEED": "77"})
    assert "--fuzz 5 --fuzz-seed 77 sent 5 requests" in run.stdout
    (conform.folder / "conformance.toml").write_text("fuzz = 6\nfuzz-seed = 78")
    assert "--fuzz 6 --fuzz-seed 78 sent 6 requests" in conform(url, *KEY_OPTIONS, *ONLY).stdout


def test_without_a_key_what_is_sent_has_none(conform: Conform, deployment: tuple[Deployment, str]) -> None:
    miniature, url = deployment
    assert conform(url, "--only", "AUTH-1,AUTH-2", "--fuzz", "20", "--rate-limit", "1000").returncode == 0
    assert {call.key for call in miniature.log} == {"none", "unknown"}


@pytest.mark.parametrize(
    ("options", "part"),
    [
        (["--fuzz", "-1"], "--fuzz"),
        (["--fuzz", "many"], "--fuzz"),
        (["--fuzz-seed", "1"], "--fuzz-seed needs --fuzz"),
        (["--fuzz", "0", "--fuzz-seed", "1"], "--fuzz-seed needs --fuzz"),
        (["--fuzz", "1", "--fuzz-seed", "x"], "--fuzz-seed"),
    ],
)
def test_options_that_can_not_be_meant(conform: Conform, options: list[str], part: str) -> None:
    assert_one_sentence(conform("http://x", *options), 2, part)


def test_schemathesis_is_never_a_part_of_the_suite_itself() -> None:
    heavy = "{'schemathesis', 'hypothesis'}"
    program = f"import sys, oneinvoice_conformance.cli.main; sys.exit({heavy} & set(sys.modules) != set())"
    subprocess.run([sys.executable, "-c", program], check=True, env=os.environ)
