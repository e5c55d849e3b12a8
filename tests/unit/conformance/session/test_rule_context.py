import itertools
from dataclasses import replace
from typing import Any

import pytest
from oneinvoice_conformance.documented import MAX_PAGE_SIZE
from oneinvoice_conformance.http.credentials import Role
from oneinvoice_conformance.http.exchange import Request
from oneinvoice_conformance.model.finding import Finding, Undecided
from oneinvoice_conformance.model.outcome import Outcome
from oneinvoice_conformance.session.pages import READ_AT_MOST, SMALL_PAGES_AT_MOST
from oneinvoice_conformance.session.rule_context import Depth, RuleContext, unserved
from werkzeug.wrappers import Request as WSGIRequest
from werkzeug.wrappers import Response

from tests.miniatures import FAULTS, FREE, Deployment
from tests.miniatures.data import PRIMARY, Quote, Record
from tests.miniatures.deployment import ListQuery
from tests.miniatures.freedoms.records import RecordsWithoutId
from tests.miniatures.freedoms.shapes import FixedPagesOf25
from tests.unit.conformance.fakes import KEYS, NAMES, VALID, InProcess, exchange


def context(miniature: Deployment | None = None, keys: dict[str, str] = KEYS) -> RuleContext:
    return RuleContext(InProcess(miniature or Deployment(), keys), NAMES)


def targets(it: RuleContext) -> list[str]:
    """The queries that were sent, in order."""
    return [each.request.target.partition("?")[2] for each in it.client.journal]


class ManyMembers(Deployment):
    """Has members without end."""

    def page(self, records: list[Record], query: ListQuery) -> list[Record]:
        if query.resource != "members":
            return super().page(records, query)
        limit = query.limit or 0
        first = records[0]
        return [type(first)(**{**vars(first), "id": query.offset + index}) for index in range(limit)]


def undecided(action) -> Finding:
    with pytest.raises(Undecided) as raised:
        action()
    return raised.value.finding


@pytest.mark.parametrize(
    ("role", "option"),
    [("primary", "a key with --key"), ("other", "with --other-key"), ("revoked", "with --revoked-key")],
)
def test_a_key_that_was_not_given_is_asked_for(role: str, option: str):
    finding = undecided(lambda: context(keys={}).key(role))
    assert finding.outcome is Outcome.NOT_TESTED
    assert finding.reason.endswith(option)


def test_a_question_leaves_out_what_is_none_and_orders_the_rest():
    asked = context().ask("members", status="active", limit=None, offset=0).request
    assert asked.target == "/api/v1/members?offset=0&status=active"
    assert asked.credential.role is Role.PRIMARY


def test_what_there_is_no_room_for_is_not_asked():
    asked = [Request("members", VALID), Request("quotes", VALID)]
    assert context().ask_if_thorough(asked) == []
    it = RuleContext(InProcess(Deployment()), NAMES, depth=Depth.EXTENDED)
    assert [exchange.request for exchange in it.ask_if_thorough(asked)] == asked
    assert len(it.seen) == 2


def test_the_same_question_costs_one_request():
    it = context()
    assert it.ask("members", limit=7, offset=3) is it.ask("members", offset=3, limit=7)
    assert len(it.client.journal) == 1
    assert len(it.seen) == 2


def test_again_is_a_request_anew():
    it = context()
    first = it.ask("members")
    assert it.ask_again(first) is not first
    assert len(it.client.journal) == 2


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (exchange(b"", 500), "was not served: 500"),
        (exchange(b"<html>"), "gave no list to look at: it begins with '<', as HTML and XML do"),
        (exchange({"a": [{}], "b": [{}]}), "several lists"),
        (exchange(b"", 302, headers=(("Location", "/quotas"),)), "redirects to /quotas, which is not followed"),
        (exchange(b"", 302, headers=(("Location", "/login?next=/"),)), "302 to /login, where people log in"),
    ],
)
def test_what_holds_no_list_is_undecided(answer, reason: str):
    finding = undecided(lambda: context().records(answer))
    assert finding.outcome is Outcome.INCONCLUSIVE
    assert reason in finding.reason


@pytest.mark.parametrize(
    ("status", "error", "passing"),
    [(429, None, True), (503, None, True), (0, "connection broken", True), (403, None, False)],
)
def test_only_what_may_pass_is_worth_a_second_try(status: int, error: str | None, passing: bool):
    finding = unserved(exchange(status=status, error=error))
    assert (finding.outcome, finding.transient) == (Outcome.INCONCLUSIVE, passing)


def test_members_are_read_in_large_pages_and_one_request_past_the_end():
    it = context()
    members = it.read_list("members")
    assert (len(members), members.complete, members.overlaps, members.offset_is_honoured) == (450, True, False, True)
    assert targets(it) == [f"limit=200&offset={n}" for n in (0, 200, 400, 450)]


def test_a_filtered_list_takes_no_request_past_its_end():
    it = context()
    it.read_list("members")
    before = targets(it)
    assert len(it.read_list("members", status="pending")) == 120
    assert targets(it)[len(before) :] == ["limit=200&offset=0&status=pending"]


@pytest.mark.parametrize(
    "name", ["plain", "bare-array", "all-lists-page", "fixed-pages-of-25", "unknown-parameters-bad-request"]
)
def test_quotes_and_invoices_are_read_whole_whether_they_page_or_not(name: str):
    it = context(FREE[name].deployment())
    assert (len(it.read_list("quotes").require_complete()), len(it.read_list("invoices").require_complete())) == (
        60,
        120,
    )


def test_pages_that_offsets_do_not_turn_may_be_a_part():
    quotes = context(FREE["numbered-pages"].deployment()).read_list("quotes")
    assert (len(quotes), quotes.offset_is_honoured) == (25, False)


def test_no_more_than_a_thousand_records_are_read():
    it = context(ManyMembers())
    members = it.read_list("members")
    assert len(members) == READ_AT_MOST
    assert len(it.client.journal) == READ_AT_MOST / MAX_PAGE_SIZE
    reason = undecided(members.require_complete).reason
    assert reason.startswith("1,000 members were read in 5 requests, and there may be more; ")
    assert reason.endswith("read at most 1,000 in 12 requests; use an organisation with fewer members")


def test_a_list_that_grows_with_every_page_ends():
    class Crumbs(ManyMembers):
        def page(self, records: list[Record], query: ListQuery) -> list[Record]:
            return super().page(records, query)[:1] if query.offset else super().page(records, query)

    it = context(Crumbs())
    it.read_list("members")
    assert len(it.client.journal) <= SMALL_PAGES_AT_MOST + 1  # one that tells whether they are cut


def test_small_pages_are_read_in_no_more_than_fifty_requests():
    class Twos(FixedPagesOf25):
        def page(self, records: list[Record], query: ListQuery) -> list[Record]:
            return records[query.offset :][:2]

    invoices = context(Twos()).read_list("invoices")
    assert undecided(invoices.require_complete).reason.startswith(
        "100 invoices were read in 50 requests, and there may be more; rules on whole lists read at most 1,000 in 50 "
    )


class SmallPages(ManyMembers):
    """A page holds 20 members at most."""

    max_limit = 20


def test_a_thousand_members_are_read_in_pages_of_20():
    assert len(context(SmallPages()).read_list("members")) == READ_AT_MOST


class Long(Deployment):
    """Has 1,200 quotes, on one page."""

    def page(self, records: list[Record], query: ListQuery) -> list[Record]:
        if query.resource != "quotes":
            return records
        return [replace(record, id=10_000 * turn + record.id) for turn in range(20) for record in records]


def test_a_list_that_is_long_but_not_paged_is_read_whole_in_one_request_more():
    it = context(Long())
    quotes = it.read_list("quotes").require_complete()
    assert (len(quotes), quotes.complete) == (1_200, True)
    assert 0 < len(it.read_list("quotes", status="accepted").require_complete()) < 1_200
    asked = [each.request.canonical_target for each in it.client.journal if each.request.credential == it.key()]
    assert asked == ["/api/v1/quotes", "/api/v1/quotes?offset=1200", "/api/v1/quotes?status=accepted"]


def test_a_long_list_with_other_ids_each_time_is_not_said_to_be_whole():
    class Anew(Long):
        def quote(self, quote: Quote) -> dict[str, Any]:
            return {**super().quote(quote), "id": next(self.ids)}

        ids = itertools.count()

    assert undecided(context(Anew()).read_list("quotes").require_complete).reason.startswith(
        "2,400 quotes were read in 2 requests, and"
    )


def test_records_that_look_just_like_another_are_counted_and_leave_the_list_undecided():
    members = context(FREE["names-alone"].deployment()).read_list("members")
    assert (members.count, members.complete, members.overlaps) == (450, True, False)
    assert len(members) == 450 - members.indistinguishable < 450
    assert (
        f"{members.indistinguishable} of 450 records are just like another"
        in undecided(members.require_complete).reason
    )


def test_records_that_are_ever_new_are_not_said_to_go_on():
    class EverNew(RecordsWithoutId):
        def represent(self, record: Record, query: ListQuery) -> Any:
            return {**super().represent(record, query), "link": f"/signed/{len(self.log)}"}

    quotes = context(EverNew()).read_list("quotes")
    assert len(quotes.pages) == 12
    assert "show another 'link' in another answer" in undecided(quotes.require_complete).reason


def test_overlapping_pages_are_told_and_each_record_kept_once():
    class Overlapping(Deployment):
        def page(self, records: list[Record], query: ListQuery) -> list[Record]:
            return records[max(0, query.offset - 1) :][: query.limit] if query.resource == "members" else records

    members = context(Overlapping()).read_list("members")
    assert members.overlaps
    assert len(members) == 450


def test_records_of_the_other_organisation_are_left_out():
    class Leaking(Deployment):
        def scope(self, records: list[Record], query: ListQuery) -> list[Record]:
            return records if query.organisation == PRIMARY else super().scope(records, query)

    it = context(Leaking())
    mixed = it.read_list("quotes").records
    assert len(mixed) == 72
    assert len(it.without_others("quotes", mixed)) == 60
    alone = context(Leaking(), {"primary": KEYS["primary"]})
    assert len(alone.without_others("quotes", mixed)) == 72


def test_a_stranger_with_an_id_that_is_taken_is_kept_beside_the_list():
    it = context(FAULTS["stranger-among-counted-ids"].deployment())
    invoices = it.read_list("invoices")
    assert (len(invoices), len(invoices.by_text)) == (120, 121)
    left = it.without_others("invoices", list(invoices.by_text.values()))
    assert len(left) == 119, "the first of each is listed to both"


def test_readings_of_the_same_data_have_one_fingerprint():
    it, later, other = context(), context(FREE["unpaged-order-varies"].deployment()), context()
    for each in (it, later):
        each.read_list("quotes")
    other.read_list("invoices")
    assert it.fingerprint() == later.fingerprint() != other.fingerprint()


def test_what_is_past_the_end_may_be_refused():
    for name in ("past-the-end-not-found", "past-the-end-bad-request"):
        assert len(context(FREE[name].deployment()).read_list("members").require_complete()) == 450


def test_a_page_that_fails_in_the_middle_is_undecided():
    class Broken(Deployment):
        def list_records(self, request: WSGIRequest, resource: str) -> Response:
            return self.error(503, "no") if "offset=200" in request.url else super().list_records(request, resource)

    assert undecided(lambda: context(Broken()).read_list("members")).transient


def test_discovery_is_asked_without_credentials():
    asked = context().discover().request
    assert asked == Request("", asked.credential)
    assert asked.credential.authorization is None
    assert VALID.authorization is not None
