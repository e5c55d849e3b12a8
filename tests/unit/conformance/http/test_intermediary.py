import pytest
from oneinvoice_conformance.http.exchange import Exchange, Request
from oneinvoice_conformance.http.intermediary import (
    INTERMEDIARIES,
    answer_of,
    asks_for_login,
    asks_for_password,
    gateway_of_all,
    intermediary,
)

from tests.unit.conformance.fakes import exchange

PAGE = b"<!doctype html><title>Just a moment...</title>"
FORBIDDEN = b"<center><h1>403 Forbidden</h1></center>"


def page(status: int, body: bytes = PAGE, request: Request | None = None, **headers: str) -> Exchange:
    pairs = {"Content-Type": "text/html; charset=utf-8"} | {name.replace("_", "-"): headers[name] for name in headers}
    return exchange(body, status, request, headers=tuple(pairs.items()))


def name_of(answer: Exchange) -> str | None:
    who = intermediary(answer)
    return who.name if who else None


@pytest.mark.parametrize(
    ("answer", "name"),
    [
        (page(403, cf_mitigated="challenge"), "a challenge of Cloudflare"),
        (page(403, b"<title>Attention Required! | Cloudflare</title>"), "a block of Cloudflare"),
        (page(403, b"error code: 1020"), "a block of Cloudflare"),
        (
            page(403, b"<title>Access denied | api.example used Cloudflare to restrict access</title>"),
            "a block of Cloudflare",
        ),
        (page(403, b"<h1>Sorry, you have been blocked</h1>", Server="AwsELB/2.0"), "a block of a firewall"),
        (page(403, FORBIDDEN, Server="awselb/2.0"), "a block of a load balancer of AWS"),
        (page(503, b"<head><title>Maintenance</title></head>", Retry_After="600"), "a maintenance page"),
        (exchange(b"", 202, headers=(("x-amzn-waf-action", "challenge"),)), "a challenge of AWS WAF"),
        (page(405, X_Amzn_Waf_Action="captcha"), "a challenge of AWS WAF"),
        (page(403, X_Vercel_Mitigated="deny"), "a mitigation of Vercel"),
        (page(403, b"Access Denied <p>https://errors.edgesuite.net/18.1"), "a block of Akamai"),
        (page(200, b'<iframe src="/_Incapsula_Resource?x=1">'), "a block of Imperva"),
        (page(403, b"<title>Sucuri WebSite Firewall</title>"), "a block of Sucuri"),
        (exchange({"url": "https://geo.captcha-delivery.com/captcha/"}, 403), "a challenge of DataDome"),
        (page(200, b"The requested URL was rejected. Please consult with your administrator."), "a block of F5"),
        (page(200, ngrok_error_code="ERR_NGROK_6024"), "ngrok's warning page"),
        (page(429, ngrok_error_code="ERR_NGROK_727"), "ngrok, which refuses more traffic"),
        (page(511, b"<title>Tunnel website ahead!</title>"), "localtunnel's reminder page"),
        (page(511), "a captive portal or a tunnel's reminder page"),
        (page(200, b"You are about to connect to a developer tunnel"), "a dev tunnel's warning page"),
        (page(302, Location="https://x.euw.tunnels.api.visualstudio.com/auth?t=1"), "a dev tunnel's login"),
        (page(302, Location="https://team.cloudflareaccess.com/cdn-cgi/access/login/x"), "Cloudflare Access"),
        (page(401, Set_Cookie="_vercel_sso_nonce=1; Path=/"), "Vercel's protection"),
        (page(302, X_Goog_IAP_Generated_Response="true"), "Google's Identity-Aware Proxy"),
        (page(403, b'<form method="GET" action="/oauth2/start">'), "the login of oauth2-proxy"),
        (page(302, Location="https://login.microsoftonline.com/t/oauth2"), "a login for single sign-on"),
        (page(303, Location="https://idp.example/protocol/openid-connect/auth?x"), "a login for single sign-on"),
        (page(503, X_Squid_Error="ERR_CONNECT_FAIL 111"), "a proxy of this network"),
        (page(400, b"<center>The plain HTTP request was sent to HTTPS port</center>"), "a port that speaks TLS"),
        (page(400, b"Client sent an HTTP request to an HTTPS server.\n"), "a port that speaks TLS"),
        (page(400, b"No required SSL certificate was sent"), "a server that wants a client certificate"),
    ],
)  # fmt: skip
def test_a_mark_tells_who_answered(answer: Exchange, name: str):
    assert name_of(answer) == name


@pytest.mark.parametrize(
    "answer",
    [
        page(403),
        page(401),
        page(404, b"<title>Page not found</title> META: HTTP_HOST staging.loca.lt, demo.ngrok.app, x.devtunnels.ms"),
        page(500, b"<title>TypeError at /api/v1/members</title>"),
        page(502, b"<center><h1>502 Bad Gateway</h1></center><hr><center>nginx</center>"),
        page(503, Retry_After="3600"),
        page(503, b"<title>Maintenance</title>"),
        page(403, FORBIDDEN, Server="cloudflare", CF_RAY="8f-OSL"),
        page(403, b"<title>Access denied</title>", Server="cloudflare", CF_RAY="8f-OSL"),
        page(403, Server="awselb/2.0"),
        page(302, Location="/accounts/login/?next=/api/v1/members"),
        page(302, Location="https://deployment.example/login"),
        page(401, WWW_Authenticate='Basic realm="api"'),
        page(403, Server="cloudflare"),
        page(200, b"<h1>Welcome</h1>", ngrok_trace_id="1"),
        exchange({"error": "forbidden"}, 403, headers=(("cf-mitigated", "challenge"),)),
        exchange({"error": "forbidden"}, 403, headers=(("x-datadome", "protected"),)),
        exchange([{"name": "captcha-delivery.com"}]),
        exchange(b"", 0),
    ],
)
def test_a_page_without_a_mark_may_be_the_apis(answer: Exchange):
    assert name_of(answer) is None


def test_every_row_says_what_to_look_for_and_what_to_do():
    for row in INTERMEDIARIES:
        assert row.header or row.location or row.words or row.status
        assert row.remedy


def test_a_sentence_names_the_request_the_answer_who_gave_it_and_the_remedy():
    answer = page(403, cf_mitigated="challenge")
    who = intermediary(answer)
    assert who
    assert answer_of(answer, who).startswith(
        "GET /api/v1/members with the primary key: 403, which is not the API's but that of a challenge of Cloudflare; "
    )


# What answers everything


def everything(answer: Exchange, *others: Exchange) -> str | None:
    who = gateway_of_all([answer, *(others or (answer, answer, answer))])
    return f"{who.name}; {who.remedy}" if who else None


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (page(403, cf_mitigated="challenge"), "a challenge of Cloudflare; let a rule of it skip this address"),
        (page(403), "a gateway; have it let the API through"),
        (page(502), "a gateway or a maintenance page; see whether the API is up"),
        (page(503), "a gateway or a maintenance page; see whether the API is up"),
        (page(503, Retry_After="3600"), "a maintenance page (Retry-After: 3600); come back in 60 minutes"),
        (page(503, Retry_After="Sat, 28 Nov 2026 23:00:00 GMT"), "come back at Sat, 28 Nov 2026 23:00:00 GMT"),
        (page(503, b"<title>Maintenance</title>", Retry_After="600"), "page (Retry-After: 600); come back in 10"),
        (exchange({"message": "Service Unavailable"}, 503, headers=(("Retry-After", "30"),)), "come back in a minute"),
        (page(530, b"error code: 1033"), "Cloudflare, which has no tunnel to the API; see whether the tunnel runs"),
        (page(522, Server="cloudflare"), "Cloudflare, which can't reach the API"),
        (page(502, ngrok_error_code="ERR_NGROK_8012"), "ngrok, which has no way to the API"),
        (page(401, WWW_Authenticate='Basic realm="staging"'), 'password of its own (Basic realm="staging"); the key'),
        (exchange({}, 401, headers=(("WWW-Authenticate", 'basic realm="x"'),)), "the key needs the Authorization"),
        (page(401, WWW_Authenticate="Negotiate, NTLM"), "a gateway with a password of its own"),
    ],
)  # fmt: skip
def test_one_answer_to_everything_is_a_gateways(answer: Exchange, told: str):
    assert told in (everything(answer) or "")


@pytest.mark.parametrize(
    "answer",
    [
        page(500),
        page(401),
        page(429),
        exchange({"error": "no"}, 403),
        exchange({"error": "no"}, 503),
        exchange({}, 401, headers=(("WWW-Authenticate", "Bearer"), ("WWW-Authenticate", "Basic"))),
    ],
)
def test_one_answer_to_everything_may_be_the_apis(answer: Exchange):
    assert everything(answer) is None


def test_a_gateway_before_a_part_is_none_before_everything():
    served = exchange([], 200)
    for answer in (page(403, cf_mitigated="challenge"), page(403), page(503), page(401, WWW_Authenticate="Basic")):
        assert everything(answer, served, served, served) is None
        assert everything(served, answer, answer, answer) is None


def test_a_password_is_asked_for_by_a_page():
    assert asks_for_password(page(401, WWW_Authenticate='Basic realm="staging"'))
    assert not asks_for_password(page(401, WWW_Authenticate="Bearer"))
    assert not asks_for_password(exchange({}, 401, headers=(("WWW-Authenticate", "Basic"),)))


def test_what_sends_people_to_log_in():
    form = b"<form method=post><INPUT name=p type = 'password'></form>"
    html = (("Content-Type", "text/html; charset=utf-8"),)
    for status in (200, 401, 403):
        assert asks_for_login(exchange(form, status, headers=html))
    assert asks_for_login(exchange(b"", 307, headers=(("Location", "/users/sign_in"),)))
    assert asks_for_login(page(401, WWW_Authenticate='Basic realm="staging"'))
    assert not asks_for_login(exchange(form))
    assert not asks_for_login(exchange(b"<p>password</p>", 401, headers=html))
    assert not asks_for_login(exchange({"hint": "<input type=password>"}, 401, headers=html))
    assert not asks_for_login(exchange(b"", 307, headers=(("Location", "/quotes?next=/login"),)))
