"""Controls of the records themselves. They are data: no event happens, and no webhook is sent."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from oneinvoice_impl.domain import representation
from oneinvoice_impl.domain.errors import IllegalTransition
from oneinvoice_impl.domain.invoice import Invoice
from oneinvoice_impl.domain.member import Member
from oneinvoice_impl.domain.quote import Quote
from oneinvoice_impl.mock.controls import request_bodies
from oneinvoice_impl.mock.controls.routing import RecordNotFound, Routing
from oneinvoice_impl.mock.controls.values import InvalidRequest
from oneinvoice_impl.store import own_data
from oneinvoice_impl.store.records.scope import Resource
from oneinvoice_impl.store.types import Connection
from oneinvoice_impl.webhooks.service import WebhookService

if TYPE_CHECKING:
    from oneinvoice_impl.mock.fixtures.fixtures import Fixtures
    from oneinvoice_impl.mock.fixtures.loading import Loaded
    from oneinvoice_impl.mock.proposals.proposal import Proposal

_RESOURCES: tuple[Resource, ...] = ("members", "quotes", "invoices")

# What reads, checks and stores records is imported when somebody first sends some: no start waits for it.


class DataControls:
    """Handlers of the requests that add, change and remove records of an organisation, or load fixtures for both."""

    def __init__(
        self, webhooks: WebhookService, organisation_ids: tuple[str, str], proposal: Proposal | None = None
    ) -> None:
        """`organisation_ids` are the primary organisation's and the other one's."""
        self._webhooks = webhooks
        self._organisation_ids = organisation_ids
        self._proposal = proposal
        self._new_fields = frozenset() if proposal is None else proposal.new_fields

    def routes(self, route: Routing) -> list[Route]:
        """Return all of them."""
        return [
            route("GET", "/fixtures.schema.json", self.show_schema),
            route("POST", "/fixtures", self.load_fixtures, query=("replace",)),
            route("PATCH", "/members/{id}", self.change_member),
            *(route("POST", f"/{resource}", self._adding(resource)) for resource in _RESOURCES),
            *(route("DELETE", f"/{resource}", self._emptying(resource)) for resource in _RESOURCES),
            *(route("DELETE", f"/{resource}/{{id}}", self._removing(resource)) for resource in _RESOURCES),
        ]

    async def show_schema(self, request: Request) -> Any:
        """Return the format of fixtures, for editors."""
        from oneinvoice_impl.mock.fixtures.schema import schema

        return schema()

    async def load_fixtures(self, request: Request) -> Response:
        """Load fixtures, in JSON or YAML, all or nothing."""
        from oneinvoice_impl.mock.fixtures.fixtures import read_fixtures

        replace = _flag(request, "replace")
        is_yaml = "yaml" in request.headers.get("content-type", "")
        body, at = await _body(request), self._webhooks.clock()

        def read() -> Fixtures:
            return read_fixtures(body, is_yaml=is_yaml, at=at, new_fields=self._new_fields)

        both, fixtures = await self._load(read, at, replace)
        return _created(_counts(both, fixtures))

    def _adding(self, resource: Resource) -> Any:
        async def add(request: Request) -> Response:
            from oneinvoice_impl.mock.fixtures.fixtures import check_fixtures
            from oneinvoice_impl.mock.fixtures.text import read_text

            body, at = await _body(request), self._webhooks.clock()

            def read() -> Fixtures:
                value = read_text(body, is_yaml=False).value
                if isinstance(value, dict) and value.keys() - {"pagination"} == {"data"}:  # a page of the API
                    value = value["data"]
                records = value if isinstance(value, list) else [value]
                return check_fixtures({resource: records}, at, new_fields=self._new_fields)

            (loaded, _), _ = await self._load(read, at, False)
            return _created({"data": [self._shown(resource, _represent(each, at)) for each in loaded[resource]]})

        return add

    async def _load(
        self, read: Callable[[], Fixtures], at: datetime, replace: bool | None
    ) -> tuple[tuple[Loaded, Loaded], Fixtures]:
        """Load what `read` returns, which takes a while for many records; return what was stored, and that."""
        from oneinvoice_impl.mock.fixtures.loading import load
        from oneinvoice_impl.mock.fixtures.webhooks import check_urls

        fixtures = await asyncio.to_thread(read)
        told = fixtures if replace is None else fixtures.replacing(replace)
        await check_urls(told, self._webhooks.url_policy)
        encryption = self._webhooks.encryption
        loaded = await self._webhooks.transact(
            lambda connection: load(connection, self._organisation_ids, told, at, encryption)
        )
        return loaded, told

    async def change_member(self, request: Request) -> Any:
        """Change values of a member."""
        from oneinvoice_impl.mock.fixtures.fixtures import check_fixtures
        from oneinvoice_impl.mock.fixtures.loading import change_member
        from oneinvoice_impl.mock.fixtures.text import read_text

        body, id, at = await _body(request), request.path_params["id"], self._webhooks.clock()
        told = {"members": [read_text(body, is_yaml=False).value]}
        changes = check_fixtures(told, at, new_fields=self._new_fields)
        member = await self._webhooks.transact(
            lambda connection: change_member(connection, self._organisation_ids[0], id, changes)
        )
        if member is None:
            raise _not_found("members", id)
        return self._shown("members", representation.member(member))

    def _shown(self, resource: Resource, record: dict[str, Any]) -> Any:
        """Return a record as the API shows it."""
        return record if self._proposal is None else self._proposal.record(resource, record)

    def _emptying(self, resource: str) -> Any:
        async def remove_all(request: Request) -> dict[str, Any]:
            primary, _ = self._organisation_ids

            def work(connection: Connection) -> int:
                own_data.lock(connection, [primary])
                if resource == "quotes":
                    _must_have_no_invoices(connection, primary)
                return own_data.remove_all(connection, primary, resource)

            return {"removed": await self._webhooks.transact(work)}

        return remove_all

    def _removing(self, resource: str) -> Any:
        async def remove(request: Request) -> dict[str, Any]:
            id, (primary, _) = request.path_params["id"], self._organisation_ids

            def work(connection: Connection) -> bool:
                own_data.lock(connection, [primary])
                if resource == "quotes":
                    _must_have_no_invoices(connection, primary, id)
                return own_data.remove(connection, primary, resource, id)

            if not await self._webhooks.transact(work):
                raise _not_found(resource, id)
            return {"id": id}

        return remove


async def _body(request: Request) -> bytes:
    from oneinvoice_impl.mock.fixtures.text import LONGEST, TOO_LONG

    body = await request_bodies.read_bytes(request, LONGEST)
    if body is None:
        raise InvalidRequest(TOO_LONG)
    return body


def _flag(request: Request, name: str) -> bool | None:
    text = request.query_params.get(name)
    if text not in (None, "true", "false"):
        raise InvalidRequest(f"{name} must be true or false.")
    return None if text is None else text == "true"


def _created(content: Mapping[str, Any]) -> Response:
    return Response(representation.to_json(content).encode(), HTTPStatus.CREATED, media_type="application/json")


def _represent(record: Member | Quote | Invoice, at: datetime) -> dict[str, Any]:
    if isinstance(record, Invoice):
        return representation.invoice(record, at.date())
    return representation.quote(record) if isinstance(record, Quote) else representation.member(record)


def _counts(both: tuple[Loaded, Loaded], fixtures: Fixtures) -> dict[str, Any]:
    """Return how many records and webhooks were loaded; those of the other organisation under `other`."""
    own, other = (
        {resource: len(records) for resource, records in each.items()} | {"webhooks": len(given.webhooks or ())}
        for each, given in zip(both, fixtures.organisations, strict=True)
    )
    return own | {"other": other}


def _must_have_no_invoices(connection: Connection, organisation_id: str, quote_id: str | None = None) -> None:
    ids = own_data.invoices_of_quotes(connection, organisation_id, quote_id)
    if ids:
        what = "quotes" if quote_id is None else "this quote"
        raise IllegalTransition(
            f"{len(ids)} of the invoices were made from {what}, such as {ids[0]}; remove them first."
        )


def _not_found(resource: str, id: str) -> RecordNotFound:
    return RecordNotFound(f"The organisation has no {resource.removesuffix('s')} {id}.")
