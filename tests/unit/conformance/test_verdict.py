from hypothesis import given, settings
from hypothesis import strategies as st
from oneinvoice_conformance.verdict import Finding, Outcome, Result, Verdict, exit_code, verdict

from tests.unit.conformance.fakes import requirement

STEADY = settings(derandomize=True, database=None, deadline=None, max_examples=300)
RESULTS = st.lists(
    st.builds(
        lambda outcome, level: Result(requirement(level=level), Finding(outcome, "reason")),
        st.sampled_from(Outcome),
        st.sampled_from(["must", "must", "should"]),
    ),
    max_size=6,
)


def results(*outcomes: Outcome, level: str = "must") -> list[Result]:
    return [Result(requirement(level=level), Finding(outcome, "reason")) for outcome in outcomes]


@STEADY
@given(RESULTS, st.booleans())
def test_conforms_only_if_every_must_is_settled_and_one_passed(found: list[Result], interrupted: bool):
    musts = {result.outcome for result in found if result.requirement.level == "must"}
    overall = verdict(found, interrupted=interrupted)
    sound = Outcome.PASSED in musts and musts <= {Outcome.PASSED, Outcome.NOT_APPLICABLE} and not interrupted
    assert (overall is Verdict.CONFORMS) is sound
    assert (exit_code(found, overall) == 0) is sound


@STEADY
@given(RESULTS)
def test_violations_if_and_only_if_a_must_failed(found: list[Result]):
    failed = any(result.outcome is Outcome.FAILED and result.requirement.level == "must" for result in found)
    assert (verdict(found) is Verdict.VIOLATIONS) is failed
    assert (exit_code(found, verdict(found)) == 1) is failed


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


def test_exit_codes_of_incomplete_runs():
    for open_ in (Outcome.INCONCLUSIVE, Outcome.NOT_TESTED):
        found = results(Outcome.PASSED, open_)
        assert exit_code(found, verdict(found)) == 3
    found = results(Outcome.PASSED, Outcome.ERROR)
    assert exit_code(found, verdict(found)) == 4
    interrupted = verdict(results(Outcome.PASSED), interrupted=True)
    assert interrupted is Verdict.INCOMPLETE
