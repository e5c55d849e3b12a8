"""Where people run the kit: steps of CI services are run as these run them, and the container's image is looked at."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sysconfig
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.acceptance.contract_copy import released_contract
from tests.acceptance.documents import GUIDES, ROOT
from tests.acceptance.running_mock import running_mock

_SCRIPTS = sysconfig.get_path("scripts")
_CLEAN = {name: value for name, value in os.environ.items() if not name.startswith("ONEINVOICE_")}
_CLEAN["PATH"] = f"{_SCRIPTS}{os.pathsep}{_CLEAN['PATH']}"
_ACTION = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
_VARIABLES = ("URL", "KEY", "SIBLING_KEY", "OTHER_KEY", "REVOKED_KEY")


def _free_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return str(server.getsockname()[1])


@contextmanager
def _shell(script: str, folder: Path, **variables: str) -> Iterator[subprocess.CompletedProcess[str]]:
    """Run a step as GitHub does, whose background processes live on until the end of the job."""
    environment = _CLEAN | variables | {"RUNNER_TEMP": str(folder)}
    environment |= {name: str(folder / name) for name in ("GITHUB_ENV", "GITHUB_STEP_SUMMARY")}
    command = ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", script]
    # What lives on has the pipes, too.
    with (folder / "stdout").open("w") as stdout, (folder / "stderr").open("w") as stderr:
        step = subprocess.Popen(
            command, env=environment, cwd=folder, stdout=stdout, stderr=stderr, start_new_session=True
        )
        code = step.wait(timeout=60)
    try:
        yield subprocess.CompletedProcess(
            command, code, (folder / "stdout").read_text(), (folder / "stderr").read_text()
        )
    finally:
        with suppress(ProcessLookupError):
            os.killpg(step.pid, signal.SIGTERM)


def _step(name: str) -> Any:
    (step,) = [each for each in _ACTION["runs"]["steps"] if each.get("name") == name]
    return step


def test_the_steps_are_run_by_their_inputs() -> None:
    asked = re.findall(r"inputs\.([\w-]+)", (ROOT / "action.yml").read_text("utf-8"))
    assert set(asked) == set(_ACTION["inputs"])
    conditions = [step["if"] for step in _ACTION["runs"]["steps"] if "if" in step]
    assert conditions == ["inputs.run == 'mock'", "inputs.run == 'conform'"]
    assert all(word in _ACTION["inputs"]["run"]["description"] for word in ("`mock`", "`conform`"))
    for step in _ACTION["runs"]["steps"]:
        # Text of an input in a script would be run as a part of it.
        assert "${{" not in step.get("run", "")


def test_a_mock_for_the_steps_that_follow(tmp_path: Path) -> None:
    script = _step("Start the mock")["run"]
    with _shell(script, tmp_path, ARGUMENTS=f"--port {_free_port()} --scale 30") as done:
        assert (done.returncode, done.stderr) == (0, "")
        exported = dict(line.split("=", 1) for line in (tmp_path / "GITHUB_ENV").read_text().splitlines())
        assert set(exported) == {f"ONEINVOICE_{name}" for name in _VARIABLES}
        curl = 'curl -sf -H "Authorization: Bearer $ONEINVOICE_KEY" "$ONEINVOICE_URL/api/v1/members"'
        later = subprocess.run(["bash", "-c", curl], env=_CLEAN | exported, capture_output=True, check=True)
        assert json.loads(later.stdout)["pagination"]["total"] == 30


def test_a_mock_that_does_not_start_fails_its_step(tmp_path: Path) -> None:
    with _shell(_step("Start the mock")["run"], tmp_path, ARGUMENTS="--scale many") as done:
        assert done.returncode == 1
        assert "--scale" in done.stderr


@pytest.mark.parametrize(("arguments", "code"), [("--skip HOOK,RATE,NEWS", 0), ("--only HOOK", 3), ("--only NONE", 2)])
def test_a_verdict_in_the_summary_of_the_job(arguments: str, code: int, tmp_path: Path) -> None:
    with (
        running_mock() as variables,
        _shell(_step("Judge the deployment")["run"], tmp_path, ARGUMENTS=arguments, **variables) as done,
    ):
        assert done.returncode == code, done
        summary = tmp_path / "GITHUB_STEP_SUMMARY"
        assert summary.exists() == (code != 2)
        assert code == 2 or variables["ONEINVOICE_URL"] in summary.read_text()
        assert not any(variables["ONEINVOICE_KEY"] in file.read_text() for file in tmp_path.iterdir())


def test_a_mock_in_a_job_of_gitlab(tmp_path: Path) -> None:
    (block,) = [each for guide in GUIDES for each in guide.blocks if "image: python" in each.text]
    installs, *script, last = yaml.safe_load(block.text)["test"]["script"]
    assert (installs, last) == ("python -m pip install ./oneinvoice-kit pytest", "pytest")
    url = f"http://127.0.0.1:{(port := _free_port())}"
    # A job's lines are one script.
    lines = "\n".join([*script, 'test "$ONEINVOICE_URL" = "$EXPECTED"', 'test -n "$ONEINVOICE_REVOKED_KEY"'])
    with _shell(lines, tmp_path, ONEINVOICE_MOCK_PORT=port, EXPECTED=url) as done:
        assert (done.returncode, done.stderr) == (0, "")


# The container


def _instructions() -> list[tuple[str, str]]:
    lines = (ROOT / "Dockerfile").read_text("utf-8").splitlines()
    return [(word, rest) for line in lines if line and line[0] != "#" for word, _, rest in [line.partition(" ")]]


def _last_stage() -> dict[str, list[str]]:
    instructions = _instructions()
    begin = max(index for index, (word, _) in enumerate(instructions) if word == "FROM")
    stage: dict[str, list[str]] = {}
    for word, rest in instructions[begin:]:
        stage.setdefault(word, []).append(rest)
    return stage


def test_what_the_image_is_built_of_is_there() -> None:
    copied = [rest.split()[:-1] for word, rest in _instructions() if word == "COPY" and "--from" not in rest]
    assert all((ROOT / source).exists() for sources in copied for source in sources)
    packages = re.findall(r'^  "(\w+)/oneinvoice_\w+",$', (ROOT / "pyproject.toml").read_text("utf-8"), re.MULTILINE)
    assert set(packages) <= {source for sources in copied for source in sources}
    assert {"pyproject.toml", "README.md", "LICENSE"} <= {source for sources in copied for source in sources}


def test_the_image_is_not_run_by_root() -> None:
    stage = _last_stage()
    assert len([word for word, _ in _instructions() if word == "FROM"]) == 2
    (user,) = stage["USER"]
    assert user != "root"
    assert any(re.fullmatch(rf"useradd .*\b{user}", line) for line in stage["RUN"])


def test_the_variables_of_the_image_are_options_of_the_command() -> None:
    stage = _last_stage()
    variables = dict(each.split("=", 1) for each in stage["ENV"])
    (entry,), (command,) = map(json.loads, stage["ENTRYPOINT"]), map(json.loads, stage["CMD"])
    shown = subprocess.run([*entry, *command, "--help"], env=_CLEAN, capture_output=True, text=True, check=True).stdout
    told = "".join(shown.split())  # names may be broken
    assert [name for name in variables if name != "PATH" and name not in told] == []
    assert stage["EXPOSE"] == [variables["ONEINVOICE_MOCK_PORT"]]
    assert re.findall(r"--env (\w+)=", (ROOT / "Dockerfile").read_text("utf-8"))[0] in told


def test_the_image_serves_and_tells_its_health(tmp_path: Path) -> None:
    stage = _last_stage()
    port = _free_port()
    environment = _CLEAN | {"ONEINVOICE_MOCK_HOST": "127.0.0.1", "ONEINVOICE_MOCK_PORT": port}
    check = json.loads(stage["HEALTHCHECK"][0].partition(" CMD ")[2])
    assert shutil.which(check[0])

    def health() -> int:
        return subprocess.run(check, env=environment, capture_output=True, timeout=20, check=False).returncode

    assert health() != 0
    command = json.loads(stage["ENTRYPOINT"][0]) + json.loads(stage["CMD"][0])
    with subprocess.Popen(command, env=environment, cwd=tmp_path, stdout=subprocess.DEVNULL) as mock:
        until = time.monotonic() + 30
        while (code := health()) and time.monotonic() < until:
            time.sleep(0.1)
        mock.terminate()
        assert code == 0, shlex.join(check)
    assert mock.returncode == 0


@pytest.fixture(scope="module")
def job() -> list[str]:
    """The commands of the job for pull requests that the API team's guide shows, but for the installation."""
    [guide] = [each for each in GUIDES if each.name.endswith("api-team.md")]
    [block] = [each for each in guide.blocks if each.language == "yaml" and "pull_request" in each.text]
    steps = yaml.safe_load(block.text)["jobs"]["contract"]["steps"]
    commands = [step["run"] for step in steps if "run" in step]
    assert commands.pop(0) == "python -m pip install --editable ."
    return commands


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone whose branch is to be merged into `main`."""
    folder = tmp_path / "clone"
    released_contract(folder)
    git = ["git", "-C", str(folder), "-c", "user.name=Kari", "-c", "user.email=kari@nordlys.example"]
    for command in (
        ["init", "-q"],
        ["add", "."],
        ["commit", "-qm", "a"],
        ["update-ref", "refs/remotes/origin/main", "HEAD"],
    ):
        subprocess.run([*git, *command], check=True)
    return folder


@pytest.mark.parametrize(
    ("old", "new", "codes", "told"),
    [
        ("        paid_at: ", "        reminders: {type: integer, description: How many}\n        paid_at: ", [0] * 5,
         ["GET /api/v1/invoices", "reminders"]),
        ("        due_date: ", "        due_day: ", [1, 0, 1, 1, 0], ["::error file=openapi/", "due_date"]),
    ],
    ids=["a field more", "due_date removed"],
)  # fmt: skip
def test_the_job_for_pull_requests_says_what_they_break(
    job: list[str], clone: Path, old: str, new: str, codes: list[int], told: list[str]
) -> None:
    path = clone / "openapi" / "oneinvoice_openapi" / "v1" / "openapi.yaml"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    found, said = [], ""
    for command in job:
        variables = {"GITHUB_BASE_REF": "main", "PYTHONPATH": str(clone / "openapi")}
        with _shell(command, clone, **variables) as run:
            found.append(run.returncode)
            said += run.stdout
    assert found == codes, said
    said += (clone / "GITHUB_STEP_SUMMARY").read_text("utf-8")
    assert [each for each in told if each not in said] == []
