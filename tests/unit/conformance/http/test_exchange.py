import pytest
from oneinvoice_conformance.http.credentials import NOBODY, in_query
from oneinvoice_conformance.http.exchange import NotJSON, Request
from oneinvoice_conformance.http.failure import Failure, FailureKind
from oneinvoice_conformance.records.finder import NoList

from tests.unit.conformance.fakes import VALID, exchange


@pytest.mark.parametrize(
    ("request_", "target"),
    [
        (Request("", NOBODY), "/api/v1"),
        (Request("members", VALID), "/api/v1/members"),
        (
            Request("quotes", VALID, (("limit", "7"), ("status", "a b&c/é"))),
            "/api/v1/quotes?limit=7&status=a%20b%26c%2F%C3%A9",
        ),
        (Request("quotes", VALID, (("status", "\ud800"),)), "/api/v1/quotes?status=%3F"),
    ],
)
def test_target_is_percent_encoded(request_: Request, target: str):
    assert request_.target == target
    assert str(request_) == f"GET {target}"


def test_a_slash_stands_at_the_end_of_the_path_and_makes_no_other_request():
    plain, with_slash = (Request("quotes", VALID, (("limit", "7"),), slash=slash) for slash in (False, True))
    assert with_slash.target == "/api/v1/quotes/?limit=7"
    assert str(with_slash) == "GET /api/v1/quotes/?limit=7"
    assert with_slash.canonical_target == plain.canonical_target == plain.target
    assert Request("", NOBODY, slash=True).target == "/api/v1/"
    assert (with_slash, hash(with_slash)) == (plain, hash(plain))


@pytest.mark.parametrize(("query", "before"), [((), "?"), ((("status", "a b"),), "?status=a%20b&")])
def test_a_key_in_the_query_is_shown_as_its_variable(query: tuple[tuple[str, str], ...], before: str):
    asked = Request("quotes", in_query("1iv_a&b"), query)
    assert (
        asked.target
        == asked.canonical_target
        == f"/api/v1/quotes{before}"
        + "&".join(f"{name}=$ONEINVOICE_KEY" for name in ("api_key", "key", "access_token", "token"))
    )
    assert asked.secret_target == asked.target.replace("$ONEINVOICE_KEY", "1iv_a%26b")
    assert asked.pairs == (*query, *((name, "$ONEINVOICE_KEY") for name in asked.credential.parameters))


def test_equal_requests_are_one_request():
    assert Request("members", VALID, (("limit", "1"),)) == Request("members", VALID, (("limit", "1"),))
    assert Request("members", VALID) != Request("members", NOBODY)


def test_a_credential_shows_no_secret():
    assert VALID.authorization
    assert VALID.authorization not in repr(VALID)


def test_headers_are_found_in_any_case_and_the_first_counts():
    answer = exchange(headers=(("ALLOW", "GET"), ("allow", "HEAD")))
    assert answer.header("Allow") == "GET"
    assert answer.header("Retry-After") is None


@pytest.mark.parametrize("body", [b"", b"<html>", b"[1,]", b"[NaN]", b"[-Infinity]", b"\xff\xfe\xfd", b"[" * 100_000])
def test_what_is_not_json_says_why(body: bytes):
    with pytest.raises(NotJSON, match=r"\w"):
        exchange(body).json()


@pytest.mark.parametrize(
    "body", [b"null", b' {"a": [1.5]} ', '["\u00e5"]'.encode(), b"\xef\xbb\xbf[]", '["é"]'.encode("utf-16")]
)
def test_json_in_each_of_its_encodings(body: bytes):
    exchange(body).json()


def test_outcome_is_the_status_or_what_stood_in_its_place():
    assert exchange(status=503).outcome == "503"
    assert exchange(status=0, error=Failure(FailureKind.BROKEN, "connection failed")).outcome == "connection failed"
    assert str(exchange(status=404)) == "GET /api/v1/members with the primary key: 404"


def test_a_body_in_another_encoding_is_told_so():
    with pytest.raises(NotJSON, match="it is not UTF-8, as JSON has to be"):
        exchange('[{"name": "Bødker"}]'.encode("latin-1")).json()


@pytest.mark.parametrize("number", ["9" * 5_000, "-" + "9" * 5_000, "1e400", "-1.5E+999"])
def test_a_number_may_be_larger_than_any_that_is_calculated_with(number: str):
    answer = exchange(f'[{{"id": {number}}}, {{"id": {number}0}}]'.encode())
    assert [record["id"] for record in answer.records()] == [number, f"{number}0"]
    assert len(set(answer.identities)) == len(set(answer.texts)) == 2


def test_what_is_nested_very_deeply_is_looked_at():
    deep = b"[" * 100_000 + b"]" * 100_000
    with pytest.raises(NoList, match="the answer's list holds something other than objects"):
        exchange(b'{"data": ' + deep + b"}").records()
    assert exchange(b'{"data": [{"id": 1}], "tree": ' + deep + b"}").identities == ["id 1"]


def test_a_long_answer_is_no_other_answer(monkeypatch: pytest.MonkeyPatch):
    body = {"members": [{"id": number, "status": "active"} for number in range(1_500)]}
    whole, long = exchange(body), exchange(body)
    assert (whole.listing.count, whole.listing.is_whole, whole.serves_list) == (1_500, True, True)
    monkeypatch.setattr("oneinvoice_conformance.records.listing.WHOLE", 1_000)
    assert (long.listing.count, long.listing.is_whole, long.serves_list) == (1_500, False, True)
    assert long.records() == whole.records()[:1_000]
