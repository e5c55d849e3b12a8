"""What a recording holds, by whatever queries: what it decides, what fails, and what data that changes leaves open."""

import random
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import pytest
from oneinvoice_conformance.model.outcome import Outcome

from tests.miniatures import FAULTS, FREE, Deployment
from tests.unit.conformance.browsing import PAGES, browsed, ids, reason, replayed
from tests.unit.conformance.fakes import KEYS
from tests.unit.conformance.http.recording.test_senders import with_headers

MORE = (
    *PAGES,
    "members?limit=200&offset=0",
    "members?limit=200&offset=200",
    "members?limit=200&offset=400",
    "members?status=pending&limit=200&offset=0",
    "members?status=active&limit=100&offset=0",
    "members?status=active&limit=100&offset=100",
    "members?limit=300",
    "members?limit=abc",
    "members?status=nobody",
    "members?search=x",
    "quotes?status=sent",
    "quotes?limit=10&offset=10",
    "invoices?status=sent",
    "invoices?limit=50&offset=50",
)


def test_ordinary_traffic_of_a_browser_decides_fifteen_rows(tmp_path: Path):
    report = replayed(tmp_path / "x.har", browsed(Deployment(), times=1))
    assert ids(report, Outcome.FAILED) == set()
    assert len(ids(report, Outcome.PASSED)) >= 15
    assert {"DISC-1", "DISC-2", "AUTH-6", "MEM-1", "MEM-2", "MEM-3", "ERR-2", "VER-1"} <= ids(report, Outcome.PASSED)
    assert {f"{area}-{row}" for area in ("QUO", "INV") for row in range(1, 6)} <= ids(report, Outcome.PASSED)
    assert report.exchanges
    assert "14 of 14 recorded requests were judged, and none was sent" in report.notes


def test_more_of_it_decides_more(tmp_path: Path):
    passed = ids(replayed(tmp_path / "x.har", browsed(Deployment(), MORE)), Outcome.PASSED)
    assert {"MEM-4", "MEM-5", "MEM-7", "MEM-8"} <= passed


def test_a_default_is_not_judged_by_a_limit_that_was_sent(tmp_path: Path):
    queries = ["members?limit=50", "members?limit=50&offset=50", "members?offset=0&limit=50"]
    report = replayed(tmp_path / "x.har", browsed(Deployment(), queries))
    assert not ids(report, Outcome.PASSED) & {"MEM-2", "MEM-3", "MEM-6", "MEM-7"}


@pytest.mark.parametrize("variant", ["lenient-script", "status-in-words-of-payment", "status-tells-all"])
def test_a_status_of_one_kind_may_be_in_words_of_payment(tmp_path: Path, variant: str):
    report = replayed(tmp_path / "x.har", browsed(FREE[variant].deployment(), ["invoices?status=paid"], times=2))
    assert ids(report, Outcome.FAILED) == set(), reason(report, "INV-3")


@pytest.mark.parametrize(
    ("fault", "id", "query"),
    [
        ("member-filter-ignored", "MEM-7", "members?status=active"),
        ("limit-ignored", "MEM-3", "members?limit=10"),
        ("limit-ignored-when-filtered", "MEM-3", "members?status=active&limit=10"),
        ("limit-ignored-when-filtered", "MEM-8", "members?status=active&limit=10"),
        ("no-maximum", "MEM-4", "members?limit=300"),
        ("default-of-all", "MEM-2", "members"),
        ("quote-filter-ignored", "QUO-2", "quotes?status=accepted"),
        ("invoice-filter-ignored", "INV-2", "invoices?status=paid"),
        ("quotes-without-token", "QUO-4", "quotes"),
    ],
)
@pytest.mark.parametrize("shown", [True, False])
def test_one_answer_proves_it(tmp_path: Path, fault: str, id: str, query: str, shown: bool):
    assert fault in FAULTS
    queries = [query, f"{query}{'&' if '?' in query else '?'}_=17"]
    for each in queries:
        entries = browsed(FAULTS[fault].deployment(), [each], times=1)
        report = replayed(tmp_path / "x.har", entries if shown else with_headers(entries))
        assert id in ids(report, Outcome.FAILED), reason(report, id)


@pytest.mark.parametrize(
    ("fault", "id"),
    [
        ("default-of-20", "MEM-2"),
        ("offset-ignored", "MEM-5"),
        ("pages-overlap-by-one", "MEM-5"),
        ("offset-counts-from-one", "MEM-6"),
        ("inactive-filter-empty", "MEM-7"),
        ("offset-before-filter", "MEM-8"),
        ("accepted-filter-misses-last", "QUO-2"),
        ("paid-filter-misses-first", "INV-2"),
    ],
)
def test_two_answers_prove_it_if_one_was_recorded_again_behind_the_other(tmp_path: Path, fault: str, id: str):
    deployment = FAULTS[fault].deployment
    assert id in ids(replayed(tmp_path / "x.har", browsed(deployment(), MORE, times=3)), Outcome.FAILED)
    once = replayed(tmp_path / "y.har", browsed(deployment(), MORE, times=1))
    assert id not in ids(once, Outcome.FAILED) | ids(once, Outcome.PASSED)
    without_keys = with_headers(browsed(deployment(), MORE, times=3))
    assert id not in ids(replayed(tmp_path / "z.har", without_keys), Outcome.FAILED)


@pytest.mark.parametrize("fault", ["members-by-id", "members-counted-only"])
def test_what_is_no_list_fails_where_two_answers_show_it(tmp_path: Path, fault: str):
    once, twice = (
        replayed(tmp_path / f"{times}.har", browsed(FAULTS[fault].deployment(), ["members"], times=times))
        for times in (1, 2)
    )
    assert "MEM-1" in ids(once, Outcome.INCONCLUSIVE)
    assert "MEM-1" in ids(twice, Outcome.FAILED)


@pytest.mark.parametrize("name", sorted(FREE.keys() - {"slow"})[::6])  # which sleeps
def test_no_freedom_fails(tmp_path: Path, name: str):
    entries = browsed(FREE[name].deployment(), MORE, times=3)
    if not [each for each in entries if each["response"]["status"] == 200]:
        pytest.skip("it is served below another path")
    report = replayed(tmp_path / "x.har", entries)
    assert ids(report, Outcome.FAILED) | ids(report, Outcome.ERROR) == set()


def test_what_other_parameters_ask_for_is_judged_by_no_default(tmp_path: Path):
    """They may select fields, another order or a few records, and their values are told to nobody."""
    queries = [f"{endpoint}?token={KEYS['other']}" for endpoint in ("members", "quotes", "invoices")]
    entries = browsed(Deployment(), queries)
    for entry in entries:
        entry["response"]["content"] |= {"text": '{"data": [{"id": 1}, {"id": 2}]}', "size": 32}
    report = replayed(tmp_path / "x.har", entries + browsed(Deployment()))
    assert ids(report, Outcome.FAILED) == set()
    assert not [each for each in report.exchanges if KEYS["other"] in str(each.request)]


@pytest.mark.parametrize("status", [500, 502, 404, 403])
def test_an_error_that_passes_fails_nothing(tmp_path: Path, status: int):
    entries = browsed(Deployment(), times=3)
    for entry in entries[len(PAGES) + 1 : len(PAGES) * 2]:
        entry["response"] |= {"status": status, "content": {"size": 2, "mimeType": "application/json", "text": "{}"}}
    report = replayed(tmp_path / "x.har", entries)
    assert ids(report, Outcome.FAILED) == set()
    assert ("ERR-2" in ids(report, Outcome.INCONCLUSIVE)) is (status != 502)  # which a gateway answers


def test_an_error_that_stays_fails(tmp_path: Path):
    entries = browsed(Deployment(), times=2)
    for entry in entries:
        if entry["request"]["url"].endswith("status=accepted"):
            entry["response"] |= {"status": 500, "content": {"size": 2, "mimeType": "", "text": "{}"}}
    assert "ERR-2" in ids(replayed(tmp_path / "x.har", entries), Outcome.FAILED)


@pytest.mark.parametrize("times", [1, 2])
def test_discovery_that_names_nothing_takes_two_answers(tmp_path: Path, times: int):
    entries = browsed(Deployment(), times=times)
    for entry in entries[:: len(PAGES)]:
        entry["response"]["content"] |= {"text": "{}", "size": 2}
    outcome = Outcome.FAILED if times > 1 else Outcome.INCONCLUSIVE
    assert "DISC-2" in ids(replayed(tmp_path / "x.har", entries), outcome)


def test_a_429_fails_nothing_and_takes_nothing_with_it(tmp_path: Path):
    entries = browsed(Deployment(), times=2)
    for entry in entries[: len(PAGES)]:
        entry["response"] |= {"status": 429, "content": {"size": 2, "mimeType": "", "text": "{}"}}
    report = replayed(tmp_path / "x.har", entries)
    assert ids(report, Outcome.FAILED) == set()
    assert len(ids(report, Outcome.PASSED)) >= 15


def changing(seed: int) -> Callable[[Deployment], None]:
    """Members come, go and change between any two requests."""
    chance = random.Random(seed)

    def change(deployment: Deployment) -> None:
        members = deployment.world.members
        if chance.random() < 0.3:
            place = chance.randrange(len(members))
            added = replace(members[place], id=chance.randrange(10**6, 10**7))
            other = replace(members[place], status=chance.choice(["active", "inactive", "pending"]))
            chance.choice(
                [lambda: members.append(added), lambda: members.pop(place), lambda: members.__setitem__(place, other)]
            )()

    return change


def shuffled(seed: int) -> Iterable[str]:
    chance = random.Random(seed)
    some = chance.sample(MORE, chance.randint(4, len(MORE)))
    return [chance.choice(some) for _ in range(60)]


@pytest.mark.parametrize("seed", range(25))
def test_data_that_changes_between_two_answers_fails_nothing(tmp_path: Path, seed: int):
    entries = browsed(Deployment(), shuffled(seed), times=1, before_each=changing(seed))
    report = replayed(tmp_path / "x.har", entries)
    assert {id: reason(report, id) for id in ids(report, Outcome.FAILED)} == {}
