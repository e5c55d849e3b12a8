"""Files of a deployment name the commands, options, ports and variables that there are, and other tools take them."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from configparser import RawConfigParser
from pathlib import Path
from typing import Any

import click
import pytest
import yaml
from oneinvoice_impl.server import serving
from oneinvoice_impl.service.cli import worker
from oneinvoice_impl.service.cli.main import cli
from oneinvoice_impl.service.observing.probes import READINESS
from oneinvoice_impl.web.csrf import LONGEST_UPLOAD

from docs.generator.commands import commands, variable
from docs.generator.settings import variables
from tests.acceptance.documents import ROOT
from tests.services.certificate import certificate

DEPLOY = ROOT / "deploy"
FILES = [ROOT / "Dockerfile", *sorted(path for path in DEPLOY.iterdir() if path.is_file())]
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
OWN = {name: service for name, service in COMPOSE["services"].items() if service["image"] == "oneinvoice-kit"}
UNITS = {name: DEPLOY / f"oneinvoice-{name}.service" for name in ("serve", "worker@")}
INSTALLED = "/opt/oneinvoice/bin/oneinvoice-service"


def options(words: list[str]) -> dict[str, Any]:
    """What click makes of a command line. Raises `click.UsageError` for one that it does not take."""
    command, words = cli.commands[words[0]], words[1:]
    while isinstance(command, click.Group):
        command, words = command.commands[words[0]], words[1:]
    return command.make_context(command.name, words).params


def unit(name: str) -> RawConfigParser:
    parser = RawConfigParser(strict=False)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(UNITS[name], "utf-8")
    return parser


def started(name: str) -> dict[str, Any]:
    program, *words = shlex.split(unit(name)["Service"]["ExecStart"].replace("%i", "5"))
    assert program == INSTALLED
    return options(words)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_the_variables_that_it_names_are_read(path: Path) -> None:
    known = set(variables())
    for program in ("oneinvoice-mock", "oneinvoice-service"):
        for command in commands(program):
            known |= {variable(parameter, command.context) for parameter in command.definition.params}
    assert set(re.findall(r"\bONEINVOICE_[A-Z_]*[A-Z]\b", path.read_text("utf-8"))) <= known


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_the_commands_that_its_comments_name_are_taken(path: Path) -> None:
    text = re.sub(r" \\\n#", "", path.read_text("utf-8"))
    named = re.findall(r"(?:run --rm init|--entrypoint oneinvoice-service oneinvoice-kit) +([^`\n]+)", text)
    assert all(options(shlex.split(words)) is not None for words in named)
    assert named or path.name not in ("Dockerfile", "compose.yaml")


def test_the_containers_run_commands_at_ports_that_are_published_and_watched() -> None:
    taken = {name: options(service["command"]) for name, service in OWN.items()}
    assert all(service["entrypoint"] == ["oneinvoice-service"] for service in OWN.values())
    assert (taken["serve"]["workers"], OWN["worker"]["deploy"]["replicas"]) == (4, 2)
    port, (_, metrics) = taken["serve"]["port"], taken["serve"]["metrics"]
    assert [int(each.split(":")[2]) for each in OWN["serve"]["ports"]] == [port, metrics]
    assert all(each.startswith("127.0.0.1:") for each in OWN["serve"]["ports"])
    assert f"http://127.0.0.1:{port}{READINESS}'" in OWN["serve"]["healthcheck"]["test"][-1]
    assert f"http://127.0.0.1:{taken['worker']['metrics'][1]}/metrics'" in OWN["worker"]["healthcheck"]["test"][-1]
    for service in OWN.values():
        compile(service["healthcheck"].get("test", ["pass"])[-1], "health", "exec")


def test_what_the_containers_need_is_asked_for_in_the_example() -> None:
    asked = set(re.findall(r"\$\{(\w+)", (DEPLOY / "compose.yaml").read_text("utf-8")))
    example = (DEPLOY / "compose.env.example").read_text("utf-8")
    assert asked <= set(re.findall(r"^(\w+)=", example, re.MULTILINE))


def test_nothing_is_killed_before_it_has_ended_what_runs() -> None:
    grace = int(OWN["serve"]["stop_grace_period"].removesuffix("s"))
    assert grace > serving._LATEST_END
    assert grace > worker.GRACE
    assert int(unit("serve")["Service"]["TimeoutStopSec"]) > serving._LATEST_END
    assert int(unit("worker@")["Service"]["TimeoutStopSec"]) > worker.GRACE


def test_the_units_run_commands_by_the_settings_of_the_guide() -> None:
    assert started("serve")["metrics"] == ("127.0.0.1", 9464)
    assert started("worker@")["metrics"] == ("127.0.0.1", 9465)
    guide = (ROOT / "docs/operations.md").read_text("utf-8")
    files = {unit(name)["Service"]["EnvironmentFile"] for name in UNITS}
    assert all(file in guide for file in files)
    assert INSTALLED.rpartition("/")[0] in guide


def test_the_proxy_leads_to_the_port_of_the_unit() -> None:
    site = (DEPLOY / "nginx.conf").read_text("utf-8")
    assert re.findall(r"server 127\.0\.0\.1:(\d+);", site) == [str(started("serve")["port"])]
    (megabytes,) = re.findall(r"client_max_body_size (\d+)m;", site)
    assert int(megabytes) * 1024**2 == LONGEST_UPLOAD


# Other tools


def _tool(name: str) -> str:
    found = shutil.which(name, path="/usr/sbin:/usr/bin:/usr/local/bin")
    if found is None:
        pytest.skip(f"{name} is not installed here")
    return found


def test_systemd_takes_the_units(tmp_path: Path) -> None:
    tool = _tool("systemd-analyze")
    for name, path in UNITS.items():
        text = path.read_text("utf-8").replace(INSTALLED, "/bin/true")
        (tmp_path / f"oneinvoice-{name}.service").write_text(text)
    files = [tmp_path / "oneinvoice-serve.service", tmp_path / "oneinvoice-worker@5.service"]
    done = subprocess.run([tool, "verify", *files], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_nginx_takes_the_site(tmp_path: Path) -> None:
    tool = _tool("nginx")
    certificate(tmp_path)
    site = (DEPLOY / "nginx.conf").read_text("utf-8")
    site = site.replace("/etc/oneinvoice/tls", str(tmp_path)).replace("/var/log/nginx", str(tmp_path))
    (tmp_path / "site").write_text(site)
    whole = f"pid {tmp_path}/pid;\nerror_log stderr;\nevents {{}}\nhttp {{ include {tmp_path}/site; }}\n"
    (tmp_path / "nginx.conf").write_text(whole)
    command = [tool, "-t", "-p", tmp_path, "-c", tmp_path / "nginx.conf"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "[warn]" not in done.stderr


def test_docker_takes_the_containers(tmp_path: Path) -> None:
    command = [_tool("docker"), "compose"]
    if subprocess.run([*command, "version"], capture_output=True, check=False).returncode != 0:
        pytest.skip("docker compose is not installed here")
    shutil.copytree(DEPLOY, tmp_path / "deploy")
    example = (DEPLOY / "compose.env.example").read_text("utf-8")
    filled = re.sub(r"^(\w+(?:PASSWORD|SECRET_KEY))=$", r"\1=x", example, flags=re.MULTILINE)
    (tmp_path / "deploy" / ".env").write_text(filled)
    done = subprocess.run(
        [*command, "--file", tmp_path / "deploy" / "compose.yaml", "config", "--quiet"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
