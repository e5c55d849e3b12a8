from typing import Any

import pytest
from oneinvoice_conformance.model.outcome import Outcome
from oneinvoice_conformance.rules.quo import _is_status, _is_total

from tests.miniatures import FREE, Deployment
from tests.miniatures.data import Quote, Record
from tests.miniatures.freedoms.readings import DerivedStatuses
from tests.miniatures.freedoms.records import RecordsWithoutId
from tests.miniatures.freedoms.wrapped import StatusObjects
from tests.unit.conformance.fakes import KEYS, InProcess, judged


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
        "1e5",
        "1.25E+5",
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


def test_what_may_be_signing_info_can_be_said_with_map():
    assert judged("QUO-5", quotes(accepted={"signature": None, "audit": {"ip": "192.0.2.1"}})).reason.endswith(
        "may be signing info; if it is, say so with --map"
    )


@pytest.mark.parametrize("missing", [None, {"colour": "green"}])
def test_without_a_status_no_filter_is_judged_and_nobody_told_to_create_a_quote(missing: Any):
    finding = judged("QUO-2", quotes(**{status: {"status": missing} for status in ALL}))
    assert finding.outcome is Outcome.INCONCLUSIVE
    assert finding.reason.startswith("none of the 60 quotes shows a status in words")


@pytest.mark.parametrize("id", ["QUO-2", "QUO-4", "QUO-5"])
def test_a_status_may_be_an_object(id: str):
    assert judged(id, FREE["status-objects"].deployment()).outcome is Outcome.PASSED


class RejectedToo(StatusObjects):
    """The filter status=accepted lists rejected quotes too."""

    def matches(self, record: Record, status: str) -> bool:
        return super().matches(record, status) or (status, record.status) == ("accepted", "rejected")


def test_a_filter_that_lists_statuses_of_another_code_fails():
    assert judged("QUO-2", RejectedToo()).reason == "status=accepted also lists 13 of status 'rejected'"


class DraftsToo(DerivedStatuses):
    """The filter status=rejected lists drafts too."""

    def matches(self, record: Record, status: str) -> bool:
        return super().matches(record, status) or (status, record.status) == ("rejected", "draft")


def test_a_derived_status_is_asked_about_and_hides_nothing():
    derived = judged("QUO-2", FREE["derived-statuses"].deployment())
    assert derived.outcome is Outcome.INCONCLUSIVE
    assert derived.reason.endswith(
        "'expired', which the documentation doesn't name; ask its owner whether those count as sent"
    )
    assert judged("QUO-2", DraftsToo()).outcome is Outcome.FAILED


class RowsNotPaged(RecordsWithoutId):
    """Quotes have no id but a cursor that goes on from page to page, though the list is not paged."""

    def quote(self, quote: Quote) -> dict[str, Any]:
        return {**super().quote(quote), "cursor": len(self.log)}


def test_quotes_that_only_look_new_share_no_token():
    finding = judged("QUO-4", RowsNotPaged())
    assert (finding.outcome, "another 'cursor'" in finding.reason) == (Outcome.INCONCLUSIVE, True)


@pytest.mark.parametrize("value", [False, True])
def test_a_truth_value_is_no_token(value: bool):
    finding = judged("QUO-4", quotes(accepted={"public_token": value}))
    assert finding.reason == "21 of 51 that are no drafts have no public_token"


@pytest.mark.parametrize("name", ["derived-statuses", "unknown-status-bad-request", "unknown-status-ignored"])
def test_no_filter_is_asked_twice(name: str):
    client = InProcess(FREE[name].deployment(), {"primary": KEYS["primary"]})
    for id in ("QUO-2", "INV-2"):
        judged(id, client)
    targets = [str(exchange.request) for exchange in client.journal]
    assert len(set(targets)) == len(targets)


def test_a_total_that_is_none_is_told_as_such():
    finding = judged("QUO-3", quotes(sent={"total": "on request"}))
    assert finding.reason == "17 of 60 quotes have no total that is an amount; the first has 'on request'"
