"""`oneinvoice-mock --defect`: real processes, real HTTP."""

from __future__ import annotations

import re
import subprocess
import sysconfig
from pathlib import Path

import pytest

from tests.acceptance.test_mock import ENVIRONMENT, MOCK, assert_one_sentence, run, running

CONFORM = str(Path(sysconfig.get_path("scripts")) / "oneinvoice-conform")
NAME = "filtered-quotes-of-everybody"


@pytest.mark.parametrize("arguments", [["--list-defects"], ["serve", "--list-defects"]])
def test_the_list_has_a_line_for_each(arguments: list[str]) -> None:
    result = run(*arguments)
    assert (result.returncode, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert len(lines) >= 60
    assert all(re.fullmatch(r"[a-z0-9-]+ +[A-Z]+-\d+ +[A-Z].*\.", line) for line in lines)


@pytest.mark.parametrize("arguments", [["--defect", NAME], ["serve", "--defect", NAME]])
def test_it_says_loudly_that_it_is_broken(arguments: list[str]) -> None:
    with running(*arguments, "--port", "0") as mock:
        assert mock.printed[0] == f"# !!! THIS MOCK IS BROKEN ON PURPOSE: {NAME} breaks ORG-2."
        assert mock.printed[1].startswith("# !!! A status filter on quotes drops the organisation.")
        assert mock.ask("/api/v1/quotes").json()["pagination"]["total"] == 60
        accepted = mock.ask("/api/v1/quotes?status=accepted", "OTHER_KEY").json()
        assert accepted["pagination"]["total"] > mock.ask("/api/v1/quotes", "OTHER_KEY").json()["pagination"]["total"]


def test_the_suite_finds_it() -> None:
    with running("--port", "0", environment={"ONEINVOICE_DEFECT": NAME}) as mock:
        environment = ENVIRONMENT | mock.variables
        command = [CONFORM, "--only", "ORG,QUO"]
        result = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert result.returncode == 1
    assert "violations" in result.stdout
    assert "ORG-2" in result.stdout


def test_a_webhook_can_be_broken_too(tmp_path: Path) -> None:
    with running("--port", "0", "--defect", "created-invoices-silent") as mock:
        url = ["--url", mock.variables["ONEINVOICE_URL"]]
        assert run("webhooks", "add", "http://127.0.0.1:9/hook", *url).returncode == 0
        assert run("trigger", "invoice.created", *url).returncode == 0
        assert _delivered(url) == "delivered", "though nobody listens there"


def _delivered(url: list[str]) -> str:
    for _ in range(50):
        (line,) = run("webhooks", "deliveries", *url).stdout.splitlines()
        if " pending" not in line:
            break
    return line.split("  ")[4].partition(" ")[0]


@pytest.mark.parametrize(
    ("arguments", "environment", "part"),
    [
        (["--defect", "quotes-of-everybody"], {}, f"the nearest are {NAME}"),
        (["--defect", "QQQ"], {}, "'QQQ'; --list-defects names all"),
        (["--defect", ""], {}, "--list-defects names all"),
        ([], {"ONEINVOICE_DEFECT": "qqq"}, "'qqq'; --list-defects names all"),
        (["--defect"], {}, "--defect"),
    ],
)
def test_bad_usage(arguments: list[str], environment: dict[str, str], part: str, tmp_path: Path) -> None:
    database = ["--database", f"sqlite:///{tmp_path / 'mock.db'}"]
    assert_one_sentence(run("--port", "0", *database, *arguments, environment=environment), 2, part)
    assert not list(tmp_path.iterdir())


def test_without_a_defect_none_is_loaded(tmp_path: Path) -> None:
    imports, environment = tmp_path / "imports", ENVIRONMENT | {"PYTHONPROFILEIMPORTTIME": "1"}
    # They are more than a pipe holds that nobody reads.
    with (
        imports.open("w") as errors,
        subprocess.Popen(
            [MOCK, "--port", "0"], stdout=subprocess.PIPE, stderr=errors, text=True, env=environment
        ) as mock,
    ):
        assert mock.stdout is not None
        assert any(line.startswith("oneinvoice-conform") for line in mock.stdout)
        mock.terminate()
    loaded = imports.read_text()
    assert "oneinvoice_impl.mock.extension" in loaded
    assert "oneinvoice_impl.mock.defects" not in loaded
