"""Bad input that breaks the server."""

from __future__ import annotations

from typing import NoReturn

from werkzeug.wrappers import Request

from tests.miniatures.decorators import Run, fault
from tests.miniatures.deployment import Abort, Deployment, ListQuery


class _Fragile(Deployment):
    def crash(self, what: str, status: int = 500) -> NoReturn:
        raise Abort(self.error(status, what))


@fault("ERR-1")
class TextLimitCrashes(_Fragile):
    """A limit that is no number gets 500."""

    def parse_limit(self, text: str | None) -> int:
        if text is not None and not text.removeprefix("-").isdigit():
            self.crash(f"ValueError: invalid literal for int() with base 10: {text!r}")
        return super().parse_limit(text)


@fault("ERR-1")
class TextOffsetCrashes(_Fragile):
    """An offset that is no number gets 500."""

    def parse_offset(self, text: str | None) -> int:
        if text is not None and not text.removeprefix("-").isdigit():
            self.crash(f"ValueError: invalid literal for int() with base 10: {text!r}")
        return super().parse_offset(text)


@fault("ERR-1")
class LimitOfZeroCrashes(_Fragile):
    """A limit of 0 gets 500, from counting pages."""

    def too_small(self, limit: int) -> int:
        return self.crash("ZeroDivisionError: division by zero") if limit == 0 else super().too_small(limit)


@fault("ERR-1")
class NegativeLimitCrashes(_Fragile):
    """A negative limit gets 500, from the database."""

    def too_small(self, limit: int) -> int:
        return self.crash("LIMIT must not be negative") if limit < 0 else super().too_small(limit)


@fault("ERR-1")
class NegativeOffsetCrashes(_Fragile):
    """A negative offset gets 500, from the database."""

    def negative(self, offset: int) -> int:
        self.crash("OFFSET must not be negative")


@fault("ERR-1")
class HugeNumberCrashes(_Fragile):
    """A limit or an offset of more than 64 bits gets 500, from the database."""

    def number(self, text: str) -> int:
        number = super().number(text)
        if abs(number) >= 2**63:
            self.crash("bigint out of range")
        return number


@fault("ERR-1")
class UnknownStatusCrashes(_Fragile):
    """A status of members that isn't one of the three gets 500, from the database's enumeration."""

    known = ("active", "inactive", "pending")
    resource = "members"

    def parse_status(self, text: str | None, resource: str) -> str | None:
        if resource == self.resource and text is not None and text not in self.known:
            self.crash(f"invalid input value for enum: {text!r}")
        return super().parse_status(text, resource)


@fault("ERR-1")
class UnknownStatusCrashesInvoices(UnknownStatusCrashes):
    """A status that invoices don't have gets 500."""

    known = ("draft", "sent", "paid")
    resource = "invoices"


@fault("ERR-1")
class UnknownStatusUnavailable(_Fragile):
    """A status that quotes don't have gets 503."""

    def parse_status(self, text: str | None, resource: str) -> str | None:
        if resource == "quotes" and text not in (None, "draft", "sent", "accepted", "rejected"):
            self.crash("Service unavailable.", 503)
        return super().parse_status(text, resource)


@fault("ERR-1")
class BadNumbersBadGateway(_Fragile):
    """A limit below 1 gets 502, for the server behind the proxy dies of it."""

    def too_small(self, limit: int) -> int:
        self.crash("Bad gateway.", 502)


class _Brittle(Deployment):
    """Crashes at some values of one parameter of one list."""

    resource = "members"
    parameter = "status"

    def parse(self, request: Request, resource: str, organisation: str) -> ListQuery:
        value = request.args.get(self.parameter)
        if resource == self.resource and value is not None and self.breaks(value):
            self.crash()
        return super().parse(request, resource, organisation)

    def breaks(self, value: str) -> bool:
        raise NotImplementedError

    def crash(self) -> NoReturn:
        raise Abort(self.error(500, "Internal server error."))


@fault("ERR-1", shown_by=Run.WHOLE)
class EmptyLimitCrashes(_Brittle):
    """A limit of members without a value gets 500."""

    parameter = "limit"

    def breaks(self, value: str) -> bool:
        return not value


@fault("ERR-1", shown_by=Run.WHOLE)
class EmptyOffsetCrashes(EmptyLimitCrashes):
    """An offset of members without a value gets 500."""

    parameter = "offset"


@fault("ERR-1", shown_by=Run.WHOLE)
class EmptyStatusCrashes(EmptyLimitCrashes):
    """A status of members without a value gets 500."""

    parameter = "status"


@fault("ERR-1", shown_by=Run.WHOLE)
class FractionCrashes(_Brittle):
    """A limit with a fraction gets 500."""

    parameter = "limit"

    def breaks(self, value: str) -> bool:
        return "." in value


@fault("ERR-1", shown_by=Run.WHOLE)
class QuoteInStatusCrashes(_Brittle):
    """A quotation mark in the status of members gets 500, from the database."""

    def breaks(self, value: str) -> bool:
        return "'" in value


@fault("ERR-1", shown_by=Run.WHOLE)
class StatusBeyondAsciiCrashes(_Brittle):
    """A status of members with a letter beyond ASCII gets 500."""

    def breaks(self, value: str) -> bool:
        return not value.isascii()


@fault("ERR-1", shown_by=Run.WHOLE)
class NulInStatusCrashes(_Brittle):
    """A zero byte in the status of members gets 500, from the database."""

    def breaks(self, value: str) -> bool:
        return "\0" in value


@fault("ERR-1", shown_by=Run.WHOLE)
class ExponentCrashes(_Brittle):
    """A limit with an exponent gets 500."""

    parameter = "limit"

    def breaks(self, value: str) -> bool:
        return "e" in value and value.replace("e", "").isdigit()


@fault("ERR-1", shown_by=Run.WHOLE)
class TextLimitOfQuotesCrashes(_Brittle):
    """A limit of quotes that is no number gets 500."""

    resource, parameter = "quotes", "limit"

    def breaks(self, value: str) -> bool:
        return not value.removeprefix("-").isdigit()


@fault("ERR-1", shown_by=Run.WHOLE)
class NegativeOffsetOfQuotesCrashes(_Brittle):
    """A negative offset of quotes gets 500."""

    resource, parameter = "quotes", "offset"

    def breaks(self, value: str) -> bool:
        return value.startswith("-")


@fault("ERR-1", shown_by=Run.WHOLE)
class LimitOfZeroInvoicesCrashes(_Brittle):
    """A limit of 0 invoices gets 500."""

    resource, parameter = "invoices", "limit"

    def breaks(self, value: str) -> bool:
        return value == "0"


@fault("ERR-1", shown_by=Run.WHOLE)
class HugeOffsetOfInvoicesCrashes(_Brittle):
    """An offset of invoices of more than 64 bits gets 500."""

    resource, parameter = "invoices", "offset"

    def breaks(self, value: str) -> bool:
        return value.isdigit() and int(value) >= 2**63


@fault("ERR-1", shown_by=Run.GENERATED)
class FuzzRepeatedParameterCrashes(Deployment):
    """A parameter that is sent twice beside another one gets 500, from a list where a text is due."""

    def parse(self, request: Request, resource: str, organisation: str) -> ListQuery:
        if len(request.args) > 1 and any(len(values) > 1 for _, values in request.args.lists()):
            raise Abort(self.error(500, "TypeError: int() argument must be a string, not 'list'"))
        return super().parse(request, resource, organisation)


@fault("ERR-1", shown_by=Run.GENERATED)
class FuzzUnprintableStatusCrashes(Deployment):
    """A status with a character that can't be printed gets 500, from the database."""

    def parse_status(self, text: str | None, resource: str) -> str | None:
        if text is not None and not text.isprintable():
            raise Abort(self.error(500, "invalid byte sequence for encoding UTF8"))
        return super().parse_status(text, resource)


@fault("ERR-1", shown_by=Run.GENERATED)
class FuzzFractionCrashes(Deployment):
    """A limit or an offset with a fraction gets 500, from rounding."""

    def number(self, text: str) -> int:
        if "." in text:
            raise Abort(self.error(500, "TypeError: 'float' object cannot be interpreted as an integer"))
        return super().number(text)


@fault("ERR-1", shown_by=Run.WHOLE)
class EmptyStatusOfInvoicesCrashes(_Fragile):
    """An empty status for invoices gets 500; for members and quotes it is none."""

    def parse_status(self, text: str | None, resource: str) -> str | None:
        if text == "" and resource == "invoices":
            self.crash("ValueError: '' is not a valid InvoiceStatus")
        return super().parse_status(text, resource)
