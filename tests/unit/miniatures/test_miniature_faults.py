import pytest

from tests.miniatures import FAULTS, WHOLE_FAULTS, Deployment, Fault
from tests.unit.miniatures.clauses import AREAS, CLAUSES, area, broken_rules
from tests.unit.miniatures.reader import in_process

# Where a fault of an area could do harm besides. In the others a few answers, compared to the byte, must do for the
# time that judging all of them takes.
NEIGHBOURS: dict[str, set[str]] = {
    "DISC": {"AUTH"},
    "AUTH": {"DISC", "ERR"},
    "ORG": set(AREAS),
    "MEM": {"ERR"},
    "QUO": set(),
    "INV": set(),
    "ERR": set(AREAS),
    "VER": {"DISC"},
}
FEW_ANSWERS = {
    "DISC": [("", "primary")],
    "MEM": [("/members?limit=5&offset=3&status=active", "primary"), ("/members", "other"), ("/members", "revoked")],
    "QUO": [("/quotes", "primary"), ("/quotes", "other"), ("/quotes", "revoked")],
    "INV": [("/invoices", "primary"), ("/invoices", "other"), ("/invoices", "revoked")],
}
# A stranger's record stands in a list where it is too many, and a valid key is refused with an answer that is wrong
# for itself: what is said of those is broken as well.
ALSO_BREAKS = {
    "ORG-1": {"MEM", "QUO", "INV"},
    "ORG-2": {"MEM", "QUO", "INV"},
    "ORG-3": {"MEM"},
    # A redirect in the place of a list is an answer to whoever sends a key, and none to his question.
    "VER-1": {"MEM", "QUO", "INV"},
    "AUTH-6": {"ERR", "ORG", "MEM", "QUO", "INV"},
    "inactive-not-found": {"MEM"},
}
READ = FAULTS | WHOLE_FAULTS
CORRECT = in_process(Deployment())


def test_the_correct_deployment_breaks_no_rule():
    assert broken_rules(CORRECT) == set()


@pytest.mark.parametrize("fault", READ.values(), ids=READ)
def test_fault_breaks_its_rule_and_no_other_area(fault: Fault):
    reader = in_process(fault.deployment())
    own = area(fault.rule)
    judged = {own} | NEIGHBOURS[own]
    broken = broken_rules(reader, judged)
    assert fault.rule in broken
    tolerated = {own} | ALSO_BREAKS.get(fault.rule, set()) | ALSO_BREAKS.get(fault.name, set())
    assert {area(rule) for rule in broken} <= tolerated
    for other in FEW_ANSWERS.keys() - judged - tolerated:
        for question in FEW_ANSWERS[other] if own != "AUTH" else FEW_ANSWERS[other][:2]:
            assert reader.get(*question).body == CORRECT.get(*question).body


def test_every_rule_has_two_faults_at_least():
    for rule in CLAUSES:
        assert len([fault for fault in FAULTS.values() if fault.rule == rule]) >= 2, rule
