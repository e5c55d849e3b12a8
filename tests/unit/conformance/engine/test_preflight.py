import json
from collections.abc import Sequence
from dataclasses import replace

import pytest
from oneinvoice_conformance.engine.preflight import preflight
from oneinvoice_conformance.errors import Unreachable, UsageError
from oneinvoice_conformance.http.failure import Failure, FailureKind
from oneinvoice_conformance.http.pacer import Clock
from oneinvoice_conformance.http.transport import OutgoingRequest, RawResponse
from werkzeug.wrappers import Request, Response

from tests.miniatures import RATE_FREE, Deployment
from tests.unit.conformance.fakes import KEYS, InProcess, Within


class Everywhere(Deployment):
    """Gives one answer to everything."""

    def __init__(self, body: str, status: int = 200, content_type: str = "application/json", **headers: str) -> None:
        super().__init__()
        pairs = {name.replace("_", "-"): value for name, value in headers.items()}
        self.given = (body, status, pairs, content_type)

    def answer(self, request: Request) -> Response:
        body, status, headers, content_type = self.given
        return Response(body, status, headers, content_type=content_type)


@pytest.mark.parametrize(
    "other",
    [
        Everywhere("<!doctype html><title>Welcome</title>", 200, "text/html"),
        Everywhere("<h1>Not found</h1>", 404, "text/html"),
        Everywhere(json.dumps({"error": "no such route"}), 404),
        Everywhere('"hello"'),
        Everywhere("", 204),
        Everywhere("", 302, "text/html", Location="/welcome"),
    ],
    ids=["page", "not found", "json not found", "json text", "nothing", "redirect"],
)
def test_what_is_no_such_api_is_not_judged(other: Deployment):
    with pytest.raises(Unreachable, match=r"is not this API \(GET /api/v1 got .*\); check the address\.$"):
        preflight(InProcess(other))


@pytest.mark.parametrize(
    ("location", "told"),
    [
        ("https://deployment.example/api/v1/members", "; give https://deployment.example in its place"),
        ("//www.deployment.example/api/v1/members", "; give http://www.deployment.example in its place"),
        ("/app/api/v1/members/", "; give http://deployment.example/app in its place"),
        ("http://backend:8000/api/v1/members/", "; http://backend:8000 is what the service takes for its address"),
        ("http://deployment.example:8000/api/v1/members/", "; http://deployment.example:8000 is what the service"),
        ("http://deployment.example:8000/api/v1/members", "; give http://deployment.example:8000 in its place"),
        ("/api/v1/members", ", which is the same address; what stands in front"),
        ("/api/v1/", ", which is the same address; what stands in front"),
    ],
)
def test_what_redirects_to_the_same_path_elsewhere_says_where(location: str, told: str):
    moved = Everywhere("", 308, "text/html", Location=location)
    with pytest.raises(Unreachable) as raised:
        preflight(InProcess(moved))
    assert "is not this API" not in str(raised.value)
    assert f" to {location}{told}" in str(raised.value)


def test_a_redirect_that_leaves_https_is_not_to_be_followed():
    moved = Everywhere("", 301, "text/html", Location="http://internal:8000/api/v1/members")
    client = InProcess(moved)
    client.deployment = replace(client.deployment, base=client.deployment.base.replace("http:", "https:"))
    with pytest.raises(Unreachable, match="where the key would go unencrypted; have the application know"):
        preflight(client)


@pytest.mark.parametrize(
    "location",
    [
        "/login",
        "/accounts/login/?next=/",
        "https://sso.example/start?state=secret",
        "https://id.example/oauth2/authorize",
    ],
)
def test_a_login_before_everything_is_named(location: str):
    with pytest.raises(Unreachable) as raised:
        preflight(InProcess(Everywhere("", 302, "text/html", Location=location)))
    assert "is sent to a login (" in str(raised.value)
    assert "secret" not in str(raised.value)


def test_what_answers_everything_in_the_place_of_the_api_is_named():
    challenge = Everywhere("<title>Just a moment...</title>", 403, "text/html", cf_mitigated="challenge")
    with pytest.raises(Unreachable, match="discovery included, gets 403 from a challenge of Cloudflare, and none"):
        preflight(InProcess(challenge))
    maintenance = Everywhere("<h1>Back soon</h1>", 503, "text/html", Retry_After="3600")
    told = r"503 from a maintenance page \(Retry-After: 3600\), and none reaches the API; come back in 60 minutes\.$"
    with pytest.raises(Unreachable, match=told):
        preflight(InProcess(maintenance))


@pytest.mark.parametrize(
    "other",
    [
        Everywhere("{}", 503),
        Everywhere("", 502, "text/plain"),
        Everywhere("upstream connect error or disconnect/reset before headers", 503, "text/plain", server="envoy"),
        Everywhere("RBAC: access denied", 403, "text/plain", server="istio-envoy"),
        Everywhere('{"message":"Forbidden"}', 403, x_amzn_ErrorType="ForbiddenException"),
        Everywhere('<form><input type="password" name="p"></form>', 401, "text/html"),
    ],
)
def test_what_a_gateway_answers_everything_with_is_not_judged(other: Deployment):
    with pytest.raises(Unreachable, match=r"discovery included, gets \d+ from .*, and none reaches the API; "):
        preflight(InProcess(other))


def test_a_proxy_that_reaches_nothing_is_named():
    client = InProcess(Everywhere("", 502, "text/plain"))
    client.deployment = replace(client.deployment, proxy="http://proxy.example:3128")
    with pytest.raises(Unreachable, match="; or the proxy can't reach it: check the address, and --proxy"):
        preflight(client)


@pytest.mark.parametrize(
    ("body", "told"), [(")]}'[]", "it begins with )]}'"), ("", "the body is empty; have it hold the JSON")]
)
def test_what_only_says_that_it_is_json_is_told_why_it_is_none(body: str, told: str):
    with pytest.raises(Unreachable) as raised:
        preflight(InProcess(Everywhere(body)))
    assert f"GET /api/v1/members 200 application/json that is no JSON: {told}" in str(raised.value)


def test_a_location_that_is_no_address_is_no_such_api():
    nowhere = Within(lambda target, headers: (302, (("Location", f"//[{target}"),), b""))
    with pytest.raises(Unreachable, match=r"is not this API \(GET /api/v1 got 302 to //\["):
        preflight(InProcess(Deployment(), transport=nowhere))


def test_a_slash_that_every_path_wants_is_no_reason_not_to_judge():
    preflight(InProcess(RATE_FREE["slash-at-the-end"].deployment()))


@pytest.mark.parametrize("status", [403, 429, 500])
def test_an_api_in_trouble_is_judged(status: int):
    preflight(InProcess(Everywhere("{}", status)))


def test_the_plain_requests_are_all_it_takes():
    client = InProcess(Deployment())
    preflight(client)
    assert [str(exchange.request) for exchange in client.journal] == [
        "GET /api/v1",
        "GET /api/v1/members",
        "GET /api/v1/quotes",
        "GET /api/v1/invoices",
    ]


def test_without_a_key_a_deployment_that_wants_one_is_judged():
    preflight(InProcess(Deployment(), {}))


def test_a_key_that_every_endpoint_refuses_is_refused():
    with pytest.raises(UsageError, match="refuses the key on every endpoint") as error:
        preflight(InProcess(Deployment(), {"primary": KEYS["revoked"]}))
    assert KEYS["revoked"] not in str(error.value)


def test_a_key_that_one_endpoint_takes_is_taken():
    class MembersAlone(Deployment):
        def is_live(self, key, resource: str) -> bool:
            return resource == "members"

    preflight(InProcess(MembersAlone()))


@pytest.mark.parametrize(
    ("kind", "phrase", "advice"),
    [
        (FailureKind.TLS, "TLS error (self-signed certificate)", "--ca-file"),
        (FailureKind.TIMEOUT, "no whole answer within 10 s", "--timeout"),
        (FailureKind.CONNECT, "connection failed (no route)", "check the address, and whether the deployment is up"),
    ],
)
def test_no_answer_says_what_to_do(kind: FailureKind, phrase: str, advice: str):
    class Silent:
        def fetch(self, calls: Sequence[OutgoingRequest], clock: Clock) -> list[RawResponse]:
            return [RawResponse(0.0, 0.0, error=Failure(kind, phrase)) for _ in calls]

        def close(self) -> None:
            pass

    with pytest.raises(Unreachable) as raised:
        preflight(InProcess(Deployment(), transport=Silent()))
    assert phrase in str(raised.value)
    assert advice in str(raised.value)
