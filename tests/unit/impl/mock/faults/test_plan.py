"""Plans of faults: which requests get which."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from oneinvoice_impl.clock import ManualClock
from oneinvoice_impl.mock.faults.fault import Fault, InvalidFault
from oneinvoice_impl.mock.faults.plan import MOST_PLANNED, FaultPlan, FaultRule
from oneinvoice_impl.mock.faults.webhook_fault import WebhookFault

START = datetime(2026, 4, 2, 12, tzinfo=UTC)
FAULT = Fault(503)


def struck(plan: FaultPlan, count: int, operation: str = "list_members") -> list[str | None]:
    return [planned and planned.id for planned in (plan.strike(operation) for _ in range(count))]


def test_an_operation_and_all() -> None:
    plan = FaultPlan()
    plan.add(FaultRule(FAULT, operation="list_quotes"))
    assert struck(plan, 1) == [None]
    assert struck(plan, 1, "list_quotes") == ["flt_1"]
    plan.add(FaultRule(FAULT))
    assert struck(plan, 1) == ["flt_2"]
    assert struck(plan, 1, "list_quotes") == ["flt_1"]
    assert plan.strike(None) is plan.planned[1]


def test_the_nth_and_so_many_times() -> None:
    plan = FaultPlan()
    planned = plan.add(FaultRule(FAULT, nth=3, times=2))
    assert struck(plan, 6) == [None, None, "flt_1", "flt_1", None, None]
    assert (planned.seen, planned.answered) == (6, 2)


def test_until_a_moment_of_the_mocks_clock() -> None:
    clock = ManualClock(START)
    plan = FaultPlan(clock)
    plan.add(FaultRule(FAULT, until=START + timedelta(seconds=30)))
    assert struck(plan, 1) == ["flt_1"]
    clock.advance(timedelta(seconds=30))
    assert struck(plan, 1) == [None]


def test_a_share_of_them_by_a_seed() -> None:
    def chosen(seed: int) -> list[str | None]:
        plan = FaultPlan()
        plan.add(FaultRule(FAULT, probability=0.3, seed=seed))
        return struck(plan, 200)

    assert chosen(1) == chosen(1) != chosen(2)
    assert 30 < chosen(1).count("flt_1") < 90


def test_the_first_strikes_and_both_see_it() -> None:
    plan = FaultPlan()
    first, second = plan.add(FaultRule(FAULT, times=1)), plan.add(FaultRule(FAULT, nth=2, times=1))
    assert struck(plan, 3) == [first.id, second.id, None]
    assert (second.seen, second.answered) == (3, 1)


def test_removing_and_clearing() -> None:
    plan = FaultPlan()
    plan.add(FaultRule(FAULT)), plan.add(FaultRule(FAULT))
    assert plan.remove("flt_1")
    assert not plan.remove("flt_1")
    assert struck(plan, 1) == ["flt_2"]
    plan.clear()
    assert struck(plan, 1) == [None]
    assert plan.add(FaultRule(FAULT)).id == "flt_3"


def test_there_are_so_many_at_most() -> None:
    plan = FaultPlan()
    for _ in range(MOST_PLANNED):
        plan.add(FaultRule(FAULT))
    with pytest.raises(InvalidFault, match="remove some of them first"):
        plan.add(FaultRule(FAULT))


def test_requests_and_deliveries_have_faults_of_their_own() -> None:
    plan = FaultPlan()
    of_api, of_webhook = plan.add(FaultRule(FAULT)), plan.add(FaultRule(WebhookFault("drop"), event="invoice.paid"))
    assert plan.strike("list_members") is of_api
    assert plan.strike_delivery("invoice.sent") is None
    assert plan.strike_delivery("invoice.paid") is of_webhook
    assert ((of_api.seen, of_webhook.seen), of_webhook.name) == ((1, 1), "flt_2; webhook=drop")


def test_what_is_not_possible_passes_a_delivery_by() -> None:
    plan = FaultPlan()
    replay, drop = plan.add(FaultRule(WebhookFault("replay"), times=1)), plan.add(FaultRule(WebhookFault("drop")))
    assert plan.strike_delivery("ping", {"replay"}) is drop
    assert (replay.seen, replay.answered) == (0, 0)
    assert plan.strike_delivery("ping") is replay
