import re
from collections import Counter

from tests.miniatures import data, keys


def test_the_primary_organisation_fills_several_pages():
    members = Counter(member.status for member in data.new_world().members if member.organisation == data.PRIMARY)
    assert members == {"active": 210, "inactive": 120, "pending": 120}


def test_documents_are_in_every_state():
    world = data.new_world()
    mine = [quote for quote in world.quotes if quote.organisation == data.PRIMARY]
    assert Counter(quote.status for quote in mine) == {"draft": 9, "sent": 17, "accepted": 21, "rejected": 13}
    invoices = [invoice for invoice in world.invoices if invoice.organisation == data.PRIMARY]
    assert Counter((invoice.status, invoice.payment) for invoice in invoices) == {
        ("draft", "unpaid"): 15,
        ("sent", "unpaid"): 30,
        ("sent", "overdue"): 25,
        ("paid", "paid"): 50,
    }


def test_organisations_have_nothing_in_common():
    world = data.new_world()
    for resource, names in [
        ("members", ["id", "email"]),
        ("quotes", ["id", "number", "customer", "public_token"]),
        ("invoices", ["id", "number", "customer"]),
    ]:
        for name in names:
            values = [getattr(record, name) for record in world.table(resource)]
            assert len(set(values)) == len(values)


def test_statuses_are_interleaved():
    mine = [member.status for member in data.new_world().members if member.organisation == data.PRIMARY]
    assert {"active", "inactive", "pending"} == set(mine[:10]) == set(mine[-10:])


def test_page_edges_lie_within_ties():
    created = [member.created for member in data.new_world().members if member.organisation == data.PRIMARY]
    assert any(created[edge - 1] == created[edge] for edge in (50, 100, 150, 200))
    assert created == sorted(created)


def test_worlds_are_equal_and_apart():
    first, second = data.new_world(), data.new_world()
    assert first == second
    first.members.pop()
    assert first != second


def test_keys_have_the_documented_prefix():
    values = [key.value for key in keys().values()]
    assert len(set(values)) == 4
    assert all(re.fullmatch(r"1iv_[A-Za-z0-9]{46}", value) for value in values)
    assert all(value != value.swapcase() for value in values)
