"""Deliveries in the page, and how their signatures are worked out."""

from __future__ import annotations

import base64
import hashlib

import pytest
from oneinvoice_conformance.http.delivery import Delivery
from oneinvoice_conformance.model.finding import Finding
from oneinvoice_conformance.model.outcome import Outcome
from oneinvoice_conformance.model.result import Result
from oneinvoice_conformance.webhooks.signing import sign

from tests.unit.conformance.reports.html.pages import BODY, HOOKED, SECRET, Page, delivery, page
from tests.unit.conformance.reports.reporting import ROWS, report


def hooked(*deliveries: Delivery) -> Page:
    row = Result(ROWS["HOOK-4"], Finding(Outcome.FAILED, "wrong", deliveries=deliveries))
    return page(report(row), HOOKED)


def test_a_right_signature_is_worked_out():
    shown = hooked(delivery(sign(BODY, SECRET)))
    for part in (
        "Delivery 1: invoice.paid",
        "Take the raw body, byte for byte as it came: 11 bytes.",
        hashlib.sha256(BODY).hexdigest(),
        f"Expected: {sign(BODY, SECRET)}",
        f"Received: {sign(BODY, SECRET)}",
        "the signature is right.",
    ):
        assert part in shown.text
    assert not shown.marked


@pytest.mark.parametrize(
    ("signature", "marked", "why"),
    [
        (None, "no such header", "is missing"),
        ("", "an empty value", "is empty"),
        (
            base64.b64encode(bytes.fromhex(sign(b'{"a": "\xc3\xa9"}', SECRET))).decode(),
            None,
            "in base64 instead of hex",
        ),
    ],
)
def test_what_is_wrong_with_a_signature_is_told(signature: str | None, marked: str | None, why: str):
    shown = hooked(delivery(signature))
    assert shown.marked == [marked or signature]
    assert why in shown.text
    assert shown.of("a", href="#delivery-1")


def test_a_dozen_deliveries_are_shown():
    shown = hooked(*(delivery("0", number) for number in range(1, 31)))
    assert "30 deliveries that the findings rest on; the first 12 are shown" in shown.text
    assert len([a for a in shown.of("details") if str(a.get("id")).startswith("delivery-")]) == 12
