import pytest
from oneinvoice_conformance.http.exchange import Exchange, Request
from oneinvoice_conformance.http.redirect import (
    adds_slash,
    advice,
    base_of,
    destination,
    keeps_path,
    leads_to,
    leads_to_login,
    leads_within,
    leaves_version,
    location_of,
    moves_endpoint,
)

from tests.unit.conformance.fakes import VALID, exchange

URL = "http://deployment.example/base/api/v1/members"


@pytest.mark.parametrize(
    ("url", "location"),
    [
        (URL, "/base/api/v1/members/"),
        (URL, "members/"),
        (URL, " http://deployment.example/base/api/v1/members/ "),
        (URL, "http://DEPLOYMENT.example:80/base/api/v1/members/"),
        (URL, "//deployment.example/base/api/v1/members/"),
        ("https://[::1]:443/api/v1", "https://[::1]/api/v1/"),
        (f"{URL}?status=a%20b&limit=", "/base/api/v1/members/?status=a+b&limit="),
    ],
)
@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_the_same_address_with_a_slash(url: str, location: str, status: int):
    assert adds_slash(url, status, [("Content-Type", "text/html"), ("location", location)])


@pytest.mark.parametrize(
    ("url", "location"),
    [
        (URL, "https://deployment.example/base/api/v1/members/"),
        (URL, "http://deployment.example:8080/base/api/v1/members/"),
        (URL, "http://deployment.example.org/base/api/v1/members/"),
        (URL, "http://deployment.example@elsewhere.example/base/api/v1/members/"),
        (URL, "http://deployment.example:port/base/api/v1/members/"),
        (URL, "//[/base/api/v1/members/"),
        (URL, "/api/v1/members/"),
        (URL, "/base/api/v1/members"),
        (URL, "/base/api/v1/members//"),
        (f"{URL}/", "/base/api/v1/members"),
        (URL, "/base/api/v2/members/"),
        (URL, "/base/api/v1/members/?page=1"),
        (f"{URL}?limit=5", "/base/api/v1/members/"),
        (URL, ""),
    ],
)
def test_another_address(url: str, location: str):
    assert not adds_slash(url, 308, [("Location", location)])


@pytest.mark.parametrize("status", [200, 201, 300, 303, 304, 404, 503])
def test_another_status(status: int):
    assert not adds_slash(URL, status, [("Location", f"{URL}/")])


@pytest.mark.parametrize(
    ("location", "is_within"),
    [
        ("/base/api/v1/quotes", True),
        ("/api", True),
        ("/base/api/v1/members", False),
        ("/login", False),
        ("//eu.deployment.example/api/v1/quotes", False),
        ("https://[/api/v1/quotes", False),
        ("quotes", False),
        ("", False),
    ],
)
def test_another_path_of_the_api(location: str, is_within: bool):
    redirect = exchange(status=302, headers=(("Location", location),), request=Request("members", VALID))
    assert leads_within(redirect) is is_within


def test_no_location():
    assert not adds_slash(URL, 301, [])


@pytest.mark.parametrize(
    ("location", "path", "leaves"),
    [
        ("/login", "/login", True),
        ("/api/v2/quotes", "/api/v2/quotes", True),
        ("/login?next=/api/v1/quotes", "/login", True),
        ("/v1/quotes", "/v1/quotes", True),
        ("../v2/quotes", "/api/v2/quotes", True),
        ("http://[", "", True),
        ("https://api.example/eu/api/v1/quotes/", "/eu/api/v1/quotes", False),
        ("members", "/api/v1/members", False),
        ("?status=accepted", "/api/v1/quotes", False),
        ("/api/v1", "/api/v1", False),
    ],
)
def test_where_a_redirect_leads(location: str, path: str, leaves: bool):
    redirect = exchange(status=302, request=Request("quotes", VALID), headers=(("Location", location),))
    assert (leads_to(redirect), leaves_version(redirect)) == (path, leaves)


@pytest.mark.parametrize(
    ("location", "moves"),
    [
        ("/api/v2/quotes", True),
        ("https://old.example/Quotes.json?page=1", True),
        ("/api/v1/quotes/", False),
        ("/login/quotes", False),
        ("/accounts/sign_in?next=/quotes", False),
        ("/", False),
    ],
)
def test_a_redirect_to_the_endpoint_elsewhere(location: str, moves: bool):
    request = Request("quotes", VALID)
    assert moves_endpoint(exchange(status=302, request=request, headers=(("Location", location),))) is moves


def test_an_answer_that_leads_nowhere():
    assert leads_to(exchange(status=302)) == ""
    assert not leaves_version(exchange(status=302))
    assert not leaves_version(exchange(status=201, headers=(("Location", "/elsewhere"),)))


def redirect(location: str, status: int = 302) -> Exchange:
    return exchange(b"", status, headers=(("Location", location),))


def test_a_redirect_keeps_the_path():
    for same in ("http://internal:8000/api/v1/members/", "/api/v1/members", "members/?a=b"):
        assert keeps_path(redirect(same))
    for other in ("https://deployment.example/login", "/login", ""):
        assert not keeps_path(redirect(other))
    assert not keeps_path(redirect("http://internal:8000/api/v1/members/", 200))


def test_a_redirect_tells_the_base_that_serves_it():
    base = "http://deployment.example/base"
    assert base_of(base, redirect("https://deployment.example/api/v1/members/")) == "https://deployment.example"
    assert base_of(base, redirect("/other/api/v1/members?a=b")) == "http://deployment.example/other"
    assert destination(base, redirect("/login?state=secret")) == "http://deployment.example/login"
    assert destination(base, redirect("//[/login?state=secret")) == "//[/login"


@pytest.mark.parametrize(
    "location",
    ["/login", "/accounts/sign-in/", "https://sso.example/x", "https://x.example/oauth2/authorize", "/auth"],
)
def test_an_address_calls_itself_a_login(location: str):
    assert leads_to_login(redirect(location))


@pytest.mark.parametrize("location", ["/welcome", "/authors", "/api/v1/members/", "https://blog.example/?next=/login"])
def test_an_address_does_not_call_itself_a_login(location: str):
    assert not leads_to_login(redirect(location))


@pytest.mark.parametrize(
    ("location", "words"),
    [
        ("https://backend:8000/base/api/v1/members/?limit=7", "https://backend:8000 is what the service takes for its"),
        ("https://backend:8000/base/api/v1/members/?limit=7", "or have the paths served without a slash"),
        ("http://10.0.0.7/base/api/v1/members", "in front pass Host and X-Forwarded-Proto on"),
        ("http://[fd00::7]:80/base/api/v1/members", "in front pass Host and X-Forwarded-Proto on"),
        ("http://api.prod.svc/base/api/v1/members", "in front pass Host and X-Forwarded-Proto on"),
        ("http://deployment.example/base/api/v1/members/?limit=7", "don't go there with a key"),
        ("http://deployment.example/base/api/v1/members?limit=7", "don't go there with a key"),
        ("https://deployment.example:8443/base/api/v1/members/", "don't go there with a key"),
        ("https://deployment.example/base/api/v1/members/", "it only adds a slash, but loses the query"),
        ("https://www.deployment.example/base/api/v1/members", "or give https://www.deployment.example/base as"),
        ("https://www.deployment.example/base/api/v1/members/", "or give https://www.deployment.example/base as"),
        ("https://sso.example/login?next=%2Fapi", "a page to log in at"),
        ("/base/users/sign_in", "a page to log in at"),
        ("https://login.microsoftonline.example/authorize", "a page to log in at"),
        ("/base/api/v2/members", "have it served where the documentation says"),
        ("//[", "the destination is no URL"),
    ],
)
def test_what_to_do_depends_on_how_the_destination_differs(location: str, words: str):
    answer = exchange(b"", 301, Request("members", VALID, (("limit", "7"),)), headers=(("Location", location),))
    assert words in advice(answer, "https://deployment.example/base")


@pytest.mark.parametrize(("status", "location"), [(301, " /x "), (303, "/x"), (200, "/x"), (302, None)])
def test_only_a_redirect_has_a_location(status: int, location: str | None):
    headers = (("location", location),) if location else ()
    assert location_of(exchange(b"", status, headers=headers)) == ("/x" if status >= 300 and location else "")
