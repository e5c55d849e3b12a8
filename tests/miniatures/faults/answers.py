"""Answers that look like something else than what they are."""

from __future__ import annotations

from base64 import b64decode
from binascii import Error as NotBase64

from werkzeug.wrappers import Request, Response

from tests.miniatures.deployment import Deployment, Stop


class DiscoveryToLogin(Deployment):
    """Discovery sends those who are not logged in to a login page."""

    def discover(self, request: Request) -> Response:
        return self.error(302, "Log in.", Location="/login?next=/api/v1")


class BasicPasswordAccepted(Deployment):
    """Basic credentials are accepted with the key as password."""

    def token(self, header: str, resource: str) -> str | None:
        scheme, _, encoded = header.partition(" ")
        if scheme.lower() != "basic":
            return super().token(header, resource)
        try:
            return b64decode(encoded).decode().partition(":")[2]
        except (NotBase64, UnicodeDecodeError):
            return None


class TextLimitErrorWithOk(Deployment):
    """A limit that is no number gets 200, with an error in the place of the list."""

    def number(self, text: str) -> int:
        if not text.removeprefix("-").isdigit():
            raise Stop(self.render({"error": "limit and offset are whole numbers."}))
        return super().number(text)


class TextLimitToManual(Deployment):
    """A limit that is no number sends the client to the manual."""

    def number(self, text: str) -> int:
        if not text.removeprefix("-").isdigit():
            raise Stop(self.error(302, "See the manual.", Location="/docs"))
        return super().number(text)


class UnknownStatusNoContent(Deployment):
    """A status that quotes don't have gets 204."""

    def parse_status(self, text: str | None, resource: str) -> str | None:
        if resource == "quotes" and text not in (None, "draft", "sent", "accepted", "rejected"):
            raise Stop(Response(status=204))
        return super().parse_status(text, resource)


FAULTS: dict[str, list[type[Deployment]]] = {
    "DISC-1": [DiscoveryToLogin],
    "AUTH-4": [BasicPasswordAccepted],
    "ERR-2": [TextLimitErrorWithOk, TextLimitToManual, UnknownStatusNoContent],
}
