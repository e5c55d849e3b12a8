from typing import Any

import pytest
from oneinvoice_conformance.verdict import Outcome

from tests.miniatures import Deployment
from tests.miniatures.data import OTHER, PRIMARY, Record
from tests.miniatures.deployment import Ask
from tests.unit.conformance.fakes import KEYS, judged


class Thin(Deployment):
    """Records tell hardly more than their numbers, which begin at 1 in each organisation."""

    def represent(self, record: Record, ask: Ask) -> Any:
        mine = [each.id for each in self.world.table(ask.resource) if each.organisation == record.organisation]
        shown = dict(super().represent(record, ask))
        same = {"total": 1, "public_token": 1, "due_on": "2026-01-01"}
        return {"id": mine.index(record.id) + 1, "status": shown["status"], **same}


class TwoNamesakes(Deployment):
    """One member stands, whole, in both organisations."""

    def member(self, member: Any) -> dict[str, Any]:
        first = {PRIMARY: self.world.members[0], OTHER: next(m for m in self.world.members if m.organisation == OTHER)}
        namesake = {"id": 1, "name": "Kari Nordmann", "email": "", "status": "active", "joined": ""}
        return super().member(member) | (namesake if member in first.values() else {})


class Nobody(Deployment):
    """The other organisation is empty."""

    def scope(self, records: list[Record], ask: Ask) -> list[Record]:
        return [] if ask.organisation == OTHER else super().scope(records, ask)


class Twins(Deployment):
    """Both keys get the same."""

    def scope(self, records: list[Record], ask: Ask) -> list[Record]:
        return [record for record in records if record.organisation == PRIMARY]


def test_records_that_are_equal_by_chance_decide_nothing():
    finding = judged("ORG-1", Thin())
    assert (finding.outcome, "by chance" in finding.reason) == (Outcome.INCONCLUSIVE, True)


def test_a_record_that_says_whose_it_is_must_not_stand_in_both():
    finding = judged("ORG-1", TwoNamesakes())
    assert (finding.outcome, finding.certain) == (Outcome.FAILED, True)
    assert "1 of the members" in finding.reason


class EverNew(Deployment):
    """Each answer has a field of its own in each record, which says nothing."""

    def represent(self, record: Record, ask: Ask) -> Any:
        return {**super().represent(record, ask), "link": f"/signed/{len(self.log)}"}


class EverNewAndOpen(EverNew):
    """Quotes are listed to everybody."""

    def scope(self, records: list[Record], ask: Ask) -> list[Record]:
        return records if ask.resource == "quotes" else super().scope(records, ask)


class EverNewAndOpenFilter(EverNew):
    """Quotes of a status are listed to everybody."""

    def scope(self, records: list[Record], ask: Ask) -> list[Record]:
        return records if ask.resource == "quotes" and ask.status else super().scope(records, ask)


@pytest.mark.parametrize("id", ["ORG-1", "ORG-2", "ORG-3"])
def test_a_field_that_is_ever_new_hides_no_leak(id: str):
    assert judged(id, EverNew()).outcome is Outcome.PASSED
    assert judged("ORG-1", EverNewAndOpen()).outcome is Outcome.INCONCLUSIVE
    assert judged("ORG-2", EverNewAndOpenFilter()).outcome is Outcome.INCONCLUSIVE


@pytest.mark.parametrize("id", ["ORG-1", "ORG-2", "ORG-3"])
def test_an_empty_other_side_decides_nothing(id: str):
    assert judged(id, Nobody()).outcome is Outcome.INCONCLUSIVE


def test_identical_organisations_fail_with_the_other_cause_beside():
    finding = judged("ORG-1", Twins())
    assert finding.outcome is Outcome.FAILED
    assert "both keys are of one organisation" in finding.reason
    assert judged("ORG-2", Twins()).outcome is not Outcome.PASSED


@pytest.mark.parametrize("id", ["ORG-1", "ORG-2", "ORG-3"])
def test_without_a_second_key_nothing_is_tested(id: str):
    finding = judged(id, Deployment(), {"primary": KEYS["primary"]})
    assert (finding.outcome, "--other-key" in finding.reason) == (Outcome.NOT_TESTED, True)
