"""`oneinvoice-conform --expected-failures`: real processes, real HTTP."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.acceptance.command import KEY_OPTIONS, READ_ONLY, Conform, assert_one_sentence
from tests.miniatures import FAULTS, FREE, serve

ENTRY = """
[[failure]]
id = "{id}"
reason = "pages of 201"
owner = "members team"
expires = {expires}
"""
ARGUMENTS = (*KEY_OPTIONS, *READ_ONLY, "--json", "report.json", "--expected-failures", "known.toml")


def known(conform: Conform, *ids: str, expires: str = "2999-12-31") -> None:
    (conform.folder / "known.toml").write_text("".join(ENTRY.format(id=id, expires=expires) for id in ids))


@pytest.fixture(scope="module")
def faulty() -> Iterator[str]:
    """The address of a deployment that breaks MEM-4 alone."""
    with serve(FAULTS["maximum-of-201"].deployment()) as url:
        yield url


def test_a_listed_failure_is_told_and_does_not_fail_the_run(conform: Conform, faulty: str) -> None:
    known(conform, "MEM-4")
    run = conform(faulty, *ARGUMENTS)
    assert (run.returncode, run.stderr) == (0, "")
    assert f"conforms, with 1 expected failure  {faulty}" in run.stdout
    assert "× MEM-4 failed as expected" in run.stdout
    report = conform.report()
    assert (report["verdict"], report["expected_failures"]) == ("conforms, with 1 expected failure", 1)
    assert report["counts"]["failed"] == 1
    [row] = [row for row in report["requirements"] if "expected" in row]
    assert row["expected"] == {"reason": "pages of 201", "owner": "members team", "expires": "2999-12-31"}
    assert (row["id"], row["outcome"]) == ("MEM-4", "failed")


def test_without_the_file_it_fails(conform: Conform, faulty: str) -> None:
    run = conform(faulty, *ARGUMENTS[:-2])
    assert (run.returncode, conform.report()["verdict"]) == (1, "violations")
    assert conform.report()["expected_failures"] == 0


def test_an_entry_that_expired_fails_the_run(conform: Conform, faulty: str) -> None:
    known(conform, "MEM-4", expires="2020-02-29")
    run = conform(faulty, *ARGUMENTS)
    assert run.returncode == 1
    assert "✗ MEM-4 is listed as an expected failure, and the entry in known.toml expired on 2020-02-29" in run.stdout
    assert conform.report()["verdict"] == "violations"


def test_what_is_listed_and_passes_must_leave_the_file(conform: Conform, faulty: str) -> None:
    known(conform, "MEM-4", "MEM-3", "HOOK-1")
    run = conform(faulty, *ARGUMENTS)
    assert run.returncode == 1
    assert "✗ MEM-3 is listed as an expected failure, and it passed; remove it from known.toml" in run.stdout
    assert "note: known.toml lists HOOK-1, which this run does not judge" in run.stdout
    outdated = {
        row["id"]: row["expected"].get("problem") for row in conform.report()["requirements"] if "expected" in row
    }
    assert outdated == {"MEM-4": None, "MEM-3": "it passed; remove it from known.toml"}


def test_what_stays_open_stays_incomplete(conform: Conform) -> None:
    known(conform, "MEM-4")
    with serve(FREE["twelve-members"].deployment()) as url:
        run = conform(url, *ARGUMENTS)
    assert (run.returncode, conform.report()["verdict"]) == (3, "incomplete")


def test_the_file_by_environment_and_by_settings(conform: Conform, faulty: str) -> None:
    known(conform, "MEM-4")
    options = ARGUMENTS[:-2]
    assert conform(faulty, *options, env={"ONEINVOICE_EXPECTED_FAILURES": "known.toml"}).returncode == 0
    (conform.folder / "conformance.toml").write_text('expected-failures = "known.toml"')
    assert conform(faulty, *options).returncode == 0


@pytest.mark.parametrize(
    ("ids", "expires", "part"),
    [
        (["MEM-99"], "2999-12-31", "known.toml: MEM-99: it is no requirement"),
        (["MEM-4", "MEM-4"], "2999-12-31", "it is listed twice"),
        (["MEM-4"], "'soon'", "such as 2026-12-31"),
    ],
)
def test_a_file_that_can_not_be_meant_stops_the_run(conform: Conform, ids: list[str], expires: str, part: str) -> None:
    known(conform, *ids, expires=expires)
    assert_one_sentence(conform("http://x", *ARGUMENTS), 2, part)
    assert conform.files() == ["known.toml"]


def test_a_file_that_is_not_there_stops_the_run(conform: Conform) -> None:
    assert_one_sentence(conform("http://x", *ARGUMENTS), 2, "known.toml can't be read")
