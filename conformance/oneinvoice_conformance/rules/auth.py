"""Authentication."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Iterator

from oneinvoice_conformance.documented import ENDPOINTS, EXAMPLE_QUERIES, KEY_PREFIX, MAX_PAGE_SIZE
from oneinvoice_conformance.http.credentials import (
    API_KEY,
    NO_KEY,
    NOBODY,
    Credential,
    Role,
    in_api_key,
    near_misses,
    other_schemes,
    unknown_key,
    without_prefix,
)
from oneinvoice_conformance.http.exchange import Exchange, Request
from oneinvoice_conformance.model.finding import Finding, Undecided, failed, inconclusive, passed
from oneinvoice_conformance.model.outcome import Outcome
from oneinvoice_conformance.ratelimit.limiter_bounds import served as is_served
from oneinvoice_conformance.rules.rule import rule
from oneinvoice_conformance.session.rule_context import Api, unserved

_WITH_CHECKSUM = re.compile(r"1iv_([0-9A-Za-z]{43})([0-9A-Za-z]{6})")
_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


@rule("AUTH-1")
def no_credentials(api: Api) -> Finding:
    """Without credentials every endpoint but discovery answers 401."""
    return _all_refused(api, _plain(NOBODY), _examples(NOBODY))


@rule("AUTH-2")
def unknown(api: Api) -> Finding:
    """An unknown key gets 401 on every endpoint but discovery."""
    return _all_refused(api, _plain(unknown_key()), [Request("quotes", NO_KEY, EXAMPLE_QUERIES["quotes"])])


@rule("AUTH-3")
def revoked(api: Api) -> Finding:
    """A revoked key gets 401 on every endpoint but discovery."""
    key = api.key(Role.REVOKED)
    finding = _all_refused(api, _plain(key), _examples(key))
    if finding.outcome is not Outcome.PASSED:
        return finding
    if _never_issued(api):
        return inconclusive(
            "the key was never issued: its checksum is wrong, and that of the keys that are served is right; give one "
            "that worked until it was revoked",
            *finding.evidence,
        )
    return passed(f"{finding.reason}; that the key worked until it was revoked is your word", *finding.evidence)


@rule("AUTH-4")
def other_scheme(api: Api) -> Finding:
    """Only Bearer counts; the key under another scheme gets 401."""
    api.key()
    deployment = api.client.deployment
    token, basic = other_schemes(deployment.keys[Role.PRIMARY])
    more = [Request("invoices", token)]
    opens_gateway = any(name.lower() == API_KEY.lower() for name, _ in deployment.headers)
    # Where nobody at all gets something else than 401, that is AUTH-1's to say.
    if not opens_gateway and any(answer.status == 401 for answer in api.besides([Request("members", NOBODY)])):
        more.append(Request("members", in_api_key(deployment.keys[Role.PRIMARY])))
    return _all_refused(api, [Request("members", token), Request("quotes", token), Request("invoices", basic)], more)


@rule("AUTH-5")
def near_miss(api: Api) -> Finding:
    """A near miss of the key gets 401: each kind on members, the truncated key on every endpoint."""
    api.key()
    key = api.client.deployment.keys[Role.PRIMARY]
    misses = near_misses(key)
    requests = [*(Request("members", miss) for miss in misses), *_plain(misses[0])]
    more = [Request("quotes", misses[1]), Request("invoices", misses[2])]
    if key.startswith(KEY_PREFIX):
        more.append(Request("members", without_prefix(key)))
    return _all_refused(api, dict.fromkeys(requests), more)


@rule("AUTH-6")
def valid_key(api: Api) -> Finding:
    """A valid key is served on every endpoint."""
    api.key()
    roles = [role for role in (Role.PRIMARY, Role.SIBLING, Role.OTHER) if api.has(role)]
    answers = [_served(api, role, endpoint) for role in roles for endpoint in ENDPOINTS]
    refused = [answer for answer in answers if answer.status >= 400 and answer.status != 429]
    if refused:
        hint = "" if refused[0].request.credential.role == Role.PRIMARY else "; see whether that key is right"
        return failed(f"{_list(refused)} instead of 200{hint}", *refused)
    for answer in answers:
        if answer.status != 200:
            raise Undecided(unserved(answer))
    pages = {
        (answer.request.credential.role, answer.request.endpoint): api.records(answer)
        for answer in answers
        if is_served(answer) or not is_served(_served(api, Role.PRIMARY, answer.request.endpoint))
    }
    for answer in answers:
        if (answer.request.credential.role, answer.request.endpoint) not in pages:
            return failed(f"{answer} without any list, where the primary key gets one", answer)
    seen = {role: sum(len(pages[role, endpoint]) for endpoint in ENDPOINTS) for role in roles}
    if Role.SIBLING in seen and seen[Role.PRIMARY] and not seen[Role.SIBLING]:
        return inconclusive(
            "the sibling key gets empty lists alone, where the primary key gets records; see whether both are of one "
            "organisation"
        )
    return passed(f"{len(answers)} requests with a valid key were served", *answers)


def _never_issued(api: Api) -> bool:
    """Whether the revoked key lacks the checksum that every other key has, two at least, and all those are served."""
    keys = api.client.deployment.keys
    others = [role for role in (Role.PRIMARY, Role.SIBLING, Role.OTHER) if role in keys]
    if has_checksum(keys[Role.REVOKED]) or len(others) < 2 or not all(has_checksum(keys[role]) for role in others):
        return False
    return all(_served(api, role, "members").status == 200 for role in others)


def has_checksum(key: str) -> bool:
    """Whether a key ends in the CRC32 of its 43 random characters, in 6 base62 characters, as some deployments' do."""
    match = _WITH_CHECKSUM.fullmatch(key)
    if match is None:
        return False
    number = 0
    for digit in match[2]:
        number = number * 62 + _BASE62.index(digit)
    return number == zlib.crc32(match[1].encode())


def _served(api: Api, role: Role, endpoint: str) -> Exchange:
    """The plain answer, or for the other organisation's members the page that the ORG rules read, if it is served."""
    if (role, endpoint) == (Role.OTHER, "members"):
        page = api.ask(endpoint, api.key(role), limit=MAX_PAGE_SIZE, offset=0)
        if page.status == 200:
            return page
    return api.ask(endpoint, api.key(role))


def _plain(credential: Credential) -> Iterator[Request]:
    return (Request(endpoint, credential) for endpoint in ENDPOINTS)


def _examples(credential: Credential) -> Iterator[Request]:
    return (Request(endpoint, credential, EXAMPLE_QUERIES[endpoint]) for endpoint in ENDPOINTS)


def _all_refused(api: Api, requests: Iterable[Request], more: Iterable[Request]) -> Finding:
    """Passed if each request got 401; a request that got neither that nor a judgeable answer leaves it open.

    `more` is asked in a thorough run.
    """
    answers = [*map(api.send, requests), *api.besides(more)]
    findings = [_refused(api, answer) for answer in answers]
    for outcome in (Outcome.FAILED, Outcome.INCONCLUSIVE):
        hits = [finding for finding in findings if finding.outcome is outcome]
        if hits:
            evidence = [exchange for finding in hits for exchange in finding.evidence]
            hit = next((finding for finding in hits if finding.certain), hits[0])
            return Finding(outcome, hit.reason, tuple(evidence), hit.certain, hit.transient)
    return passed(f"{len(findings)} requests got 401", *(finding.evidence[0] for finding in findings))


def _refused(api: Api, answer: Exchange) -> Finding:
    """Judge one answer that should be 401, beside what a valid key gets at the same place."""
    if answer.status == 401:
        return passed("401", answer)
    if answer.error or answer.status == 429:
        return unserved(answer)
    if 200 <= answer.status < 300:
        return failed(f"{_list([answer])} instead of 401", answer, certain=True)
    served = api.has(Role.PRIMARY) and api.ask(answer.request.endpoint).status == 200
    if served or (400 <= answer.status < 500 and answer.status != 404 and not api.has(Role.PRIMARY)):
        return failed(f"{_list([answer])} instead of 401", answer)
    return inconclusive(
        f"{answer} where 401 was due, and a valid key is not served there either", answer, transient=True
    )


def _list(answers: list[Exchange]) -> str:
    """The first answer in words, and how many more there are."""
    first = answers[0]
    more = f" (and {len(answers) - 1} more)" if len(answers) > 1 else ""
    return f"{first.request} with {first.request.credential.label} got {first.outcome}{more}"
