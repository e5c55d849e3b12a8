from typing import Any

import pytest
from oneinvoice_conformance.model.outcome import Outcome
from werkzeug.wrappers import Request, Response

from tests.miniatures import Deployment
from tests.unit.conformance.fakes import judged


def names(content: Any) -> Outcome:
    class Discovering(Deployment):
        def discovery(self, origin: str) -> Any:
            return content

    return judged("DISC-2", Discovering()).outcome


@pytest.mark.parametrize(
    "form",
    [
        "{}",
        "/{}",
        "/v1/{}",
        "api/v1/{}",
        "/api/v1/{}",
        "/api/v1/{}/",
        "/staging/api/v1/{}",
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
