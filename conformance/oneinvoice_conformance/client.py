"""Send requests: each different one once, with everything that came back kept."""

from __future__ import annotations

import ssl
import time
from collections import Counter
from collections.abc import Callable, Iterable
from importlib.metadata import version

from urllib3.exceptions import HTTPError, NewConnectionError, ProtocolError, SSLError, TimeoutError

from oneinvoice_conformance.connection import pool_manager
from oneinvoice_conformance.deployment import Deployment
from oneinvoice_conformance.errors import Unreachable, UsageError
from oneinvoice_conformance.exchange import Exchange, Request
from oneinvoice_conformance.pacer import WINDOW, Pacer

BODY_LIMIT = 16 * 2**20  # bytes; 200 records are some 100 KiB
_CHUNK = 65536
_LONGEST_WAIT = 120.0  # seconds, whatever Retry-After asks for
_GIVE_UP_WAITING_AFTER = 2  # accounts that are throttled whatever is waited
_GIVE_UP_AFTER = 3  # requests in a row without an answer


class Client:
    """A connection to one deployment that remembers its answers.

    `journal` holds every exchange in the order it was sent. Asking for the same request again gives the answer
    already had, until it is forgotten. Redirects are not followed, and neither proxies nor credentials are taken
    from the environment. The pacer sees every request. Not safe for use by several threads at once.
    """

    def __init__(
        self,
        deployment: Deployment,
        *,
        timeout: float = 10.0,
        ca_file: str | None = None,
        pacer: Pacer | None = None,
        on_exchange: Callable[[Exchange], None] | None = None,
    ) -> None:
        self.deployment = deployment
        self.journal: list[Exchange] = []
        self.timeout = timeout
        self.pacer = pacer or Pacer()
        self._throttled: set[str] = set()
        self._on_exchange = on_exchange
        self._answers: dict[Request, Exchange] = {}
        self._unanswered = 0
        # Reading the system's authorities takes longer than ten requests; only https needs them.
        tls = _tls(ca_file) if ca_file or deployment.base.startswith("https:") else None
        self._pool = pool_manager(timeout, tls)
        self._headers = {
            "User-Agent": f"oneinvoice-conform/{version('oneinvoice-kit')}",
            "Accept": "application/json",
            **dict(deployment.headers),
        }

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._pool.clear()

    def ask(self, request: Request) -> Exchange:
        """The answer to the request, sent now or already had. Raises `Unreachable` when the deployment is gone."""
        if request not in self._answers:
            self._answers[request] = self._send(request)
        return self._answers[request]

    def forget(self, exchanges: Iterable[Exchange]) -> None:
        """Ask anew the next time; the journal keeps what was seen."""
        for exchange in exchanges:
            self._answers.pop(exchange.request, None)

    def tries(self, request: Request) -> int:
        """How often the request was sent."""
        return sum(exchange.request == request for exchange in self.journal)

    def requests_by_key(self) -> dict[str, int]:
        """How many requests were sent with each key; `none` and `invalid` are no keys of the deployment."""
        return dict(Counter(exchange.request.credential.account for exchange in self.journal))

    def _send(self, request: Request) -> Exchange:
        if self._unanswered >= _GIVE_UP_AFTER:
            raise Unreachable(
                f"{self.deployment.base} stopped answering ({self.journal[-1].outcome}); see whether it still runs."
            )
        exchange = self._attempt(request)
        if exchange.error and exchange.error.startswith(_CONNECTION):
            exchange = self._attempt(request)
        if exchange.status == 429:
            exchange = self._after_throttling(exchange)
        self._unanswered = self._unanswered + 1 if exchange.error else 0
        return exchange

    def _after_throttling(self, exchange: Exchange) -> Exchange:
        """The answer to the same request after a wait: as long as asked for, or else until every window is over.

        An account that is throttled after that too is not waited for again, and after two such nobody is.
        """
        account = exchange.request.credential.account
        if account not in self._throttled and len(self._throttled) < _GIVE_UP_WAITING_AFTER:
            asked = exchange.header("Retry-After") or ""
            seconds = min(float(asked), _LONGEST_WAIT) if asked.isascii() and asked.isdecimal() else WINDOW
            self.pacer.wait(seconds, "waiting after an early 429")
            exchange = self._attempt(exchange.request)
            if exchange.status == 429:
                self._throttled.add(account)
        return exchange

    def _attempt(self, request: Request) -> Exchange:
        headers = dict(self._headers)
        if request.credential.authorization is not None:
            headers["Authorization"] = request.credential.authorization
        self.pacer.before(request.credential.account)
        started, clock = time.time(), time.monotonic()
        status, body, error = 0, b"", None
        received: tuple[tuple[str, str], ...] = ()
        try:
            status, received, body = self._transfer(self.deployment.base + request.target, headers)
        except (HTTPError, OSError, ValueError) as problem:
            error = describe(problem, self.timeout)
        seconds = time.monotonic() - clock
        self.pacer.after(request.credential.account)
        exchange = Exchange(len(self.journal) + 1, request, started, seconds, status, received, body, error)
        self.journal.append(exchange)
        if self._on_exchange:
            self._on_exchange(exchange)
        return exchange

    def _transfer(self, url: str, headers: dict[str, str]) -> tuple[int, tuple[tuple[str, str], ...], bytes]:
        response = self._pool.request("GET", url, headers=headers, redirect=False, preload_content=False)
        body = bytearray()
        try:
            while chunk := response.read1(_CHUNK, decode_content=True):
                body += chunk
                if len(body) > BODY_LIMIT:
                    raise ProtocolError(f"the body is longer than {BODY_LIMIT // 2**20} MiB")
        except BaseException:
            response.close()
            raise
        response.release_conn()
        return response.status, tuple(response.headers.items()), bytes(body)


_CONNECTION = "connection"


def describe(problem: Exception, timeout: float) -> str:
    """One phrase for what stood in the answer's place; one that begins with `connection` is worth a retry."""
    cause = problem.args[-1] if isinstance(problem, ProtocolError) and problem.args else problem
    text = " ".join(str(getattr(problem, "reason", None) or cause).split())
    if isinstance(problem, SSLError):
        return f"TLS error ({text})"
    if isinstance(problem, NewConnectionError):
        return f"connection failed ({text.rpartition(': ')[2]})"
    if isinstance(problem, TimeoutError):
        return f"no whole answer within {timeout:g} s"
    if isinstance(problem, ProtocolError) and "longer than" in text:
        return f"answer refused ({text})"
    return f"connection broken ({text})"


def _tls(ca_file: str | None) -> ssl.SSLContext:
    """A context that trusts the system's authorities, and those of the file. Raises `UsageError`."""
    context = ssl.create_default_context()
    if ca_file is not None:
        try:
            context.load_verify_locations(ca_file)
        except OSError as error:
            raise UsageError(
                f"{ca_file} can't be used as --ca-file ({error}); name a file of certificates in PEM form."
            ) from error
    return context
