"""Keys that are taken from another place than Authorization has for Bearer."""

from __future__ import annotations

from werkzeug.wrappers import Request

from tests.miniatures.decorators import Run, fault
from tests.miniatures.deployment import RESOURCES, Deployment


class _KeyInQuery(Deployment):
    """Serves a key in the query of the URL."""

    parameter = ""
    where: tuple[str, ...] = RESOURCES

    def authenticate(self, request: Request, resource: str) -> str:
        key = self.find_key(request.args.get(self.parameter, ""), resource)
        return key.organisation if key and resource in self.where else super().authenticate(request, resource)


@fault("AUTH-4", shown_by=Run.WHOLE)
class KeyInUrlReadsLists(_KeyInQuery):
    """A key works as ?api_key= too."""

    parameter = "api_key"


@fault("AUTH-4", shown_by=Run.WHOLE)
class AccessTokenReadsQuotes(_KeyInQuery):
    """Quotes are served to a key as ?access_token=, as RFC 6750 had it."""

    parameter = "access_token"
    where = ("quotes",)


@fault("AUTH-4", shown_by=Run.WHOLE)
class PasswordOfBasicReadsInvoices(Deployment):
    """Invoices are served to a key as the password of Basic, beside no user name."""

    def authenticate(self, request: Request, resource: str) -> str:
        given = request.authorization
        is_secret = resource == "invoices" and given and given.type == "basic" and not given.username
        key = self.find_key(given.password or "", resource) if given and is_secret else None
        return key.organisation if key else super().authenticate(request, resource)
