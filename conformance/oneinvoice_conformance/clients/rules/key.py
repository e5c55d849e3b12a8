"""Rules of the API key."""

from __future__ import annotations

from oneinvoice_openapi.client_bounds import MOST_AFTER_401

from oneinvoice_conformance.clients.front.certificate import Handshake
from oneinvoice_conformance.clients.observation import ClientRequest, KeyPlace, Mark, Trial
from oneinvoice_conformance.clients.rules.rule import (
    Judgement,
    Observed,
    Undecided,
    failed,
    inconclusive,
    not_applicable,
    passed,
    rule,
    shown_by,
)
from oneinvoice_conformance.clients.scenarios.key import HANDSHAKES, OTHER_HOST, OTHER_PORT, REVOKED, UNTRUSTED
from oneinvoice_conformance.clients.timing import sent_knowing, slack, workers


@rule("KEY-1", passive=True)
def sends_it_as_bearer_alone(observed: Observed) -> Judgement:
    """Judge where the key stood in all requests to the API's origin (RFC 6750, sections 2.3 and 5.3)."""
    total = 0
    for trial in observed:
        with_key = [each for each in trial.requests if each.key_places and each.mark is not Mark.ELSEWHERE]
        total += len(with_key)
        if elsewhere := [request for request in with_key if set(request.key_places) != {KeyPlace.BEARER}]:
            first = elsewhere[0]
            where = next(place for place in first.key_places if place is not KeyPlace.BEARER)
            return failed(f"the key stands in {where.value} of {first.method} {first.path}", shown_by(trial, elsewhere))
    if not total:
        return inconclusive("no request had the key")
    return passed(f"each of {total} requests has it as Authorization: Bearer, and nowhere else")


@rule("KEY-2")
def stops_after_401(observed: Observed) -> Judgement:
    """Judge how often a key that was revoked is sent again (RFC 9110, section 15.5.2).

    Each worker beside the one that got the first 401 may have had one request more at hand.
    """
    trial = observed.trial(REVOKED)
    first, more = _after_401(trial, observed.control)
    allowed = MOST_AFTER_401 + max(1, workers(trial.requests)) - 1
    evidence = shown_by(trial, [first, *more])
    if len(more) > allowed:
        return failed(f"it sent {len(more)} more requests with the key after {first}", evidence)
    if trial.program is None or trial.program.code is None:
        return inconclusive("the client was still running when the trial ended, and may ask again later", evidence)
    return passed(f"{len(more) or 'no'} more request{'' if len(more) == 1 else 's'} after {first}", evidence)


@rule("KEY-3")
def reports_401(observed: Observed) -> Judgement:
    """Judge whether a run with a key that was revoked ends as a failure."""
    trial = observed.trial(REVOKED)
    first, _ = _after_401(trial, observed.control)
    evidence = shown_by(trial, [first])
    if trial.program is None or trial.program.code is None:
        return inconclusive("the client did not end by itself after its key was revoked", evidence)
    if not trial.program.is_well:
        return passed(f"the run ends with {trial.program}", evidence)
    if trial.readback is not None and trial.readback.error:
        return passed("what it reads back has an error", evidence)
    return failed(f"{first}, and the run ended with exit code 0; end with another one", evidence)


def _after_401(trial: Trial, control: Trial | None) -> tuple[ClientRequest, list[ClientRequest]]:
    """Return the first request that got 401, and those that began when that can have been known."""
    refused = trial.marked(Mark.REVOKED)
    if not refused:
        raise Undecided(inconclusive("nothing was left to ask when the key was revoked"))
    return refused[0], sent_knowing(trial.requests, refused[0], slack(trial, control))


@rule("KEY-4")
def keeps_it_from_other_origins(observed: Observed) -> Judgement:
    """Judge what comes to another origin that the API redirects to (RFC 9110, section 15.4)."""
    followed = []
    for name in (OTHER_HOST, OTHER_PORT):
        trial = observed.trial(name)
        redirects, arrived = trial.marked(Mark.REDIRECT), trial.marked(Mark.ELSEWHERE)
        if not redirects:
            return inconclusive("no request was redirected")
        if leaks := [request for request in arrived if request.key_places]:
            what = "another host" if name == OTHER_HOST else "another port, which is another origin"
            where = leaks[0].key_places[0].value
            reason = f"a redirect with {redirects[0].status} led it to {what}, and it sent the key there in {where}"
            return failed(reason, shown_by(trial, [redirects[0], *leaks]))
        if not arrived and len(redirects) == 1 and trial.program is None:
            return inconclusive("the client had not yet done anything about a redirect when the trial ended")
        followed += arrived
    how = "it follows without the key" if followed else "it follows none"
    return passed(f"where the API redirects to another host, and to another port, {how}")


@rule("KEY-5")
def refuses_untrusted_certificate(observed: Observed) -> Judgement:
    """Judge what comes through a TLS connection that nobody has a reason to trust (RFC 9110, section 4.3.4)."""
    trial = observed.trial(UNTRUSTED)
    seen = list(trial.facts.get(HANDSHAKES, ()))
    if arrived := trial.marked(Mark.ELSEWHERE):
        with_key = " with the key" if any(each.key_places for each in arrived) else ""
        what = f"it sent {arrived[0].method} {arrived[0].path}{with_key} to a server whose certificate nobody trusts"
        return failed(f"{what}; verify certificates", shown_by(trial, arrived))
    tls = [each for each in seen if each not in (Handshake.PLAIN, Handshake.PLAIN_WITH_KEY)]
    if tls and Handshake.PLAIN_WITH_KEY in seen[seen.index(tls[0]) :]:
        return failed("it refused the certificate, and then sent the key in plain HTTP", shown_by(trial))
    if not tls:
        return not_applicable("the client speaks plain HTTP alone: it began no TLS with an origin of https")
    if all(each is Handshake.FAILED for each in tls):
        return inconclusive("no TLS came about, since client and suite have no version or cipher in common")
    return passed(f"it sent nothing in {len(tls)} connection{'s' if len(tls) > 1 else ''}, and refused the certificate")
