import pytest
from oneinvoice_conformance.fuzz.freedoms import (
    FREEDOMS,
    SuspicionKind,
    documented_part,
    explanation,
    is_bad,
    is_documented,
)
from oneinvoice_conformance.http.credentials import NOBODY, Credential, Role
from oneinvoice_conformance.http.exchange import Request

from tests.unit.conformance.fakes import VALID, exchange

DAMAGED = Credential(Role.GENERATED, "Bearer x", "Bearer x")


def request(endpoint: str = "members", credential: Credential = VALID, **query: str) -> Request:
    return Request(endpoint, credential, tuple(query.items()), accepts_4xx=True)


def explained(request: Request, status: int, kind: SuspicionKind = SuspicionKind.REFUSED) -> str | None:
    freedom = explanation(exchange(status=status, request=request), kind)
    return freedom.name if freedom else None


TWICE = Request("members", VALID, (("limit", "1"), ("limit", "2")))
WITH_HEADER = Request("members", VALID, headers=(("X-Odd", "1"),))


@pytest.mark.parametrize(
    ("odd", "name"),
    [
        (request(page="2"), "unknown-parameter"),
        (TWICE, "repeated-parameter"),
        (request(limit="0"), "bad-number"),
        (request(limit="201"), "bad-number"),
        (request(limit="1e2"), "bad-number"),
        (request(limit="07"), "bad-number"),
        (request(limit="٣"), "bad-number"),
        (request(limit=""), "bad-number"),
        (request(limit="9" * 5000), "bad-number"),
        (request(offset="-1"), "bad-number"),
        (request(offset=str(2**63)), "bad-number"),
        (request(status="Active"), "unknown-status"),
        (request("quotes", status="draft"), "unknown-status"),
        (request("quotes", limit="5"), "documents-by-pages"),
        (request("invoices", offset="0"), "documents-by-pages"),
        (request(offset="5"), "past-the-end"),
        (WITH_HEADER, "odd-header"),
    ],
    ids=str,
)
def test_a_4xx_for_such_input_is_free(odd: Request, name: str):
    assert {explained(odd, status) for status in (400, 401, 404, 405, 414, 418, 422, 431)} == {name}
    assert not is_documented(odd)
    assert is_bad(odd) is (name != "past-the-end")
    assert explained(odd, 200, SuspicionKind.ODD_SERVED) == name


@pytest.mark.parametrize(
    "good",
    [
        request(limit="1"),
        request(limit="200", offset="0", status="pending"),
        request("quotes", status="accepted"),
        request("invoices", status="paid"),
    ],
    ids=str,
)
@pytest.mark.parametrize("status", [400, 401, 403, 404, 418, 422])
def test_what_is_documented_may_not_be_refused(good: Request, status: int):
    assert is_documented(good)
    assert not is_bad(good)
    assert explained(good, status) is None


@pytest.mark.parametrize("status", [500, 502, 503])
def test_no_freedom_explains_a_crash(status: int):
    for odd in (request(limit="0"), TWICE, WITH_HEADER, request(page="1")):
        assert explained(odd, status, SuspicionKind.CRASHED) is None


def test_no_freedom_explains_too_many_or_an_open_door():
    assert explained(request(limit="201"), 200, SuspicionKind.TOO_MANY) is None
    assert explained(request("quotes", NOBODY, limit="5"), 200, SuspicionKind.OPEN) is None
    assert explained(request("quotes", DAMAGED, limit="5"), 204, SuspicionKind.OPEN) is None


def test_a_429_tells_nothing():
    assert {explained(request(limit="1"), 429, kind) for kind in SuspicionKind} == {"throttled"}


@pytest.mark.parametrize("status", [302, 400, 403, 422])
@pytest.mark.parametrize("credential", [NOBODY, DAMAGED])
def test_without_a_key_any_refusal_will_do(credential: Credential, status: int):
    assert explained(request(credential=credential, limit="0"), status) == "refused-without-key"


@pytest.mark.parametrize("status", [204, 206, 301, 304])
def test_another_success_or_a_redirect_is_no_error(status: int):
    assert explained(request(limit="1"), status) == "no-error"


def test_a_long_address_may_be_refused_in_any_shape():
    long = request(limit="0", x="y" * 3000)
    assert explained(Request("members", VALID, (("status", "a" * 3000),)), 414) == "unknown-status"
    assert explained(long, 414, SuspicionKind.INVALID) == "unreadable"
    assert explained(long, 404, SuspicionKind.INVALID) is None
    assert explained(request(limit="0"), 400, SuspicionKind.INVALID) is None


def test_the_documented_part_of_a_request():
    mixed = Request("invoices", VALID, (("status", "paid"), ("limit", "7"), ("x", "y")), headers=(("X-Odd", "1"),))
    assert documented_part(mixed) == Request("invoices", VALID, (("status", "paid"),))
    assert documented_part(request(limit="7", offset="3", status="none")) == request(limit="7")


def test_each_freedom_has_a_name_of_its_own_and_a_reason():
    assert len({freedom.name for freedom in FREEDOMS}) == len(FREEDOMS)
    assert all(freedom.reason.endswith(".") for freedom in FREEDOMS)
