"""Records that fit the pages of a client."""

from __future__ import annotations

import json
from collections import Counter

import pytest
from oneinvoice_conformance.clients.mock.controls import Data
from oneinvoice_conformance.clients.observation import Trial
from oneinvoice_conformance.clients.scenarios.sizes import page_size, some_pages, two_full_pages

from tests.unit.conformance.clients.happenings import asked, trial
from tests.unit.conformance.clients.reading import everything, whole


def counts(data: Data) -> dict[str, int]:
    assert data.fixtures is not None
    return {name: len(records) for name, records in json.loads(data.fixtures).items()}


def reading(limit: int | None) -> Trial:
    return trial("control", everything(463, limit))


@pytest.mark.parametrize(("limit", "size"), [(None, 50), (1, 1), (50, 50), (77, 77), (200, 200), (500, 200)])
def test_the_size_of_a_page_is_what_the_client_can_get(limit: int | None, size: int):
    assert page_size(reading(limit), "quotes") == size
    assert counts(two_full_pages(reading(limit), Data()))["quotes"] == 2 * size


def test_a_look_at_one_record_is_no_size():
    probing = trial("control", [*whole("members", 463, 1)[:1], *whole("members", 463, 100)])
    assert page_size(probing, "members") == 100


def test_two_pages_and_a_half_do_not_end_with_a_full_page():
    assert counts(some_pages(reading(50), Data())) == {"members": 125, "quotes": 125, "invoices": 125}
    assert counts(some_pages(reading(1), Data()))["members"] == 3


def test_a_list_that_is_read_by_status_gets_as_many_of_each():
    by_status = [*whole("members", 90, filter="active"), *whole("members", 90, filter="pending")]
    refused = asked(0.0, "members?status=gone", 400)
    data = two_full_pages(trial("control", [*by_status, refused]), Data())
    assert data.fixtures is not None
    statuses = Counter(record["status"] for record in json.loads(data.fixtures)["members"])
    assert statuses == {"active": 100, "pending": 100}


def test_a_users_own_data_stays_as_it_is():
    own = Data(fixtures=b"members: []")
    assert two_full_pages(reading(50), own) is own
