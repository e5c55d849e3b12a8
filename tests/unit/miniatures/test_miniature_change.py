from collections.abc import Callable

import pytest

from tests.miniatures import Deployment
from tests.miniatures.freedoms import change, combinations
from tests.unit.miniatures.reader import in_process


def count(deployment: Deployment, target: str) -> int:
    """Return how many records there are in all, by a reader who remembers nothing."""
    return int(in_process(deployment).get(target).json["count"])


def counts(deployment: Deployment, target: str, times: int) -> list[int]:
    return [count(deployment, target) for _ in range(times)]


def test_growth_ends():
    seen = counts(change.GrowsThenQuiet(), "/members", 60)
    assert seen[0] == 450
    assert sorted(seen) == seen
    assert len(set(seen)) > 5
    assert len(set(seen[40:])) == 1


def test_growth_never_ends():
    assert len(set(counts(change.GrowsForEver(), "/members", 20))) > 10


def test_both_organisations_grow_and_stay_apart():
    deployment = change.GrowsForEver()
    counts(deployment, "/members", 30)
    theirs = set(in_process(deployment).get("/members?limit=200", "other").marks)
    ours = {mark for offset in (0, 200, 400) for mark in in_process(deployment).get(_page(offset)).marks}
    assert len(theirs) > 23
    assert not theirs & ours


def _page(offset: int) -> str:
    return f"/members?limit=200&offset={offset}"


def test_growth_at_the_front_moves_pages():
    deployment = combinations.GrowsForEverNewestFirst()
    first, again = (in_process(deployment).get("/members").marks for _ in range(2))
    assert first != again
    assert set(first[:40]) < set(again)


def test_members_leave():
    assert counts(change.MemberLeaves(), "/members", 35)[::34] in ([450, 447], [450, 448])


@pytest.mark.parametrize("flipping", [change.StatusFlips, change.StatusFlipsTwice])
def test_flips_move_members_between_filters(flipping: type[Deployment]):
    deployment = flipping()
    before = [count(deployment, f"/members?status={status}") for status in ("active", "inactive", "pending")]
    counts(deployment, "/quotes", 27)
    after = [count(deployment, f"/members?status={status}") for status in ("active", "inactive", "pending")]
    assert before != after
    assert sum(before) == sum(after) == 450


def test_quotes_get_accepted():
    assert sorted(set(counts(change.QuoteGetsAccepted(), "/quotes?status=accepted", 30))) == [21, 22, 23]


def test_invoices_get_paid():
    assert counts(change.InvoiceGetsPaid(), "/invoices?status=paid", 40)[::39] == [50, 53]


@pytest.mark.parametrize(
    ("stumbling", "times"),
    [
        (change.DatabaseErrorAtFirst, [1]),
        (change.DatabaseErrorOnce, [10]),
        (change.DatabaseErrorNowAndThen, [15, 55]),
    ],
)
def test_database_errors_never_come_twice_in_a_row(stumbling: type[Deployment], times: list[int]):
    deployment = stumbling()
    reader = _forgetful(deployment)
    statuses = [reader() for _ in range(60)]
    assert [at for at, status in enumerate(statuses, 1) if status == 500] == times
    assert set(statuses) == {200, 500}


def _forgetful(deployment: Deployment) -> Callable[[], int]:
    """Return a call that asks for quotes anew, once, and gives the status."""
    send = in_process(deployment)._send
    key = {"Authorization": f"Bearer {deployment.keys['primary'].value}"}
    return lambda: send("/api/v1/quotes", key).status
