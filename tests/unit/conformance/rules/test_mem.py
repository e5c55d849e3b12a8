import pytest
from oneinvoice_conformance.verdict import Outcome

from tests.miniatures import FREE, Deployment
from tests.miniatures.data import PRIMARY
from tests.unit.conformance.fakes import InProcess, judged

MEMBERS = tuple(f"MEM-{number}" for number in range(1, 9))


def with_members(count: int, name: str = "plain") -> Deployment:
    """A free variant whose primary organisation has only so many members."""
    miniature = FREE[name].deployment()
    mine = [member for member in miniature.world.members if member.organisation == PRIMARY]
    gone = {member.id for member in mine[count:]}
    miniature.world.members = [member for member in miniature.world.members if member.id not in gone]
    return miniature


@pytest.mark.parametrize(
    ("name", "count"),
    [*(("past-the-end-not-found", count) for count in (0, 1, 2, 3, 4, 30, 50, 51, 200)), ("plain", 1), ("plain", 30)],
)
def test_an_organisation_too_small_to_tell_fails_nothing(name: str, count: int):
    client = InProcess(with_members(count, name))
    outcomes = {id: judged(id, client).outcome for id in (*MEMBERS, "ERR-2")}
    assert Outcome.FAILED not in outcomes.values(), outcomes
    assert {outcomes["MEM-3"], outcomes["MEM-4"]} == {Outcome.INCONCLUSIVE}
    assert outcomes["MEM-1"] is Outcome.PASSED


@pytest.mark.parametrize(("count", "settled"), [(50, False), (51, True)])
def test_the_default_limit_takes_51_members_to_tell(count: int, settled: bool):
    assert (judged("MEM-2", with_members(count)).outcome is Outcome.PASSED) is settled
    assert (judged("MEM-5", with_members(count)).outcome is Outcome.PASSED) is settled


@pytest.mark.parametrize(("count", "settled"), [(200, False), (201, True)])
def test_the_largest_limit_takes_201_members_to_tell(count: int, settled: bool):
    assert (judged("MEM-3", with_members(count)).outcome is Outcome.PASSED) is settled


def test_what_to_create_is_said():
    assert "create at least 51" in judged("MEM-2", with_members(4)).reason
    assert "create at least 201" in judged("MEM-3", with_members(4)).reason
