"""What a record shows beyond what is promised, and under which names."""

from __future__ import annotations

import uuid
from typing import Any

from tests.miniatures.data import Member, Record
from tests.miniatures.decorators import variant
from tests.miniatures.deployment import Deployment, ListQuery


class _EveryRecord(Deployment):
    def represent(self, record: Record, query: ListQuery) -> Any:
        return self.retouched(super().represent(record, query), record, query)

    def retouched(self, shown: dict[str, Any], record: Record, query: ListQuery) -> dict[str, Any]:
        raise NotImplementedError


@variant()
class IdsRepeatAcrossOrganisations(_EveryRecord):
    """Ids are integers that each organisation counts from 1."""

    def retouched(self, shown: dict[str, Any], record: Record, query: ListQuery) -> dict[str, Any]:
        mine = sorted(each.id for each in self.scope(self.world.table(query.resource), query))
        return shown | {"id": mine.index(record.id) + 1}


@variant()
class UuidIds(_EveryRecord):
    """Ids are UUIDs."""

    def retouched(self, shown: dict[str, Any], record: Record, query: ListQuery) -> dict[str, Any]:
        return shown | {"id": str(uuid.uuid5(uuid.NAMESPACE_URL, f"{query.resource}/{record.id}"))}


@variant()
class RecordsWithoutId(_EveryRecord):
    """Records have no id."""

    def retouched(self, shown: dict[str, Any], record: Record, query: ListQuery) -> dict[str, Any]:
        return {name: value for name, value in shown.items() if name != "id"}


@variant()
class IdsNamedByKind(_EveryRecord):
    """Ids are called memberNo, quoteNo and invoiceNo; each record has a row number and a link with the query, too."""

    def retouched(self, shown: dict[str, Any], record: Record, query: ListQuery) -> dict[str, Any]:
        others = {name: value for name, value in shown.items() if name != "id"}
        # An invoice was made of a quote, of which there may be more invoices.
        made_of = {"quoteNo": record.id // 3} if query.resource == "invoices" else {}
        link = f"/{query.resource}?limit={query.limit}&offset={query.offset}&status={query.status}"
        return made_of | {f"{query.resource[:-1]}No": record.id, "from": link} | others

    def envelope(self, items: list[Any], total: int, query: ListQuery) -> Any:
        rows = [{"row": query.offset + index, **item} for index, item in enumerate(items, 1)]
        return super().envelope(rows, total, query)


@variant()
class ExtraFields(_EveryRecord):
    """Every record has more fields, lists and words that only sound like signing or due among them."""

    def retouched(self, shown: dict[str, Any], record: Record, query: ListQuery) -> dict[str, Any]:
        before = {"tags": [], "notes": [{"text": "ring først"}], "design": "classic", "assigned_to": None}
        return before | shown | {"links": {"self": f"/{query.resource}/{record.id}"}, "version": 3, "subdued": True}


@variant()
class LinksFreshlySigned(_EveryRecord):
    """Every record links to a file by an address that is signed anew in each answer."""

    def retouched(self, shown: dict[str, Any], record: Record, query: ListQuery) -> dict[str, Any]:
        return shown | {"file_url": f"https://files.example/{record.id}?token={len(self.log):016x}"}


@variant()
class MoreUnderFilter(_EveryRecord):
    """A filtered list shows more of each record, such as who made it."""

    def retouched(self, shown: dict[str, Any], record: Record, query: ListQuery) -> dict[str, Any]:
        return shown | {"made_by": {"name": "Åse Lund", "email": "aase@example.com"}} if query.status else shown


@variant()
class PlacesInTheQuery(_EveryRecord):
    """Every record tells its cursor, its address and a title, which differ with the query."""

    def retouched(self, shown: dict[str, Any], record: Record, query: ListQuery) -> dict[str, Any]:
        place = f"{query.status or 'all'}-{query.limit}"
        return shown | {
            "cursor": f"{place}-{record.id}",
            "self": f"/{query.resource}/{record.id}?in={place}",
            "row": len(place),
        }


@variant()
class TokensAnew(_EveryRecord):
    """The token of a quote is made anew in each answer; all of them open it."""

    def retouched(self, shown: dict[str, Any], record: Record, query: ListQuery) -> dict[str, Any]:
        if query.resource != "quotes":
            return shown
        return shown | {"public_token": f"{shown['public_token']}.{len(self.log):08x}"}


@variant()
class MembersWithoutStatus(Deployment):
    """Members don't show their status."""

    def member(self, member: Member) -> dict[str, Any]:
        shown = super().member(member)
        return {name: value for name, value in shown.items() if name != "status"}


@variant()
class StatusCapitalised(Deployment):
    """The status of a member is shown with a capital letter."""

    def member(self, member: Member) -> dict[str, Any]:
        return super().member(member) | {"status": member.status.capitalize()}
