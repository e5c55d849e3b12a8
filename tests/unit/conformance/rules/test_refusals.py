"""Records in the body of a refusal: which ones prove a leak, where they stand, and what is none of them."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from oneinvoice_conformance.model.finding import Finding
from oneinvoice_conformance.model.outcome import Outcome
from oneinvoice_conformance.records.shown import KnownRecords
from oneinvoice_conformance.rules import RULES
from oneinvoice_conformance.session.rule_context import Depth, RuleContext
from werkzeug.wrappers import Response

from tests.miniatures import FAULTS, FREE, Deployment
from tests.miniatures.data import PRIMARY, Record
from tests.miniatures.deployment import ListQuery
from tests.unit.conformance.browsing import browsed, ids, reason, replayed
from tests.unit.conformance.fakes import KEYS, NAMES, InProcess, judged_thoroughly

Tell = Callable[["Telling", list[Any]], Any]


class Telling(Deployment):
    """Refuses members with what `tell` makes of the first of them."""

    shown = 3
    status = 401
    kind = "application/json"
    among: str | None = None

    def __init__(self, tell: Tell, **attributes: Any) -> None:
        super().__init__()
        self._tell = tell
        for name, value in attributes.items():
            setattr(self, name, value)

    def refuse(self, reason: str, resource: str) -> Response:
        if resource != "members":
            return super().refuse(reason, resource)
        query = ListQuery(resource, PRIMARY, status=self.among)
        body = self._tell(self, [self.represent(record, query) for record in self.select(query)[: self.shown]])
        text = body if isinstance(body, str) and self.kind != "application/json" else json.dumps(body)
        return Response(text, self.status, content_type=self.kind)


def found(deployment: Deployment, id: str = "AUTH-1", keys: dict[str, str] = KEYS) -> Finding:
    return judged_thoroughly(id, deployment, keys)


@pytest.mark.parametrize("status", [401, 400, 403, 404, 500, 302])
def test_records_fail_whatever_status_a_refusal_has(status: int) -> None:
    finding = found(Telling(lambda _, items: {"items": items}, status=status))
    assert (finding.outcome, finding.certain) == (Outcome.FAILED, True)
    assert (
        f"GET /api/v1/members with no credentials got {status}, and its body shows 3 of the members" in finding.reason
    )
    assert finding.mismatch
    assert finding.mismatch.pointer == "/items/0"
    assert finding.mismatch.expected == "an error without anything of an organisation"
    assert "@" in finding.mismatch.seen


@pytest.mark.parametrize(
    ("tell", "kind", "pointer"),
    [
        (lambda _, items: items, "application/json", "/0"),
        (lambda _, items: {"error": {"first": items[0]}}, "application/json", "/error/first"),
        (lambda _, items: {"a/b": [{"node": items[0]}]}, "application/json", "/a~1b/0/node"),
        (lambda _, items: json.dumps(items), "application/json", ""),
        (lambda _, items: {"trace": json.dumps(items)}, "application/json", "/trace"),
        (lambda _, items: {"trace": f"rows={items}"}, "application/json", "/trace"),
        (lambda _, items: {"rows": [list(item.values()) for item in items]}, "application/json", "/rows/0/2"),
        (lambda _, items: "".join(f"<td>{item['email']}" for item in items), "text/html", ""),
        (lambda _, items: "".join(f"<td>{item['email'].replace('@', '&#64;')}" for item in items), "text/html", ""),
        (lambda _, items: "\n".join(";".join(map(str, item.values())) for item in items), "text/csv", ""),
        (lambda _, items: f")]}}',\n{json.dumps(items)}", "text/plain", ""),
    ],
)
def test_records_fail_in_whatever_form(tell: Tell, kind: str, pointer: str) -> None:
    finding = found(Telling(tell, kind=kind))
    assert finding.outcome is Outcome.FAILED, finding.reason
    assert finding.mismatch
    assert finding.mismatch.pointer == pointer


class NewestFirst(Telling):
    """Lists active members with the newest first, and all from the oldest on."""

    def order(self, records: list[Record], query: ListQuery) -> list[Record]:
        ordered = super().order(records, query)
        return ordered[::-1] if query.status == "active" else ordered

    def refuse(self, reason: str, resource: str) -> Response:
        is_filtered = "status=active" in self.log[-1].target
        return super().refuse(reason, resource) if is_filtered else Deployment.refuse(self, reason, resource)


def test_records_that_no_answer_had_yet_are_looked_for_with_a_good_key() -> None:
    finding = found(NewestFirst(lambda _, items: {"first": items[0]}, shown=1, among="active"))
    assert finding.outcome is Outcome.FAILED, finding.reason
    assert finding.reason.startswith("GET /api/v1/members?limit=50&offset=0&status=active with no credentials got 401")


@pytest.mark.parametrize(
    "tell",
    [
        lambda _, items: {},
        lambda _, items: [],
        lambda _, items: None,
        lambda _, items: {"items": [], "count": 0},
        lambda _, items: {"message": "no", "status": "active", "id": items[0]["id"]},
        lambda _, items: {"example": {**items[0], "name": "Jane Doe", "email": "jane@doe.example", "joined": "x"}},
        lambda _, items: {"errors": [{"id": each, "status": "401", "title": "No."} for each in range(3)]},
        lambda _, items: {"data": [{"id": each, "status": "401", "title": "No."} for each in range(3)]},
        lambda _, items: {"names": [item["name"] for item in items]},  # of whom there are many
        lambda _, items: {"try": "GET /api/v1/members?limit=50&offset=0&status=active"},
    ],
)
def test_an_error_may_say_what_is_of_no_record(tell: Tell) -> None:
    finding = found(Telling(tell))
    assert finding.outcome is Outcome.PASSED, finding.reason


def test_a_person_to_ask_who_is_a_member_too_leaves_it_open() -> None:
    finding = found(Telling(lambda _, items: {"ask": items[0]["email"]}))
    assert finding.outcome is Outcome.INCONCLUSIVE
    assert "which one of the members has too; see whether it is there to help the caller" in finding.reason
    assert finding.mismatch
    assert finding.mismatch.pointer == "/ask"


def test_a_wrong_status_is_told_before_such_a_doubt() -> None:
    assert found(Telling(lambda _, items: {"ask": items[0]["email"]}, status=403)).outcome is Outcome.FAILED


def test_what_all_records_have_tells_of_the_organisation() -> None:
    class OfOrganisation(Telling):
        def represent(self, record: Record, query: ListQuery) -> Any:
            return {**super().represent(record, query), "organisation": "https://hojskolen.example/"}

    assert found(OfOrganisation(lambda _, items: {"for": items[0]["organisation"]})).outcome is Outcome.PASSED


class Linked(Telling):
    """Records have links to themselves, their list and the documentation, members also who created them."""

    def represent(self, record: Record, query: ListQuery) -> Any:
        by = "support@firm.example" if record.id % 3 == 0 else f"user{record.id}@firm.example"
        here = f"https://api.firm.example/api/v1/{query.resource}"
        links = {"self": f"{here}/{record.id}", "list": here, "docs": "https://docs.firm.example/api"}
        return {**super().represent(record, query), "created_by": by, "links": links}


def problem(*_: Any) -> Any:
    return {"type": "https://docs.firm.example/api", "instance": "https://api.firm.example/api/v1/members"}


def linked_one(tell: Tell, count: int = 1) -> Telling:
    """A deployment whose organisation has so many members."""
    deployment = Linked(tell)
    mine = [each for each in deployment.world.members if each.organisation == PRIMARY]
    deployment.world.members = [each for each in deployment.world.members if each not in mine[count:]]
    return deployment


ONE_KEY = {"primary": KEYS["primary"], "revoked": KEYS["revoked"]}


def test_a_text_that_several_records_have_tells_of_none() -> None:
    finding = found(Linked(lambda *_: {"help": "Write to support@firm.example for a key."}))
    assert finding.outcome is Outcome.PASSED, finding.reason


def test_what_several_records_have_leaves_their_own_texts_telling() -> None:
    finding = found(Linked(lambda _, items: {"rows": [item["created_by"] + item["email"] for item in items]}))
    assert finding.outcome is Outcome.FAILED, finding.reason
    assert "its body shows 3 of the members" in finding.reason


def after_single_records(deployment: Deployment) -> Finding:
    """AUTH-1, after pages of one record alone."""
    context = RuleContext(InProcess(deployment, ONE_KEY), NAMES, depth=Depth.EXTENDED)
    for offset in range(5):
        context.send(context.request("members", limit="1", offset=str(offset)))
    return RULES["AUTH-1"].judge(context)


def test_links_that_all_have_are_of_none_where_pages_have_one_record() -> None:
    finding = after_single_records(Linked(problem))
    assert finding.outcome is Outcome.PASSED, finding.reason


def test_of_pages_with_one_record_their_own_texts_tell() -> None:
    finding = after_single_records(Linked(lambda _, items: {"trace": f"rows={[item['email'] for item in items]}"}))
    assert finding.outcome is Outcome.FAILED, finding.reason


@pytest.mark.parametrize("count", [1, 2])
def test_few_records_do_not_tell_what_all_would_have(count: int) -> None:
    def tell(_: Telling, items: list[Any]) -> Any:
        return {"self": items[0]["links"]["self"], "by": items[0]["created_by"]}

    finding = found(linked_one(tell, count), keys=ONE_KEY)
    assert finding.outcome is Outcome.INCONCLUSIVE, finding.reason
    assert found(linked_one(lambda _, items: items[0], count), keys=ONE_KEY).outcome is Outcome.FAILED
    assert found(linked_one(problem), keys=ONE_KEY).outcome is Outcome.INCONCLUSIVE


def test_the_records_of_another_organisation_tell_what_all_have() -> None:
    assert found(linked_one(problem)).outcome is Outcome.PASSED
    finding = found(linked_one(lambda _, items: {"self": items[0]["links"]["self"]}))
    assert finding.outcome is Outcome.INCONCLUSIVE, finding.reason


def test_texts_within_one_another_count_once() -> None:
    class Nested(Linked):
        def represent(self, record: Record, query: ListQuery) -> Any:
            return {**super().represent(record, query), "pdf": f"{query.resource}/{record.id}/sheet.pdf"}

    finding = found(Nested(lambda _, items: {"missing": f"https://x.example/{items[0]['pdf']}", "of": "sheet.pdf"}))
    assert finding.outcome is Outcome.INCONCLUSIVE, finding.reason

    class Twice(Linked):
        def represent(self, record: Record, query: ListQuery) -> Any:
            item = super().represent(record, query)
            return item | {"pdf": f"{item['links']['self']}/sheet.pdf"}

    finding = found(Twice(lambda _, items: {"a": items[0]["pdf"], "b": items[0]["links"]["self"]}))
    assert finding.outcome is Outcome.INCONCLUSIVE, finding.reason


class SeenNow(Telling):
    """Members have a link of their own in each answer."""

    count = 0

    def represent(self, record: Record, query: ListQuery) -> Any:
        self.count += 1
        return {**super().represent(record, query), "avatar": f"https://cdn.firm.example/{self.count}?sig=ab"}


def test_one_record_in_several_forms_is_one() -> None:
    deployment = SeenNow(lambda _, items: {"ask": items[0]["email"]})
    context = RuleContext(InProcess(deployment, KEYS), NAMES, depth=Depth.EXTENDED)
    for limit in ("50", "49", "48", "47"):
        context.send(context.request("members", limit=limit))
    assert RULES["AUTH-1"].judge(context).outcome is Outcome.INCONCLUSIVE
    finding = found(SeenNow(lambda _, items: {"trace": f"rows={[item['email'] for item in items]}"}))
    assert finding.outcome is Outcome.FAILED, finding.reason
    assert "its body shows 3 of the members" in finding.reason


def test_endpoints_with_names_as_records_have_are_none() -> None:
    def endpoints(*_: Any) -> Any:
        names = ("members", "quotes", "invoices")
        return [
            {"name": each, "status": "stable", "created": "2024-01-01", "path": f"/api/v1/{each}"} for each in names
        ]

    assert found(Telling(endpoints)).outcome is Outcome.PASSED


def test_long_refusals_that_differ_in_a_number_are_looked_through_once(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[Any] = []
    shown_in = KnownRecords.shown_in
    monkeypatch.setattr(KnownRecords, "shown_in", lambda self, value: looked.append(value) or shown_in(self, value))
    assert found(ErrorPages()).outcome is Outcome.PASSED
    assert len(looked) == 3  # endpoints


class ErrorPages(Deployment):
    """Refusals are long pages with the number of the request."""

    count = 0

    def refuse(self, reason: str, resource: str) -> Response:
        self.count += 1
        return Response(f"<html>{self.count}" + "<p>lorem ipsum" * 6500, 401, content_type="text/html")


def test_many_texts_are_looked_through_at_once() -> None:
    page = [{"id": n, "email": f"member{n}@firm.example", "token": f"q-{n:x}-token"} for n in range(4000)]
    known = KnownRecords("members", [("key", page)])
    trace = [f"vendor/framework/src/file{n}.php line {n}" for n in range(1500)]
    before = time.process_time()
    assert known.shown_in({"trace": trace}) is None
    assert time.process_time() - before < 1  # texts times records took many seconds
    shown = known.shown_in({"trace": [*trace, "member17@firm.example q-11-token"]})
    assert shown
    assert shown.is_proven
    assert shown.place == "member17@firm.example q-11-token"
    assert shown.seen == {"email": "member17@firm.example", "token": "q-11-token"}


def test_what_two_organisations_have_alike_is_still_found() -> None:
    pages = [
        (key, [{"id": f"{key}{n}", "email": f"demo{n}@firm.example"} for n in range(4)]) for key in ("one", "another")
    ]
    shown = KnownRecords("members", pages).shown_in("demo0@firm.example, demo1@firm.example, demo2@firm.example")
    assert shown
    assert (shown.is_proven, shown.count) == (True, 3)


def test_tokens_are_named_and_not_shown() -> None:
    class Quotes(Deployment):
        def refuse(self, reason: str, resource: str) -> Response:
            rows = [self.represent(each, ListQuery("quotes", PRIMARY)) for each in self.world.quotes[:4]]
            return self.render({"rows": [{**each, "id": 0} for each in rows]}, 401)

    deployment = Quotes()
    finding = found(deployment)
    assert finding.outcome is Outcome.FAILED
    assert finding.mismatch
    assert '"public_token":"…"' in finding.mismatch.seen
    assert not any(each.public_token in finding.mismatch.seen + finding.reason for each in deployment.world.quotes)


def strangers(_: Telling, items: list[Any]) -> Any:
    other = {"name": "Somebody Else", "joined": "2020-02-02"}
    return {"items": [item | other | {"id": f"s-{n}", "email": f"{n}@x.example"} for n, item in enumerate(items)]}


def test_records_that_no_key_lists_leave_it_open() -> None:
    finding = found(Telling(strangers))
    assert finding.outcome is Outcome.INCONCLUSIVE
    assert "holds 3 objects like records, which no key of this run lists; see whose they are" in finding.reason


def test_one_of_them_may_be_an_example() -> None:
    assert found(Telling(strangers, shown=1)).outcome is Outcome.PASSED


def test_without_a_key_nothing_tells_whether_they_are_records() -> None:
    finding = found(Telling(lambda _, items: items), keys={})
    assert finding.outcome is Outcome.INCONCLUSIVE
    assert finding.reason.endswith("give a key with --key to tell whether they are")


@pytest.mark.parametrize("name", [name for name in FAULTS if name.startswith(("refusal-", "malformed-request-"))])
def test_a_fault_is_told_with_its_place(name: str) -> None:
    finding = found(FAULTS[name].deployment(), FAULTS[name].rule)
    assert (finding.outcome, finding.certain) == (Outcome.FAILED, True)
    assert "its body shows" in finding.reason
    assert finding.mismatch
    assert finding.mismatch.seen


@pytest.mark.parametrize("id", ["AUTH-1", "AUTH-2", "AUTH-3", "AUTH-4", "AUTH-5"])
@pytest.mark.parametrize("name", [name for name in FREE if name.startswith("errors-")])
def test_no_form_of_errors_is_taken_for_records(name: str, id: str) -> None:
    assert found(FREE[name].deployment(), id).outcome is Outcome.PASSED


def test_a_recording_of_another_client_shows_it_too(tmp_path: Path) -> None:
    deployment = FAULTS["refusal-has-members"].deployment()
    archive = [*browsed(deployment), *browsed(deployment, ["members"], times=1, key=None)]
    report = replayed(tmp_path / "x.har", archive)
    assert ids(report, Outcome.FAILED) == {"AUTH-1"}
    assert "its body shows 50 of the members" in reason(report, "AUTH-1")


class ErrorNowAndThen(Deployment):
    """Every fifth refusal is a database error."""

    count = 0

    def refuse(self, reason: str, resource: str) -> Response:
        self.count += 1
        return self.error(500, "The database is away.") if self.count % 5 == 0 else super().refuse(reason, resource)


@pytest.mark.parametrize("id", ["AUTH-1", "AUTH-2", "AUTH-3", "AUTH-4", "AUTH-5"])
def test_database_errors_among_many_refusals_pass(id: str) -> None:
    finding = found(ErrorNowAndThen(), id)
    assert finding.outcome is Outcome.PASSED, finding.reason
