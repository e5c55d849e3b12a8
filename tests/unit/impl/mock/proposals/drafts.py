"""Drafts of the contract, and mocks that serve them."""

from __future__ import annotations

import asyncio
import copy
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema_rs
from oneinvoice_fixtures.keys import key_text
from oneinvoice_impl.api.implemented import document
from oneinvoice_impl.clock import ManualClock
from oneinvoice_impl.mock.extension import LocalMock
from oneinvoice_impl.mock.proposals.admission import admitted
from oneinvoice_impl.mock.proposals.proposal import Proposal
from oneinvoice_impl.mock.seeding import Seeded, seed_database
from oneinvoice_impl.server.app import Application
from oneinvoice_impl.server.components import DEFAULT
from oneinvoice_impl.settings import Settings
from oneinvoice_impl.store.tables.webhooks import events
from oneinvoice_openapi.contract import held_to
from sqlalchemy import select

from tests.unit.impl.asgi_client import Answer, ask, asked, bearer
from tests.unit.openapi.labelled_pairs import written

KEY = bearer(key_text(1, "primary"))
LOCAL = [("Host", "127.0.0.1"), ("Content-Type", "application/json")]
PATHS = {"members": "/api/v1/members", "quotes": "/api/v1/quotes", "invoices": "/api/v1/invoices"}
SCALE = 60


class Draft:
    """The implemented document, to be changed."""

    def __init__(self, content: dict[str, Any] | None = None) -> None:
        self.content = content or document()
        self.schemas: dict[str, Any] = self.content["components"]["schemas"]

    def field(self, schema: str, name: str, described: Any, *, required: bool = False) -> Draft:
        self.schemas[schema]["properties"][name] = described
        if required:
            self.schemas[schema]["required"].append(name)
        return self

    def without(self, schema: str, name: str) -> Draft:
        del self.schemas[schema]["properties"][name]
        self.schemas[schema]["required"].remove(name)
        return self

    def parameter(self, resource: str, described: dict[str, Any]) -> Draft:
        self.content["paths"][PATHS[resource]]["get"]["parameters"].append({"in": "query", **described})
        return self

    def event(self, name: str, data: dict[str, Any]) -> Draft:
        added = copy.deepcopy(self.content["webhooks"]["invoice.sent"])
        added["post"]["operationId"] = f"on_{name.replace('.', '_')}"
        added["post"]["parameters"][0] |= {"schema": {"type": "string", "const": name}, "example": name}
        body = copy.deepcopy(self.schemas["InvoiceSent"])
        body["allOf"][1]["properties"] |= {"event": {"type": "string", "const": name}, "data": data}
        added["post"]["requestBody"]["content"]["application/json"] = {"schema": body}
        self.content["webhooks"][name] = added
        return self

    def written(self, folder: Path) -> Path:
        path = folder / "draft.yaml"
        path.write_bytes(written(self.content))
        return path

    def admitted(self, folder: Path) -> Proposal:
        return admitted(str(self.written(folder)))


@dataclass(frozen=True)
class DraftMock:
    """A mock that serves a proposal; what it says is held against the document."""

    app: Application
    proposal: Proposal

    def get(self, target: str) -> Answer:
        """An answer that is as the document describes it."""
        answer = ask(self.app, target, KEY)
        assert int(answer.headers["content-length"]) == len(answer.body)
        problem = problem_of(self.proposal.document, target.partition("?")[0], answer)
        assert problem is None, (target, answer, problem)
        return answer

    def page(self, target: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
        answer = self.get(target)
        assert answer.status == 200, answer
        return answer.json["data"], answer.json["pagination"]

    def all(self, resource: str, query: str = "") -> list[dict[str, Any]]:
        """All records of a list, page by page."""
        found: list[dict[str, Any]] = []
        while True:
            records, place = self.page(f"{PATHS[resource]}?limit=10&offset={len(found)}{query}")
            found += records
            if not records or len(found) >= place["total"]:
                assert len(found) == place["total"]
                return found

    def control(self, path: str, content: Any, method: str = "POST") -> Answer:
        return asyncio.run(asked(self.app, f"/_mock{path}", LOCAL, method, json.dumps(content).encode()))

    def trigger(self, event: str, **order: Any) -> list[dict[str, Any]]:
        """The bodies of all events that it caused, each valid."""
        answer = self.control("/trigger", {"event": event, **order})
        assert answer.status == 200, answer
        names = {each["id"]: each["event"] for each in answer.json["events"]}
        with self.app.database.engine.connect() as connection:
            bodies = {row.id: row.body for row in connection.execute(select(events.c.id, events.c.body))}
        return [self._valid(name, json.loads(bodies[id])) for id, name in names.items()]

    def _valid(self, name: str, body: dict[str, Any]) -> dict[str, Any]:
        if name in self.proposal.events:
            described = self.proposal.document["webhooks"][name]["post"].get("requestBody")
            if described:
                place = f"#/webhooks/{name}/post/requestBody/content/application~1json/schema"
                validator(self.proposal.document, place).validate(body)
        return body


def validator(content: dict[str, Any], place: str) -> Any:
    """What tells whether something is valid by the schema at a place, without the statuses that it doesn't name."""
    return jsonschema_rs.Draft202012Validator({**held_to(content), "$ref": place}, validate_formats=True)


def problem_of(content: dict[str, Any], path: str, answer: Answer) -> str | None:
    """What is wrong with an answer by the document, if something is."""
    known = path if path in content["paths"] else "/api/v1"
    responses = content["paths"].get(known, {}).get("get", {}).get("responses", {})
    key = next(
        (each for each in (str(answer.status), f"{answer.status // 100}XX", "default") if each in responses), None
    )
    if key is None:
        return f"{answer.status} is not described"
    place = f"#/paths/{known.replace('/', '~1')}/get/responses/{key}"
    described = responses[key]
    while "$ref" in described:
        place = described["$ref"]
        described = content
        for step in place.split("/")[1:]:
            described = described[step]
    media = answer.headers["content-type"]
    if media not in described.get("content", {}):
        return f"{media} is not described"
    if "schema" not in described["content"][media]:
        return None
    place += f"/content/{media.replace('/', '~1')}/schema"
    errors = [error.message for error in validator(content, place).iter_errors(answer.json)]
    return errors[0] if errors else None


@contextmanager
def serving(proposal: Proposal, scale: int = SCALE) -> Iterator[DraftMock]:
    seeded = Seeded(1, scale, 1_000_000, statuses=proposal.statuses)
    mock = LocalMock(clock=ManualClock(), seeded=seeded, proposal=proposal)
    app = mock.application(Settings(webhooks_to_loopback=True), proposal.components(DEFAULT))
    seed_database(app.database, 1, scale, lambda done, total: None, rate_limit=1_000_000, statuses=proposal.statuses)
    try:
        yield DraftMock(app, proposal)
    finally:
        app.database.close()
