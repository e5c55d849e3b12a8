"""Discovery."""

from __future__ import annotations

from oneinvoice_conformance.documented import ENDPOINTS
from oneinvoice_conformance.http.exchange import NotJSON
from oneinvoice_conformance.http.redirect import leaves_version
from oneinvoice_conformance.model.finding import Finding, failed, passed
from oneinvoice_conformance.records.discovery import names
from oneinvoice_conformance.records.json_text import foreign_encoding
from oneinvoice_conformance.rules.rule import probe
from oneinvoice_conformance.session.rule_context import RuleContext, unserved


@probe("DISC-1")
def without_credentials(context: RuleContext) -> Finding:
    answer = context.discover()
    if answer.status == 200:
        return passed("it answers 200 without credentials", answer)
    if leaves_version(answer):
        return failed(f"without credentials it redirects to {answer.header('Location')} instead of 200", answer)
    if answer.error or answer.status == 429 or 300 <= answer.status < 400:
        return unserved(answer)
    return failed(f"without credentials it answers {answer.status} instead of 200", answer)


@probe("DISC-2")
def names_every_endpoint(context: RuleContext) -> Finding:
    answer = context.discover()
    if answer.status != 200:
        return unserved(answer)
    try:
        named = set(names(answer.json()))
    except NotJSON as error:
        return failed(f"its answer is not JSON: {error}", answer)
    if encoding := foreign_encoding(answer.body.read(4)):
        return failed(f"its answer is in {encoding}, and JSON has to be in UTF-8 (RFC 8259, 8.1)", answer)
    missing = [endpoint for endpoint in ENDPOINTS if endpoint not in named]
    if missing:
        return failed(f"its answer does not name {' or '.join(missing)}", answer)
    return passed("its answer names members, quotes and invoices", answer)
