"""What is not served, for all requests of an endpoint, for those with a query, or for whoever has no valid key."""

from __future__ import annotations

import gzip

import pytest
from oneinvoice_conformance.model.outcome import Outcome
from oneinvoice_conformance.model.scope import Scope
from werkzeug.wrappers import Request, Response

from tests.miniatures import FREE, Deployment
from tests.miniatures.deployment import RESOURCES, Abort
from tests.unit.conformance.engine.causes.judging import ROWS, judged

ORG = ["ORG-1", "ORG-2", "ORG-3"]
QUO = ["QUO-2", "QUO-3", "QUO-4", "QUO-5"]


class QuotesWith(Deployment):
    """What was served of quotes has other bytes for its body."""

    def __init__(self, body: bytes) -> None:
        super().__init__()
        self.body = body

    def list_records(self, request: Request, resource: str) -> Response:
        response = super().list_records(request, resource)
        if resource == "quotes" and response.status_code == 200:
            response.data = self.body
        return response


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"", "the body is empty; have it hold the JSON"),
        (b"while(1);[]", "it begins with while(1);, which JSON has not"),
    ],
)
def test_what_only_says_that_it_is_json_is_told_with_the_reason_why_it_is_none(body: bytes, told: str):
    [cause] = judged(QuotesWith(body)).causes
    assert f"with 200 and application/json that is no JSON ({told}" in cause.seen
    assert cause.remedy == "have it answer with JSON alone"


@pytest.mark.parametrize(
    ("body", "told", "remedy"),
    [
        (gzip.compress(b"[]", mtime=0), "it is compressed by gzip, beyond what its", "have what compresses it "),
        (b'[{"id": nu', "it ends in the middle of a value", "see what cuts the body: a Content-Length that is too "),
    ],
)
def test_what_is_packed_or_cut_is_no_page_to_log_in_at(body: bytes, told: str, remedy: str):
    [cause] = judged(QuotesWith(body)).causes
    assert told in cause.seen
    assert cause.remedy.startswith(remedy)


class Refusing(Deployment):
    """Quotes that `concerns` picks by their request have another answer than their list."""

    def list_records(self, request: Request, resource: str) -> Response:
        response = super().list_records(request, resource)
        concerned = resource in self.where and response.status_code == 200 and self.concerns(request)
        return self.other(request) if concerned else response

    where: tuple[str, ...] = ("quotes",)

    def concerns(self, request: Request) -> bool:
        return bool(request.args)

    def other(self, request: Request) -> Response:
        return self.error(404, "There is no such page.")


class QueryLost(Refusing):
    """Quotes with a query redirect to quotes with a slash and no query, as without a query they redirect with it."""

    def other(self, request: Request) -> Response:
        return Response(status=308, headers={"Location": f"{request.path}/"})


class EveryQueryLost(QueryLost):
    """So do members and invoices."""

    where = RESOURCES


class FilterNotFound(Refusing):
    """Quotes with a status are not found."""

    def concerns(self, request: Request) -> bool:
        return "status" in request.args


class FilterWithoutBody(FilterNotFound):
    """Quotes with a status are 200 and JSON by its type, without a body."""

    def other(self, request: Request) -> Response:
        return Response(b"", content_type="application/json")


class TenantWanted(Refusing):
    """Quotes want a header that nobody documented, and get 400 without it."""

    def concerns(self, request: Request) -> bool:
        return True

    def other(self, request: Request) -> Response:
        return self.error(400, "X-Tenant is missing.")


class QuotesCreated(TenantWanted):
    """Quotes are served with 201."""

    def other(self, request: Request) -> Response:
        return self.render([], 201)


@pytest.mark.parametrize(
    ("miniature", "least", "told"),
    [
        (QueryLost, [*ORG, *QUO], "quotes is served, but with a query each of"),
        (QueryLost, [*ORG, *QUO], "redirects, as to /api/v1/quotes/, as GET /api/v1/quotes?"),
        (
            EveryQueryLost,
            [*ORG, "MEM-5", *QUO],
            "members, GET /api/v1/quotes and GET /api/v1/invoices are served, but with",
        ),
        (FilterNotFound, ["ORG-2", "QUO-2"], "but with the parameter status each of"),
        (FilterWithoutBody, ["ORG-2", "QUO-2"], "gets 200 and application/json that is no JSON (the body is empty"),
        ("pending-is-teapot", ["ORG-2", "MEM-5", "MEM-7", "MEM-8", "ERR-2"], "served, but with status=pending each of"),
        (
            "second-page-forbidden",
            [*ORG, "MEM-5", "ERR-2"],
            "is served, but 3 of 13 requests with a valid key get 403",
        ),
        (TenantWanted, [*ORG, *QUO], "requests with a valid key with 400"),
        (QuotesCreated, [*ORG, *QUO], "requests with a valid key with 201"),
    ],
)
def test_what_is_left_open_has_its_cause_named(miniature: type[Deployment] | str, least: list[str], told: str):
    report = judged(miniature if isinstance(miniature, str) else miniature())
    [cause] = report.causes
    assert set(cause.requirements) >= set(least)
    assert told in cause.seen
    outcomes = {result.requirement.id: result.outcome for result in report.results}
    assert Outcome.INCONCLUSIVE in {outcomes[id] for id in least}


class LedToLogin(Deployment):
    """Whoever has no valid key is led from invoices to a login."""

    def refuse(self, reason: str, resource: str) -> Response:
        if resource == "invoices":
            return Response(status=302, headers={"Location": "/login?next=/api/v1/invoices"})
        return super().refuse(reason, resource)


def test_what_stands_in_the_place_of_401_is_one_cause_of_the_rows_that_it_fails():
    [cause] = judged(LedToLogin()).causes
    assert {"AUTH-1", "AUTH-2", "AUTH-3", "AUTH-5"} <= set(cause.requirements)
    assert "GET /api/v1/invoices answers 302 to /login in the place of 401" in cause.seen
    assert cause.remedy.endswith("lead to a page to log in at only browsers that ask for pages")


def test_a_served_row_is_none_of_what_another_refusal_explains():
    class OpenAndForbidden(LedToLogin):
        def authenticate(self, request: Request, resource: str) -> str:
            try:
                return super().authenticate(request, resource)
            except Abort:
                if resource == "quotes" and "Authorization" not in request.headers:
                    return self.keys["primary"].organisation
                raise

    report = judged(OpenAndForbidden(), scope=Scope.parse(ROWS, "AUTH", None))
    [cause] = report.causes
    assert "AUTH-1" not in cause.requirements
    assert {"AUTH-2", "AUTH-3", "AUTH-5"} <= set(cause.requirements)


class EmptyOrganisation(Deployment):
    """The organisation of the key has no records, and another has some."""

    def select(self, query):
        return [] if query.organisation == self.keys["primary"].organisation else super().select(query)


def test_an_empty_organisation_is_the_one_cause_of_what_it_leaves_open():
    report = judged(EmptyOrganisation())
    [cause] = report.causes
    assert cause.seen == "The organisation has 0 members, no quotes and no invoices, too few to judge by"
    assert cause.remedy == (
        "create members, until 201 have one status and 51 each of the others, some quotes and some invoices"
    )
    undecided = {result.requirement.id for result in report.results if result.outcome is Outcome.INCONCLUSIVE}
    assert set(cause.requirements) == undecided
    assert {*ORG, "MEM-2", "MEM-8", *QUO, "INV-5"} <= set(cause.requirements)


def test_what_compares_with_another_organisation_that_is_empty_too_is_not_explained_by_this_one():
    class NothingAnywhere(Deployment):
        def select(self, query):
            return []

    [cause] = judged(NothingAnywhere()).causes
    assert not {"ORG-1", "ORG-2", "ORG-3"} & set(cause.requirements)


def test_of_a_small_organisation_only_what_it_has_too_few_of_is_named():
    [cause] = judged("twelve-members").causes
    assert cause.seen == "The organisation has 12 members, too few to judge by"
    assert not set(ORG) & set(cause.requirements)


@pytest.mark.parametrize(
    "name",
    [
        "quotes-behind-a-bad-gateway",
        "quotes-in-maintenance",
        "quotes-behind-a-firewall",
        "quotes-behind-an-api-gateway",
        "quotes-behind-a-challenge",
        "quotes-behind-a-password",
    ],
)
def test_a_gateway_before_one_endpoint_is_one_cause(name: str):
    report = judged(FREE[name].deployment())
    [cause] = report.causes
    open_rules = [result.requirement.id for result in report.results if result.outcome is Outcome.INCONCLUSIVE]
    assert list(cause.requirements) == open_rules
    assert set(open_rules) >= {"AUTH-1", "AUTH-6", *ORG, "QUO-1", *QUO}
