"""The README's examples run as they stand there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from oneinvoice_conformance.http.credentials import VARIABLES
from oneinvoice_conformance.options.config_file import CONCEPTS

from tests.miniatures import FAULTS, keys, serve
from tests.services.ports import free_port

README = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
PROGRAMS = Path(sys.executable).parent


def _blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.DOTALL | re.MULTILINE)


def _lines(beginning: str) -> list[str]:
    found = [line for block in _blocks("sh") for line in block.splitlines() if line.startswith(beginning)]
    assert found, f"the README has no line that begins with {beginning}"
    return found


# The README names fixed ports, as people do; here others may be taken.
PORTS = {"8080": "0", "9401": str(free_port()), "8000": str(free_port())}


def _here(line: str) -> str:
    for port, free in PORTS.items():
        line = line.replace(port, free)
    return line


def _shell(line: str, environment: dict[str, str], folder: Path) -> subprocess.CompletedProcess[str]:
    command = ["sh", "-c", _here(line)]
    return subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, timeout=60)


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """What a shell has after the mock was started as the README says, and the lines that it prints were pasted."""
    [command] = _lines("oneinvoice-mock --port 8080")
    clean = {name: value for name, value in os.environ.items() if not name.startswith("ONEINVOICE_")}
    clean["PATH"] = f"{PROGRAMS}:{clean['PATH']}"
    # The runs come closer together than the limit of their key allows.
    clean["ONEINVOICE_WAIT_COMMAND"] = "oneinvoice-mock clock advance {seconds}"
    with subprocess.Popen(_here(command).split(), stdout=subprocess.PIPE, text=True, env=clean) as mock:
        assert mock.stdout
        exported: dict[str, str] = {}
        while len(exported) < 5:
            line = mock.stdout.readline()
            assert line, "the mock ended before it printed its keys"
            exported |= dict(re.findall(r"^export (\w+)=(\S+)", line))
        [add] = _lines("oneinvoice-mock webhooks add")
        added = _shell(add, clean | exported, tmp_path_factory.mktemp("webhook"))
        exported |= dict(re.findall(r"^export (\w+)=(\S+)", added.stdout, re.MULTILINE))
        yield clean | exported
        mock.terminate()


RUNS = _lines('oneinvoice-conform "$ONEINVOICE_URL"')
DRIFT = [line for line in RUNS if "--baseline" in line]


@pytest.mark.parametrize("line", [line for line in RUNS if line not in DRIFT])
def test_each_run_of_the_suite_conforms(line: str, environment: dict[str, str], tmp_path: Path) -> None:
    done = _shell(line, environment, tmp_path)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout


def test_a_run_is_judged_again_from_its_recording(environment: dict[str, str], tmp_path: Path) -> None:
    recording = [line for line in RUNS if "--har" in line]
    for line in (*recording, *_lines("oneinvoice-conform replay")):
        done = _shell(line, environment, tmp_path)
        assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert "none was sent" in done.stdout


def test_a_deployment_is_held_to_earlier_reports(environment: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "reports").mkdir()
    before = 'oneinvoice-conform "$ONEINVOICE_URL" --skip HOOK,RATE --json staging.json --markdown before.md'
    for line in (before, "cp staging.json reports/2026-11-01.json", *DRIFT):
        done = _shell(line, environment, tmp_path)
        assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert "VER-2" not in done.stdout  # only what is undecided or broken is told
    assert '"id": "VER-2"' in (tmp_path / "reports" / "2026-12-01.json").read_text("utf-8")


def test_two_reports_are_compared(environment: dict[str, str], tmp_path: Path) -> None:
    [compare] = _lines("oneinvoice-conform diff")
    runs = (f'oneinvoice-conform "$ONEINVOICE_URL" --only MEM --json {name}' for name in compare.split()[2:4])
    for line in (*runs, compare):
        done = _shell(line, environment, tmp_path)
        assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert "0 worse, 0 better, " in (tmp_path / "changes.md").read_text("utf-8")


def test_failures_are_reproduced_by_pytest(environment: dict[str, str], tmp_path: Path) -> None:
    [run] = [line for line in RUNS if "--pytest-out" in line]
    [again] = _lines("python -m pytest")
    given = environment | {VARIABLES[role]: key.value for role, key in keys().items()}
    with serve(FAULTS["default-of-20"].deployment()) as url:
        given |= {"ONEINVOICE_URL": url, "ONEINVOICE_WAIT_COMMAND": ": {seconds}"}
        assert _shell(run, given, tmp_path).returncode == 1
        done = _shell(again, given, tmp_path)
    assert done.returncode == 1
    assert "MEM-2 is not kept: without a limit a page holds 20 of 450 members" in done.stdout
    done = _shell(again, given | environment, tmp_path)
    assert done.returncode == 0, done.stdout


def test_an_event_is_triggered_and_delivered(environment: dict[str, str], tmp_path: Path) -> None:
    lines = (*_lines("oneinvoice-mock trigger"), *_lines("oneinvoice-mock webhooks deliveries"))
    for line in lines:
        done = _shell(line, environment, tmp_path)
        assert (done.returncode, done.stderr) == (0, "")
    assert "invoice.paid" in done.stdout


def test_the_request_by_hand_is_served(environment: dict[str, str], tmp_path: Path) -> None:
    [line] = _lines("curl ")
    # What the other lines sent in the last minute counts no more.
    assert _shell("oneinvoice-mock clock advance 61", environment, tmp_path).returncode == 0
    done = _shell(f"{line} --silent --fail", environment, tmp_path)
    assert done.returncode == 0, done.stderr
    assert '"pagination"' in done.stdout


def test_the_settings_are_settings(environment: dict[str, str], tmp_path: Path) -> None:
    settings, names = _blocks("toml")
    (tmp_path / "conformance.toml").write_text(settings, "utf-8")
    (tmp_path / "names.toml").write_text(names, "utf-8")
    line = 'oneinvoice-conform "$ONEINVOICE_URL" --map names.toml'
    done = _shell(line, environment, tmp_path)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert (tmp_path / "report.json").exists()
    assert set(tomllib.loads(names)) == set(CONCEPTS)


def test_what_it_links_to_is_there() -> None:
    targets = [target for target in re.findall(r"\]\(([^)]+)\)", README) if "://" not in target]
    assert targets
    assert [target for target in targets if not (Path(__file__).parents[2] / target).exists()] == []
