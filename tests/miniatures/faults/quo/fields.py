"""Quotes that aren't a list, are filtered wrongly, or lack what was promised of each."""

from __future__ import annotations

from typing import Any

from werkzeug.wrappers import Response

from tests.miniatures.data import PRIMARY, Quote, Record
from tests.miniatures.deployment import Ask, Deployment, Stop


class _AnotherList(Deployment):
    def envelope(self, items: list[Any], total: int, ask: Ask) -> Any:
        body = super().envelope(items, total, ask)
        return self.instead(items, body) if ask.resource == "quotes" else body

    def instead(self, items: list[Any], body: Any) -> Any:
        raise NotImplementedError


class QuotesByNumber(_AnotherList):
    """Quotes are an object with their numbers as keys, not a list."""

    def instead(self, items: list[Any], body: Any) -> Any:
        return {item["number"]: item for item in items}


class QuotesAsText(_AnotherList):
    """Quotes are JSON inside a JSON string, encoded twice."""

    def instead(self, items: list[Any], body: Any) -> Any:
        return self.dumps(body)


class LatestQuoteOnly(_AnotherList):
    """Quotes are only the latest one, as a bare object."""

    def instead(self, items: list[Any], body: Any) -> Any:
        return items[-1] if items else {}


class QuotesNoContent(_AnotherList):
    """Quotes get 204 and nothing else."""

    def instead(self, items: list[Any], body: Any) -> Any:
        raise Stop(Response(status=204))


class _AnotherFilter(Deployment):
    """Filters quotes by a wrong condition."""

    def filter(self, records: list[Record], ask: Ask) -> list[Record]:
        if ask.resource != "quotes" or ask.status is None:
            return super().filter(records, ask)
        return [record for record in records if self.lists(record, ask.status)]

    def lists(self, record: Record, status: str) -> bool:
        raise NotImplementedError


class QuoteFilterIgnored(_AnotherFilter):
    """A status filter on quotes changes nothing."""

    def lists(self, record: Record, status: str) -> bool:
        return True


class AcceptedFilterListsAnswered(_AnotherFilter):
    """The filter status=accepted lists rejected quotes too, for those are answered as well."""

    def lists(self, record: Record, status: str) -> bool:
        return record.status == status or (status == "accepted" and record.status == "rejected")


class RejectedFilterListsAccepted(_AnotherFilter):
    """The filter status=rejected lists the accepted quotes."""

    def lists(self, record: Record, status: str) -> bool:
        return record.status == ("accepted" if status == "rejected" else status)


class QuoteFilterInverted(_AnotherFilter):
    """A status filter on quotes lists those of the other statuses."""

    def lists(self, record: Record, status: str) -> bool:
        return record.status != status


class QuoteFilterByEnding(_AnotherFilter):
    """Only the last two letters of a status count, so that accepted and rejected are one."""

    def lists(self, record: Record, status: str) -> bool:
        return record.status.endswith(status[-2:])


class SentFilterListsDrafts(_AnotherFilter):
    """The filter status=sent lists drafts too."""

    def lists(self, record: Record, status: str) -> bool:
        return record.status == status or (status == "sent" and record.status == "draft")


class DraftFilterEmpty(_AnotherFilter):
    """The filter status=draft lists no quotes, though there are drafts."""

    def lists(self, record: Record, status: str) -> bool:
        return record.status == status != "draft"


class AcceptedFilterMissesLast(Deployment):
    """The filter status=accepted misses the last accepted quote."""

    def filter(self, records: list[Record], ask: Ask) -> list[Record]:
        found = super().filter(records, ask)
        return found[:-1] if ask.resource == "quotes" and ask.status == "accepted" else found


class QuotesWithoutStatus(Deployment):
    """Quotes have no status."""

    def quote(self, quote: Quote) -> dict[str, Any]:
        return _without(super().quote(quote), "status")


class AcceptedQuotesWithoutStatus(Deployment):
    """Accepted quotes have a status of null."""

    def quote(self, quote: Quote) -> dict[str, Any]:
        shown = super().quote(quote)
        return shown | {"status": None} if quote.status == "accepted" else shown


class QuotesWithoutTotal(Deployment):
    """Quotes have no total."""

    def quote(self, quote: Quote) -> dict[str, Any]:
        return _without(super().quote(quote), "total")


class DraftsWithoutTotal(Deployment):
    """A quote that is a draft has a total of null."""

    def quote(self, quote: Quote) -> dict[str, Any]:
        shown = super().quote(quote)
        return shown | {"total": None} if quote.status == "draft" else shown


class OneTotalMissing(Deployment):
    """One quote among sixty has no total."""

    def quote(self, quote: Quote) -> dict[str, Any]:
        shown = super().quote(quote)
        return _without(shown, "total") if quote == _sent(self, 5) else shown


class SomeTotalsInWords(Deployment):
    """The total of rejected quotes is a word."""

    def quote(self, quote: Quote) -> dict[str, Any]:
        shown = super().quote(quote)
        return shown | {"total": "n/a"} if quote.status == "rejected" else shown


class TotalCalledAmount(Deployment):
    """The total of a quote is called amount."""

    def quote(self, quote: Quote) -> dict[str, Any]:
        return _renamed(super().quote(quote), "total", "amount")


class QuotesWithoutToken(Deployment):
    """Quotes have no public_token."""

    def quote(self, quote: Quote) -> dict[str, Any]:
        return _without(super().quote(quote), "public_token")


class TokenInCamelCase(Deployment):
    """The public_token is called publicToken."""

    def quote(self, quote: Quote) -> dict[str, Any]:
        return _renamed(super().quote(quote), "public_token", "publicToken")


class SameTokenForAll(Deployment):
    """All quotes have the same public_token."""

    def quote(self, quote: Quote) -> dict[str, Any]:
        return super().quote(quote) | {"public_token": "0k3r9w1v5c7x2m8q4t6b"}


class AcceptedTokensEmpty(Deployment):
    """The public_token of accepted quotes is an empty string."""

    def quote(self, quote: Quote) -> dict[str, Any]:
        shown = super().quote(quote)
        return shown | {"public_token": ""} if quote.status == "accepted" else shown


class RejectedTokensNull(Deployment):
    """The public_token of rejected quotes is null."""

    def quote(self, quote: Quote) -> dict[str, Any]:
        shown = super().quote(quote)
        return shown | {"public_token": None} if quote.status == "rejected" else shown


class TokenOnlySaidToBe(Deployment):
    """The public_token says whether there is one."""

    def quote(self, quote: Quote) -> dict[str, Any]:
        return super().quote(quote) | {"public_token": quote.status != "draft"}


class TokenGivenTwice(Deployment):
    """Two sent quotes have the same public_token, as one was copied from the other."""

    def quote(self, quote: Quote) -> dict[str, Any]:
        shown = super().quote(quote)
        return shown | {"public_token": _sent(self, 3).public_token} if quote == _sent(self, 9) else shown


class QuotesWithoutSigning(Deployment):
    """Quotes have no signing info."""

    def quote(self, quote: Quote) -> dict[str, Any]:
        return _without(super().quote(quote), "signature")


class SigningAlwaysNull(Deployment):
    """Signing info is null on every quote, answered ones too."""

    def signature(self, quote: Quote) -> Any:
        return None


class SigningAlwaysBlank(Deployment):
    """Signing info is an object of nulls on every quote, answered ones too."""

    def signature(self, quote: Quote) -> Any:
        return {"by": None, "from_ip": None, "at": None}


def _sent(deployment: Deployment, index: int) -> Quote:
    mine = [quote for quote in deployment.world.quotes if quote.organisation == PRIMARY]
    return [quote for quote in mine if quote.status == "sent"][index]


def _without(shown: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in shown.items() if key != name}


def _renamed(shown: dict[str, Any], old: str, new: str) -> dict[str, Any]:
    return {new if key == old else key: value for key, value in shown.items()}


FAULTS: dict[str, list[type[Deployment]]] = {
    "QUO-1": [QuotesByNumber, QuotesAsText, LatestQuoteOnly, QuotesNoContent],
    "QUO-2": [
        QuoteFilterIgnored,
        AcceptedFilterListsAnswered,
        RejectedFilterListsAccepted,
        QuoteFilterInverted,
        QuoteFilterByEnding,
        SentFilterListsDrafts,
        DraftFilterEmpty,
        AcceptedFilterMissesLast,
    ],
    "QUO-3": [
        QuotesWithoutStatus,
        AcceptedQuotesWithoutStatus,
        QuotesWithoutTotal,
        DraftsWithoutTotal,
        OneTotalMissing,
        SomeTotalsInWords,
        TotalCalledAmount,
    ],
    "QUO-4": [
        QuotesWithoutToken,
        TokenInCamelCase,
        SameTokenForAll,
        AcceptedTokensEmpty,
        RejectedTokensNull,
        TokenOnlySaidToBe,
        TokenGivenTwice,
    ],
    "QUO-5": [QuotesWithoutSigning, SigningAlwaysNull, SigningAlwaysBlank],
}
