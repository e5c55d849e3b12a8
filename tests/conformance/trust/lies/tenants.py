"""Auth: "Keys are tied to the organisation they were created in: you can only read data for your own org"."""

from __future__ import annotations

from random import Random
from typing import Any

from werkzeug.wrappers import Request

from tests.conformance.trust import lying
from tests.conformance.trust.lying import ANYWHERE, Corner, Lie, Lying
from tests.miniatures.data import OTHER, PRIMARY, Record
from tests.miniatures.deployment import RESOURCES, ListQuery

OWN = "You can only read data for your own org."


class Leaks(Lying):
    """Puts records of the other organisation among those that are read."""

    which = "one"  # or: all, last, every tenth
    status: str | None = None
    seen_by = PRIMARY

    def scope(self, records: list[Record], query: ListQuery) -> list[Record]:
        own = super().scope(records, query)
        if query.organisation != self.seen_by or not self.lies():
            return own
        foreign = [each for each in records if each.organisation != query.organisation]
        if self.status:
            foreign = [each for each in foreign if each.status == self.status]
        return self.instead(own, own + self.chosen(foreign))

    def chosen(self, foreign: list[Record]) -> list[Record]:
        return {"one": foreign[:1], "last": foreign[-1:], "every third": foreign[::3], "all": foreign}[self.which]


class OnlyForeign(Leaks):
    """Gives the records of the other organisation in the place of the own ones."""

    def scope(self, records: list[Record], query: ListQuery) -> list[Record]:
        own = super(Leaks, self).scope(records, query)
        if query.organisation != self.seen_by or not self.lies():
            return own
        return self.instead(own, [each for each in records if each.organisation != query.organisation])


class ForeignOnPage(Leaks):
    """Puts a foreign record in the place of one that is on the page."""

    place = -1

    def page(self, records: list[Record], query: ListQuery) -> list[Record]:
        page = super().page(records, query)
        foreign = [each for each in self.world.table(query.resource) if each.organisation != self.seen_by]
        if query.status is not None:
            foreign = [each for each in foreign if each.status == query.status]
        if query.organisation != self.seen_by or not self.lies() or not page or not foreign:
            return page
        changed = [*page]
        changed[self.place] = foreign[0]
        return self.instead(page, changed)

    def scope(self, records: list[Record], query: ListQuery) -> list[Record]:
        return super(Leaks, self).scope(records, query)


class ForeignPastTheEnd(Leaks):
    """Goes on with foreign records where the own ones end."""

    def page(self, records: list[Record], query: ListQuery) -> list[Record]:
        if query.organisation != self.seen_by or not self.lies():
            return super().page(records, query)
        foreign = [each for each in self.world.table(query.resource) if each.organisation != query.organisation]
        if query.status is not None:
            foreign = [each for each in foreign if each.status == query.status]
        beyond = query.offset + (query.limit or len(records)) - len(records)
        if query.limit is None or beyond <= 0:
            return super().page(records, query)
        self.lies_told += bool(foreign)
        return (records + foreign)[query.offset :][: query.limit]

    def scope(self, records: list[Record], query: ListQuery) -> list[Record]:
        return super(Leaks, self).scope(records, query)


class ForeignBeside(Leaks):
    """Has a foreign record beside the list of the own ones."""

    def envelope(self, items: list[Any], total: int, query: ListQuery) -> Any:
        enveloped = super().envelope(items, total, query)
        foreign = [each for each in self.world.table(query.resource) if each.organisation != query.organisation]
        if not isinstance(enveloped, dict) or not self.lies() or not items:
            return enveloped
        return self.instead(enveloped, enveloped | {"featured": self.represent(foreign[0], query)})

    def scope(self, records: list[Record], query: ListQuery) -> list[Record]:
        return super(Leaks, self).scope(records, query)


class KeyOfConnection(Lying):
    """Serves all requests of a connection for the organisation of the first key that was used on it."""

    def authenticate(self, request: Request, resource: str) -> str:
        organisation = super().authenticate(request, resource)
        good = [name for name in self.asked.keys_before if name in ("primary", "sibling", "other")]
        if good and self.lies():
            return self.instead(organisation, self.keys[good[0]].organisation)
        return organisation


class TiedToAnother(Lying):
    """Takes a key for one of the other organisation."""

    key = "primary"

    def authenticate(self, request: Request, resource: str) -> str:
        organisation = super().authenticate(request, resource)
        if self.asked.key == self.key and self.lies():
            return self.instead(organisation, OTHER if organisation == PRIMARY else PRIMARY)
        return organisation


STATUSES = {
    "members": ("active", "inactive", "pending"),
    "quotes": ("draft", "sent", "accepted", "rejected"),
    "invoices": ("draft", "sent", "paid"),
}


def _corner(chance: Random, resource: str) -> Corner:
    corners = [
        ANYWHERE,
        lying.PLAIN,
        lying.UNFILTERED,
        lying.filtered(),
        lying.filtered(chance.choice(STATUSES[resource])),
        lying.with_key("primary"),
        lying.from_request(chance.randint(2, 30)),
    ]
    if resource == "members":
        corners += [lying.LARGE_PAGE, lying.LATER_PAGE, lying.DEFAULT_PAGE]
    return chance.choice(corners)


def _attributes(chance: Random) -> tuple[str, str, dict[str, Any]]:
    resource = chance.choice(RESOURCES)
    corner = _corner(chance, resource)
    where = " ".join(filter(None, (resource, corner.words)))
    return resource, where, {"resource": resource, "corner": corner}


def leak(chance: Random) -> Lie:
    resource, where, attributes = _attributes(chance)
    attributes["which"] = chance.choice(["one", "last", "every third", "all"])
    attributes["status"] = chance.choice([None, None, *STATUSES[resource]])
    status = f" {attributes['status']}" if attributes["status"] else ""
    does = f"{where.capitalize()} have {attributes['which']}{status} of another organisation too."
    return Lie(("ORG", resource[:3].upper()), OWN, does, Leaks, attributes)


def leak_to_other(chance: Random) -> Lie:
    resource = chance.choice(RESOURCES)
    which = chance.choice(["one", "last", "every third", "all"])
    does = f"The other organisation's {resource} have {which} of the first one too."
    return Lie(("ORG",), OWN, does, Leaks, {"resource": resource, "which": which, "seen_by": OTHER})


def only_foreign(chance: Random) -> Lie:
    resource, where, attributes = _attributes(chance)
    return Lie(
        ("ORG", resource[:3].upper()),
        OWN,
        f"{where.capitalize()} are those of another organisation.",
        OnlyForeign,
        attributes,
    )


def on_page(chance: Random) -> Lie:
    _, where, attributes = _attributes(chance)
    attributes["place"] = chance.choice([0, -1])
    does = f"On each page of {where} position {attributes['place']} is another organisation's."
    numbered = frozenset({"ids-repeat-across-organisations"})
    return Lie(("ORG", "MEM"), OWN, does, ForeignOnPage, attributes, without=numbered)


def past_the_end(chance: Random) -> Lie:
    corner = chance.choice([ANYWHERE, lying.UNFILTERED, lying.filtered("pending"), lying.filtered()])
    resource = "members"
    does = f"Members {corner.words} go on with another organisation's past their end."
    freedoms = frozenset({"past-the-end-not-found", "past-the-end-bad-request"})
    return Lie(("ORG", "MEM"), OWN, does, ForeignPastTheEnd, {"resource": resource, "corner": corner}, without=freedoms)


def beside(chance: Random) -> Lie:
    resource = chance.choice([*RESOURCES, None])
    does = f"Beside {resource or 'all lists'} there is a record of another organisation."
    return Lie(("ORG",), OWN, does, ForeignBeside, {"resource": resource})


def connection(chance: Random) -> Lie:
    resource = chance.choice([*RESOURCES, None, None])
    does = f"The first key of a connection is that of all requests for {resource or 'lists'} on it."
    closed = frozenset({"connection-closed", "old-protocol"})
    return Lie(("ORG", "AUTH"), OWN, does, KeyOfConnection, {"resource": resource}, without=closed)


def tied(chance: Random) -> Lie:
    key, resource = chance.choice(["primary", "sibling", "other"]), chance.choice([*RESOURCES, None])
    does = f"The {key} key reads {resource or 'all lists'} of the organisation that it isn't of."
    return Lie(("ORG", "AUTH"), OWN, does, TiedToAnother, {"resource": resource, "key": key})


DRAWN = (leak, leak, leak, leak_to_other, only_foreign, on_page, past_the_end, beside, connection, tied)
