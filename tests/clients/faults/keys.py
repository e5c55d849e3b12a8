"""The key in other places than the one that is documented, and a client that doesn't notice that it was revoked."""

from __future__ import annotations

import ssl
import sys
import time
from http.client import HTTPConnection, HTTPSConnection
from urllib.parse import SplitResult, urlsplit

from tests.clients.base.puller import Page, Puller
from tests.clients.base.transport import Answer, Failure, Unauthorised, origin
from tests.clients.decorators import fault
from tests.clients.faults.workers import Concurrent


@fault("KEY-1", "sends the key in the query, too, as api_key")
class KeyInQuery(Puller):
    def target(self, name: str, offset: int, query: dict[str, str]) -> str:
        return super().target(name, offset, query | {"api_key": self.key})


@fault("KEY-1", "sends the key as the access_token of RFC 6750 §2.3, too")
class AccessTokenInQuery(Puller):
    def target(self, name: str, offset: int, query: dict[str, str]) -> str:
        return super().target(name, offset, query | {"access_token": self.key})


@fault("KEY-1", "sends the key in X-Api-Key, too")
class KeyInHeader(Puller):
    def credentials(self) -> dict[str, str]:
        return super().credentials() | {"X-Api-Key": self.key}


@fault("KEY-1", "sends the key in a cookie, too")
class KeyInCookie(Puller):
    def credentials(self) -> dict[str, str]:
        return super().credentials() | {"Cookie": f"session={self.key}"}


@fault("KEY-1", "sends the key in the query of invoices alone")
class KeyInQueryOfInvoices(Puller):
    def target(self, name: str, offset: int, query: dict[str, str]) -> str:
        return super().target(name, offset, query | ({"key": self.key} if name == "invoices" else {}))


@fault("KEY-2", "asks again twice in a second for ever where the key is refused")
class RetriesRefusedKey(Puller):
    def exchange(self, target: str) -> Answer:
        while (answer := super().exchange(target)).status == 401:
            time.sleep(0.5)
        return answer


@fault("KEY-2", "takes a 401 for a failure of the server, and asks five times")
class RefusedKeyIsBroken(Puller):
    def check(self, answer: Answer) -> None:
        if answer.status == 401:
            answer = Answer(500, answer.headers, answer.body)
        super().check(answer)


@fault("KEY-2", "goes on with the next page where the key is refused, and fails at the end")
class GoesOnWithoutKey(Puller):
    limit = 20
    refused = 0

    def is_over(self) -> bool:
        return False

    def ask(self, name: str, offset: int, query: dict[str, str]) -> Page:
        try:
            page = super().ask(name, offset, query)
        except Unauthorised:
            self.refused += 1
            if self.refused > 10:
                raise
            return self.ask(name, offset + 20, query)
        return page


@fault("KEY-2", "has all its four workers find out for each of their pages that the key is refused")
class WorkersGoOnWithoutKey(Concurrent):
    limit = 10

    def is_over(self) -> bool:
        return False

    def fetch(self, name: str, offset: int, query: dict[str, str]) -> list[Page]:
        try:
            return super().fetch(name, offset, query)
        except Unauthorised:
            self.is_refused = True
            return []

    is_refused = False

    def run(self) -> int:
        return super().run() or int(self.is_refused)


@fault("KEY-3", "says that its key is refused, and ends with 0")
class RefusedKeyIsSuccess(Puller):
    def failed(self, failure: Failure) -> int:
        code = super().failed(failure)
        return 0 if isinstance(failure, Unauthorised) else code


@fault("KEY-3", "takes a 401 for the end of all lists, and ends with 0")
class RefusedKeyIsTheEnd(Puller):
    def sync(self) -> None:
        try:
            super().sync()
        except Unauthorised:
            return


@fault("KEY-3", "waits for a new key that nobody tells it of")
class WaitsForAnotherKey(Puller):
    def failed(self, failure: Failure) -> int:
        print(f"{failure}; skipped until tomorrow", file=sys.stderr)
        return 0 if isinstance(failure, Unauthorised) else 1


@fault("KEY-4", "follows a redirect with the key, wherever it leads")
class KeyFollowsRedirects(Puller):
    def may_know(self, url: str) -> bool:
        return True


@fault("KEY-4", "takes another port of the same host for the same origin")
class PortIsNoOrigin(Puller):
    def may_know(self, url: str) -> bool:
        return urlsplit(url).hostname == urlsplit(self.url).hostname


@fault("KEY-4", "takes another host that is this machine, too, for the same origin")
class LoopbackIsOneOrigin(Puller):
    def may_know(self, url: str) -> bool:
        return urlsplit(url).hostname in ("127.0.0.1", "localhost", "::1") or super().may_know(url)


@fault("KEY-4", "makes the target of a redirect its base, and sends everything there from then on")
class RedirectMovesBase(Puller):
    def redirected(self, url: str, answer: Answer) -> str:
        target = super().redirected(url, answer)
        parts = urlsplit(target)
        self.url = f"{parts.scheme}://{parts.netloc}"
        return target


@fault("KEY-5", "verifies no certificate")
class VerifiesNothing(Puller):
    def context(self) -> ssl.SSLContext:
        context = super().context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context


@fault("KEY-5", "asks again without verification where a certificate is not trusted")
class VerifiesAtFirst(Puller):
    trusts = False

    def context(self) -> ssl.SSLContext:
        return ssl._create_unverified_context() if self.trusts else super().context()

    def exchange(self, target: str) -> Answer:
        try:
            return super().exchange(target)
        except Failure:
            if self.trusts or origin(self.url)[0] != "https":
                raise
            self.trusts = True
            return super().exchange(target)


@fault("KEY-5", "trusts whatever certificate it meets first")
class TrustsFirstCertificate(Puller):
    def connect(self, parts: SplitResult) -> HTTPConnection:
        if parts.scheme != "https":
            return super().connect(parts)
        shown = ssl.get_server_certificate((parts.hostname or "", parts.port or 443))
        context = ssl.create_default_context(cadata=shown)
        context.check_hostname = False
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        return HTTPSConnection(parts.netloc, timeout=self.timeout, context=context)


@fault("KEY-5", "speaks plain HTTP where a certificate is not trusted")
class FallsBackToPlainText(Puller):
    plain = False

    def connect(self, parts: SplitResult) -> HTTPConnection:
        return HTTPConnection(parts.netloc, timeout=self.timeout) if self.plain else super().connect(parts)

    def exchange(self, target: str) -> Answer:
        try:
            return super().exchange(target)
        except Failure:
            self.plain = True
            return super().exchange(target)
