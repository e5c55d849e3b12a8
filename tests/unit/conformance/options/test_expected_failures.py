from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from oneinvoice_conformance.engine.report import Report
from oneinvoice_conformance.errors import UsageError
from oneinvoice_conformance.model.finding import Finding
from oneinvoice_conformance.model.outcome import Outcome
from oneinvoice_conformance.model.result import ExpectedFailure, Result
from oneinvoice_conformance.model.verdict import Verdict, exit_code, headline
from oneinvoice_conformance.options.expected_failures import ExpectedFailures, read_expected_failures

from tests.unit.conformance.fakes import CONTRACT
from tests.unit.conformance.reports.reporting import ROWS, report, result

DAY = datetime.fromtimestamp(report().started, UTC).astimezone().date()
ENTRY = {"id": '"MEM-2"', "reason": '"pages of 20"', "owner": '"api team"', "expires": "2026-12-31"}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "known.toml"


def table(**changes: str | None) -> str:
    entry = ENTRY | changes
    return "\n".join(["[[failure]]", *(f"{name} = {value}" for name, value in entry.items() if value is not None), ""])


def applied(outcome: Outcome, *, expires: date = DAY, id: str = "MEM-2", interrupted: bool = False) -> Report:
    """A report in which MEM-1 passed and MEM-2 had the outcome, by a file that lists the id."""
    expected = ExpectedFailures(Path("known.toml"), {id: ExpectedFailure("pages of 20", "api team", expires)})
    results = (result("MEM-1", Outcome.PASSED), result("MEM-2", outcome))
    return expected.applied(report(*results, interrupted=interrupted))


def judged(found: Report) -> tuple[Verdict, int]:
    return found.verdict, exit_code(found.results, found.verdict)


def problem(found: Report) -> str | None:
    expected = found.results[1].expected
    assert expected
    return expected.problem


# The file


def test_a_file_is_read(path: Path):
    path.write_text(table() + table(id='"MEM-3"', reason='" a "', expires="2027-01-31"))
    expected = read_expected_failures(ROWS, path)
    assert expected.rows == {
        "MEM-2": ExpectedFailure("pages of 20", "api team", date(2026, 12, 31)),
        "MEM-3": ExpectedFailure("a", "api team", date(2027, 1, 31)),
    }


def test_an_empty_file_expects_nothing(path: Path):
    path.write_text("# nothing is known to fail\n")
    assert read_expected_failures(ROWS, path).rows == {}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[[failure]]\nid = ", "is not TOML"),
        ("MEM-2 = 'x'", "holds something else than [[failure]] tables"),
        ("[failure]\nid = 'MEM-2'", "holds something else than [[failure]] tables"),
        ("failure = [1]", "holds something else than [[failure]] tables"),
        (table() + "[other]", "holds something else than [[failure]] tables"),
        (table(id=None), "table 1: it has no id; each entry has id, reason, owner, expires."),
        (table() + table(id='"MEM-3"', owner=None, expires=None), "MEM-3: it has no owner and no expires;"),
        (table(until="2026-12-31"), "MEM-2: 'until' is not known; each entry has id, reason, owner, expires."),
        (table(reason='" "'), "MEM-2: its reason is no text, or an empty one"),
        (table(owner="5"), "MEM-2: its owner is no text"),
        (table(id="['MEM-2']"), "its id is no text"),
        (table(id='"MEM-99"'), "MEM-99: it is no requirement; see the ids in a report."),
        (table(id='"MEM"'), "MEM: it is no requirement"),
        (table(expires='"2026-12-31"'), "MEM-2: its expires is no date; write one without quotation marks"),
        (table(expires="2026-12-31T12:00:00Z"), "MEM-2: its expires is no date"),
        (table(expires="2026-02-30"), "is not TOML"),
        (table() + table(), "MEM-2: it is listed twice; keep one."),
    ],
)
def test_a_file_that_can_not_be_meant_is_refused(path: Path, text: str, sentence: str):
    path.write_text(text)
    with pytest.raises(UsageError, match=r"^[^\n]*\.$") as error:
        read_expected_failures(ROWS, path)
    assert str(error.value).startswith(str(path))
    assert sentence in str(error.value)


def test_a_file_that_is_not_there_is_refused(path: Path):
    with pytest.raises(UsageError, match="can't be read"):
        read_expected_failures(ROWS, path)


def test_what_only_todays_contract_asks_for_may_stand_in_a_file_for_a_release(path: Path):
    rows = replace(ROWS, requirements=tuple(row for row in ROWS.requirements if row.id != "MEM-4"))
    path.write_text('[[failure]]\nid = "MEM-4"\nreason = "r"\nowner = "o"\nexpires = 2030-01-01\n')
    assert read_expected_failures(rows, path).rows.keys() == {"MEM-4"}


# What it does to a report


def test_a_listed_failure_is_excused_and_told_with_the_verdict():
    found = applied(Outcome.FAILED)
    assert judged(found) == (Verdict.EXCUSED, 0)
    assert headline(found.results, found.verdict) == "conforms, with 1 expected failure"
    assert found.results[1].excused
    assert found.notes == ()


def test_it_holds_through_the_day_on_which_it_expires():
    assert judged(applied(Outcome.FAILED, expires=DAY)) == (Verdict.EXCUSED, 0)
    yesterday = DAY - timedelta(days=1)
    found = applied(Outcome.FAILED, expires=yesterday)
    assert judged(found) == (Verdict.VIOLATIONS, 1)
    assert not found.results[1].excused
    assert f"the entry in known.toml expired on {yesterday}" in (problem(found) or "")


@pytest.mark.parametrize("outcome", [Outcome.INCONCLUSIVE, Outcome.NOT_TESTED])
def test_an_expired_entry_fails_the_run_whatever_was_found(outcome: Outcome):
    assert judged(applied(outcome, expires=DAY - timedelta(days=1))) == (Verdict.VIOLATIONS, 1)


@pytest.mark.parametrize("expires", [DAY, DAY - timedelta(days=1)])
def test_a_listed_one_that_passes_fails_the_run(expires: date):
    found = applied(Outcome.PASSED, expires=expires)
    assert judged(found) == (Verdict.VIOLATIONS, 1)
    assert problem(found) == "it passed; remove it from known.toml"
    assert found.results[1].outcome is Outcome.PASSED, "what was found stays what it is"


@pytest.mark.parametrize(("outcome", "code"), [(Outcome.INCONCLUSIVE, 3), (Outcome.NOT_TESTED, 3), (Outcome.ERROR, 4)])
def test_what_is_open_stays_open(outcome: Outcome, code: int):
    found = applied(outcome)
    assert judged(found) == (Verdict.INCOMPLETE, code)
    assert problem(found) is None


def test_an_unlisted_failure_fails_beside_a_listed_one():
    expected = ExpectedFailures(Path("known.toml"), {"MEM-2": ExpectedFailure("known", "api team", DAY)})
    found = expected.applied(report(result("MEM-2", Outcome.FAILED), result("MEM-3", Outcome.FAILED)))
    assert judged(found) == (Verdict.VIOLATIONS, 1)


@pytest.mark.parametrize("expires", [DAY, DAY - timedelta(days=1)])
def test_what_the_run_does_not_judge_is_noted(expires: date):
    found = applied(Outcome.PASSED, id="QUO-1", expires=expires)
    assert judged(found) == (Verdict.CONFORMS, 0)
    assert found.notes == ("known.toml lists QUO-1, which this run does not judge",)
    assert applied(Outcome.NOT_APPLICABLE).notes == ("known.toml lists MEM-2, which this run does not judge",)


def test_an_interrupted_run_is_incomplete_all_the_same():
    assert judged(applied(Outcome.PASSED, interrupted=True)) == (Verdict.INCOMPLETE, 3)


# Of clients


def test_a_file_for_clients_lists_what_clients_are_held_to(path: Path):
    clients = CONTRACT.register_of("client")
    path.write_text(table(id='"CLIENT/PACE-1"'))
    assert read_expected_failures(clients, path).rows.keys() == {"CLIENT/PACE-1"}
    with pytest.raises(UsageError, match="CLIENT/PACE-1: it is no requirement; see the ids in a report"):
        read_expected_failures(ROWS, path)
    path.write_text(table())
    with pytest.raises(UsageError, match="MEM-2: it is no requirement; see the ids in a report"):
        read_expected_failures(clients, path)


def test_an_entry_for_a_client_that_expired_says_what_to_mend():
    known = ExpectedFailure("tight loop", "team", DAY - timedelta(days=1))
    expected = ExpectedFailures(Path("known.toml"), {"CLIENT/PACE-1": known})
    row = CONTRACT.register_of("client")["CLIENT/PACE-1"]
    [marked] = expected.applied(report(Result(row, Finding(Outcome.FAILED, "it asked at once")))).results
    assert marked.expected
    assert str(marked.expected.problem).endswith("; mend the client, or agree on a new day")
