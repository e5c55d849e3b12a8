from dataclasses import replace
from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st
from oneinvoice_conformance.model.finding import Finding
from oneinvoice_conformance.model.outcome import Outcome
from oneinvoice_conformance.model.result import ExpectedFailure, Result
from oneinvoice_conformance.model.verdict import Verdict, exit_code, headline, verdict

from tests.unit.conformance.fakes import requirement

STEADY = settings(derandomize=True, database=None, deadline=None, max_examples=300)
LISTED = ExpectedFailure("known", "api team", date(2026, 12, 31))
RESULTS = st.lists(
    st.builds(
        lambda outcome, level, expected: Result(
            requirement(level=level), Finding(outcome, "reason"), expected=expected
        ),
        st.sampled_from(Outcome),
        st.sampled_from(["must", "must", "should"]),
        st.sampled_from([None, None, LISTED, replace(LISTED, problem="expired")]),
    ),
    max_size=6,
)


def results(*outcomes: Outcome, level: str = "must") -> list[Result]:
    return [Result(requirement(level=level), Finding(outcome, "reason")) for outcome in outcomes]


def outdated(found: list[Result]) -> bool:
    """Whether an entry of the expected failures does not hold."""
    return any(result.expected and result.expected.problem for result in found)


@STEADY
@given(RESULTS, st.booleans())
def test_conforms_only_if_every_must_is_settled_and_one_passed(found: list[Result], interrupted: bool):
    musts = {result.outcome for result in found if result.requirement.level == "must"}
    overall = verdict(found, interrupted=interrupted)
    sound = Outcome.PASSED in musts and musts <= {Outcome.PASSED, Outcome.NOT_APPLICABLE} and not interrupted
    assert (overall is Verdict.CONFORMS) is (sound and not outdated(found))
    assert (headline(found, overall) == "conforms") is (overall is Verdict.CONFORMS)


@STEADY
@given(RESULTS, st.booleans())
def test_the_exit_code_is_0_only_if_nothing_but_what_was_expected_failed(found: list[Result], interrupted: bool):
    musts = [result for result in found if result.requirement.level == "must"]
    settled = all(result.excused or result.outcome in (Outcome.PASSED, Outcome.NOT_APPLICABLE) for result in musts)
    looked_at = any(result.excused or result.outcome is Outcome.PASSED for result in musts)
    overall = verdict(found, interrupted=interrupted)
    assert (exit_code(found, overall) == 0) is (settled and looked_at and not interrupted and not outdated(found))


@STEADY
@given(RESULTS)
def test_violations_if_and_only_if_a_must_failed_unexpectedly(found: list[Result]):
    failed = any(result.outcome is Outcome.FAILED and not result.excused for result in found)
    assert (verdict(found) is Verdict.VIOLATIONS) is (failed or outdated(found))
    assert (exit_code(found, verdict(found)) == 1) is (failed or outdated(found))


@STEADY
@given(RESULTS)
def test_the_order_of_results_changes_nothing(found: list[Result]):
    assert verdict(found) is verdict(found[::-1])


def test_nothing_judged_is_nothing_known():
    assert verdict([]) is Verdict.INCOMPLETE
    assert verdict(results(Outcome.NOT_APPLICABLE)) is Verdict.INCOMPLETE


def test_a_should_that_failed_is_a_warning():
    [warned] = results(Outcome.FAILED, level="should")
    assert warned.outcome is Outcome.WARNED
    assert verdict([*results(Outcome.PASSED), warned]) is Verdict.CONFORMS


def test_a_failure_outweighs_what_is_open():
    found = results(Outcome.FAILED, Outcome.INCONCLUSIVE, Outcome.ERROR, Outcome.PASSED)
    assert (verdict(found), exit_code(found, verdict(found))) == (Verdict.VIOLATIONS, 1)


def test_expected_failures_are_counted_with_the_verdict():
    excused = [replace(result, expected=LISTED) for result in results(Outcome.FAILED, Outcome.FAILED)]
    assert verdict(excused) is Verdict.EXCUSED
    assert headline(excused, verdict(excused)) == "conforms, with 2 expected failures"
    assert headline(excused[:1], verdict(excused[:1])) == "conforms, with 1 expected failure"


def test_exit_codes_of_incomplete_runs():
    for open_ in (Outcome.INCONCLUSIVE, Outcome.NOT_TESTED):
        found = results(Outcome.PASSED, open_)
        assert exit_code(found, verdict(found)) == 3
    found = results(Outcome.PASSED, Outcome.ERROR)
    assert exit_code(found, verdict(found)) == 4
    interrupted = verdict(results(Outcome.PASSED), interrupted=True)
    assert interrupted is Verdict.INCOMPLETE
