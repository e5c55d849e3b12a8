"""Releases of the contract: the real commands, on copies of the package."""

from __future__ import annotations

import os
import random
import re
import resource
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.acceptance.documents import ROOT
from tests.acceptance.test_spec import SPEC

Edit = Callable[[str], str]
Run = subprocess.CompletedProcess[str]
GATE = re.findall(r"^\t\$\(BIN\)/oneinvoice-spec (\w+)$", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
FIELD = "        last_name: {type: string, description: The family name}\n"


class Package:
    """A copy of the package as it was when 1.0.0 was its only release, and nothing had changed since."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.root = folder / "openapi" / "oneinvoice_openapi"
        shutil.copytree(ROOT / "openapi", folder / "openapi", ignore=shutil.ignore_patterns("__pycache__"))
        released = self.root / "released"
        for later in (each for each in released.iterdir() if each.is_dir() and each.name != "1.0.0"):
            shutil.rmtree(later)
        shutil.copyfile(released / "1.0.0" / "openapi.yaml", self.root / "v1" / "openapi.yaml")
        shutil.copyfile(released / "1.0.0" / "requirements.yaml", self.root / "requirements.yaml")
        sums = self.text("released/SHA256SUMS").splitlines(keepends=True)
        (released / "SHA256SUMS").write_text("".join(line for line in sums if "  1.0.0/" in line))
        head, _, entries = self.text("CHANGELOG.md").partition("## [")
        (self.root / "CHANGELOG.md").write_text(f"{head}## [1.0.0]{entries.rpartition('1.0.0]')[2]}", "utf-8")
        (self.root / "exceptions.yaml").write_text("exceptions: []\n")

    def __call__(self, *arguments: str, room: int | None = None) -> Run:
        def limit() -> None:
            if room is not None:
                resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))

        return subprocess.run(
            [SPEC, *arguments], cwd=self.folder, env=self.environment, capture_output=True, text=True, timeout=60,
            check=False, preexec_fn=limit,
        )  # fmt: skip

    @property
    def environment(self) -> dict[str, str]:
        return os.environ | {"PYTHONPATH": str(self.folder / "openapi"), "PYTHONDONTWRITEBYTECODE": "1"}

    def edit(self, *edits: Edit, name: str = "v1/openapi.yaml") -> None:
        path = self.root / name
        for edit in edits:
            before = path.read_text("utf-8")
            path.write_text(edit(before), "utf-8")
            assert path.read_text("utf-8") != before

    def text(self, name: str) -> str:
        return (self.root / name).read_text("utf-8")

    def files(self) -> dict[str, bytes]:
        """All files but modules, by their paths."""
        paths = (path for path in self.root.rglob("*") if path.is_file() and path.suffix not in (".py", ".pyc"))
        return {path.relative_to(self.root).as_posix(): path.read_bytes() for path in paths}


@pytest.fixture
def package(tmp_path: Path) -> Package:
    return Package(tmp_path)


def replaced(old: str, new: str) -> Edit:
    return lambda text: text.replace(old, new)


def matched(pattern: str, new: str = "") -> Edit:
    return lambda text: re.sub(pattern, new, text, flags=re.MULTILINE | re.DOTALL)


def field(name: str = "shirt_size") -> Edit:
    """Add an optional field to members."""
    return replaced(FIELD, f"{FIELD}        {name}: {{type: string, description: What friends say}}\n")


def added_event(text: str) -> str:
    """Add a second event like that of a quote that was sent."""
    block = text.partition("  quote.sent:\n")[2].partition("  quote.accepted:\n")[0]
    other = block.replace("on_quote_sent", "on_quote_seen").replace("quote.sent", "quote.seen")
    return text.replace("  quote.accepted:\n", f"  quote.seen:\n{other}  quote.accepted:\n", 1)


BREAKS: dict[str, tuple[tuple[Edit, ...], str, str]] = {
    "due_date is removed": (
        (matched(r"^        due_date: .*?\n"), replaced("due_date, ", ""), matched(r"^ +due_date: '2026-04-15'\n")),
        "GET /api/v1/invoices, response 200, data[].due_date: removed (line ",
        "keep the property, mark it `deprecated`, add a new one beside it, or make the change in /api/v2.",
    ),
    "a parameter is required": (
        (
            replaced(
                "        - name: status\n          in: query\n          description: Only members of",
                "        - name: status\n          in: query\n          required: true\n"
                "          description: Only members of",
            ),
        ),
        "GET /api/v1/members, query parameter status: required now (line ",
        "leave it optional, with a default that does what was done without it.",
    ),
    "an event is dropped": (
        (matched(r"^  quote\.sent:\n.*?(?=^  quote\.accepted:)"),),
        "webhook quote.sent: event removed (line ",
        "go on delivering the event, announce its end 30 days ahead, or make the change in /api/v2.",
    ),
    "a default changes": (
        (replaced("default: 50}", "default: 25}"),),
        "GET /api/v1/members, query parameter limit: default 50 → 25 (line ",
        "keep the default: who leaves the value out relies on it.",
    ),
}


@pytest.mark.parametrize(("edits", "change", "advice"), BREAKS.values(), ids=BREAKS)
def test_a_change_that_breaks_fails_the_gate_and_is_not_released(
    package: Package, edits: tuple[Edit, ...], change: str, advice: str
) -> None:
    package.edit(*edits)
    before = package.files()
    assert GATE == ["check", "diff", "policy"]
    told = package("diff")
    assert (told.returncode, told.stderr) == (1, "")
    assert re.search(r"^BREAKING .*", told.stdout, re.MULTILINE)
    assert f"  instead   {advice[:-1]}\n" in told.stdout
    for version in ((), ("1.1.0",)):
        run = package("release", *version)
        assert (run.returncode, run.stdout) == (1, "")
        [sentence] = [line for line in run.stderr.splitlines() if line.startswith(change)]
        assert f"; {advice} Or have it approved: " in sentence
    assert package.files() == before


def test_what_contradicts_the_documentation_fails_the_gate_and_is_not_released(package: Package) -> None:
    package.edit(replaced("maximum: 200, default", "maximum: 500, default"))
    assert package("diff").returncode == 0  # clients may send more
    for command in ("check", "release"):
        run = package(command)
        assert (run.returncode, run.stdout) == (1, "")
        assert "MEM-3 (“limit — items per page (default 50, max 200)”): " in run.stderr
        assert "/maximum (line " in run.stderr
        assert "is 500, and must be 200; change it" in run.stderr
    assert "[1.1.0] - " not in package.text("CHANGELOG.md")


def test_an_optional_field_passes_and_is_released(package: Package) -> None:
    package.edit(field())
    worked_on = package.text("v1/openapi.yaml")
    assert [package(command).returncode for command in GATE] == [0, 0, 0]
    dry = package("release", "--dry-run", "--date", "2027-01-31")
    assert (dry.returncode, dry.stderr) == (0, "")
    assert dry.stdout.startswith("Would release 1.1.0 after 1.0.0:\n")
    assert package.text("v1/openapi.yaml") == worked_on

    run = package("release", "--date", "2027-01-31")
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout == dry.stdout.replace("Would release", "Released")
    entry = (
        "## [1.1.0] - 2027-01-31\n\n### Added\n\n- `GET /api/v1/members`, response 200, `data[].shirt_size`: added.\n"
    )
    assert run.stdout.endswith(f"\n\n{entry}")
    assert f"\n\n{entry}\n## [1.0.0] - " in package.text("CHANGELOG.md")
    released = worked_on.replace("  version: 1.0.0\n", "  version: 1.1.0\n")
    assert package.text("v1/openapi.yaml") == package.text("released/1.1.0/openapi.yaml") == released
    for name in ("requirements.yaml", "lifecycle.yaml"):
        assert package.text(name) == package.text(f"released/1.1.0/{name}")
    sums = subprocess.run(["sha256sum", "-c", "SHA256SUMS"], cwd=package.root / "released", capture_output=True)
    assert (sums.returncode, sums.stdout.count(b": OK\n")) == (0, 6)
    assert [package(command).returncode for command in GATE] == [0, 0, 0]
    assert package("diff").stdout.startswith("release 1.1.0 → ")
    since_1_0_0 = package("diff", "1.0.0").stdout
    assert since_1_0_0.startswith("COMPATIBLE     GET /api/v1/members  response 200  …/data/shirt_size")


def test_releases_follow_each_other(package: Package) -> None:
    package.edit(field())
    assert package("release", "--date", "2027-01-31").returncode == 0
    again = package("release")
    assert again.returncode == 1
    assert again.stderr.startswith("Nothing that clients meet has changed since release 1.1.0;")
    package.edit(replaced("summary: List the members of your organisation", "summary: List your members"))
    package.edit(replaced("statement: ", "statement: Now "), name="requirements.yaml")
    assert package("release", "--date", "2027-02-28").stdout.startswith("Released 1.1.1 after 1.1.0:\n")
    package.edit(added_event)
    small = package("release", "1.1.2")
    assert small.returncode == 1
    assert "1.1.2 is too small a step for webhook quote.seen: event added (line " in small.stderr
    assert package("release", "1.3.0", "--date", "2027-03-31").returncode == 0
    changelog = package.text("CHANGELOG.md")
    assert re.findall(r"^## \[(\S+)\]", changelog, re.MULTILINE) == ["1.3.0", "1.1.1", "1.1.0", "1.0.0"]
    assert "\n- `webhook quote.seen`: event added.\n" in changelog
    assert "\n### Documentation\n\n- `GET /api/v1/members`: summary changed.\n" in changelog
    assert "\n- Requirement `MEM-1`: statement changed.\n" in changelog
    assert package("check").returncode == 0
    for version in ("1.1.0", "1.2.9", "1.3.0"):
        assert package("release", version).returncode == 1


def test_a_break_that_is_approved_is_released_and_told(package: Package) -> None:
    package.edit(replaced("operationId: list_members", "operationId: list_all_members"))
    entry = ("exceptions:\n  - rule: operation-id\n    pointer: /paths/~1api~1v1~1members/get/operationId\n"
             "    reason: Nobody generates clients\n    owner: Kari Nordmann\n    expires: {}\n")  # fmt: skip
    package.edit(replaced("exceptions: []\n", entry.format("2020-12-31")), name="exceptions.yaml")
    diff, release = package("diff"), package("release")
    assert (diff.returncode, release.returncode) == (1, 1)
    for told in (diff.stdout, release.stderr):
        assert "GET /api/v1/members" in told
        assert "expired on 2020-12-31; Kari Nordmann decides anew." in told
    package.edit(replaced("2020-12-31", "2999-12-31"), name="exceptions.yaml")
    assert package("diff").returncode == 0
    sudden = package("release")
    assert sudden.returncode == 1
    assert "operationId list_members → list_all_members: nothing announces it; announce it" in sudden.stderr
    to_come = package("release", "--date", "2999-01-01")
    assert (to_come.returncode, to_come.stderr) == (1, sudden.stderr)
    days = "  - {operation: GET /api/v1/members, announced: 2026-01-01, effective: 2026-01-31}\n"
    package.edit(lambda text: text + days, name="lifecycle.yaml")
    early = package("release", "--date", "2026-01-30")
    assert early.returncode == 1
    assert "release it on 2026-01-31 at the earliest" in early.stderr
    released = package("release", "--date", "2026-01-31")
    assert released.returncode == 0, released.stderr
    assert released.stdout.startswith("Released 1.1.0 after 1.0.0:")
    assert ("### Breaking (approved)\n\n- `GET /api/v1/members`: operationId list\\_members → list\\_all\\_members "
            "(Nobody generates clients (Kari Nordmann, until 2999-12-31)).\n") in released.stdout  # fmt: skip
    assert "meets no change; remove it." in package("diff").stdout


def test_words_that_may_promise_something_fail_the_gate_until_they_are_classed(package: Package) -> None:
    package.edit(replaced("description: Only members of this status", "description: At most members of this status"))
    assert package("diff").returncode == 1
    run = package("release", "2.0.0")
    assert run.returncode == 1
    assert "may break clients of GET /api/v1/members that rely on these words" in run.stderr
    pointer = "/paths/~1api~1v1~1members/get/parameters/2/description"
    assert f"text at #{pointer}." in run.stderr
    entry = f"rule: text, pointer: {pointer}, class: documentation, reason: a, owner: b, expires: 2999-12-31"
    (package.folder / "own.yaml").write_text(f"exceptions: [{{{entry}}}]\n")
    assert package("release", "--dry-run").returncode == 1
    run = package("release", "--dry-run", "--exceptions", "own.yaml")
    assert run.returncode == 0, run.stderr
    assert run.stdout.startswith("Would release 1.0.1 after 1.0.0:")


def test_a_release_that_was_touched_is_found(package: Package) -> None:
    package.edit(field())
    package.edit(replaced("limit", "Limit"), name="released/1.0.0/requirements.yaml")
    for command in ("check", "release"):
        run = package(command)
        assert (run.returncode, run.stdout) == (1, "")
        assert run.stderr == (
            "released/1.0.0/requirements.yaml is not what was released (SHA256SUMS); restore it: git checkout -- "
            "openapi/oneinvoice_openapi/released/1.0.0/requirements.yaml\n"
        )


def test_a_version_older_than_the_last_release_is_found(package: Package) -> None:
    package.edit(replaced("  version: 1.0.0\n", "  version: 0.9.0\n"))
    run = package("check")
    assert run.returncode == 1
    assert run.stderr == (
        "#/info/version (line 4) is 0.9.0, which is older than the last release; write 1.0.0, or a later one.\n"
    )


def test_a_release_that_is_killed_is_there_or_not(package: Package) -> None:
    package.edit(field())
    before = package.files()
    started = time.monotonic()
    assert package("release", "--dry-run").returncode == 0
    lasts = time.monotonic() - started
    outcomes = []
    chance = random.Random(17)
    for _ in range(4):
        with subprocess.Popen([SPEC, "release", "--date", "2027-01-31"], cwd=package.folder, env=package.environment,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:  # fmt: skip
            time.sleep(lasts * chance.uniform(0.6, 1.1))
            process.send_signal(signal.SIGKILL)
        check = package("check")
        assert check.returncode == 0, check.stderr
        after = package.files()
        is_released = "released/1.1.0/openapi.yaml" in after
        outcomes.append(is_released)
        assert {name for name in after if after[name] != before.get(name)} == (
            {"CHANGELOG.md", "v1/openapi.yaml", "released/SHA256SUMS", "released/1.1.0/openapi.yaml",
             "released/1.1.0/requirements.yaml", "released/1.1.0/lifecycle.yaml"} if is_released else set()
        )  # fmt: skip
        if is_released:
            shutil.rmtree(package.root / "released" / "1.1.0")
            for name in ("CHANGELOG.md", "v1/openapi.yaml", "released/SHA256SUMS"):
                (package.root / name).write_bytes(before[name])
    assert package("release").returncode == 0


def test_a_full_disk_leaves_nothing(package: Package) -> None:
    package.edit(field())
    before = package.files()
    run = package("release", room=8192)
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr == "Error: The release can't be written (File too large); nothing was released.\n"
    assert package.files() == before


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (("1.1",), "1.1 is no version; write one such as 1.1.0."),
        (("--date", "soon"), "soon is no day; write one as 2027-03-31."),
        (("--date", "9999-12-31"), "9999-12-31 is no day; write one as 2027-03-31."),
        (("--exceptions", "gone.yaml"), "gone.yaml can't be read"),
        (("1.1.0", "1.2.0"), "1.2.0"),
    ],
)
def test_bad_input_is_told_in_one_sentence(package: Package, arguments: tuple[str, ...], part: str) -> None:
    package.edit(field())
    before = package.files()
    run = package("release", *arguments)
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr.startswith("Error: ")
    assert part in run.stderr
    assert run.stderr.count("\n") == 1
    assert package.files() == before
