from dataclasses import replace
from typing import Any

import pytest
from oneinvoice_conformance.model.finding import Finding
from oneinvoice_conformance.model.outcome import Outcome
from werkzeug.wrappers import Request, Response

from tests.miniatures import Deployment
from tests.unit.conformance.fakes import InProcess, judged


def judgement(content: Any) -> Finding:
    class Discovering(Deployment):
        def discovery(self, origin: str) -> Any:
            return content

    return judged("DISC-2", Discovering())


def names(content: Any) -> Outcome:
    return judgement(content).outcome


@pytest.mark.parametrize(
    "form",
    [
        "{}",
        "/{}",
        "/v1/{}",
        "api/v1/{}",
        "/api/v1/{}",
        "/api/v1/{}/",
        "https://api.example/api/v1/{}?limit=50",
        "/api/v1/{}{{?limit,offset,status}}",
        "GET /api/v1/{}",
        "get /api/v1/{}",
        "GET: /api/v1/{}",
        "GET /api/v1/{} - lists them",
    ],
)
def test_an_endpoint_is_named_by_its_path_or_its_name(form: str):
    endpoints = [form.format(name) for name in ("members", "quotes", "invoices")]
    assert names({"endpoints": endpoints}) is Outcome.PASSED
    assert names({endpoint: {"methods": ["GET"]} for endpoint in endpoints}) is Outcome.PASSED
    assert names({"endpoints": endpoints[:2]}) is Outcome.FAILED


@pytest.mark.parametrize(
    "entry",
    [
        {"name": "{}", "url": "/api/v1/{one}"},
        {"name": "{}", "href": "/api/v2/{}"},
        {"id": "{}", "path": "/v2/{}"},
        {"name": "{}", "url": "https://api.example/api/v1/{one}"},
        {"name": "{}", "url": "http://deployment.example/1invoice/api/v1/{}?limit=50"},
        {"{}": "/api/v1/{one}"},
        {"{}_url": "/api/v1/{one}"},
        {"{}": {"href": "/rest/{}", "method": "GET"}},
        {"{}": {"href": "/api/v1/{one}", "docs": "/docs/{}"}},
        {"path": "/staging/api/v1/{}"},
    ],
)
def test_a_path_that_is_not_served_names_nothing(entry: dict[str, Any]):
    def filled(value: Any, name: str) -> Any:
        if isinstance(value, dict):
            return {filled(key, name): filled(inner, name) for key, inner in value.items()}
        return value.replace("{one}", name.removesuffix("s")).replace("{}", name)

    finding = judgement([filled(entry, name) for name in ("members", "quotes", "invoices")])
    assert finding.outcome is Outcome.FAILED
    assert finding.reason.startswith("its answer names /")
    assert " for members, which gets 404" in finding.reason


@pytest.mark.parametrize(
    "entry",
    [
        {"name": "{}", "url": "/api/v1/{}", "docs": "/docs/{}"},
        {"name": "{}", "docs": "/docs/{}"},
        {"name": "{}", "more": "https://docs.example/rest/{}"},
        {"rel": "{}", "href": "https://public.example/1invoice/api/v1/{}"},
        {"name": "{}", "url": "./{}"},
        {"name": "{}", "methods": ["GET"], "description": "/api/v1/member is gone"},
    ],
)
def test_an_address_to_read_at_and_one_at_another_host_are_no_harm(entry: dict[str, str]):
    assert (
        names(
            [
                {key: value.replace("{}", name) if isinstance(value, str) else value for key, value in entry.items()}
                for name in ("members", "quotes", "invoices")
            ]
        )
        is Outcome.PASSED
    )


def test_another_path_that_is_served_names_its_endpoint():
    class Aliased(Deployment):
        def discovery(self, origin: str) -> Any:
            return {name: f"/rest/{name}" for name in ("members", "quotes", "invoices")}

        def route(self, request: Request) -> Response:
            return self.render([]) if request.path.startswith("/rest/") else super().route(request)

    client = InProcess(Aliased())
    assert judged("DISC-2", client).outcome is Outcome.PASSED
    asked = [each.request for each in client.journal[1:]]
    assert [(each.path, each.credential.account) for each in asked] == [
        (f"/rest/{name}", "sibling") for name in ("members", "quotes", "invoices")
    ]


def test_a_path_above_the_address_that_was_given_is_not_asked_for():
    class Based(Deployment):
        prefix = "/base"

        def discovery(self, origin: str) -> Any:
            return {name: f"/other/api/v1/{name}" for name in ("members", "quotes", "invoices")}

    client = InProcess(Based())
    client.deployment = replace(client.deployment, base=f"{client.deployment.base}/base")
    finding = judged("DISC-2", client)
    assert finding.outcome is Outcome.INCONCLUSIVE
    assert finding.reason.endswith("give the one below which it is")
    assert len(client.journal) == 1


def test_a_name_alone_may_be_capitalised():
    assert names(["Members", "Quotes", "Invoices"]) is Outcome.PASSED


@pytest.mark.parametrize("form", ["Lists the {} of your organisation", "/api/v2/{}", "/{}/archive", "{}-list", "my {}"])
def test_prose_and_other_paths_name_nothing(form: str):
    assert names([form.format(name) for name in ("members", "quotes", "invoices")]) is Outcome.FAILED


@pytest.mark.parametrize(
    ("location", "outcome"),
    [
        ("/login", Outcome.FAILED),
        ("/login?next=/api/v1", Outcome.FAILED),
        ("/api/v2", Outcome.FAILED),
        ("https://api.example/api/v1", Outcome.INCONCLUSIVE),
        ("/api/v1/", Outcome.INCONCLUSIVE),
        ("?lang=en", Outcome.INCONCLUSIVE),
        (None, Outcome.INCONCLUSIVE),
    ],
)
def test_a_redirect_to_somewhere_else_is_no_discovery(location: str | None, outcome: Outcome):
    class Redirecting(Deployment):
        def discover(self, request: Request) -> Response:
            return self.error(302, "Elsewhere.", **({"Location": location} if location else {}))

    assert judged("DISC-1", Redirecting()).outcome is outcome


@pytest.mark.parametrize(
    ("methods", "outcome"),
    [
        ({"method": "GET"}, Outcome.PASSED),
        ({"methods": ["HEAD", "GET"]}, Outcome.PASSED),
        ({"method": "post"}, Outcome.INCONCLUSIVE),
        ({"methods": ["POST", "PUT"]}, Outcome.INCONCLUSIVE),
        ({"method": "list"}, Outcome.PASSED),
        ({}, Outcome.PASSED),
    ],
)
def test_what_is_named_for_writing_alone_is_asked_about(methods: dict[str, Any], outcome: Outcome):
    read = [{"method": "GET", "path": f"/api/v1/{name}"} for name in ("members", "quotes")]
    finding = judgement({"endpoints": [*read, {"path": "/api/v1/invoices"} | methods]})
    assert finding.outcome is outcome
    assert outcome is Outcome.PASSED or "for invoices, which the documentation reads with GET" in finding.reason


def test_a_method_for_writing_beside_that_for_reading_is_right():
    names = [("GET", "members"), ("GET", "quotes"), ("POST", "invoices"), ("GET", "invoices")]
    content = [{"method": method, "path": f"/api/v1/{name}"} for method, name in names]
    assert judgement({"endpoints": content}).outcome is Outcome.PASSED
