"""The contract against the reference implementation: whatever one has and the other doesn't is told in a sentence."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import urllib3
from oneinvoice_impl.domain.event import ANNOUNCEMENT, EVENTS
from oneinvoice_impl.mock.testing.receiver import receiver
from oneinvoice_impl.mock.testing.server import running_mock as known_mock
from oneinvoice_openapi.contract import document, held_to, operations, webhooks
from oneinvoice_openapi.references import resolved, steps

from tests.acceptance.running_mock import running_mock

Parts = set[str]
# What the contract has, and our server never shows, with the reason.
NEVER_SHOWN = {
    **dict.fromkeys(
        (f"GET /api/v1 200: endpoints[].method = {method} " for method in ("POST", "PUT", "PATCH", "DELETE")),
        "a later endpoint may have that method",
    ),
    **dict.fromkeys(
        (
            f"GET /api/v1/{endpoint} 500: headers: {header}"
            for endpoint in ("members", "quotes", "invoices")
            for header in ("ratelimit", "deprecation", "sunset", "link")
        ),
        "a fault of the mock comes before all that; a database that fails afterwards shows them",
    ),
    **dict.fromkeys(
        (f"{event}: data.signing." for event in ("quote.created", "quote.sent")),
        "nobody has answered such a quote",
    ),
}


# So that every answer has the headers of what is deprecated.
DAYS = """
lifecycle:
  - version: v1
    announced: 2020-01-01
    deprecated: 2998-01-01
    sunset: 2999-01-01
    replacement: v2
  - {version: v2, announced: 2020-01-01, effective: 2998-01-01}
"""
ANNOUNCED = {
    "title": "Quotes get a colour",
    "effective_on": "2999-01-01",
    "text": "Quotes get a colour.",
    "operations": ["GET /api/v1/quotes"],
    "events": ["quote.sent"],
}


@dataclass
class Shown:
    """What a server showed: the parts of its answers, by method and path and status, and of its events, by name."""

    answers: dict[tuple[str, str], Parts] = field(default_factory=dict)
    events: dict[str, Parts] = field(default_factory=dict)
    parameters: set[tuple[str, str]] = field(default_factory=set)
    """Parameters, by method and path, that change an answer."""


def described(it: dict[str, Any], schema: Any, place: str = "") -> Iterator[str]:
    """Yield the parts that a schema describes: fields, and the values of enumerations."""
    if "$ref" in schema:
        yield from described(it, resolved(it, steps(schema["$ref"]))[1], place)
    for word in ("allOf", "anyOf"):
        for member in schema.get(word, ()):
            yield from described(it, member, place)
    for value in schema.get("enum", [schema["const"]] if "const" in schema else []):
        yield f"{place} = {value}"
    for name, inner in schema.get("properties", {}).items():
        here = f"{place}.{name}".lstrip(".")
        yield here
        yield from described(it, inner, here)
    if "items" in schema:
        yield from described(it, schema["items"], f"{place}[]")


def shown(value: Any, place: str = "") -> Iterator[str]:
    """Yield the parts that a value shows: fields, and texts, which may be of an enumeration."""
    if isinstance(value, dict):
        for name, inner in value.items():
            here = f"{place}.{name}".lstrip(".")
            yield here
            yield from shown(inner, here)
    elif isinstance(value, list):
        for inner in value:
            yield from shown(inner, f"{place}[]")
    elif isinstance(value, str):
        yield f"{place} = {value}"


def gaps(it: dict[str, Any], server: Shown) -> list[str]:
    """Return a sentence for each thing that the document has and the server never showed, and the other way round."""
    told = []
    for path, method, operation in operations(it):
        name = f"{method} {path}"
        for status in operation["responses"]:
            response = resolved(it, ("paths", path, method.lower(), "responses", status))[1]
            parts = server.answers.get((name, status))
            if parts is None:
                told.append(f"{name} {status}: our server never answers that; leave the status out, or answer it.")
                continue
            schema = next(iter(response["content"].values()))["schema"]
            told += _differences(f"{name} {status}", set(described(it, schema)), parts)
            told += _differences(
                f"{name} {status}: headers", {h.lower() for h in response["headers"]}, parts, "header "
            )
        for index, _ in enumerate(operation.get("parameters", ())):
            parameter = resolved(it, ("paths", path, method.lower(), "parameters", index))[1]["name"]
            if (name, parameter) not in server.parameters:
                told.append(f"{name}: the parameter {parameter} changes nothing that our server answers; leave it out.")
    described_events = {event for event, _ in webhooks(it)}
    told += [
        f"{event}: our server knows no such event; leave it out." for event in described_events - set(server.events)
    ]
    told += [
        f"{event}: our server sends it, and no webhook describes it."
        for event in server.events.keys() - described_events
    ]
    for event, operation in webhooks(it):
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        narrow = {part for part in described(it, schema) if " = " not in part or part.startswith("event")}
        told += _differences(event, narrow, server.events.get(event, narrow))
    return told


def _differences(name: str, has: Parts, shows: Parts, kind: str = "") -> list[str]:
    """Compare fields and values of enumerations, or headers alone."""
    shows = {part.removeprefix(kind) for part in shows if part.startswith(kind)} if kind else shows
    never = [
        f"{name}: {part} is described, and our server never shows it; show it or leave it out." for part in has - shows
    ]
    if kind:
        return sorted(never)
    enumerated = {part.partition(" = ")[0] for part in has if " = " in part}
    fields = {part for part in shows if " = " not in part and not part.startswith("header ")}
    values = {part for part in shows if part.partition(" = ")[0] in enumerated and " = " in part}
    unknown = (fields | values) - has
    return sorted(never) + sorted(
        f"{name}: our server shows {part}, and the document doesn't describe it." for part in unknown
    )


def _record(server: Shown, name: str, status: str, answer: urllib3.BaseHTTPResponse) -> bytes:
    parts = server.answers.setdefault((name, status), set())
    parts.update(shown(json.loads(answer.data)))
    parts.update(f"header {header.lower()}" for header in answer.headers)
    return answer.data


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Shown:
    """What a running mock showed when everything was asked for."""
    seen, days = Shown(), tmp_path_factory.mktemp("lifecycle") / "days.yaml"
    days.write_text(DAYS)
    with running_mock("--lifecycle", str(days)) as variables:
        mock = known_mock(variables["ONEINVOICE_URL"], variables)
        with mock.sandbox(scale=200, rate_limit=10_000) as sandbox:
            for path, method, operation in operations(document()):
                _ask(seen, f"{method} {path}", sandbox, operation)
        with mock.sandbox(rate_limit=1) as sandbox:
            for path, method, operation in operations(document()):
                if "429" in operation["responses"]:
                    answers = [_get(sandbox, path) for _ in range(2)]
                    _record(seen, f"{method} {path}", "429", answers[-1])
        with mock.sandbox() as sandbox, receiver() as target:
            sandbox.webhook(target.url)
            for event in EVENTS:
                sandbox.trigger(event)
                seen.events[event] = set(shown(target.wait_for(event).json()))
            for level in ("breaking", "compatible"):
                sandbox.controls.post("/announcements", ANNOUNCED | {"class": level})
                seen.events[ANNOUNCEMENT].update(shown(target.wait_for(ANNOUNCEMENT).json()))
    return seen


def _get(
    sandbox: Any, path: str, query: str = "", key: str | None = None, method: str = "GET"
) -> urllib3.BaseHTTPResponse:
    headers = {"Authorization": f"Bearer {key or sandbox.key}"}
    return urllib3.request(method, f"{sandbox.url}{path}{query}", headers=headers, retries=False)


def _ask(seen: Shown, name: str, sandbox: Any, operation: dict[str, Any]) -> None:
    path = name.partition(" ")[2]
    plain = _record(seen, name, "200", _get(sandbox, path))
    _record(seen, name, "default", _get(sandbox, f"{path}/nothing"))
    if "401" not in operation["responses"]:
        return
    _record(seen, name, "401", _get(sandbox, path, key="1iv_nobody"))
    _record(seen, name, "400", _get(sandbox, path, "?limit=0"))
    for query in ("limit=1", "offset=1", *(f"status={status}" for status in _statuses(operation))):
        answer = _get(sandbox, path, f"?{query}")
        if answer.status == 200 and _record(seen, name, "200", answer) != plain:
            seen.parameters.add((name, query.partition("=")[0]))
    _record(seen, name, "200", _get(sandbox, path, "?limit=200"))
    sandbox.faults.add(operation=operation["operationId"], status=500, times=1)
    _record(seen, name, "500", _get(sandbox, path))


def _statuses(operation: dict[str, Any]) -> list[str]:
    it = document()
    schema = next(each["schema"] for each in operation["parameters"] if each.get("name") == "status")
    return list(resolved(it, steps(schema["$ref"]))[1]["enum"])


def test_our_server_shows_what_the_contract_describes_and_no_more(server: Shown) -> None:
    told = gaps(held_to(document()), server)
    left = [sentence for sentence in told if not sentence.startswith(tuple(NEVER_SHOWN))]
    assert not left, "\n".join(left)
    assert [known for known in NEVER_SHOWN if not any(sentence.startswith(known) for sentence in told)] == []


def _without(it: dict[str, Any], schema: str, name: str) -> None:
    del it["components"]["schemas"][schema]["properties"][name]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda it: it["components"]["schemas"]["Member"]["properties"].update(fax={"type": "string"}),
         "GET /api/v1/members 200: data[].fax is described, and our server never shows it; show it or leave it out."),
        (lambda it: _without(it, "Invoice", "paid_at"),
         "GET /api/v1/invoices 200: our server shows data[].paid_at, and the document doesn't describe it."),
        (lambda it: _without(it, "Invoice", "paid_at"),
         "invoice.paid: our server shows data.paid_at, and the document doesn't describe it."),
        (lambda it: it["components"]["schemas"]["QuoteStatus"]["enum"].append("expired"),
         "GET /api/v1/quotes 200: data[].status = expired is described, and our server never shows it"),
        (lambda it: it["components"]["schemas"]["PaymentStatus"]["enum"].remove("overdue"),
         "GET /api/v1/invoices 200: our server shows data[].payment_status = overdue, and the document"),
        (lambda it: it["paths"]["/api/v1/quotes"]["get"]["parameters"].append(
            {"name": "q", "in": "query", "schema": {"type": "string"}}),
         "GET /api/v1/quotes: the parameter q changes nothing that our server answers; leave it out."),
        (lambda it: it["paths"]["/api/v1/quotes"]["get"]["responses"].update(
            {"403": {"$ref": "#/components/responses/Problem"}}),
         "GET /api/v1/quotes 403: our server never answers that; leave the status out, or answer it."),
        (lambda it: it["components"]["responses"]["TooManyRequests"]["headers"].update({"X-Wait": {}}),
         "GET /api/v1/members 429: headers: x-wait is described, and our server never shows it"),
        (lambda it: it["webhooks"].update({"invoice.lost": it["webhooks"]["invoice.paid"]}),
         "invoice.lost: our server knows no such event; leave it out."),
        (lambda it: it["webhooks"].pop("invoice.paid"),
         "invoice.paid: our server sends it, and no webhook describes it."),
    ],
)  # fmt: skip
def test_a_difference_is_told_in_a_sentence(server: Shown, change: Any, told: str) -> None:
    changed = held_to(document())
    change(changed)
    assert any(sentence.startswith(told) for sentence in gaps(changed, server)), gaps(changed, server)
