"""Lists that are unclear, longer than any limit allows, or another organisation's: what is said of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from oneinvoice_conformance.engine.causes.caches import offsets_left_out
from oneinvoice_conformance.engine.causes.observation import Hypothesis, Observation
from oneinvoice_conformance.http.client import Client
from oneinvoice_conformance.http.credentials import Role, bearer
from oneinvoice_conformance.http.deployment import Deployment as Target
from oneinvoice_conformance.http.exchange import Exchange, Request
from werkzeug.test import create_environ
from werkzeug.wrappers import Request as Asked

from tests.miniatures import Deployment
from tests.unit.conformance.engine.causes.judging import explained, judged
from tests.unit.conformance.fakes import BASE, KEYS, Served, Within, exchange

OTHER = bearer(Role.OTHER, KEYS["other"])
EVERY_LIST = {"AUTH-6", "ORG-1", "ORG-2", "ORG-3", "MEM-1", "MEM-8", "QUO-1", "QUO-5", "INV-1", "INV-5"}


class SeveralLists(Deployment):
    def envelope(self, items: list[Any], total: int, query: Any) -> Any:
        return {"found": items, "pinned": items[:1], "seen": items[1:2]}


class SeveralListsOfMembers(Deployment):
    def envelope(self, items: list[Any], total: int, query: Any) -> Any:
        if query.resource != "members":
            return items
        return {"found": items, "pinned": items[:1]}


class RecordsUnderIds(Deployment):
    def envelope(self, items: list[Any], total: int, query: Any) -> Any:
        return {"found": {str(item["id"]): item for item in items}}


@pytest.mark.parametrize("lists", [SeveralLists, RecordsUnderIds])
def test_lists_that_are_unclear_are_one_cause_with_what_to_say_of_them(lists: Callable[[], Deployment]):
    [cause] = judged(lists()).causes
    assert set(cause.requirements) >= EVERY_LIST
    assert cause.seen.startswith("Where the records stand in answers to GET /api/v1/members, GET /api/v1/quotes and ")
    assert cause.remedy == (
        'say in the file of --map where they stand, such as members = "found", quotes = "found" and invoices = "found"'
    )


def test_lists_of_one_endpoint_that_are_unclear_are_not_told_as_an_organisation_without_records():
    [cause] = judged(SeveralListsOfMembers()).causes
    assert cause.seen.endswith("as with GET /api/v1/members: the answer holds several lists (found, pinned)")
    assert cause.remedy.endswith('such as members = "found"')


def test_a_limit_that_changes_nothing_is_one_cause():
    class LimitIgnored(Deployment):
        def parse_limit(self, text: str | None) -> int:
            super().parse_limit(text)
            return 1_000

    [cause] = judged(LimitIgnored()).causes
    assert explained(judged(LimitIgnored())) == [["MEM-2", "MEM-3", "MEM-4"]]
    assert cause.seen == (
        "limit changes nothing: GET /api/v1/members?limit=200&offset=0 gives 450 members, as GET /api/v1/members does"
    )


def _listed(key: str, offset: int = 0) -> list[dict[str, Any]]:
    return [{"id": f"{key}-{number}"} for number in range(offset, 9)]


def _hypotheses(*, honours_offset: bool) -> tuple[list[Hypothesis], list[Exchange]]:
    """Return what is said where the other key alone got two pages, which are the same, and what was asked for it."""

    def answer(target: str, headers: dict[str, str]) -> Served:
        [key] = [name for name, value in KEYS.items() if headers["Authorization"].endswith(value)]
        query = Asked(create_environ(target)).args
        offset = int(query["offset"]) if honours_offset else 0
        return 200, (), json.dumps(_listed(key, offset)).encode()

    pages = [
        exchange(_listed("other"), request=Request("members", OTHER, (("limit", "200"), ("offset", offset))))
        for offset in ("0", "9")
    ]
    client = Client(Target(BASE, KEYS), transport=Within(answer))
    client.journal += pages
    return list(offsets_left_out(Observation(client, []))), client.journal[len(pages) :]


def test_pages_of_one_organisation_are_not_compared_with_those_of_another():
    found, asked = _hypotheses(honours_offset=False)
    assert found == []
    assert {each.request.credential.role for each in asked} == {Role.OTHER}


def test_a_cache_that_only_the_other_key_met_is_found_with_that_key():
    [hypothesis], _ = _hypotheses(honours_offset=True)
    assert "GET /api/v1/members?limit=200&offset=9 got the same" in hypothesis.seen
