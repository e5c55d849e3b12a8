from typing import Any

import pytest
from oneinvoice_conformance.rules.quo import _is_status, _is_total
from oneinvoice_conformance.verdict import Outcome

from tests.miniatures import Deployment
from tests.miniatures.data import Quote
from tests.unit.conformance.fakes import judged


def quotes(**by_status: dict[str, Any]) -> Deployment:
    """A miniature whose quotes of a status have other fields; None takes one away."""

    class Changed(Deployment):
        def quote(self, quote: Quote) -> dict[str, Any]:
            shown = super().quote(quote) | by_status.get(quote.status, {})
            return {name: value for name, value in shown.items() if value is not None}

    return Changed()


ALL = ("draft", "sent", "accepted", "rejected")


@pytest.mark.parametrize(
    "value",
    [
        0,
        -5,
        12.5,
        "12500",
        "12500.00",
        "12500,00",
        "-12.50",
        "12,500.00",
        "12.500,00",
        "1 234 567,89",
        "1'234.50",
        "NOK 12500",
        "12500.00 kr.",
        "12500NOK",
        "€12.50",
        "500,-",
        {"amount": "12.50", "currency": "NOK"},
        {"net": {"value": 12}},
    ],
)
def test_a_total(value: object):
    assert _is_total(value)


@pytest.mark.parametrize(
    "value", [None, True, "", "twelve", "on request", "n/a", "--", ".", {}, {"currency": "NOK"}, [], "12 apples"]
)
def test_no_total(value: object):
    assert not _is_total(value)


def test_a_status_is_a_word_or_an_object_with_one():
    assert _is_status("sent")
    assert _is_status({"code": "sent"})
    assert not any(map(_is_status, (None, "", " ", {}, {"code": None}, True)))


@pytest.mark.parametrize(
    ("change", "outcome"),
    [
        ({status: {"public_token": "the same for all quotes"} for status in ALL}, Outcome.FAILED),
        ({status: {"public_token": None} for status in ALL}, Outcome.FAILED),
        ({"draft": {"public_token": None}}, Outcome.PASSED),
        ({"rejected": {"status": "expired", "public_token": None}}, Outcome.INCONCLUSIVE),
        ({"rejected": {"public_token": None}}, Outcome.FAILED),
        ({status: {"public_token": None, "token": "x"} for status in ALL}, Outcome.FAILED),
    ],
)
def test_tokens(change: dict[str, Any], outcome: Outcome):
    assert judged("QUO-4", quotes(**change)).outcome is outcome


@pytest.mark.parametrize(
    ("change", "outcome"),
    [
        ({"accepted": {"signature": None, "signinginfo": {"by": "Åse"}}}, Outcome.PASSED),
        ({"accepted": {"signature": None, "audit": {"ip": "192.0.2.1"}}}, Outcome.INCONCLUSIVE),
        ({"accepted": {"signature": None}}, Outcome.FAILED),
        ({"accepted": {"signature": ""}}, Outcome.FAILED),
        ({"accepted": {"status": "sent"}}, Outcome.PASSED),
    ],
)
def test_signing_info(change: dict[str, Any], outcome: Outcome):
    assert judged("QUO-5", quotes(**change)).outcome is outcome
