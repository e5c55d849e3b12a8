"""Pages of docs/reference are what the code says, and the exit codes in them are what the programs end with."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from oneinvoice_openapi.contract import PACKAGE

from docs.generator.exit_codes import EXIT_CODES
from docs.generator.pages import COMMAND, FOLDER, pages
from docs.generator.settings import variables
from tests.acceptance.running_mock import running_mock
from tests.services.ports import free_port

PROGRAMS = Path(sys.executable).parent
CLEAN = {name: value for name, value in os.environ.items() if not name.startswith("ONEINVOICE_")}


def test_the_pages_are_current() -> None:
    texts = pages()
    assert {path.name for path in FOLDER.glob("*.md")} == set(texts), f"run `{COMMAND}`"
    outdated = [name for name, text in texts.items() if (FOLDER / name).read_text("utf-8") != text]
    assert outdated == [], f"docs/reference is not what the code says: run `{COMMAND}`, and commit what it writes"


def test_the_pages_do_not_depend_on_where_they_are_written(tmp_path: Path) -> None:
    places = [
        {"COLUMNS": "40", "LC_ALL": "C", "LANG": "C"},
        {"COLUMNS": "400", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "1", "ONEINVOICE_URL": "http://127.0.0.1:1"},
    ]
    script = "from docs.generator.pages import pages; import sys; sys.stdout.buffer.write(repr(pages()).encode())"
    for place in places:
        command = [sys.executable, "-W", "ignore", "-c", script]
        written = subprocess.run(command, cwd=FOLDER.parents[1], env=CLEAN | place, capture_output=True, check=True)
        assert written.stdout.decode() == repr(pages())


def test_every_setting_of_the_service_is_told() -> None:
    text = (FOLDER / "settings.md").read_text("utf-8")
    assert len(variables()) >= 10
    assert [name for name in variables() if f"| `{name}` |" not in text] == []


GOOD, BAD, NOBODY, BUSY = "{good}", "{bad}", "{nobody}", "{busy}"  # addresses
AUTHORED = str(PACKAGE.joinpath("v1", "openapi.yaml"))
NO_DATABASE = "postgresql://127.0.0.1:1/none"
NO_PORT = "127.0.0.1:70000"
ONE_DAY = ("--from", "2027-06-01", "--until", "2027-06-01")
PROVOKED = {
    ("oneinvoice-conform run", 0): ("oneinvoice-conform", GOOD, "--only", "QUO-2", "--json", "good.json"),
    ("oneinvoice-conform run", 1): ("oneinvoice-conform", BAD, "--only", "QUO-2", "--json", "bad.json"),
    ("oneinvoice-conform run", 2): ("oneinvoice-conform", GOOD, "--only", "NONE"),
    ("oneinvoice-conform run", 3): ("oneinvoice-conform", GOOD, "--only", "HOOK-1"),
    ("oneinvoice-conform run", 4): ("oneinvoice-conform", NOBODY),
    ("oneinvoice-conform diff", 0): ("oneinvoice-conform", "diff", "bad.json", "good.json"),
    ("oneinvoice-conform diff", 1): ("oneinvoice-conform", "diff", "good.json", "bad.json"),
    ("oneinvoice-conform diff", 2): ("oneinvoice-conform", "diff", "good.json", "none.json"),
    ("oneinvoice-conform listen", 0): ("oneinvoice-conform", "listen", "--listen", "0"),
    ("oneinvoice-conform listen", 2): ("oneinvoice-conform", "listen", "--listen", NO_PORT),
    ("oneinvoice-conform proxy", 0): ("oneinvoice-conform", "proxy", GOOD, "--listen", "0"),
    ("oneinvoice-conform proxy", 1): ("oneinvoice-conform", "proxy", BAD, "--listen", "0"),
    ("oneinvoice-conform proxy", 2): ("oneinvoice-conform", "proxy", GOOD, "--listen", NO_PORT),
    ("oneinvoice-conform proxy", 4): ("oneinvoice-conform", "proxy", NOBODY, "--listen", "0"),
    ("oneinvoice-mock", 0): ("oneinvoice-mock", "keys"),
    ("oneinvoice-mock", 2): ("oneinvoice-mock", "--port", BUSY),
    ("oneinvoice-mock", 4): ("oneinvoice-mock", "clock", "--url", NOBODY),
    ("oneinvoice-service", 0): ("oneinvoice-service", "keys", "--help"),
    ("oneinvoice-service", 2): ("oneinvoice-service", "serve"),
    ("oneinvoice-service", 4): ("env", f"ONEINVOICE_DATABASE_URL={NO_DATABASE}", "oneinvoice-service", "check"),
    ("oneinvoice-spec check", 0): ("oneinvoice-spec", "check"),
    ("oneinvoice-spec check", 1): ("oneinvoice-spec", "check", "draft.yaml"),
    ("oneinvoice-spec check", 2): ("oneinvoice-spec", "check", "none.yaml"),
    ("oneinvoice-spec diff", 0): ("oneinvoice-spec", "diff", AUTHORED, AUTHORED),
    ("oneinvoice-spec diff", 1): ("oneinvoice-spec", "diff", AUTHORED, "changed.yaml"),
    ("oneinvoice-spec diff", 2): ("oneinvoice-spec", "diff", AUTHORED, "none.yaml"),
    ("oneinvoice-spec simulate", 0): ("oneinvoice-spec", "simulate", "--to", GOOD, *ONE_DAY),
    ("oneinvoice-spec simulate", 1): (
        "oneinvoice-spec",
        "simulate",
        "--to",
        GOOD,
        *ONE_DAY,
        "--lifecycle",
        "days.yaml",
    ),
    ("oneinvoice-spec simulate", 2): ("oneinvoice-spec", "simulate", "--to", NOBODY, *ONE_DAY),
    ("oneinvoice-spec release", 0): ("oneinvoice-spec", "release", "--dry-run"),
    ("oneinvoice-spec release", 1): ("oneinvoice-spec", "release", "1.0.0"),
    ("oneinvoice-spec release", 2): ("oneinvoice-spec", "release", "next"),
}


@pytest.fixture(scope="module")
def mocks() -> Iterator[tuple[dict[str, str], dict[str, str]]]:
    """Variables of two mocks: one that keeps the documentation, and one that breaks it."""
    with running_mock() as good, running_mock("--defect", "quote-filter-ignored") as bad:
        yield good, bad


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the reports that later commands read, and of contracts: incomplete, breaking, and to be released."""
    path = tmp_path_factory.mktemp("codes")
    (path / "draft.yaml").write_text("openapi: 3.1.0\ninfo: {title: A draft, version: '1'}\npaths: {}\n", "utf-8")
    (path / "changed.yaml").write_text(Path(AUTHORED).read_text("utf-8").replace("default: 50", "default: 25"), "utf-8")
    (path / "days.yaml").write_text(
        "lifecycle: [{version: v1, announced: 2027-05-01, deprecated: 2027-07-01}]", "utf-8"
    )
    package = shutil.copytree(str(PACKAGE), path / "package" / "oneinvoice_openapi")
    authored = package / "v1" / "openapi.yaml"
    authored.write_text(authored.read_text("utf-8").replace("summary: List the", "summary: List all"), "utf-8")
    return path


@pytest.mark.parametrize(("program", "code"), PROVOKED)
def test_each_exit_code_is_what_the_program_ends_with(
    program: str, code: int, mocks: tuple[dict[str, str], dict[str, str]], folder: Path
) -> None:
    good, bad = (exported["ONEINVOICE_URL"] for exported in mocks)
    port = good.rpartition(":")[2]
    addresses = {GOOD: good, BAD: bad, NOBODY: f"http://127.0.0.1:{free_port()}", BUSY: port}
    command = [addresses.get(word, word) for word in PROVOKED[program, code]]
    environment = CLEAN | {"PATH": f"{PROGRAMS}:{CLEAN['PATH']}", "ONEINVOICE_KEY": mocks[0]["ONEINVOICE_KEY"]}
    if program == "oneinvoice-spec release":
        environment["PYTHONPATH"] = str(folder / "package")
    printed, key = "", {"Authorization": f"Bearer {environment['ONEINVOICE_KEY']}"}
    with subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        for line in process.stdout:
            printed += line
            # `listen` and `proxy` wait to be interrupted; that they do so already a first request shows.
            if listening := re.match(r"Listening at (\S+)", line):
                urlopen(f"{listening[1]}/hook", data=b"{}").close()
            elif forwarding := re.match(r"Forwarding (\S+)", line):
                with suppress(HTTPError):
                    urlopen(Request(f"{forwarding[1]}/api/v1/quotes?status=accepted", headers=key)).close()
            elif re.match(r"\d\d:\d\d:\d\d ", line):
                process.send_signal(signal.SIGINT)
    assert process.returncode == code, printed
    assert code in EXIT_CODES[program]


def test_each_exit_code_is_provoked() -> None:
    assert set(PROVOKED) == {(program, code) for program, codes in EXIT_CODES.items() for code in codes}
