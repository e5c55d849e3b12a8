"""Causes of whole runs: named once, and where the exchanges show them alone."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from oneinvoice_conformance.engine import runner
from oneinvoice_conformance.engine.causes.finder import find_causes
from oneinvoice_conformance.engine.causes.observation import OPEN
from oneinvoice_conformance.model.cause import Cause
from oneinvoice_conformance.model.finding import passed
from oneinvoice_conformance.model.outcome import Outcome
from oneinvoice_conformance.model.scope import Scope
from oneinvoice_conformance.model.verdict import Verdict
from werkzeug.wrappers import Request, Response

from tests.miniatures import FAULTS, FREE, Deployment
from tests.miniatures.data import PRIMARY
from tests.miniatures.deployment import Call, ListQuery
from tests.unit.conformance.engine.causes.judging import ROWS, explained, judged
from tests.unit.conformance.fakes import KEYS, InProcess

AUTH = ["AUTH-1", "AUTH-2", "AUTH-3", "AUTH-4", "AUTH-5"]
ORG = ["ORG-1", "ORG-2", "ORG-3"]
QUO = ["QUO-1", "QUO-2", "QUO-3", "QUO-4", "QUO-5"]
INV = ["INV-1", "INV-2", "INV-3", "INV-4", "INV-5"]

# By miniature: what its one cause explains at least, and words of what is said.
CAUSES = {
    "cache-in-front": ([*AUTH, *ORG, "MEM-5"], "A cache serves members, quotes and invoices to whoever asks"),
    "cache-in-front-of-invoices": ([*AUTH, *ORG], "(CF-Cache-Status: HIT, Age: 0)"),
    "silent-cache": ([*AUTH, *ORG], "got 401 with no credentials, and 200 with the same"),
    "cache-of-refusals": ([*AUTH, *ORG], "got 401 with no credentials, and then the very same with the sibling key"),
    "cached-queries": ([*ORG, "MEM-5"], "A cache answers one organisation with what another asked for"),
    "invoices-without-authentication": ([*AUTH, *ORG], "GET /api/v1/invoices answers 200 to whoever asks"),
    "shape-of-key-suffices": (["AUTH-2", "AUTH-5"], "answer 200 with whatever key stands behind Bearer"),
    "nothing-kept-apart": (ORG, "The other key gets what the primary key gets"),
    "unknown-key-forbidden": (["AUTH-2", "AUTH-5"], "answer 403 in the place of 401, to"),
    "key-of-another-organisation-refused": (["AUTH-6", *ORG], "The other key gets nothing but 401"),
    "members-crash": (["AUTH-6", *ORG, "MEM-1", "MEM-8"], "GET /api/v1/members answers each of"),
    "invoices-not-found": (["AUTH-6", *ORG, *INV], "requests with a valid key with 404"),
    "members-as-lines": (["AUTH-6", *ORG, "MEM-1", "MEM-8"], "a second value stands behind its end"),
    "quotes-as-text": (["AUTH-6", *ORG, *QUO], "with 200 and JSON without a list to look at"),
    "every-filter-ignored": (["MEM-7", "QUO-2", "INV-2"], "status is ignored as a filter of members, quotes and"),
    "pages-cut-to-10": (["MEM-2", "MEM-3"], "A page holds 10 members at the most"),
    "pages-of-20": (["MEM-2", "MEM-3"], "A page holds 20 members at the most"),
    "ties-at-random": (["MEM-5", "MEM-6", "MEM-8"], "The members are sorted by 'joined' alone"),
    "order-at-random": (["MEM-5", "MEM-6", "MEM-8"], "The members come in no fixed order"),
    "slash-at-internal-host": ([*AUTH, "AUTH-6", *ORG, "MEM-1", *QUO, *INV, "VER-1"], "to http://backend:8000/api/v1/"),
    "quotes-at-another-host": ([*AUTH, "AUTH-6", *ORG, *QUO], "GET /api/v1/quotes only redirects"),
    "challenge-without-key": (
        ["DISC-1", "DISC-2", "AUTH-1"],
        "got the answer of a challenge of Cloudflare",
    ),
    "password-without-key": (["DISC-1", "DISC-2", "AUTH-1"], "got the 401 of a gateway that asks for a password"),
    "challenge-of-unknown-keys": (["AUTH-2", "AUTH-4", "AUTH-5"], "as GET /api/v1/members with an unknown key: 403"),
    "single-sign-on-without-key": (["DISC-1", "DISC-2", "AUTH-1"], "got the answer of a login for single sign-on"),
    "twelve-members": (["MEM-2", "MEM-3", "MEM-4", "MEM-5", "MEM-8"], "The organisation has 12 members"),
    "no-documents": ([*QUO[1:], *INV[1:]], "no quotes and no invoices"),
}
# Each fails for reasons of its own, or in one requirement alone.
WITHOUT = (
    "open-to-all",
    "open-members",
    "missing-key-to-login",
    "missing-key-sees-nothing",
    "revoked-key-works",
    "token-scheme-accepted",
    "second-key-refused",
    "members-of-everybody",
    "stranger-comes-first",
    "default-of-20",
    "limit-capped-at-100",
    "pages-overlap-by-one",
    "later-pages-reversed",
    "order-depends-on-limit",
    "default-offset-of-one",
    "member-filter-ignored",
    "filter-after-paging",
    "text-limit-crashes",
    "ids-of-rows-on-page",
    "plain",
)


@pytest.mark.parametrize("name", CAUSES)
def test_a_cause_is_said_once(name: str):
    least, words = CAUSES[name]
    report = judged(name)
    [cause] = report.causes
    assert set(cause.requirements) >= set(least)
    assert words in cause.seen
    assert cause.remedy
    assert len(cause.evidence) == 2
    assert set(cause.evidence) <= set(report.exchanges)


def _without_numbers(cause: Cause) -> str:
    return re.sub(r"[\d,]+", "", cause.seen)


@pytest.mark.parametrize("status", [203, 206])
@pytest.mark.parametrize(
    "name", ["silent-cache", "invoices-without-authentication", "quotes-as-text", "every-filter-ignored", "pages-of-20"]
)
def test_a_cause_is_the_same_where_lists_have_another_code_of_success(name: str, status: int):
    miniature = FAULTS[name].deployment()
    finish = miniature.finish

    def finish_with_status(request: Request, response: Response) -> Response:
        response = finish(request, response)
        response.status_code = status if response.status_code == 200 else response.status_code
        return response

    miniature.finish = finish_with_status  # type: ignore[method-assign]
    found, usual = judged(miniature), judged(name)
    assert explained(found) == explained(usual)
    assert list(map(_without_numbers, found.causes)) == list(map(_without_numbers, usual.causes))


@pytest.mark.parametrize("name", WITHOUT)
def test_no_cause_is_said_where_none_is_shared(name: str):
    assert explained(judged(name)) == []


def test_what_a_cause_explains_keeps_its_outcome_and_its_place_in_the_register():
    report = judged("cache-in-front")
    ids = [result.requirement.id for result in report.results]
    [cause] = report.causes
    assert report.verdict is Verdict.VIOLATIONS
    assert list(cause.requirements) == [id for id in ids if id in cause.requirements]
    outcomes = {result.requirement.id: result.outcome for result in report.results}
    assert {outcomes[id] for id in AUTH} == {Outcome.FAILED}


def test_one_requirement_has_no_shared_cause():
    assert explained(judged("members-crash", scope=Scope.parse(ROWS, "MEM-1", None))) == []
    assert explained(judged("members-crash", scope=Scope.parse(ROWS, "MEM-1,MEM-2", None))) == [["MEM-1", "MEM-2"]]


def test_where_nothing_is_open_nothing_is_asked():
    client = InProcess(FREE["plain"].deployment())
    results = [replace(result, finding=passed("so it is")) for result in judged("cache-in-front").results]
    assert find_causes(client, results) == ()
    assert client.journal == []


def test_two_causes_explain_different_results():
    class Both(Deployment):
        def list_records(self, request, resource):
            if resource == "quotes":
                return self.error(502, "Bad gateway.")
            return super().list_records(request, resource)

        def parse_limit(self, text):
            return min(super().parse_limit(text), 20)

        default_limit = 20

    first, second = explained(judged(Both()))
    assert set(first) >= set(QUO)
    assert second == ["MEM-2", "MEM-3"]
    assert set(first).isdisjoint(second)


def test_a_fixed_file_is_one_cause_for_whatever_it_breaks():
    class Fixed(Deployment):
        def list_records(self, request, resource):
            query = ListQuery(resource, PRIMARY)
            return self.render([self.represent(record, query) for record in self.select(query)])

    [cause] = judged(Fixed()).causes
    assert {*AUTH, *ORG, "MEM-3", "MEM-7", "QUO-2", "INV-2"} <= set(cause.requirements)
    assert "invoices give one and the same answer whatever the query says and whoever asks" in cause.seen


def test_a_query_that_is_dropped_on_the_way_is_one_cause():
    class QueryDropped(Deployment):
        def parse(self, request, resource, organisation):
            return ListQuery(resource, organisation, 50 if resource == "members" else None)

    [cause] = judged(QueryDropped()).causes
    assert {"MEM-3", "MEM-7", "QUO-2", "INV-2"} <= set(cause.requirements)
    assert "GET /api/v1/quotes and GET /api/v1/invoices give one and the same answer" in cause.seen
    assert "whoever asks" not in cause.seen


def test_filters_that_are_ignored_are_no_fixed_file_where_one_key_asks():
    [cause] = judged("every-filter-ignored", {"primary": KEYS["primary"]}).causes
    assert "status is ignored" in cause.seen


def test_both_keys_of_one_organisation_are_told_though_answers_hold_a_time():
    class OneOrganisation(Deployment):
        def authenticate(self, request, resource):
            super().authenticate(request, resource)
            return PRIMARY

        def envelope(self, items, total, query):
            return {"items": items, "request": len(self.log)}

    [cause] = judged(OneOrganisation()).causes
    assert cause.requirements == tuple(ORG)
    assert "--other-key" in cause.remedy


def test_what_cannot_be_looked_for_costs_no_verdict(monkeypatch: pytest.MonkeyPatch):
    def broken(client, results):
        raise ValueError("no idea")

    monkeypatch.setattr(runner, "find_causes", broken)
    report = judged("members-crash")
    assert report.verdict is Verdict.VIOLATIONS
    assert report.notes[0] == (
        "causes that results share could not be looked for: The kit failed (ValueError: no idea); please report it."
    )


def test_interrupting_the_search_leaves_the_run_whole(monkeypatch: pytest.MonkeyPatch):
    def interrupted(client, results):
        raise KeyboardInterrupt

    monkeypatch.setattr(runner, "find_causes", interrupted)
    report = judged("members-crash")
    assert (report.verdict, report.interrupted) == (Verdict.VIOLATIONS, False)
    assert report.notes[0].endswith("since that was interrupted")


def test_without_a_second_key_a_cache_is_asked_with_the_only_one():
    report = judged("silent-cache", {"primary": KEYS["primary"]})
    [cause] = report.causes
    assert "as the primary key once that had asked for it" in cause.seen


@pytest.mark.parametrize("draw", range(4))
def test_ties_leave_nothing_beside_their_cause(draw: int):
    miniature = FAULTS["ties-at-random"].deployment()
    miniature.log += [Call("GET", "/", "none")] * draw  # which draws another order
    report = judged(miniature)
    [cause] = report.causes
    open_ids = [result.requirement.id for result in report.results if result.outcome in (*OPEN, Outcome.ERROR)]
    assert list(cause.requirements) == open_ids


class OffsetLost(Deployment):
    """A cache leaves offset out of account."""

    def parse_offset(self, text: str | None) -> int:
        super().parse_offset(text)
        return 0


def test_an_offset_that_is_lost_is_one_cause():
    [cause, *_] = judged(OffsetLost()).causes
    assert cause.seen.startswith("offset changes nothing: GET /api/v1/members?")
    assert {"MEM-4", "MEM-5", "MEM-8"} <= set(cause.requirements)


def test_an_offset_that_is_ignored_is_one_cause():
    [cause, *_] = judged("offset-ignored").causes
    assert cause.seen.startswith("offset changes nothing: ")


def test_keys_that_are_refused_everywhere_met_no_cache():
    class Shut(Deployment):
        def is_live(self, key, resource):
            return resource != "quotes"

    assert not any("cache" in cause.seen for cause in judged(Shut()).causes)
