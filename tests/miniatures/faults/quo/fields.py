"""Quotes that lack what each is to have."""

from __future__ import annotations

from typing import Any

from tests.miniatures.data import PRIMARY, Quote
from tests.miniatures.decorators import fault
from tests.miniatures.deployment import Deployment


@fault("QUO-3")
class QuotesWithoutStatus(Deployment):
    """Quotes have no status."""

    def quote(self, quote: Quote) -> dict[str, Any]:
        return _without(super().quote(quote), "status")


@fault("QUO-3")
class AcceptedQuotesWithoutStatus(Deployment):
    """Accepted quotes have a status of null."""

    def quote(self, quote: Quote) -> dict[str, Any]:
        shown = super().quote(quote)
        return shown | {"status": None} if quote.status == "accepted" else shown


@fault("QUO-3")
class QuotesWithoutTotal(Deployment):
    """Quotes have no total."""

    def quote(self, quote: Quote) -> dict[str, Any]:
        return _without(super().quote(quote), "total")


@fault("QUO-3")
class DraftsWithoutTotal(Deployment):
    """A quote that is a draft has a total of null."""

    def quote(self, quote: Quote) -> dict[str, Any]:
        shown = super().quote(quote)
        return shown | {"total": None} if quote.status == "draft" else shown


@fault("QUO-3")
class OneTotalMissing(Deployment):
    """One quote among sixty has no total."""

    def quote(self, quote: Quote) -> dict[str, Any]:
        shown = super().quote(quote)
        return _without(shown, "total") if quote == _sent(self, 5) else shown


@fault("QUO-3")
class SomeTotalsInWords(Deployment):
    """The total of rejected quotes is a word."""

    def quote(self, quote: Quote) -> dict[str, Any]:
        shown = super().quote(quote)
        return shown | {"total": "n/a"} if quote.status == "rejected" else shown


@fault("QUO-3")
class TotalCalledAmount(Deployment):
    """The total of a quote is called amount."""

    def quote(self, quote: Quote) -> dict[str, Any]:
        return _renamed(super().quote(quote), "total", "amount")


@fault("QUO-4")
class QuotesWithoutToken(Deployment):
    """Quotes have no public_token."""

    def quote(self, quote: Quote) -> dict[str, Any]:
        return _without(super().quote(quote), "public_token")


@fault("QUO-4")
class TokenInCamelCase(Deployment):
    """The public_token is called publicToken."""

    def quote(self, quote: Quote) -> dict[str, Any]:
        return _renamed(super().quote(quote), "public_token", "publicToken")


@fault("QUO-4")
class SameTokenForAll(Deployment):
    """All quotes have the same public_token."""

    def quote(self, quote: Quote) -> dict[str, Any]:
        return super().quote(quote) | {"public_token": "0k3r9w1v5c7x2m8q4t6b"}


@fault("QUO-4")
class AcceptedTokensEmpty(Deployment):
    """The public_token of accepted quotes is an empty string."""

    def quote(self, quote: Quote) -> dict[str, Any]:
        shown = super().quote(quote)
        return shown | {"public_token": ""} if quote.status == "accepted" else shown


@fault("QUO-4")
class RejectedTokensNull(Deployment):
    """The public_token of rejected quotes is null."""

    def quote(self, quote: Quote) -> dict[str, Any]:
        shown = super().quote(quote)
        return shown | {"public_token": None} if quote.status == "rejected" else shown


@fault("QUO-4")
class TokenOnlySaidToBe(Deployment):
    """The public_token says whether there is one."""

    def quote(self, quote: Quote) -> dict[str, Any]:
        return super().quote(quote) | {"public_token": quote.status != "draft"}


@fault("QUO-4")
class TokenGivenTwice(Deployment):
    """Two sent quotes have the same public_token, as one was copied from the other."""

    def quote(self, quote: Quote) -> dict[str, Any]:
        shown = super().quote(quote)
        return shown | {"public_token": _sent(self, 3).public_token} if quote == _sent(self, 9) else shown


@fault("QUO-5")
class QuotesWithoutSigning(Deployment):
    """Quotes have no signing info."""

    def quote(self, quote: Quote) -> dict[str, Any]:
        return _without(super().quote(quote), "signature")


@fault("QUO-5")
class SigningAlwaysNull(Deployment):
    """Signing info is null on every quote, answered ones too."""

    def signature(self, quote: Quote) -> Any:
        return None


@fault("QUO-5")
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
