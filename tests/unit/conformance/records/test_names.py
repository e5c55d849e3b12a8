import pytest
from oneinvoice_conformance.records.names import Names, blank, leaves, words

from tests.unit.conformance.fakes import NAMES

SIGNING, PAYMENT, DUE = NAMES["signing"], NAMES["payment_status"], NAMES["due_date"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("due_date", "due date"),
        ("dueDate", "due date"),
        ("DueDate", "due date"),
        ("due-date", "due date"),
        ("DUE_DATE", "due date"),
        ("isPaid", "is paid"),
        ("paymentIBANState", "payment iban state"),
        ("address2", "address 2"),
        ("", ""),
    ],
)
def test_words_of_a_name_in_any_convention(name: str, expected: str):
    assert words(name) == tuple(expected.split())


def test_leaves_are_what_is_no_object_with_their_paths():
    record = {"a": {"bC": 1, "d": [{"e": None}, 2]}, "f": {}, "g": []}
    assert list(leaves(record)) == [
        (("a", "b", "c"), 1),
        (("a", "d", "e"), None),
        (("a", "d"), 2),
        (("f",), {}),
        (("g",), []),
    ]


def test_leaves_end_at_a_depth():
    deep: object = 1
    for _ in range(50):
        deep = {"a": deep}
    assert len(list(leaves(deep))) == 1


@pytest.mark.parametrize("value", [None, "", "  ", [], {}])
def test_blank(value: object):
    assert blank(value)


@pytest.mark.parametrize("value", [0, False, "0", [None], {"a": None}])
def test_not_blank(value: object):
    assert not blank(value)


@pytest.mark.parametrize(
    ("names", "field"),
    [
        (SIGNING, "signing"),
        (SIGNING, "signedAt"),
        (SIGNING, "signatures"),
        (SIGNING, "e_signature"),
        (SIGNING, "signinginfo"),
        (SIGNING, "signedby"),
        (PAYMENT, "payment_status"),
        (PAYMENT, "paymentState"),
        (PAYMENT, "paymentstatus"),
        (PAYMENT, "status_of_payment"),
        (PAYMENT, "is_paid"),
        (PAYMENT, "ispaid"),
        (PAYMENT, "paid"),
        (DUE, "due"),
        (DUE, "dueDate"),
        (DUE, "duedate"),
        (DUE, "DUEDATE"),
        (DUE, "payBy"),
        (DUE, "date_due"),
        (DUE, "deadline"),
    ],
)
def test_a_name_that_says_it(names: Names, field: str):
    assert names.matching({field: "x"})


@pytest.mark.parametrize(
    ("names", "field"),
    [
        (SIGNING, "design"),
        (SIGNING, "signal"),
        (SIGNING, "assigned_to"),
        (PAYMENT, "status"),
        (PAYMENT, "paid_at"),
        (PAYMENT, "payment_method"),
        (DUE, "amount_due"),
        (DUE, "overdue"),
        (DUE, "days_due"),
        (DUE, "residue"),
        (DUE, "created_at"),
    ],
)
def test_a_name_that_does_not_say_it(names: Names, field: str):
    assert not names.matching({field: "x"})


def test_the_words_may_stand_on_the_way_to_a_value():
    assert PAYMENT.matching({"payment": {"state": "open"}}) == [(("payment", "state"), "open")]
    assert not PAYMENT.matching({"payment": {"method": "card"}})
    assert DUE.matching({"dates": [{"due": "2026-01-01"}]})


def test_what_only_might_be_it_must_hold_something():
    assert DUE.possible({"payment_terms": "30 days"})
    assert not DUE.possible({"payment_terms": None})
    assert not DUE.possible({"created_at": "2026-01-01"})


def test_the_operator_adds_names():
    names = Names.from_register({"says": ("due",)}, ["forfallsdato", "betal innen"])
    assert names.matching({"forfallsdato": 1})
    assert names.matching({"betalInnen": 1})
    assert not names.matching({"betal": 1})
