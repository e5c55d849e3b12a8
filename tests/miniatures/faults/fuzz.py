"""Faults that only input shows which nobody thought of; no rule asks for it, and `--fuzz` must."""

from __future__ import annotations

from werkzeug.wrappers import Request

from tests.miniatures.data import Key
from tests.miniatures.deployment import Ask, Deployment, Stop


class FuzzRepeatedParameterCrashes(Deployment):
    """A parameter that is sent twice gets 500, from a list where a text is due."""

    def parse(self, request: Request, resource: str, organisation: str) -> Ask:
        if any(len(values) > 1 for _, values in request.args.lists()):
            raise Stop(self.error(500, "TypeError: int() argument must be a string, not 'list'"))
        return super().parse(request, resource, organisation)


class FuzzUnprintableStatusCrashes(Deployment):
    """A status with a character that can't be printed gets 500, from the database."""

    def parse_status(self, text: str | None, resource: str) -> str | None:
        if text is not None and not text.isprintable():
            raise Stop(self.error(500, "invalid byte sequence for encoding UTF8"))
        return super().parse_status(text, resource)


class FuzzFractionCrashes(Deployment):
    """A limit or an offset with a fraction gets 500, from rounding."""

    def number(self, text: str) -> int:
        if "." in text:
            raise Stop(self.error(500, "TypeError: 'float' object cannot be interpreted as an integer"))
        return super().number(text)


class FuzzOddLimitsForbidden(Deployment):
    """A limit between 11 and 199 but 50 gets 403, for it isn't on a list."""

    def parse_limit(self, text: str | None) -> int:
        limit = super().parse_limit(text)
        if text is not None and 11 <= limit < 200 and limit != 50:
            raise Stop(self.error(403, "Choose 10, 50 or 200."))
        return limit


class FuzzShortTokenAccepted(Deployment):
    """A token of less than ten characters is taken for the beginning of any key."""

    def find_key(self, token: str, resource: str) -> Key | None:
        return super().find_key(token, resource) or (self.keys["primary"] if len(token) < 10 else None)


FAULTS: dict[str, list[type[Deployment]]] = {
    "AUTH-2": [FuzzShortTokenAccepted],
    "ERR-1": [FuzzRepeatedParameterCrashes, FuzzUnprintableStatusCrashes, FuzzFractionCrashes],
    "ERR-2": [FuzzOddLimitsForbidden],
}
