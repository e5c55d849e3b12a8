from dataclasses import replace
from typing import Any

import pytest
from oneinvoice_conformance.model.outcome import Outcome
from oneinvoice_conformance.session.rule_context import RuleContext

from tests.miniatures import FAULTS, FREE, Deployment
from tests.miniatures.data import OTHER, PRIMARY, Record
from tests.miniatures.deployment import RESOURCES, ListQuery
from tests.miniatures.faults.org.tenants import CountsIds
from tests.miniatures.freedoms.readings import FilledAlike
from tests.unit.conformance.fakes import KEYS, NAMES, InProcess, judged


class Thin(Deployment):
    """Records tell hardly more than their numbers, which begin at 1 in each organisation."""

    def represent(self, record: Record, query: ListQuery) -> Any:
        mine = [each.id for each in self.world.table(query.resource) if each.organisation == record.organisation]
        shown = dict(super().represent(record, query))
        same = {"total": 1, "public_token": 1, "due_on": "2026-01-01"}
        return {"id": mine.index(record.id) + 1, "status": shown["status"], **same}


class TwoNamesakes(Deployment):
    """One member stands, whole, in both organisations."""

    def member(self, member: Any) -> dict[str, Any]:
        first = {PRIMARY: self.world.members[0], OTHER: next(m for m in self.world.members if m.organisation == OTHER)}
        namesake = {"id": 1, "name": "Kari Nordmann", "email": "", "status": "active", "joined": ""}
        return super().member(member) | (namesake if member in first.values() else {})


class BareNamesakes(Deployment):
    """Members are told by bare names, and one stands in both organisations."""

    def member(self, member: Any) -> dict[str, Any]:
        first = [next(each for each in self.world.members if each.organisation == name) for name in (PRIMARY, OTHER)]
        namesake = {"name": "Kari Nordmann", "status": "active"}
        return namesake if member in first else {"name": f"{member.name} of {member.id}", "status": member.status}


class Nobody(Deployment):
    """The other organisation is empty."""

    def scope(self, records: list[Record], query: ListQuery) -> list[Record]:
        return [] if query.organisation == OTHER else super().scope(records, query)


class Twins(Deployment):
    """Both keys get the same."""

    def scope(self, records: list[Record], query: ListQuery) -> list[Record]:
        return [record for record in records if record.organisation == PRIMARY]


def test_records_that_are_equal_by_chance_decide_nothing():
    finding = judged("ORG-1", Thin())
    assert (finding.outcome, "by chance" in finding.reason) == (Outcome.INCONCLUSIVE, True)


class BareCountedInvoices(CountsIds):
    """Invoices show little more than ids that each organisation counts, and those of the other are the first ones."""

    def invoice(self, invoice: Any) -> dict[str, Any]:
        return {"status": invoice.status, "payment_state": invoice.payment, "total": 10, "due_on": "2026-01-01"}


@pytest.mark.parametrize("id", ["ORG-1", "ORG-2"])
def test_bare_records_with_ids_that_each_organisation_counts_decide_nothing(id: str):
    assert judged(id, BareCountedInvoices()).outcome is not Outcome.FAILED


def test_a_record_that_says_whose_it_is_must_not_stand_in_both():
    finding = judged("ORG-1", TwoNamesakes())
    assert (finding.outcome, finding.certain) == (Outcome.FAILED, True)
    assert finding.reason == "1 of the members of one organisation is listed to the other, whole"


def test_a_name_alone_may_be_equal_by_chance():
    finding = judged("ORG-1", BareNamesakes())
    assert finding.outcome is Outcome.INCONCLUSIVE
    assert finding.reason.startswith("1 of the members is equal in both organisations, by chance or since ")


def test_what_each_organisation_counts_for_itself_and_began_with_is_no_leak():
    finding = judged("ORG-1", FREE["filled-alike"].deployment())
    assert (finding.outcome, "5 of the members are equal" in finding.reason) == (Outcome.INCONCLUSIVE, True)


def test_a_stranger_among_counted_ids_comes_with_one_that_is_taken():
    finding = judged("ORG-1", FAULTS["stranger-among-counted-ids"].deployment())
    assert (finding.outcome, "of the invoices" in finding.reason) == (Outcome.FAILED, True)


def test_an_answer_to_any_other_rule_is_looked_at():
    client = InProcess(FAULTS["limit-zero-of-strangers"].deployment())
    assert judged("ORG-1", client).outcome is Outcome.PASSED
    judged("ERR-1", client)
    finding = judged("ORG-1", client)
    assert (finding.outcome, finding.certain) == (Outcome.FAILED, True)
    leak = "23 of the members of the other organisation are listed without a filter to the sibling key"
    assert finding.reason == f"{leak}; or that key is the other's"
    assert [exchange.request.query for exchange in finding.evidence] == [(("limit", "0"),)]


def test_a_filter_that_the_documentation_does_not_name_is_looked_at():
    client = InProcess(FAULTS["unknown-status-of-strangers"].deployment())
    assert judged("ORG-2", client).outcome is Outcome.PASSED
    judged("ERR-1", client)
    finding = judged("ORG-2", client)
    assert finding.outcome is Outcome.FAILED
    assert " of the other organisation are listed filtered" in finding.reason
    assert judged("ORG-1", client).outcome is Outcome.PASSED


def test_a_second_key_is_of_the_first_ones_organisation():
    correct, leaking = InProcess(Deployment()), InProcess(FAULTS["second-key-of-strangers"].deployment())
    judged("AUTH-6", correct), judged("AUTH-6", leaking)
    assert judged("ORG-1", correct).outcome is Outcome.PASSED
    finding = judged("ORG-1", leaking)
    assert finding.outcome is Outcome.FAILED
    assert finding.reason.endswith(" listed without a filter to the sibling key; or that key is the other's")


class FirstLikeTheOthers(FilledAlike):
    """At first the sixth member, too, is what both organisations began with, and then is changed."""

    def represent(self, record: Record, query: ListQuery) -> Any:
        shown = super().represent(record, query)
        if (
            query.resource == "members"
            and shown["id"] == 6
            and not (query.organisation == PRIMARY and query.offset == 0)
        ):
            return shown | {"name": "Ola Demo", "email": "ola@demo.example", "joined": ""}
        return shown


def test_what_was_equal_once_where_both_were_filled_alike_is_no_leak():
    client = InProcess(FirstLikeTheOthers())
    RuleContext(client, NAMES).ask("members", limit=7, offset=3)
    finding = judged("ORG-1", client)
    assert (finding.outcome, "were filled with the same data" in finding.reason) == (Outcome.INCONCLUSIVE, True)


class EverNew(Deployment):
    """Each answer has a field of its own in each record, which says nothing."""

    def represent(self, record: Record, query: ListQuery) -> Any:
        return {**super().represent(record, query), "link": f"/signed/{len(self.log)}"}


class EverNewAndOpen(EverNew):
    """Quotes are listed to everybody."""

    def scope(self, records: list[Record], query: ListQuery) -> list[Record]:
        return records if query.resource == "quotes" else super().scope(records, query)


class EverNewAndOpenFilter(EverNew):
    """Quotes of a status are listed to everybody."""

    def scope(self, records: list[Record], query: ListQuery) -> list[Record]:
        return records if query.resource == "quotes" and query.status else super().scope(records, query)


class EverNewQuotesAndAllPaid(EverNewAndOpenFilter):
    """Invoices are listed to everybody if they are paid, and just the same each time."""

    def scope(self, records: list[Record], query: ListQuery) -> list[Record]:
        return records if query.status == "paid" else super().scope(records, query)

    def represent(self, record: Record, query: ListQuery) -> Any:
        return (
            super().represent(record, query)
            if query.resource == "quotes"
            else Deployment.represent(self, record, query)
        )


def test_what_is_certain_comes_before_what_is_not():
    finding = judged("ORG-2", EverNewQuotesAndAllPaid())
    assert (finding.outcome, "of the invoices" in finding.reason) == (Outcome.FAILED, True)


@pytest.mark.parametrize("id", ["ORG-1", "ORG-2", "ORG-3"])
def test_a_field_that_is_ever_new_hides_no_leak(id: str):
    assert judged(id, EverNew()).outcome is Outcome.PASSED
    assert judged("ORG-1", EverNewAndOpen()).outcome is Outcome.INCONCLUSIVE
    assert judged("ORG-2", EverNewAndOpenFilter()).outcome is Outcome.FAILED


@pytest.mark.parametrize("id", ["ORG-1", "ORG-2", "ORG-3"])
def test_an_empty_other_side_decides_nothing(id: str):
    finding = judged(id, Nobody())
    assert finding.outcome is Outcome.INCONCLUSIVE
    assert finding.reason == "the organisation of --other-key has no members, which decides nothing; create some"


def test_identical_organisations_fail_with_the_other_cause_beside():
    finding = judged("ORG-1", Twins())
    assert finding.outcome is Outcome.FAILED
    assert "both keys are of one organisation" in finding.reason
    assert judged("ORG-2", Twins()).outcome is not Outcome.PASSED


@pytest.mark.parametrize("id", ["ORG-1", "ORG-2", "ORG-3"])
def test_without_a_second_key_nothing_is_tested(id: str):
    finding = judged(id, Deployment(), {"primary": KEYS["primary"]})
    assert (finding.outcome, "--other-key" in finding.reason) == (Outcome.NOT_TESTED, True)


@pytest.mark.parametrize(
    ("id", "name"),
    [
        ("ORG-1", "first-of-strangers"),
        ("ORG-2", "past-the-end-of-filtered-members"),
        ("ORG-2", "past-the-end-of-filtered-quotes"),
        ("ORG-3", "further-past-the-end-of-quotes"),
    ],
)
def test_a_short_run_looks_where_only_few_requests_lead(id: str, name: str):
    client = InProcess(FAULTS[name].deployment())
    assert judged(id, client).outcome is Outcome.FAILED
    assert judged(id, Deployment()).outcome is Outcome.PASSED


class FilledAlikeInRows(Deployment):
    """Both organisations hold the same few records under ids of their own; a field tells the row in each answer."""

    def __init__(self) -> None:
        super().__init__()
        for name in RESOURCES:
            mine = [each for each in self.world.table(name) if each.organisation == PRIMARY]
            some = [each for status in dict.fromkeys(each.status for each in mine) for each in _two_of(mine, status)]
            sides = ((PRIMARY, some), (OTHER, some[1:] + some[:1]))
            both = [replace(each, id=at, organisation=side) for side, rows in sides for at, each in enumerate(rows, 1)]
            setattr(self.world, name, both)

    def order(self, records: list[Record], query: ListQuery) -> list[Record]:
        return sorted(records, key=lambda record: (record.created, str(getattr(record, "number", ""))))

    def envelope(self, items: list[Any], total: int, query: ListQuery) -> Any:
        rows = [item | {"row": query.offset + index} for index, item in enumerate(items, 1)]
        return super().envelope(rows, total, query)


def _two_of(records: list[Record], status: str) -> list[Record]:
    return [each for each in records if each.status == status][:2]


def test_what_both_were_filled_with_is_no_leak_where_rows_differ_under_a_filter() -> None:
    finding = judged("ORG-1", FilledAlikeInRows())
    assert finding.outcome is Outcome.INCONCLUSIVE
    assert "equal in both organisations but for their ids" in finding.reason


class ContactOfTheSameName(Deployment):
    """Members show a name, a day and a link; invoices a link signed anew, and a contact named as another's member."""

    def member(self, member: Any) -> dict[str, Any]:
        return self.person(member) | {"url": f"https://app.firm.example/people/{member.email}"}

    def person(self, member: Any) -> dict[str, Any]:
        return {"name": member.name, "status": member.status, "joined": member.created[:10]}

    def invoice(self, invoice: Any) -> dict[str, Any]:
        shown = super().invoice(invoice) | {"url": f"https://cdn.firm.example/{invoice.number}?sig={len(self.log):08x}"}
        namesake = next(each for each in self.world.members if each.organisation == OTHER)
        contact = self.person(namesake) | {"url": "https://app.firm.example/contacts/77"}
        return shown | {"contact": contact} if invoice.organisation == PRIMARY else shown


def test_a_contact_of_the_same_name_is_no_leak_where_another_list_has_moving_fields() -> None:
    client = InProcess(ContactOfTheSameName())
    context = RuleContext(client, NAMES)
    context.ask_again(context.ask("invoices"))
    assert judged("ORG-1", client).outcome is not Outcome.FAILED
