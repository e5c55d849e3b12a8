"""Rules of the key, on trials that nobody played."""

from __future__ import annotations

from dataclasses import replace

import pytest
from oneinvoice_conformance.clients.front.certificate import Handshake
from oneinvoice_conformance.clients.observation import KeyPlace, Mark, Readback
from oneinvoice_conformance.clients.scenarios.key import HANDSHAKES, OTHER_HOST, OTHER_PORT, REVOKED, UNTRUSTED
from oneinvoice_conformance.model.outcome import Outcome

from tests.unit.conformance.clients.happenings import CONTROL, ILL, KILLED, WELL, asked, judged, trial

PASSED, FAILED = Outcome.PASSED, Outcome.FAILED
INCONCLUSIVE, NOT_APPLICABLE = Outcome.INCONCLUSIVE, Outcome.NOT_APPLICABLE


@pytest.mark.parametrize("place", [place for place in KeyPlace if place is not KeyPlace.BEARER])
def test_a_key_elsewhere_beside_its_header_fails(place: KeyPlace):
    odd = asked(0.2, key_places=(KeyPlace.BEARER, place))
    assert judged("KEY-1", trial("a", [asked(0.0), odd]))[0] is FAILED


def test_a_key_at_another_origin_is_no_matter_of_its_place():
    there = asked(0.2, key_places=(KeyPlace.URL,), mark=Mark.ELSEWHERE)
    assert judged("KEY-1", trial("a", [there]))[0] is PASSED


def test_requests_without_a_key_are_left_out():
    outcome, reason = judged("KEY-1", trial("a", [asked(0.0, "", key_places=())]))
    assert (outcome, "each of 2 requests" in reason) == (PASSED, True)


def revoked(*times: float, connection: int = 1):
    return [asked(0.0), *(asked(at, status=401, connection=connection) for at in times)]


@pytest.mark.parametrize(
    ("times", "outcome"),
    [([1.0], PASSED), ([1.0, 1.1, 1.2], PASSED), ([1.0, 1.1, 1.2, 1.3], FAILED)],
    ids=["stops", "twice more", "thrice more"],
)
def test_a_revoked_key_may_be_sent_twice_more(times: list[float], outcome: Outcome):
    assert judged("KEY-2", trial(REVOKED, revoked(*times), ILL))[0] is outcome


def test_another_page_with_a_revoked_key_counts_as_well():
    pages = [asked(1.0 + number / 10, f"members?offset={number}", 401) for number in range(5)]
    assert judged("KEY-2", trial(REVOKED, [asked(0.0), *pages], ILL))[0] is FAILED


def test_requests_of_other_workers_that_were_under_way_are_excused():
    at_once = [asked(1.0 + number / 1000, status=401, connection=number, took=0.3) for number in range(1, 9)]
    assert judged("KEY-2", trial(REVOKED, [asked(0.0), *at_once], ILL))[0] is PASSED


def test_workers_that_go_on_with_a_revoked_key_fail():
    first = [asked(1.0 + number / 1000, status=401, connection=number, took=0.3) for number in range(1, 5)]
    more = [asked(1.5 + number, status=401, connection=worker) for number in range(3) for worker in range(1, 5)]
    assert judged("KEY-2", trial(REVOKED, [asked(0.0), *first, *more], ILL))[0] is FAILED


def test_a_client_that_still_runs_may_yet_ask_again():
    assert judged("KEY-2", trial(REVOKED, revoked(1.0), KILLED))[0] is INCONCLUSIVE


@pytest.mark.parametrize("id", ["KEY-2", "KEY-3"])
def test_a_client_with_nothing_left_to_ask_shows_nothing(id: str):
    assert judged(id, trial(REVOKED, [asked(0.0)]))[0] is INCONCLUSIVE


@pytest.mark.parametrize(
    ("program", "readback", "outcome"),
    [
        (ILL, None, PASSED),
        (WELL, None, FAILED),
        (WELL, Readback(error="the key is refused"), PASSED),
        (WELL, Readback({"members": {}}), FAILED),
        (KILLED, None, INCONCLUSIVE),
        (None, None, INCONCLUSIVE),
    ],
    ids=["exit code", "well", "error in readback", "no error in readback", "killed", "ended by the trial"],
)
def test_a_revoked_key_is_a_failure(program, readback, outcome: Outcome):
    assert judged("KEY-3", trial(REVOKED, revoked(1.0), program, readback=readback))[0] is outcome


def redirected(name: str, *arrived):
    return trial(name, [asked(0.0, status=307, mark=Mark.REDIRECT), *arrived])


@pytest.mark.parametrize("name", [OTHER_HOST, OTHER_PORT])
@pytest.mark.parametrize("place", [KeyPlace.BEARER, KeyPlace.URL, KeyPlace.OTHER_HEADER])
def test_a_key_that_follows_a_redirect_fails(name: str, place: KeyPlace):
    other = OTHER_PORT if name == OTHER_HOST else OTHER_HOST
    leak = asked(0.1, status=401, mark=Mark.ELSEWHERE, key_places=(place,))
    outcome, reason = judged("KEY-4", redirected(name, leak), redirected(other))
    assert (outcome, place.value in reason, "307" in reason) == (FAILED, True, True)


def test_who_follows_without_the_key_or_not_at_all_passes():
    without = asked(0.1, status=401, mark=Mark.ELSEWHERE, key_places=())
    assert judged("KEY-4", redirected(OTHER_HOST, without), redirected(OTHER_PORT))[0] is PASSED


def test_a_client_that_was_not_redirected_shows_nothing():
    assert judged("KEY-4", trial(OTHER_HOST, [asked(0.0)]), redirected(OTHER_PORT))[0] is INCONCLUSIVE
    assert judged("KEY-4", redirected(OTHER_HOST))[0] is INCONCLUSIVE


def test_a_client_that_was_cut_off_at_its_first_redirect_shows_nothing():
    cut_off = replace(redirected(OTHER_HOST), program=None)
    assert judged("KEY-4", cut_off, redirected(OTHER_PORT))[0] is INCONCLUSIVE


@pytest.mark.parametrize(
    ("handshakes", "outcome"),
    [
        ([Handshake.REFUSED], PASSED),
        ([Handshake.COMPLETED], PASSED),
        ([Handshake.FAILED, Handshake.REFUSED], PASSED),
        ([Handshake.FAILED], INCONCLUSIVE),
        ([Handshake.PLAIN_WITH_KEY], NOT_APPLICABLE),
        ([Handshake.PLAIN, Handshake.REFUSED], PASSED),
        ([], NOT_APPLICABLE),
        ([Handshake.REFUSED, Handshake.PLAIN_WITH_KEY], FAILED),
        ([Handshake.REFUSED, Handshake.PLAIN], PASSED),
    ],
    ids=lambda value: "-".join(value) or "none" if isinstance(value, list) else "",
)
def test_a_handshake_tells_whether_the_certificate_was_refused(handshakes: list[Handshake], outcome: Outcome):
    assert judged("KEY-5", trial(UNTRUSTED, [], facts={HANDSHAKES: tuple(handshakes)}))[0] is outcome


@pytest.mark.parametrize("places", [(KeyPlace.BEARER,), ()], ids=["with the key", "without"])
def test_a_request_to_an_untrusted_server_fails(places: tuple[KeyPlace, ...]):
    came = asked(0.1, mark=Mark.ELSEWHERE, key_places=places)
    facts = {HANDSHAKES: (Handshake.REFUSED, Handshake.COMPLETED)}
    assert judged("KEY-5", trial(UNTRUSTED, [came], facts=facts))[0] is FAILED


def test_the_control_alone_decides_nothing_about_a_scenario():
    assert judged("KEY-5", trial(CONTROL, [asked(0.0)]))[0] is INCONCLUSIVE
