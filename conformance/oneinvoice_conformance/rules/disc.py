"""Discovery."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from oneinvoice_conformance.documented import ENDPOINTS
from oneinvoice_conformance.http.credentials import NOBODY
from oneinvoice_conformance.http.exchange import Exchange, NotJSON, Request
from oneinvoice_conformance.http.intermediary import asks_for_password
from oneinvoice_conformance.http.redirect import leaves_version
from oneinvoice_conformance.model.finding import Finding, failed, inconclusive, passed
from oneinvoice_conformance.records.discovery import methods_of, naming
from oneinvoice_conformance.records.json_text import foreign_encoding
from oneinvoice_conformance.rules.places.answers import at_body, at_status, text_pointer
from oneinvoice_conformance.rules.rule import probe
from oneinvoice_conformance.session.rule_context import RuleContext, unserved

_ABSENT = (404, 405, 410)
_ASKED_AT_MOST = 2  # paths of one endpoint


@probe("DISC-1")
def without_credentials(context: RuleContext) -> Finding:
    answer = context.discover()
    if answer.is_served:
        return passed(f"it answers {answer.status} without credentials", answer)
    if asks_for_password(answer):
        return inconclusive(
            f"{answer}, which may be that of a gateway with a password of its own; have it let /api/ through", answer
        )
    if leaves_version(answer):
        found = failed(f"without credentials it redirects to {answer.header('Location')} instead of 200", answer)
        return at_status(found, answer, "200")
    if answer.error or answer.status == 429 or 300 <= answer.status < 400:
        return unserved(answer)
    return at_status(failed(f"without credentials it answers {answer.status} instead of 200", answer), answer, "200")


@probe("DISC-2")
def names_every_endpoint(context: RuleContext) -> Finding:
    """Judge what discovery names; a path other than the documented one is asked for, whether it is served."""
    answer = context.discover()
    if not answer.is_served:
        return unserved(answer)
    try:
        named = {endpoint: naming(answer.json(), endpoint, context.client.deployment.base) for endpoint in ENDPOINTS}
    except NotJSON as error:
        return at_body(failed(f"its answer is not JSON: {error}", answer), answer, "JSON")
    if encoding := foreign_encoding(answer.body.read(4)):
        found = failed(f"its answer is in {encoding}, and JSON has to be in UTF-8 (RFC 8259, 8.1)", answer)
        return found.at(answer, "", "UTF-8", encoding)
    elsewhere = [each for each in ENDPOINTS if named[each].other_paths and not named[each].by_path]
    missing = [each for each in ENDPOINTS if not named[each].by_path | named[each].by_name and each not in elsewhere]
    if missing:
        found = failed(f"its answer does not name {' or '.join(missing)}", answer)
        return at_body(found, answer, f"/api/v1/{missing[0]} among the endpoints")
    for endpoint in elsewhere:
        if problem := _not_served(context, endpoint, named[endpoint].other_paths, answer):
            return problem
    base = context.client.deployment.base
    for endpoint in ENDPOINTS:
        methods = methods_of(answer.json(), endpoint, base)
        if methods and "GET" not in methods:
            reason = f"its answer names {', '.join(methods)} for {endpoint}, which the documentation reads with GET"
            return inconclusive(f"{reason}; ask the owner whether discovery is right", answer)
    return passed("its answer names members, quotes and invoices", answer)


def _not_served(context: RuleContext, endpoint: str, paths: Sequence[str], discovery: Exchange) -> Finding | None:
    """Return a failure if none of the paths that discovery names for an endpoint is served; else None."""
    base = urlsplit(context.client.deployment.base).path
    below = [path.removeprefix(f"{base}/") for path in paths if path.startswith(f"{base}/")]
    if not below:
        reason = f"its answer names {paths[0]} for {endpoint}, which is not below the address that was given"
        return inconclusive(f"{reason}; give the one below which it is", discovery)
    credential = context.unmetered_key() if context.client.deployment.keys else NOBODY
    answers = [context.send(Request("", credential, version="", place=path)) for path in below[:_ASKED_AT_MOST]]
    absent = [each for each in answers if each.status in _ABSENT]
    if len(absent) < len(answers):
        undecided = next((each for each in answers if each.error or each.status == 429 or each.status >= 500), None)
        return unserved(undecided) if undecided else None
    reason = f"its answer names {paths[0]} for {endpoint}, which gets {absent[0].status}"
    found = failed(reason, discovery, *absent)
    return found.at(discovery, text_pointer(discovery.json(), paths[0]), f"/api/v1/{endpoint}", paths[0])
