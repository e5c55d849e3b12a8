"""The wheel works in a clean environment, away from the checkout."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import urllib.request
import venv
from pathlib import Path

import pytest

from tests.acceptance.documents import GUIDES, written

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def bin_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `bin` of a new environment that has nothing but the wheel and what it needs."""
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run([sys.executable, "-m", "build", "--outdir", folder, ROOT], check=True, capture_output=True)
    [wheel] = folder.glob("*.whl")
    assert list(folder.glob("*.tar.gz"))
    venv.create(folder / "venv", with_pip=True)
    python = folder / "venv/bin/python"
    subprocess.run([python, "-m", "pip", "install", "--quiet", wheel], check=True)
    return folder / "venv/bin"


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(("ONEINVOICE_", "PYTHON"))}


def test_spec_checks_its_own_document(bin_folder: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [bin_folder / "oneinvoice-spec", "check"], cwd=tmp_path, env=_environment(), capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_spec_has_the_releases_and_makes_none_where_it_is_installed(bin_folder: Path, tmp_path: Path) -> None:
    def spec(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [bin_folder / "oneinvoice-spec", *arguments]
        return subprocess.run(command, cwd=tmp_path, env=_environment(), capture_output=True, text=True)

    compared = spec("diff")
    assert (compared.returncode, compared.stderr) == (0, "")
    assert "release " in compared.stdout
    refused = spec("release", "--dry-run")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr.endswith("is installed; release from a clone of the repository.\n")
    [changelog] = bin_folder.parent.glob("lib/*/site-packages/oneinvoice_openapi/CHANGELOG.md")
    assert "## [1.0.0]" in changelog.read_text("utf-8")


def test_conform_judges_the_mock(bin_folder: Path, tmp_path: Path) -> None:
    mock = subprocess.Popen(
        [bin_folder / "oneinvoice-mock", "serve", "--port", "0"],
        cwd=tmp_path, env=_environment(), stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    with mock:
        assert mock.stdout
        exported: dict[str, str] = {}
        while "ONEINVOICE_REVOKED_KEY" not in exported:
            line = mock.stdout.readline()
            assert line, "the mock ended before it printed its keys"
            exported |= dict(re.findall(r"^export (\w+)=(\S+)", line))
        with urllib.request.urlopen(f"{exported['ONEINVOICE_URL']}/login") as page:
            (style,) = re.findall(r'href="(/static/dashboard[^"]+css)"', page.read().decode())
        with urllib.request.urlopen(exported["ONEINVOICE_URL"] + style) as file:
            assert b"prefers-color-scheme" in file.read()
        done = subprocess.run(
            [bin_folder / "oneinvoice-conform", exported["ONEINVOICE_URL"], "--skip", "HOOK,RATE,NEWS"],
            cwd=tmp_path, env=_environment() | exported, capture_output=True, text=True,
        )  # fmt: skip
        mock.send_signal(signal.SIGINT)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert "conforms" in done.stdout
    assert mock.returncode == 0


def test_the_guide_leads_to_passing_tests(bin_folder: Path, tmp_path: Path) -> None:
    start = "pip install ./oneinvoice-kit "
    [install] = [block.text for guide in GUIDES for block in guide.blocks if block.text.startswith(start)]
    packages = install.removeprefix(start).split()  # the kit is there
    subprocess.run([bin_folder / "python", "-m", "pip", "install", "--quiet", *packages], check=True)
    for name in ("client.py", "test_client.py"):
        (tmp_path / name).write_text(written(name))
    done = subprocess.run(
        [bin_folder / "pytest", "-W", "error", "test_client.py"],
        cwd=tmp_path, env=_environment(), capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "4 passed" in done.stdout
