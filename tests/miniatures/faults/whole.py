"""Faults of a few requests, for which a whole run alone has room: one that measures the rate limit, too."""

from __future__ import annotations

from dataclasses import replace
from typing import NoReturn

from werkzeug.wrappers import Request

from tests.miniatures.data import PRIMARY, Key, Record
from tests.miniatures.deployment import Ask, Deployment, Stop


class _OpenToFilters(Deployment):
    """One list is open to everybody who filters it."""

    where = ""

    def authenticate(self, request: Request, resource: str) -> str:
        if resource == self.where and "Authorization" not in request.headers and "status" in request.args:
            return PRIMARY
        return super().authenticate(request, resource)


class FilteredMembersOpen(_OpenToFilters):
    """Members are served without credentials where they are filtered."""

    where = "members"


class FilteredInvoicesOpen(_OpenToFilters):
    """Invoices are served without credentials where they are filtered."""

    where = "invoices"


class _OfKeyShape(Deployment):
    """Fails at a token without the beginning of a key."""

    status = 500

    def find_key(self, token: str, resource: str) -> Key | None:
        if not token.startswith("1iv_"):
            raise Stop(self.error(self.status, "A key begins with 1iv_."))
        return super().find_key(token, resource)


class TokenOfAnotherShapeCrashes(_OfKeyShape):
    """A token that has not the shape of a key gets 500."""


class TokenOfAnotherShapeBadRequest(_OfKeyShape):
    """A token that has not the shape of a key gets 400."""

    status = 400


class _RevokedFilters(Deployment):
    """A revoked key still filters one list."""

    where = ""

    def authenticate(self, request: Request, resource: str) -> str:
        if resource == self.where and "status" in request.args and self.name_of_key(request) == "revoked":
            return PRIMARY
        return super().authenticate(request, resource)


class RevokedKeyFiltersMembers(_RevokedFilters):
    """A revoked key goes on working on members that are filtered."""

    where = "members"


class RevokedKeyFiltersInvoices(_RevokedFilters):
    """A revoked key goes on working on invoices that are filtered."""

    where = "invoices"


class TokenSchemeAcceptedOnInvoices(Deployment):
    """The scheme Token is as good as Bearer on invoices."""

    def token(self, header: str, resource: str) -> str | None:
        also_token = header.replace("Token ", "Bearer ", 1) if resource == "invoices" else header
        return super().token(also_token, resource)


class KeyInHeaderOfItsOwn(Deployment):
    """The key may stand in X-API-Key as well."""

    def authenticate(self, request: Request, resource: str) -> str:
        key = self.find_key(request.headers.get("X-API-Key", ""), resource)
        return key.organisation if key and self.is_live(key, resource) else super().authenticate(request, resource)


class ExtendedKeyAcceptedOnQuotes(Deployment):
    """What follows a whole key doesn't matter on quotes."""

    def find_key(self, token: str, resource: str) -> Key | None:
        near = [key for key in self.keys.values() if token.startswith(key.value) and resource == "quotes"]
        return near[0] if near else super().find_key(token, resource)


class PrefixOfKeyOptional(Deployment):
    """A key works without its 1iv_ too."""

    def find_key(self, token: str, resource: str) -> Key | None:
        return super().find_key(f"1iv_{token.removeprefix('1iv_')}", resource)


class CaseOfKeyIgnoredOnInvoices(Deployment):
    """Keys are compared without regard to case on invoices."""

    def find_key(self, token: str, resource: str) -> Key | None:
        near = [key for key in self.keys.values() if token.lower() == key.value.lower() and resource == "invoices"]
        return near[0] if near else super().find_key(token, resource)


class _FilteredDefault(Deployment):
    """A filter changes how many members a page holds without a limit."""

    filtered_default = 0

    def parse(self, request: Request, resource: str, organisation: str) -> Ask:
        ask = super().parse(request, resource, organisation)
        changed = resource == "members" and "status" in request.args and "limit" not in request.args
        return replace(ask, limit=self.filtered_default) if changed else ask


class FilteredDefaultOf20(_FilteredDefault):
    """Without a limit a page of filtered members holds 20."""

    filtered_default = 20


class FilteredDefaultOf100(_FilteredDefault):
    """Without a limit a page of filtered members holds 100."""

    filtered_default = 100


class BeginsAnewPastFilteredEnd(Deployment):
    """Past the end of a filtered list stands its beginning."""

    def page(self, records: list[Record], ask: Ask) -> list[Record]:
        turned = replace(ask, offset=0) if ask.status is not None and ask.offset >= len(records) else ask
        return super().page(records, turned)


class UnfilteredPastFilteredEnd(Deployment):
    """Past the end of a filtered list the filter is forgotten."""

    def select(self, ask: Ask) -> list[Record]:
        records = super().select(ask)
        return super().select(replace(ask, status=None)) if ask.limit and ask.offset >= len(records) else records


class _LimitOfWords(Deployment):
    """One word for a limit means "no limit"."""

    word = ""

    def parse(self, request: Request, resource: str, organisation: str) -> Ask:
        if resource == "members" and request.args.get("limit") == self.word:
            return Ask(resource, organisation, 1_000_000)
        return super().parse(request, resource, organisation)


class EmptyLimitGivesAll(_LimitOfWords):
    """A limit of members without a value means "no limit"."""


class LimitOfAllGivesAll(_LimitOfWords):
    """A limit of "all" gives all members."""

    word = "all"


class _LargePages(Deployment):
    """A limit of 200 leaves out the organisation in one list."""

    where = ""
    paged = ("members", "quotes", "invoices")
    default_limit = 50

    def scope(self, records: list[Record], ask: Ask) -> list[Record]:
        return records if ask.resource == self.where and ask.limit == 200 else super().scope(records, ask)


class LargePagesOfQuotesMixed(_LargePages):
    """With a limit of 200, quotes of all organisations are listed."""

    where = "quotes"


class LargePagesOfInvoicesMixed(_LargePages):
    """With a limit of 200, invoices of all organisations are listed."""

    where = "invoices"


class EmptyStatusOfEverybody(Deployment):
    """An empty status is no filter, and drops the organisation too."""

    def select(self, ask: Ask) -> list[Record]:
        if ask.status == "":
            return self.order(self.world.table(ask.resource), ask)
        return super().select(ask)


class FirstOfStrangers(Deployment):
    """The first member alone, with a limit of 1 and no offset, is another organisation's."""

    def scope(self, records: list[Record], ask: Ask) -> list[Record]:
        if ask.resource != "members" or ask.status is not None or (ask.limit, ask.offset) != (1, 0):
            return super().scope(records, ask)
        return [record for record in records if record.organisation != ask.organisation]


class _Brittle(Deployment):
    """Crashes at some values of one parameter of one list."""

    resource = "members"
    parameter = "status"

    def parse(self, request: Request, resource: str, organisation: str) -> Ask:
        value = request.args.get(self.parameter)
        if resource == self.resource and value is not None and self.breaks(value):
            self.crash()
        return super().parse(request, resource, organisation)

    def breaks(self, value: str) -> bool:
        raise NotImplementedError

    def crash(self) -> NoReturn:
        raise Stop(self.error(500, "Internal server error."))


class EmptyLimitCrashes(_Brittle):
    """A limit of members without a value gets 500."""

    parameter = "limit"

    def breaks(self, value: str) -> bool:
        return not value


class EmptyOffsetCrashes(EmptyLimitCrashes):
    """An offset of members without a value gets 500."""

    parameter = "offset"


class EmptyStatusCrashes(EmptyLimitCrashes):
    """A status of members without a value gets 500."""

    parameter = "status"


class FractionCrashes(_Brittle):
    """A limit with a fraction gets 500."""

    parameter = "limit"

    def breaks(self, value: str) -> bool:
        return "." in value


class QuoteInStatusCrashes(_Brittle):
    """A quotation mark in the status of members gets 500, from the database."""

    def breaks(self, value: str) -> bool:
        return "'" in value


class StatusBeyondAsciiCrashes(_Brittle):
    """A status of members with a letter beyond ASCII gets 500."""

    def breaks(self, value: str) -> bool:
        return not value.isascii()


class NulInStatusCrashes(_Brittle):
    """A zero byte in the status of members gets 500, from the database."""

    def breaks(self, value: str) -> bool:
        return "\0" in value


class ExponentCrashes(_Brittle):
    """A limit with an exponent gets 500."""

    parameter = "limit"

    def breaks(self, value: str) -> bool:
        return "e" in value and value.replace("e", "").isdigit()


class TextLimitOfQuotesCrashes(_Brittle):
    """A limit of quotes that is no number gets 500."""

    resource, parameter = "quotes", "limit"

    def breaks(self, value: str) -> bool:
        return not value.removeprefix("-").isdigit()


class NegativeOffsetOfQuotesCrashes(_Brittle):
    """A negative offset of quotes gets 500."""

    resource, parameter = "quotes", "offset"

    def breaks(self, value: str) -> bool:
        return value.startswith("-")


class LimitOfZeroInvoicesCrashes(_Brittle):
    """A limit of 0 invoices gets 500."""

    resource, parameter = "invoices", "limit"

    def breaks(self, value: str) -> bool:
        return value == "0"


class HugeOffsetOfInvoicesCrashes(_Brittle):
    """An offset of invoices of more than 64 bits gets 500."""

    resource, parameter = "invoices", "offset"

    def breaks(self, value: str) -> bool:
        return value.isdigit() and int(value) >= 2**63


FAULTS: dict[str, list[type[Deployment]]] = {
    "AUTH-1": [FilteredMembersOpen, FilteredInvoicesOpen],
    "AUTH-2": [TokenOfAnotherShapeCrashes, TokenOfAnotherShapeBadRequest],
    "AUTH-3": [RevokedKeyFiltersMembers, RevokedKeyFiltersInvoices],
    "AUTH-4": [TokenSchemeAcceptedOnInvoices, KeyInHeaderOfItsOwn],
    "AUTH-5": [ExtendedKeyAcceptedOnQuotes, PrefixOfKeyOptional, CaseOfKeyIgnoredOnInvoices],
    "ORG-1": [LargePagesOfQuotesMixed, LargePagesOfInvoicesMixed, FirstOfStrangers],
    "ORG-2": [EmptyStatusOfEverybody],
    "MEM-2": [FilteredDefaultOf20, FilteredDefaultOf100],
    "MEM-4": [EmptyLimitGivesAll, LimitOfAllGivesAll],
    "MEM-8": [BeginsAnewPastFilteredEnd, UnfilteredPastFilteredEnd],
    "ERR-1": [
        EmptyLimitCrashes,
        EmptyOffsetCrashes,
        EmptyStatusCrashes,
        FractionCrashes,
        QuoteInStatusCrashes,
        StatusBeyondAsciiCrashes,
        NulInStatusCrashes,
        ExponentCrashes,
        TextLimitOfQuotesCrashes,
        NegativeOffsetOfQuotesCrashes,
        LimitOfZeroInvoicesCrashes,
        HugeOffsetOfInvoicesCrashes,
    ],
}
