"""Client of one deployment: sends each different request once, and keeps all exchanges."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from importlib.metadata import version
from tempfile import gettempdir

from oneinvoice_conformance.errors import Unreachable, UsageError
from oneinvoice_conformance.http.connection import Proxy, tls_context
from oneinvoice_conformance.http.credentials import Credential
from oneinvoice_conformance.http.deployment import Deployment
from oneinvoice_conformance.http.exchange import Exchange, Request
from oneinvoice_conformance.http.intermediary import is_passing
from oneinvoice_conformance.http.pacer import WINDOW, Pacer
from oneinvoice_conformance.http.redirect import adds_slash
from oneinvoice_conformance.http.transport import HTTPTransport, NotRecorded, OutgoingRequest, RawResponse, Transport
from oneinvoice_conformance.records.bodies import Body, BodyStore

_SHORT_WAIT = 2.0  # seconds after which a limiter that grants requests one by one grants the next
_LONGEST_REFILL = 5.0  # seconds; an account that is served so soon after a 429 met such a limiter
_GIVE_UP_WAITING_AFTER = 2  # accounts that are throttled whatever is waited
_GATEWAY_WAIT = 1.0  # seconds, for a gateway that can't reach the API at the moment
_GATEWAY_WAITS = 5  # in a run
_MOST_LONG_WAITS = 2  # in a run, for what is no key that is to be served: a limit on wrong keys ends no sooner
_GIVE_UP_AFTER = 3  # requests in a row without an answer, if what was answered before gets none either
_SILENT_AFTER = 3  # requests without an answer to a place, or with the same parameters, that never gave one

_Place = tuple[str, str, frozenset[str] | None]


class Client:
    """Client of one deployment that remembers its answers.

    `journal` holds every exchange in the order of sending. The same request gets the remembered answer until that is
    forgotten. Only one kind of redirect is followed, to the same address with a slash at its end; from then on that
    path is sent with the slash, with a query only if a redirect was seen to keep that. Requests go below the
    deployment's base alone, paced by `pacer`, and neither proxies nor credentials are taken from the environment. Not
    safe for use by several threads at once.
    """

    def __init__(
        self,
        deployment: Deployment,
        *,
        timeout: float = 10.0,
        pacer: Pacer | None = None,
        transport: Transport | None = None,
        on_exchange: Callable[[Exchange], None] | None = None,
    ) -> None:
        self.deployment = deployment
        self.journal: list[Exchange] = []
        self.timeout = timeout
        self.pacer = pacer or Pacer()
        self._throttled: set[str] = set()
        self._waited: set[str] = set()
        self._long_waits = 0
        self._on_exchange = on_exchange
        self._answers: dict[Request, Exchange] = {}
        self._bodies = BodyStore()
        self._with_slash: set[str] = set()
        self._keeps_query: set[str] = set()
        self._loses_query: set[str] = set()
        self._unanswered = 0
        self._gateway_waits = 0
        self._shut: set[str] = set()
        self._last_answered: Request | None = None
        self._failed: dict[_Place, list[Exchange]] = defaultdict(list)
        self._answering: set[_Place] = set()
        self._transport = transport or _transport_to(deployment, timeout)
        self._headers = {**default_headers(), **dict(deployment.headers)}

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._transport.close()

    def ask(self, request: Request) -> Exchange:
        """Return the answer to the request, sent now unless it was before. Raises `Unreachable`.

        Where several requests of the kind got no answer, and none ever did, the last of them stands for this one: each
        may take the whole time-out.
        """
        if request not in self._answers:
            if silent := self._silent(request):
                return silent
            self._answers[request] = exchange = self._send(request)
            self._note_answer(request, exchange)
        return self._answers[request]

    def has_answer(self, exchange: Exchange) -> bool:
        """Tell whether an exchange is the answer that its request has now."""
        return self._answers.get(exchange.request) is exchange

    def ask_once(self, request: Request) -> Exchange:
        """Return the answer to the request, sent now and paced, whatever it is: without memory or a second try."""
        return self._attempt(request)

    def forget(self, exchanges: Iterable[Exchange]) -> None:
        """Forget these answers, so that the requests are sent anew. The journal keeps them."""
        for exchange in exchanges:
            self._answers.pop(exchange.request, None)

    def wait_for_gateway(self) -> None:
        """Wait a moment, a few times in a run, for an API that restarts behind its gateway."""
        if self._gateway_waits < _GATEWAY_WAITS:
            self._gateway_waits += 1
            self.pacer.wait(_GATEWAY_WAIT, "waiting for a gateway that doesn't reach the API")

    def is_rarely_answered(self, credential: Credential) -> bool:
        """Tell whether requests with what is no key were refused early, so that each more may take long."""
        return not credential.valid and credential.account in (self._waited | self._throttled)

    def times_sent(self, request: Request) -> int:
        """Return how many times the request was sent."""
        return sum(exchange.request == request for exchange in self.journal)

    def requests_by_key(self) -> dict[str, int]:
        """Return the number of requests by account: the role of a key, `invalid`, or `none` without credentials."""
        return dict(Counter(exchange.request.credential.account for exchange in self.journal))

    def _send(self, request: Request) -> Exchange:
        if self._unanswered >= _GIVE_UP_AFTER and not self._still_answers():
            raise Unreachable(
                f"{self.deployment.base} stopped answering ({self.journal[-1].outcome}); see whether it still runs."
            )
        if self._may_lose_query(request) and (documented := self._without_slash(request)):
            return documented
        exchange = self._attempt_or_retry(request)
        if exchange.status == 429:
            exchange = self._after_throttling(exchange)
        exchange = self._after_gateway(exchange)
        self._unanswered = self._unanswered + 1 if exchange.error else 0
        if not exchange.error:
            self._last_answered = request
        if exchange.wants_slash and request.path not in self._with_slash:
            self._with_slash.add(request.path)
            if request.query:
                self._keeps_query.add(request.path)
            return self._send(request)
        return exchange

    def _note_answer(self, request: Request, exchange: Exchange) -> None:
        for place in _places(request):
            if exchange.error:
                self._failed[place].append(exchange)
            else:
                self._answering.add(place)

    def _silent(self, request: Request) -> Exchange | None:
        """Return the failure of the last request to a place that never answers; None where that is not known."""
        for place in _places(request):
            if place not in self._answering and len(failed := self._failed[place]) >= _SILENT_AFTER:
                return failed[-1]
        return None

    def _may_lose_query(self, request: Request) -> bool:
        """Tell whether a path with a query is to get its slash, and no redirect of it was seen with a query yet."""
        seen = self._keeps_query | self._loses_query
        return bool(request.query) and not request.slash and request.path in self._with_slash - seen

    def _without_slash(self, request: Request) -> Exchange | None:
        """Return the answer to the request without a slash; None if that adds the slash and keeps the query.

        An answer that neither redirects nor succeeds leaves open what the next one gets.
        """
        self._loses_query.add(request.path)
        try:
            exchange = self._attempt(request)
            if exchange.status == 429:
                exchange = self._after_throttling(exchange)
        except NotRecorded:  # a recording of a run that did not look
            self._loses_query.discard(request.path)
            self._keeps_query.add(request.path)
            return None
        if exchange.wants_slash:
            self._keeps_query.add(request.path)
        if exchange.wants_slash or not 200 <= exchange.status < 400:
            self._loses_query.discard(request.path)
        return None if exchange.wants_slash or exchange.error else exchange

    def _goes_with_slash(self, request: Request) -> bool:
        return request.path in self._with_slash and not (request.query and request.path in self._loses_query)

    def _still_answers(self) -> bool:
        """Tell whether the last request that was answered is answered again, and if so count anew.

        A deployment may leave one endpoint without an answer and serve the others. Recordings that end there, as older
        ones do, have no such answer.
        """
        if self._last_answered is None:
            return False
        with suppress(NotRecorded):
            if not self._attempt_or_retry(self._last_answered).error:
                self._unanswered = 0
        return not self._unanswered

    def _attempt_or_retry(self, request: Request) -> Exchange:
        """Return the answer to the request, or else to a second try where that may help."""
        exchange = self._attempt(request)
        if exchange.error and exchange.error.kind.is_worth_a_retry:
            exchange = self._attempt(request)
        return exchange

    def _after_throttling(self, exchange: Exchange) -> Exchange:
        """Return the answer to the same request after the wait that was asked for, or else after every window's end.

        A limiter grants requests one by one where an account is served again soon or is throttled early a second time;
        its next requests are spread evenly. An account that stays throttled is not waited for again, and after two
        such accounts none is; nor is any of no key after some long waits for such, since each window of a limit on
        wrong keys would take another.
        """
        credential = exchange.request.credential
        account = credential.account
        if account in self._throttled or len(self._throttled) >= _GIVE_UP_WAITING_AFTER:
            return exchange
        asked_for = retry_after(exchange)
        told = "" if asked_for is None else f" (Retry-After: {asked_for:,.0f} s)"
        for seconds in _waits(asked_for, self.pacer.interval if self.pacer.is_spread(account) else _SHORT_WAIT):
            if not credential.valid and seconds > _LONGEST_REFILL:
                if self._long_waits >= _MOST_LONG_WAITS:
                    break
                self._long_waits += 1
            self.pacer.wait(seconds, f"{exchange.request.path} got 429{told} with {credential.label}, asking again")
            exchange = self._attempt(exchange.request)
            if exchange.status != 429:
                if seconds <= _LONGEST_REFILL or account in self._waited:
                    self.pacer.spread(account)
                self._waited.add(account)
                return exchange
        self._throttled.add(account)
        return exchange

    def _after_gateway(self, exchange: Exchange) -> Exchange:
        """Return the answer to a second try where a gateway was in the way; on a path once where that doesn't help."""
        path = exchange.request.path
        if is_passing(exchange) and path not in self._shut:
            with suppress(NotRecorded):
                exchange = self._attempt(exchange.request)
        (self._shut.add if is_passing(exchange) else self._shut.discard)(path)
        return exchange

    def _attempt(self, request: Request) -> Exchange:
        self.pacer.acquire(request.credential.account)
        return self.burst([request])[0]

    def burst(self, requests: Sequence[Request], *, on_new_connections: bool = False) -> list[Exchange]:
        """Send the requests together, without pacing, memory or a second try, and return the answers in their order.

        On new connections, each is sent on one of its own, which is closed after it.
        """
        clock = self.pacer.clock
        epoch = time.time() - clock.now()
        exchanges = []
        requests = [replace(each, slash=True) if self._goes_with_slash(each) else each for each in requests]
        calls = [replace(self._call(request), on_new_connection=on_new_connections) for request in requests]
        for request, call, answer in zip(requests, calls, self._transport.fetch(calls, clock), strict=True):
            if request.credential.role.is_paced:
                self.pacer.record(request.credential.account, answer.received)
            exchange = Exchange(
                number=len(self.journal) + 1,
                request=request,
                started=epoch + answer.sent if answer.started is None else answer.started,
                seconds=answer.received - answer.sent,
                status=answer.status,
                headers=answer.headers,
                body=self._keep(answer),
                error=answer.error,
                sent=answer.sent,
                on_new_connection=on_new_connections,
                wants_slash=adds_slash(call.url, answer.status, answer.headers),
                list_path=self.deployment.lists.get(request.endpoint),
            )
            self.journal.append(exchange)
            exchanges.append(exchange)
            if self._on_exchange:
                self._on_exchange(exchange)
        return exchanges

    def _keep(self, answer: RawResponse) -> Body:
        try:
            return self._bodies.keep(answer.body, is_cut=answer.is_cut)
        except OSError as error:
            raise UsageError(
                f"The answers, which are long, can't be kept in {gettempdir()} ({error.strerror}); make room there, or "
                "name another folder with TMPDIR."
            ) from error

    def _call(self, request: Request) -> OutgoingRequest:
        headers = {**dict(request.headers), **self._headers}
        if request.credential.authorization is not None and not request.credential.parameters:
            headers[request.credential.header] = request.credential.authorization
        return OutgoingRequest(self.deployment.base + request.secret_target, headers)


def _places(request: Request) -> tuple[_Place, ...]:
    """Return what may give no answer: any path to a key, a path to good or bad credentials, that with parameters."""
    path, kind = request.path, "valid" if request.credential.valid else "invalid"
    parameters = frozenset(name for name, _ in request.query)
    return ("", request.credential.account, None), (path, kind, None), (path, kind, parameters)


def _transport_to(deployment: Deployment, timeout: float) -> HTTPTransport:
    """Return the transport to the deployment. Raises `UsageError` for a file that can't be used."""
    proxy = None
    if deployment.proxy:
        own_tls = tls_context(deployment.ca_file) if deployment.proxy.startswith("https:") else None
        proxy = Proxy(deployment.proxy, own_tls)
    # Reading the system's authorities takes longer than ten requests; only https needs them.
    needs_tls = deployment.base.startswith("https:") or deployment.ca_file or deployment.cert
    tls = tls_context(deployment.ca_file, deployment.cert, deployment.cert_key) if needs_tls else None
    return HTTPTransport(timeout, tls, proxy)


def default_headers() -> dict[str, str]:
    """Return the headers of every request, unless `--header` has others."""
    return {"User-Agent": f"oneinvoice-conform/{_version()}", "Accept": "application/json"}


@cache
def _version() -> str:
    return version("oneinvoice-kit")  # which looks through folders, and is wanted for each line of curl


def _waits(asked_for: float | None, shortest: float) -> tuple[float, ...]:
    """Return the seconds of the waits after a 429, the next one where the same request gets another.

    No limit of the documentation lasts longer than a window; where a longer wait is asked for, it is tried without.
    """
    first = shortest if asked_for is None or asked_for > WINDOW else asked_for
    return (first, WINDOW) if first < WINDOW else (first,)


def retry_after(exchange: Exchange) -> float | None:
    """Return the seconds that Retry-After asks for, as a number or a date (RFC 9110, 10.2.3); None without either."""
    text = (exchange.header("Retry-After") or "").strip()
    if text.isascii() and text.isdecimal():
        return float(text)
    try:
        until = parsedate_to_datetime(text)
        now = parsedate_to_datetime(exchange.header("Date") or "")
    except (ValueError, OverflowError):
        return None
    return max(0.0, (_in_utc(until) - _in_utc(now)).total_seconds())


def _in_utc(time: datetime) -> datetime:
    return time if time.tzinfo else time.replace(tzinfo=UTC)
