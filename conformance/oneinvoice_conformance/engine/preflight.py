"""Preflight of a run: see whether this API answers and takes the key, before anything is judged."""

from __future__ import annotations

from oneinvoice_conformance.documented import ENDPOINTS
from oneinvoice_conformance.errors import Unreachable, UsageError
from oneinvoice_conformance.history.snapshot import GONE
from oneinvoice_conformance.http.client import Client
from oneinvoice_conformance.http.credentials import NOBODY, Role
from oneinvoice_conformance.http.exchange import Exchange, Request
from oneinvoice_conformance.http.failure import Failure, FailureKind
from oneinvoice_conformance.http.redirect import leads_to


def preflight(client: Client, served_before: bool = False) -> None:
    """Ask discovery and each endpoint once, by requests that the rules need anyway.

    Raises `Unreachable` if nothing answers or what answers is no such API, `UsageError` if every endpoint refuses
    the key. Where v1 was `served_before` and is gone, that is for the rules to say.
    """
    key = client.deployment.credential(Role.PRIMARY)
    discovery = client.ask(Request("", NOBODY))
    if discovery.error:
        raise Unreachable(_unreachable_reason(client.deployment.base, discovery.error))
    answers = [client.ask(Request(endpoint, key or NOBODY)) for endpoint in ENDPOINTS]
    gone = served_before and all(answer.status in GONE for answer in answers)
    if not gone and not any(answer.resembles_api for answer in [discovery, *answers]):
        if moved := next(filter(_keeps_path, [*answers, discovery]), None):
            raise Unreachable(
                f"{client.deployment.base} only redirects: {moved.request} to {moved.header('Location')}. Give the "
                "base URL that serves it; of redirects only one that adds a slash at the path's end is followed."
            )
        raise Unreachable(
            f"What answers at {client.deployment.base} is not this API (GET /api/v1 got {_description(discovery)}, "
            f"GET /api/v1/members {_description(answers[0])}); check the address."
        )
    if key and all(answer.status == 401 for answer in answers):
        raise UsageError(
            f"{client.deployment.base} refuses the key on every endpoint (401); check --key or ONEINVOICE_KEY, and "
            "whether the key was revoked or belongs to another deployment."
        )


def _keeps_path(answer: Exchange) -> bool:
    """Tell whether an answer redirects to the same path elsewhere, and not to another page."""
    return 300 <= answer.status < 400 and leads_to(answer).endswith(answer.request.path)


def _unreachable_reason(base: str, error: Failure) -> str:
    if error.kind is FailureKind.TLS:
        return (
            f"{base} can't be trusted: {error}; check the address, or name its authority's certificate with --ca-file."
        )
    if error.kind is FailureKind.TIMEOUT:
        return f"{base} gave {error}; see whether it is up, or give it longer with --timeout."
    return f"{base} can't be reached: {error}; check the address, and whether the deployment is up."


def _description(answer: Exchange) -> str:
    kind = (answer.header("Content-Type") or "").partition(";")[0]
    return f"{answer.outcome} {kind}".strip()
