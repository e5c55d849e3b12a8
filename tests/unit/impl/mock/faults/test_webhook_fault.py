"""Faults of webhooks as they are asked for, and the bodies of forged ones."""

from __future__ import annotations

import json
from typing import Any

import pytest
from oneinvoice_impl.mock.faults.fault import InvalidFault
from oneinvoice_impl.mock.faults.webhook_fault import (
    HELD_SECONDS,
    WEBHOOK_KINDS,
    WebhookFault,
    make_webhook_fault,
    one_bit_off,
    written_anew,
)

BODY = '{"id": "evt_7","data": {"total": "1250.90","name": "Blåbær"}}'.encode()


def test_each_kind() -> None:
    assert make_webhook_fault("drop", None) == WebhookFault("drop")
    assert make_webhook_fault("reorder", None).delay == HELD_SECONDS
    assert make_webhook_fault("delay", 2).delay == 2.0
    assert str(make_webhook_fault("delay", 2.5)) == "webhook=delay; delay=2.5"
    assert {kind for kind in WEBHOOK_KINDS if WebhookFault(kind).is_forgery} == {
        "wrong-secret",
        "flip-bit",
        "reserialize",
    }


@pytest.mark.parametrize(
    ("kind", "delay", "words"),
    [
        ("explode", None, "There is no fault 'explode' of webhooks"),
        ("", None, "There is no fault ''"),
        ("delay", True, "A delay can't be True"),
        ("delay", "3", "A delay can't be '3'"),
        ("delay", float("nan"), "A delay can't be nan seconds"),
        ("reorder", 86_401, "A delay can't be 86401 seconds"),
        ("delay", 0, "A delay can't be 0 seconds"),
        ("drop", 3, "The fault drop takes no delay"),
        ("delay", None, "needs its delay in seconds"),
    ],
)
def test_what_can_not_be_done(kind: str, delay: Any, words: str) -> None:
    with pytest.raises(InvalidFault) as refused:
        make_webhook_fault(kind, delay)
    assert words in str(refused.value)


def test_one_bit_off_is_json_still() -> None:
    changed = one_bit_off(BODY)
    assert json.loads(changed)["data"]["total"] == "1250.91"
    assert sum((one ^ other).bit_count() for one, other in zip(BODY, changed, strict=True)) == 1


def test_written_anew_says_the_same_in_other_bytes() -> None:
    assert written_anew(BODY) != BODY
    assert json.loads(written_anew(BODY)) == json.loads(BODY)
