"""The judging behind a pytest file, in the same process; tests/conformance/test_reproducers.py runs such files."""

import doctest
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import SkipTest

import pytest
from oneinvoice_conformance import testing
from oneinvoice_conformance.http.credentials import VARIABLES
from oneinvoice_conformance.testing import Reproduction

from tests.miniatures import FAULTS, Deployment, serve
from tests.unit.conformance.fakes import KEYS

OPTIONS: dict[str, Any] = {
    "beside": "test_again.py",
    "only": [],
    "skip": ["HOOK", "RATE"],
    "strict": False,
    "map_file": None,
    "baseline": None,
    "rate_limit": 600,
    "shared_key": False,
    "allow_load": False,
    "timeout": 10.0,
    "fuzz": 0,
    "fuzz_seed": None,
    "guided": False,
    "webhook_timeout": None,
}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for role, variable in VARIABLES.items():
        monkeypatch.setenv(variable, KEYS[role])
    return tmp_path


def again(url: str, *ids: str, needs: tuple[str, ...] = (), **options: Any) -> Reproduction:
    return Reproduction(url, requirements=ids, needs=needs, **(OPTIONS | options))


def problem(url: str, id: str, **options: Any) -> str:
    with again(url, id, **options) as deployment, pytest.raises(AssertionError) as found:
        deployment.assert_conforms(id)
    text = str(found.value)
    assert not [key for key in KEYS.values() if key[4:16] in text]
    return text


@pytest.fixture(scope="module")
def correct() -> Iterator[str]:
    with serve(Deployment()) as url:
        yield url


@pytest.fixture(scope="module")
def broken() -> Iterator[str]:
    with serve(FAULTS["default-of-20"].deployment()) as url:
        yield url


def test_what_is_broken_is_told_with_its_clause(broken: str):
    first, statement, clause = problem(broken, "MEM-2").splitlines()
    assert first == "MEM-2 is not kept: without a limit a page holds 20 of 450 members"
    assert (statement, clause) == (
        "Without a limit a page holds 50 members.",
        "“limit — items per page (default 50, max 200)” (Members)",
    )


def test_paths_are_as_seen_from_the_file(correct: str, folder: Path):
    (folder / "kept").mkdir()
    (folder / "kept" / "names.toml").write_text("")
    with again(correct, "MEM-2", beside=str(folder / "kept" / "test_again.py"), map_file="names.toml") as deployment:
        deployment.assert_conforms("MEM-2")
    assert problem(correct, "MEM-2", map_file="names.toml").startswith("MEM-2 can't be judged: ")


def test_what_is_kept_passes_and_what_has_no_occasion_is_skipped(correct: str):
    with again(correct, "MEM-2", "VER-3") as deployment:
        deployment.assert_conforms("MEM-2")
        with pytest.raises(SkipTest, match="VER-3 has no occasion any more: "):
            deployment.assert_conforms("VER-3")


def test_tests_of_a_file_share_what_was_answered():
    miniature = Deployment()
    with serve(miniature) as url, again(url, "MEM-1", "MEM-2") as deployment:
        for id in ("MEM-1", "MEM-2", "MEM-2"):
            deployment.assert_conforms(id)
    assert len(miniature.log) == len(set(miniature.log))


def test_files_of_a_process_share_the_pace(monkeypatch: pytest.MonkeyPatch):
    miniature = Deployment()
    miniature.clock_is_open = True
    with serve(miniature) as url:
        moving = f"curl --silent --fail --request POST {url}/_clock?advance={{seconds}}; echo {{seconds}} >> waited"
        monkeypatch.setenv("ONEINVOICE_WAIT_COMMAND", moving)
        for waits in (False, True):
            with again(url, "MEM-1", rate_limit=4) as deployment:  # which takes three requests with the key
                deployment.assert_conforms("MEM-1")
            assert Path("waited").exists() is waits


def test_another_deployment_is_asked_by_the_variable(broken: str, correct: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ONEINVOICE_URL", correct)
    with again(broken, "MEM-2") as deployment:
        deployment.assert_conforms("MEM-2")


def test_what_is_about_every_answer_takes_a_whole_run():
    with serve(FAULTS["inactive-not-found"].deployment()) as url:
        assert "status=inactive got 404, twice" in problem(url, "ERR-2")


@pytest.mark.parametrize(
    ("variables", "needs", "part"),
    [
        ({"ONEINVOICE_OTHER_KEY": ""}, ("ONEINVOICE_OTHER_KEY",), "had ONEINVOICE_OTHER_KEY; give the same again"),
        (
            {"ONEINVOICE_OTHER_KEY": ""},
            (),
            "can't be decided: give a key of another organisation with ONEINVOICE_OTHER_KEY",
        ),
        ({"ONEINVOICE_KEY": "hunter22"}, (), "can't be judged: The value of --key does not begin with 1iv_"),
        ({"ONEINVOICE_KEY": f"{KEYS['primary'][:-2]}zz"}, (), "refuses the key on every endpoint"),
        ({"ONEINVOICE_URL": "http://127.0.0.1:1"}, (), "can't be reached"),
        ({"ONEINVOICE_TIMEOUT": "soon"}, (), "--timeout"),
        ({"ONEINVOICE_CONFIG": "missing.toml"}, (), "missing.toml can't be read"),
    ],
)
def test_what_can_not_be_decided_is_never_green(
    correct: str, variables: dict[str, str], needs: tuple[str, ...], part: str, monkeypatch: pytest.MonkeyPatch
):
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert part in problem(correct, "ORG-1", needs=needs)


@pytest.mark.parametrize("by", ["environment", "file"])
def test_what_narrows_excuses_plans_or_reports_has_no_effect(
    folder: Path, broken: str, by: str, monkeypatch: pytest.MonkeyPatch
):
    named = {
        "ONLY": "DISC",
        "SKIP": "MEM",
        "PLAN": "true",
        "EXPECTED_FAILURES": "known.toml",
        "MAP": "missing.toml",
        **{name: f"r.{name.lower()}" for name in ("JSON", "HTML", "JUNIT", "MARKDOWN", "BADGE", "HAR", "PYTEST_OUT")},
    }
    if by == "file":
        lines = [f'{name.lower().replace("_", "-")} = "{value}"' for name, value in named.items()]
        (folder / "conformance.toml").write_text("\n".join(lines))
    else:
        for name, value in named.items():
            monkeypatch.setenv(f"ONEINVOICE_{name}", value)
    assert "is not kept" in problem(broken, "MEM-2")
    assert [path.name for path in folder.iterdir()] == (["conformance.toml"] if by == "file" else [])


def test_keys_may_stand_in_the_configuration(folder: Path, correct: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("ONEINVOICE_KEY")
    (folder / "conformance.toml").write_text(f'key = "{KEYS["primary"]}"')
    with again(correct, "MEM-2", needs=("ONEINVOICE_KEY",)) as deployment:
        deployment.assert_conforms("MEM-2")


def test_ctrl_c_ends_the_tests(correct: str, monkeypatch: pytest.MonkeyPatch):
    def interrupted(*arguments: object, **options: object) -> None:
        raise KeyboardInterrupt

    with again(correct, "MEM-2") as deployment:
        deployment.assert_conforms("MEM-2")
        monkeypatch.setattr("oneinvoice_conformance.engine.runner._judge", interrupted)
        with pytest.raises(KeyboardInterrupt):
            deployment.assert_conforms("MEM-2")


def test_the_example_holds(correct: str):
    failed, tried = doctest.testmod(testing, extraglobs={"url": correct})
    assert (failed, tried > 0) == (0, True)
