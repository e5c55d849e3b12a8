"""Preflight of a run: see whether this API answers and takes the key, before anything is judged."""

from __future__ import annotations

from urllib.parse import urlsplit
from urllib.request import getproxies_environment, proxy_bypass

from oneinvoice_conformance.documented import ENDPOINTS
from oneinvoice_conformance.errors import Unreachable, UsageError
from oneinvoice_conformance.history.snapshot import GONE
from oneinvoice_conformance.http.client import Client
from oneinvoice_conformance.http.connection import speaks_http, speaks_tls
from oneinvoice_conformance.http.credentials import NOBODY, Role
from oneinvoice_conformance.http.deployment import Deployment
from oneinvoice_conformance.http.exchange import Exchange, NotJSON, Request
from oneinvoice_conformance.http.failure import Failure, FailureKind
from oneinvoice_conformance.http.intermediary import gateway_of_all
from oneinvoice_conformance.http.redirect import advice, base_of, destination, keeps_path, leads_inside, leads_to_login

# Failures after which the other of http and https may be what is spoken at the port.
_SILENCES = (FailureKind.BROKEN, FailureKind.TIMEOUT)


def preflight(client: Client, served_before: bool = False) -> None:
    """Ask discovery and each endpoint once, by requests that the rules need anyway.

    Raises `Unreachable` if nothing answers or what answers is no such API, `UsageError` if every endpoint refuses
    the key. Where v1 was `served_before` and is gone, that is for the rules to say.
    """
    key = client.deployment.credential(Role.PRIMARY)
    discovery = client.ask(Request("", NOBODY))
    if discovery.error:
        raise Unreachable(_unreachable_reason(client, discovery.error))
    answers = [client.ask(Request(endpoint, key or NOBODY)) for endpoint in ENDPOINTS]
    gone = served_before and all(answer.status in GONE for answer in answers)
    if not gone:
        _require_api(client.deployment, [discovery, *answers])
    if key and all(answer.status == 401 for answer in answers):
        raise UsageError(
            f"{client.deployment.base} refuses the key on every endpoint (401); check --key or ONEINVOICE_KEY, and "
            "whether the key was revoked or belongs to another deployment."
        )


def _require_api(deployment: Deployment, answers: list[Exchange]) -> None:
    """Raise `Unreachable` where nothing that was answered may be of this API."""
    base, first = deployment.base, answers[0]
    if who := gateway_of_all(answers):
        proxy = "; or the proxy can't reach it: check the address, and --proxy" if deployment.proxy else ""
        raise Unreachable(
            f"Every request to {base}, discovery included, gets {first.status} from {who.name}, and none reaches "
            f"the API; {who.remedy}{proxy}."
        )
    if any(answer.resembles_api for answer in answers):
        return
    if moved := next(filter(keeps_path, [*answers[1:], first]), None):
        raise Unreachable(_moved(base, moved))
    if all(map(leads_to_login, answers)):
        raise Unreachable(
            f"Every request to {base}, discovery included, is sent to a login ({destination(base, first)}) and not to "
            "the API; have it let /api/ through, or a header that you give with --header."
        )
    raise Unreachable(
        f"What answers at {base} is not this API (GET /api/v1 got {_description(base, first)}, "
        f"GET /api/v1/members {_description(base, answers[1])}); check the address."
    )


def _moved(base: str, answer: Exchange) -> str:
    """Return the sentence on a deployment that is served at another address, as far as its redirects tell."""
    start = f"{base} only redirects: {answer.request} to {answer.header('Location')}"
    there = base_of(base, answer)
    if there == base:
        return (
            f"{start}, which is the same address; what stands in front may have to tell the application that the "
            "client came by https (X-Forwarded-Proto)."
        )
    if base.startswith("https:") and there.startswith("http:"):
        return (
            f"{start}, where the key would go unencrypted; have the application know that its address is https "
            "(X-Forwarded-Proto), or give the address that serves it."
        )
    if leads_inside(answer, base):
        return f"{start}; {advice(answer, base)}."
    return f"{start}; give {there} in its place. Of redirects only one that adds a slash at the path's end is followed."


def _unreachable_reason(client: Client, error: Failure) -> str:
    """Return the sentence on a deployment that gives no answer at all."""
    deployment = client.deployment
    base, at = deployment.base, urlsplit(deployment.base)
    start = f"{base} can't be {'trusted' if error.untrusted else 'reached'}: {error}"
    if error.kind in _SILENCES and not deployment.proxy and at.hostname:
        port = at.port or {"http": 80, "https": 443}[at.scheme]
        if at.scheme == "http" and speaks_tls(at.hostname, port, client.timeout):
            return f"{start}; TLS is spoken at that port, so write the address with https://."
        if at.scheme == "https" and speaks_http(at.hostname, port, client.timeout):
            return f"{start}; HTTP without TLS is spoken at that port, so write the address with http://."
    if error.remedy:
        return f"{start}; {error.remedy}."
    if error.kind is FailureKind.TLS:
        return f"{start}; check the address, or name its authority's certificate with --ca-file."
    if error.kind is FailureKind.TIMEOUT:
        return (
            f"{base} gave {error}; see whether it is up, or give it longer with --timeout.{_unused_proxy(deployment)}"
        )
    return f"{start}; check the address, and whether the deployment is up.{_unused_proxy(deployment)}"


def _unused_proxy(deployment: Deployment) -> str:
    """Return a sentence on a proxy that the environment names and that a run leaves alone, if there is one."""
    at, named = urlsplit(deployment.base), getproxies_environment()
    scheme = next((each for each in (at.scheme, "all") if each in named), None)
    if deployment.proxy or scheme is None or proxy_bypass(at.hostname or ""):
        return ""
    return f" {scheme.upper()}_PROXY is set and left alone: give --proxy if the way there leads through it."


def _description(base: str, answer: Exchange) -> str:
    if 300 <= answer.status < 400 and answer.header("Location"):
        return f"{answer.outcome} to {destination(base, answer)}"
    kind = (answer.header("Content-Type") or "").partition(";")[0]
    told = f"{answer.outcome} {kind}".strip()
    if answer.is_served and kind.endswith("json"):
        try:
            answer.json()
        except NotJSON as problem:
            return f"{told} that is no JSON: {problem}"
    return told
