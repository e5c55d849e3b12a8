import pytest
from oneinvoice_conformance.model.outcome import Outcome
from oneinvoice_conformance.reports.phrases import by_reason, ids_of, load_strip, scope_of, tally
from oneinvoice_conformance.reports.redacted import RedactedLoadProfile

from tests.unit.conformance.reports.reporting import redacted, report, result


def test_results_are_counted_in_words_without_what_does_not_apply():
    outcomes = (Outcome.NOT_TESTED, Outcome.PASSED, Outcome.FAILED, Outcome.PASSED, Outcome.NOT_APPLICABLE)
    results = redacted(report(*(result(f"MEM-{at}", outcome) for at, outcome in enumerate(outcomes, 1)))).results
    assert tally(results) == "2 passed, 1 failed, 1 not tested"
    assert [each.reported.label for each in results[:2]] == ["not tested", "passed"]


def test_results_with_the_same_reason_stand_together():
    found = report(
        result("MEM-1", Outcome.FAILED, "a"), result("MEM-2", Outcome.FAILED, "b"), result("MEM-3", Outcome.FAILED, "a")
    )
    assert [ids_of(group) for group in by_reason(redacted(found), Outcome.FAILED)] == ["MEM-1, MEM-3", "MEM-2"]


def test_an_interruption_is_part_of_the_scope():
    assert scope_of(redacted(report(only="MEM"))) == "only MEM"
    assert scope_of(redacted(report(only="MEM", interrupted=True))) == "only MEM (interrupted)"


@pytest.mark.parametrize(
    ("served", "refused", "strip"),
    [
        ([8, 4, 0, 0, 1], [0, 2, 3, 0, 0], "0 s █▄×·▁ 10 s  (bars served, 8 at most; × refused, 5 in all)"),
        ([0, 0], [5, 1], "0 s ×× 4 s  (bars served, 0 at most; × refused)"),
        ([1] * 120, [0] * 120, f"0 s {'█' * 60} 240 s  (bars served, 2 at most; × refused)"),
        ([], [], "0 s  0 s  (bars served, 0 at most; × refused)"),
    ],
)
def test_what_a_key_got_is_a_line_of_bars(served: list[int], refused: list[int], strip: str):
    assert load_strip(RedactedLoadProfile("60 in a minute", tuple(served), tuple(refused), 2.0)) == strip
