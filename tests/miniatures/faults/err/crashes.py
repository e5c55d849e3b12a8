"""Bad input that breaks the server, and good requests that get an error nobody documented."""

from __future__ import annotations

from typing import NoReturn

from werkzeug.wrappers import Request

from tests.miniatures.deployment import Ask, Deployment, Stop


class _Fragile(Deployment):
    def crash(self, what: str, status: int = 500) -> NoReturn:
        raise Stop(self.error(status, what))


class TextLimitCrashes(_Fragile):
    """A limit that is no number gets 500."""

    def parse_limit(self, text: str | None) -> int:
        if text is not None and not text.removeprefix("-").isdigit():
            self.crash(f"ValueError: invalid literal for int() with base 10: {text!r}")
        return super().parse_limit(text)


class TextOffsetCrashes(_Fragile):
    """An offset that is no number gets 500."""

    def parse_offset(self, text: str | None) -> int:
        if text is not None and not text.removeprefix("-").isdigit():
            self.crash(f"ValueError: invalid literal for int() with base 10: {text!r}")
        return super().parse_offset(text)


class LimitOfZeroCrashes(_Fragile):
    """A limit of 0 gets 500, from counting pages."""

    def too_small(self, limit: int) -> int:
        return self.crash("ZeroDivisionError: division by zero") if limit == 0 else super().too_small(limit)


class NegativeLimitCrashes(_Fragile):
    """A negative limit gets 500, from the database."""

    def too_small(self, limit: int) -> int:
        return self.crash("LIMIT must not be negative") if limit < 0 else super().too_small(limit)


class NegativeOffsetCrashes(_Fragile):
    """A negative offset gets 500, from the database."""

    def negative(self, offset: int) -> int:
        self.crash("OFFSET must not be negative")


class HugeNumberCrashes(_Fragile):
    """A limit or an offset of more than 64 bits gets 500, from the database."""

    def number(self, text: str) -> int:
        number = super().number(text)
        if abs(number) >= 2**63:
            self.crash("bigint out of range")
        return number


class UnknownStatusCrashes(_Fragile):
    """A status of members that isn't one of the three gets 500, from the database's enumeration."""

    known = ("active", "inactive", "pending")
    resource = "members"

    def parse_status(self, text: str | None, resource: str) -> str | None:
        if resource == self.resource and text is not None and text not in self.known:
            self.crash(f"invalid input value for enum: {text!r}")
        return super().parse_status(text, resource)


class UnknownStatusCrashesInvoices(UnknownStatusCrashes):
    """A status that invoices don't have gets 500."""

    known = ("draft", "sent", "paid")
    resource = "invoices"


class UnknownStatusUnavailable(_Fragile):
    """A status that quotes don't have gets 503."""

    def parse_status(self, text: str | None, resource: str) -> str | None:
        if resource == "quotes" and text not in (None, "draft", "sent", "accepted", "rejected"):
            self.crash("Service unavailable.", 503)
        return super().parse_status(text, resource)


class BadNumbersBadGateway(_Fragile):
    """A limit below 1 gets 502, for the server behind the proxy dies of it."""

    def too_small(self, limit: int) -> int:
        self.crash("Bad gateway.", 502)


class _Odd(Deployment):
    """Gives an answer that isn't documented to some good requests."""

    status = 503

    def parse(self, request: Request, resource: str, organisation: str) -> Ask:
        ask = super().parse(request, resource, organisation)
        if self.is_odd(ask):
            raise Stop(self.error(self.status, "This is not documented."))
        return ask

    def is_odd(self, ask: Ask) -> bool:
        raise NotImplementedError


class PendingIsTeapot(_Odd):
    """The filter status=pending on members gets 418."""

    status = 418

    def is_odd(self, ask: Ask) -> bool:
        return ask.resource == "members" and ask.status == "pending"


class LargePageUnavailable(_Odd):
    """A page of 200 members gets 503, for it takes too long."""

    def is_odd(self, ask: Ask) -> bool:
        return ask.limit == 200


class SecondPageForbidden(_Odd):
    """Any page of members after the first gets 403, unless it is past the end."""

    status = 403

    def is_odd(self, ask: Ask) -> bool:
        return 0 < ask.offset < 450 and ask.status is None


class AcceptedQuotesCostMoney(_Odd):
    """The filter status=accepted on quotes gets 402."""

    status = 402

    def is_odd(self, ask: Ask) -> bool:
        return ask.resource == "quotes" and ask.status == "accepted"


class PaidInvoicesTimeOut(_Odd):
    """The filter status=paid on invoices gets 504."""

    status = 504

    def is_odd(self, ask: Ask) -> bool:
        return ask.resource == "invoices" and ask.status == "paid"


class InactiveNotFound(_Odd):
    """The filter status=inactive on members gets 404, as if nobody were."""

    status = 404

    def is_odd(self, ask: Ask) -> bool:
        return ask.resource == "members" and ask.status == "inactive"


FAULTS: dict[str, list[type[Deployment]]] = {
    "ERR-1": [
        TextLimitCrashes,
        TextOffsetCrashes,
        LimitOfZeroCrashes,
        NegativeLimitCrashes,
        NegativeOffsetCrashes,
        HugeNumberCrashes,
        UnknownStatusCrashes,
        UnknownStatusCrashesInvoices,
        UnknownStatusUnavailable,
        BadNumbersBadGateway,
    ],
    "ERR-2": [
        PendingIsTeapot,
        LargePageUnavailable,
        SecondPageForbidden,
        AcceptedQuotesCostMoney,
        PaidInvoicesTimeOut,
        InactiveNotFound,
    ],
}
