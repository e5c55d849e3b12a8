"""AUTH-6: what a valid key gets, and who else than the API may refuse it."""

import pytest
from oneinvoice_conformance.model.outcome import Outcome
from werkzeug.wrappers import Request, Response

from tests.miniatures import FAULTS, FREE, Deployment
from tests.miniatures.data import Record, new_member
from tests.miniatures.deployment import Call, ListQuery
from tests.unit.conformance.fakes import InProcess, judged


@pytest.mark.parametrize(
    ("name", "seen"),
    [
        ("second-key-narrowed", "GET /api/v1/members lists 20 of the members to the primary key, and not to the "),
        ("second-key-narrowed-at-the-end", "GET /api/v1/members?limit=200&offset=400 lists 1 of the members to the "),
        ("first-key-narrowed", "GET /api/v1/invoices lists 100 of the invoices to the sibling key, and not to the "),
    ],
)
def test_two_keys_of_one_organisation_read_the_same(name: str, seen: str) -> None:
    finding = judged("AUTH-6", FREE[name].deployment())
    assert (finding.outcome, finding.reason.startswith(seen)) == (Outcome.INCONCLUSIVE, True), finding.reason


def test_refusals_of_a_gateway_that_asks_for_a_password_are_told_as_such() -> None:
    class Guarded(Deployment):
        def refuse(self, reason: str, resource: str) -> Response:
            if reason != "missing":
                return super().refuse(reason, resource)
            return Response(
                "<h1>401</h1>", 401, {"WWW-Authenticate": 'Basic realm="staging"'}, content_type="text/html"
            )

    finding = judged("AUTH-1", Guarded())
    assert finding.outcome is Outcome.PASSED
    assert finding.reason.endswith("3 of them a page that asks for a password, be it a gateway's in front of the API")


@pytest.mark.parametrize("draw", range(6))
@pytest.mark.parametrize("name", ["ties-at-random", "order-at-random"])
def test_an_order_at_random_narrows_no_key(name: str, draw: int) -> None:
    miniature = FAULTS[name].deployment()
    miniature.log += [Call("GET", "/", "none")] * draw  # which draws another order
    assert judged("AUTH-6", miniature).outcome is Outcome.PASSED


class EverMore(Deployment):
    """Every answer begins with a member who has just come, and those with more than 9 have lost their last one."""

    def page(self, records: list[Record], query: ListQuery) -> list[Record]:
        page = super().page(records, query)
        if query.resource != "members":
            return page
        newest = new_member(10_000 + len(self.log), query.organisation, "active")
        return [newest, *page[:-1]]


def test_a_list_that_changes_meanwhile_is_not_taken_for_that_of_a_narrower_key() -> None:
    assert judged("AUTH-6", EverMore()).outcome is Outcome.PASSED


@pytest.mark.parametrize("name", ["quotes-behind-a-login", "quotes-behind-a-form", "quotes-behind-a-password"])
@pytest.mark.parametrize("id", ["AUTH-1", "AUTH-4", "AUTH-6"])
def test_what_sends_everybody_to_log_in_is_none_of_the_api(id: str, name: str) -> None:
    finding = judged(id, FREE[name].deployment())
    assert finding.outcome is Outcome.INCONCLUSIVE
    assert any(told in finding.reason for told in ("where people log in", "where 401 was due", "password of its own"))


class AnonymousToLogin(Deployment):
    """Quotes send whoever has no good key to a page to log in at."""

    def refuse(self, reason: str, resource: str) -> Response:
        return (
            self.error(302, "Log in.", Location="/login") if resource == "quotes" else super().refuse(reason, resource)
        )


def test_a_login_where_a_valid_key_is_served_is_no_401() -> None:
    assert judged("AUTH-1", AnonymousToLogin()).outcome is Outcome.FAILED


class QuotesElsewhere(Deployment):
    """Gives another answer to the sibling key than the list of quotes."""

    def __init__(self, status: int, location: str = "") -> None:
        super().__init__()
        self.status, self.location = status, location

    def list_records(self, request: Request, resource: str) -> Response:
        if resource == "quotes" and self.name_of_key(request) == "sibling":
            headers = {"Location": self.location} if self.location else {}
            return self.error(self.status, "Come again.", **headers)
        return super().list_records(request, resource)


class Guarded(Deployment):
    """Refuses an address that sent so many wrong keys, whatever it asks for."""

    wrong = 0

    def refuse(self, reason: str, resource: str) -> Response:
        self.wrong += 1
        return super().refuse(reason, resource)

    def route(self, request: Request) -> Response:
        return self.error(403, "Begone.") if self.wrong > 10 else super().route(request)


def test_who_is_banned_for_wrong_keys_was_not_refused_for_the_key() -> None:
    client = InProcess(Guarded())
    for id in ("AUTH-1", "AUTH-2", "AUTH-4", "AUTH-5"):
        judged(id, client)
    finding = judged("AUTH-6", client)
    assert finding.outcome is Outcome.INCONCLUSIVE
    assert "see whether what is in front bans an address that sends wrong keys" in finding.reason


@pytest.mark.parametrize(
    ("deployment", "outcome"),
    [
        (QuotesElsewhere(403), Outcome.FAILED),
        (QuotesElsewhere(502), Outcome.INCONCLUSIVE),
        (QuotesElsewhere(503), Outcome.INCONCLUSIVE),
        (QuotesElsewhere(504), Outcome.INCONCLUSIVE),
        (QuotesElsewhere(302, "/api/v1/members"), Outcome.FAILED),
        (QuotesElsewhere(302, "/maintenance"), Outcome.INCONCLUSIVE),
        (QuotesElsewhere(302, "//eu.example.com/api/v1/members"), Outcome.INCONCLUSIVE),
        (QuotesElsewhere(302, "https://portal.example.com/anmelden"), Outcome.INCONCLUSIVE),
        (QuotesElsewhere(302, "/login"), Outcome.INCONCLUSIVE),
        (QuotesElsewhere(307, "https://eu.example.com/api/v1/quotes"), Outcome.INCONCLUSIVE),
    ],
)
def test_what_a_gateway_says_to_one_key_is_nothing_of_the_key(deployment: Deployment, outcome: Outcome) -> None:
    assert judged("AUTH-6", deployment).outcome is outcome
