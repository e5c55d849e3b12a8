"""Scenarios of the API key: revoked in mid-run, led to another origin, and asked for by a server that nobody trusts."""

from __future__ import annotations

import threading
from dataclasses import replace
from urllib.parse import urlencode

from oneinvoice_conformance.clients.front.answer import Answer, Api, as_the_api_answers, problem
from oneinvoice_conformance.clients.front.certificate import Handshake, Handshakes
from oneinvoice_conformance.clients.front.server import Front
from oneinvoice_conformance.clients.observation import ClientRequest, Mark
from oneinvoice_conformance.clients.scenarios.scenario import scenario
from oneinvoice_conformance.clients.scenarios.turn import is_for_a_page, pages_before, with_pages_for_workers
from oneinvoice_conformance.clients.stage import Stage
from oneinvoice_conformance.clients.subject import Means

REVOKED = "key-revoked"
OTHER_HOST = "redirect-to-another-host"
OTHER_PORT = "redirect-to-another-port"
UNTRUSTED = "untrusted-certificate"
HANDSHAKES = "handshakes"
"""Fact of an untrusted certificate: the `Handshake` of each connection, in their order."""

_SLOW = 0.4  # seconds that a 401 takes once one was given, so that workers show whether they go on
_SETTLED = 5.0  # seconds in which a handshake is over that the client no longer waits for
_ENOUGH = 40  # refusals after which nothing more is to be learned
_REDIRECTS = (301, 302, 303, 307, 308)
_LONGER = 8.0  # seconds beyond the control that a client may take where it can't succeed


@scenario(REVOKED, "The key is revoked in mid-run.", "KEY-2", "KEY-3", seconds=2, data=with_pages_for_workers)
def key_revoked(stage: Stage) -> None:
    """Answer 401 to all that comes with the key, once one or two pages were served."""
    script = _Revocation(stage)
    stage.front.script = script
    stage.run_until(lambda: script.is_ignored, "the key is revoked")
    if stage.end and stage.end.is_well and Means.READBACK in stage.client.means:
        stage.readback()


class _Revocation:
    """Revocation of the key after some pages."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._left = pages_before(stage.random, stage.control)
        self._first: float | None = None
        self._late = self._count = 0
        self._lock = threading.Lock()

    def __call__(self, request: ClientRequest, api: Api) -> Answer:
        with self._lock:
            self._left -= is_for_a_page(request)
            is_revoked = self._left < 0 and bool(request.key_places)
            delay = 0.0 if self._first is None else _SLOW
            if is_revoked:
                self._note(request.at)
        if not is_revoked:
            return api()
        kept = tuple(each for each in request.headers if each[0].lower() != "authorization")
        revoked = ("Authorization", f"Bearer {self._stage.sandbox.revoked_key}")
        answer = self._stage.front.pass_on(replace(request, target=request.path), (*kept, revoked))
        return replace(answer, delay=delay, mark=Mark.REVOKED, note="the key was revoked")

    def _note(self, at: float) -> None:
        if self._first is None:
            self._first = at
        self._count += 1
        self._late += at > self._first + 2.0

    @property
    def is_ignored(self) -> bool:
        """Tell whether the client goes on as if nothing was, so that its end need not be awaited."""
        return self._late > 4 or self._count > _ENOUGH


@scenario(OTHER_HOST, "The API redirects to another host.", "KEY-4", seconds=1)
def redirect_to_another_host(stage: Stage) -> None:
    _redirect(stage, "localhost")


@scenario(OTHER_PORT, "The API redirects to another port of its host.", "KEY-4", seconds=1)
def redirect_to_another_port(stage: Stage) -> None:
    _redirect(stage, "127.0.0.1")


def _redirect(stage: Stage, host: str) -> None:
    """Answer each list with a redirect to another origin, which says 401 to whoever comes."""
    statuses = dict(zip(stage.client.lists, stage.random.sample(_REDIRECTS, 3), strict=False))

    def leaked() -> bool:
        return any(request.key_places for request in stage.journal.requests if request.mark is Mark.ELSEWHERE)

    with Front(stage.sandbox, stage.journal, _elsewhere, host=host) as other:

        def script(request: ClientRequest, api: Api) -> Answer:
            if request.endpoint is None:
                return api()
            status = statuses.get(request.endpoint, _REDIRECTS[0])
            kept = {name: value for name, value in request.query.items() if name in ("limit", "offset", "status")}
            target = f"{other.origin}{request.path}{'?' if kept else ''}{urlencode(kept)}"
            return Answer(status, (("Location", target),), mark=Mark.REDIRECT, note=f"{status} to {other.origin}")

        stage.front.script = script
        limit = _limit(stage)
        stage.run_until(lambda: leaked() or stage.journal.clock() > limit, "redirected to another origin")


def _limit(stage: Stage) -> float:
    """Return the seconds after which a client that can't succeed is no longer waited for."""
    program = stage.control.program if stage.control else None
    return _LONGER + (program.seconds if program else 0.0)


def _elsewhere(request: ClientRequest, api: Api) -> Answer:
    """Answer as another origin does, which knows nobody."""
    challenge = ("WWW-Authenticate", "Bearer")
    return problem(401, "Unauthorized", "Send a key.", Mark.ELSEWHERE, "at another origin", challenge)


@scenario(UNTRUSTED, "The API's certificate is one that nobody trusts.", "KEY-5", seconds=1)
def untrusted_certificate(stage: Stage) -> None:
    """Give the client an origin of https, where a certificate is shown that is its own issuer."""
    handshakes = Handshakes(stage.front.keys)
    stage.front.script = as_the_api_answers
    with Front(stage.sandbox, stage.journal, _untrusted, scheme="https", wrap=handshakes) as front:
        limit = _limit(stage)

        def decided() -> bool:
            has_leaked = Handshake.PLAIN_WITH_KEY in handshakes.seen and Handshake.REFUSED in handshakes.seen
            return bool(stage.journal.requests) or has_leaked or stage.journal.clock() > limit

        stage.run_until(decided, "the certificate is not trusted", front.origin)
        handshakes.settle(_SETTLED)
    stage.facts[HANDSHAKES] = tuple(handshakes.seen)


def _untrusted(request: ClientRequest, api: Api) -> Answer:
    """Answer what came although nobody could trust where it went."""
    return problem(401, "Unauthorized", "Send a key.", Mark.ELSEWHERE, "over TLS that nobody trusts")
