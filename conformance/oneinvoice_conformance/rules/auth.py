"""Authentication."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace

from oneinvoice_conformance.documented import ENDPOINTS, EXAMPLE_QUERIES, KEY_PREFIX, MAX_PAGE_SIZE
from oneinvoice_conformance.http.credentials import (
    API_KEY,
    NO_KEY,
    NO_TOKEN,
    NOBODY,
    WORD_NULL,
    WORD_UNDEFINED,
    Credential,
    Role,
    has_checksum,
    in_api_key,
    in_query,
    near_misses,
    other_schemes,
    unknown_key,
    unrevoked,
    without_prefix,
)
from oneinvoice_conformance.http.exchange import Exchange, Request
from oneinvoice_conformance.http.intermediary import asks_for_login, intermediary
from oneinvoice_conformance.http.intermediary_marks import GATEWAY_STATUSES
from oneinvoice_conformance.http.redirect import leads_within, location_of
from oneinvoice_conformance.http.transport import NotRecorded
from oneinvoice_conformance.model.finding import Finding, Undecided, failed, inconclusive, passed
from oneinvoice_conformance.model.outcome import Outcome
from oneinvoice_conformance.rules.places.answers import at_status
from oneinvoice_conformance.rules.refusals.judgement import judge_refusals, summary
from oneinvoice_conformance.rules.refusals.records import RefusalReader
from oneinvoice_conformance.rules.rule import Step, probe
from oneinvoice_conformance.session.rule_context import RuleContext, unserved

_NARROWED = (
    "the documentation ties keys to an organisation and nothing else, so see whether both are of one, or ask its owner "
    "whether a key can be narrowed"
)

_REVOKED_WITHIN = (5.0, 25.0)  # seconds, one wait after the other
# The endpoints that are asked with the key under another scheme: in every run, which a recording may be of that knew
# the first alone, and all the others in an extended one.
_SCHEMES = (
    ("members", Role.TOKEN_SCHEME),
    ("quotes", Role.TOKEN_SCHEME),
    ("invoices", Role.BASIC_SCHEME),
)
_LATER_SCHEMES = (
    ("quotes", Role.BASIC_BARE),
    ("invoices", Role.API_KEY_SCHEME),
)


@probe("AUTH-1")
def no_credentials(context: RuleContext) -> Finding:
    return judge_refusals(context, _plain_requests(NOBODY), _example_requests(NOBODY))


@probe("AUTH-2")
def invalid(context: RuleContext) -> Finding:
    unknown = unknown_key()
    examples = _example_requests(unknown)
    placeholders = [("members", NO_TOKEN), ("quotes", WORD_UNDEFINED), ("invoices", WORD_NULL)]
    return judge_refusals(
        context,
        _plain_requests(unknown),
        [replace(example, credential=NO_KEY if example.endpoint == "quotes" else unknown) for example in examples],
        later=[Request(endpoint, credential) for endpoint, credential in placeholders],
    )


@probe("AUTH-3")
def revoked(context: RuleContext) -> Finding:
    key = context.key(Role.REVOKED)
    if revoke := context.client.deployment.revoke:
        return _revoked_in_this_run(context, key, revoke)
    finding = judge_refusals(context, _plain_requests(key), _example_requests(key))
    if finding.outcome is not Outcome.PASSED:
        return finding
    if _never_issued(context):
        return inconclusive(
            "the key was never issued: its checksum is wrong, and that of the keys that are served is right; give one "
            "that worked until it was revoked",
            *finding.evidence,
        )
    return passed(f"{finding.reason}; that the key worked until it was revoked is your word", *finding.evidence)


def _revoked_in_this_run(context: RuleContext, key: Credential, revoke: Callable[[], str | None]) -> Finding:
    """Have the key revoked after it was served, so that a cache of keys or of answers would still know it.

    The documentation does not say how soon it is refused: a key that is, within `_REVOKED_WITHIN` seconds, is asked
    about.
    """
    before = [context.send(request) for request in _plain_requests(unrevoked(context.client.deployment.keys[key.role]))]
    for answer in before:
        if not answer.is_served:
            reason = f"{answer} before the command was to revoke it; give a key that works until then"
            return inconclusive(reason, answer)
    if problem := revoke():
        return inconclusive(f"the key could not be revoked: the command of --revoke-command {problem}", *before)
    finding = judge_refusals(context, _plain_requests(key), _example_requests(key))
    served = [answer for answer in finding.evidence if answer.is_served]
    if not served:
        same = finding.outcome is Outcome.PASSED
        return passed(f"{finding.reason} as soon as the key was revoked", *finding.evidence) if same else finding
    waited = 0.0
    for seconds in _REVOKED_WITHIN:
        context.client.pacer.wait(seconds, "waiting until the revoked key is refused")
        waited += seconds
        served = [again for answer in served if (again := context.ask_again(answer)).status != 401]
        if not served:
            reason = (
                f"the key was served after it was revoked, and no longer {waited:g} s later; ask the owner how soon"
            )
            return inconclusive(f"{reason} a revoked key is to be refused", *finding.evidence)
    found = failed(f"{served[0]} to the revoked key, {waited:g} s after it was revoked", *served, certain=True)
    return at_status(found, served[0], "401")


@probe("AUTH-4")
def other_scheme(context: RuleContext) -> Finding:
    context.key()
    deployment = context.client.deployment
    key, asked = deployment.keys[Role.PRIMARY], {*_SCHEMES, *_LATER_SCHEMES}
    credentials = other_schemes(key)
    more = [Request(name, credentials[role]) for role in credentials for name in ENDPOINTS if (name, role) not in asked]
    opens_gateway = any(name.lower() == API_KEY.lower() for name, _ in deployment.headers)
    elsewhere = [in_query(key)] if opens_gateway else [in_api_key(key), in_query(key)]
    closed = _closed_to_nobody(context)
    more += [Request(name, credential) for credential in elsewhere for name in closed]
    requests, later = (
        [Request(endpoint, credentials[role]) for endpoint, role in schemes] for schemes in (_SCHEMES, _LATER_SCHEMES)
    )
    return judge_refusals(context, requests, more, later=later, until_served=True)


def _closed_to_nobody(context: RuleContext) -> list[str]:
    """Return the endpoints that refuse nobody at all as they have to; for the others AUTH-1 says so."""
    reader = RefusalReader(context)
    answers = context.ask_if_thorough(_plain_requests(NOBODY))
    return [each.request.endpoint for each in answers if each.status == 401 and not reader.find_records(each)]


@probe("AUTH-5", Step.BAD_INPUT)  # late, since all wrong keys of a run are more than some guards let by in a minute
def near_miss(context: RuleContext) -> Finding:
    """Send each near miss to members, the truncated key to every endpoint, and in an extended run each everywhere."""
    context.key()
    key = context.client.deployment.keys[Role.PRIMARY]
    misses = near_misses(key)
    requests = [*(Request("members", miss) for miss in misses), *_plain_requests(misses[0])]
    more = [Request(endpoint, miss) for endpoint in ("quotes", "invoices") for miss in misses[1:]]
    if key.startswith(KEY_PREFIX):
        misses += (without_prefix(key),)
        more += _plain_requests(misses[-1])
    more += [request for miss in misses for request in _example_requests(miss)]
    return judge_refusals(context, dict.fromkeys(requests), more)


@probe("AUTH-6")
def valid_key(context: RuleContext) -> Finding:
    context.key()
    roles = [role for role in (Role.PRIMARY, Role.SIBLING, Role.OTHER) if context.has(role)]
    answers = [_plain_answer(context, role, endpoint) for role in roles for endpoint in ENDPOINTS]
    served = [answer.request.endpoint for answer in answers[: len(ENDPOINTS)] if answer.is_served]
    paged = [context.request("members", limit=1, offset=1), context.request("members", limit=MAX_PAGE_SIZE, offset=0)]
    queries = [*_example_requests(context.key()), *paged]
    examples = context.ask_if_recorded(request for request in queries if request.endpoint in served)
    refused = [
        answer
        for answer in (*answers, *(each for each in examples if each.status == 401))
        if answer.status >= 400
        and answer.status not in (429, *GATEWAY_STATUSES)  # whether a gateway says so, or the API, no JSON tells
        and not (intermediary(answer) or asks_for_login(answer))
    ]
    if refused and (banned := _banned(context, refused[0])):
        return banned
    if refused:
        hint = "" if refused[0].request.credential.role == Role.PRIMARY else "; see whether that key is right"
        return at_status(failed(f"{summary(refused)} instead of 200{hint}", *refused), refused[0], "200")
    for answer in answers:
        if not answer.is_served or asks_for_login(answer):
            primary = _plain_answer(context, Role.PRIMARY, answer.request.endpoint)
            if primary.serves_list and _stands_for_list(answer):
                return failed(f"{answer} without any list, where the primary key gets one", answer)
            raise Undecided(unserved(answer))
    pages = {
        (answer.request.credential.role, answer.request.endpoint): context.records(answer)
        for answer in answers
        if answer.serves_list or not _plain_answer(context, Role.PRIMARY, answer.request.endpoint).serves_list
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
    if narrower := next(filter(None, (_narrower_key(context, endpoint) for endpoint in ENDPOINTS)), None):
        return narrower
    return passed(f"{len(answers)} requests with a valid key were served", *answers)


def _banned(context: RuleContext, refused: Exchange) -> Finding | None:
    """Return a doubt where a request without a key, which got 401 before, is refused alike by now; else None."""
    keyless = Request(refused.request.endpoint, NOBODY)
    if all(each.request != keyless or each.status != 401 for each in context.journal) or refused.status == 401:
        return None
    again = context.ask_again_if_possible(context.send(keyless))
    if again is None or again.status != refused.status:
        return None
    return inconclusive(
        f"{refused}, and so does {again.request} without any key by now, which got 401 before; see whether what is in "
        "front bans an address that sends wrong keys, and have it let this one's by",
        refused,
        again,
    )


def _stands_for_list(answer: Exchange) -> bool:
    """Tell whether another success than a list was got, or a redirect to another place of the API."""
    return leads_within(answer) or (200 <= answer.status < 300 and not answer.is_empty)


def _narrower_key(context: RuleContext, endpoint: str) -> Finding | None:
    """Return a doubt if one of two keys of an organisation lists less of an endpoint than the other; else None.

    The plain list is compared, and the page at which the primary key's list ends: without a record on any page before
    it, that page would begin later.
    """
    if not context.has(Role.SIBLING):
        return None
    for mine, theirs in _answers_to_both(context, endpoint):
        for more, less in ((mine, theirs), (theirs, mine)):
            if withheld := _withheld(context, more, less):
                keys = [each.request.credential.label for each in (less, more)]
                seen = f"{less.request} lists {withheld} of the {endpoint} to {keys[1]}, and not to {keys[0]}"
                return inconclusive(f"{seen}; {_NARROWED}", more, less)
    return None


def _answers_to_both(context: RuleContext, endpoint: str) -> Iterator[tuple[Exchange, Exchange]]:
    """Yield answers to both keys for the same request."""
    sibling = context.key(Role.SIBLING)
    yield context.ask(endpoint), context.ask(endpoint, sibling)
    with suppress(NotRecorded, Undecided):
        last = context.read_list(endpoint).pages[-1].exchange
        for theirs in context.ask_if_recorded([replace(last.request, credential=sibling)]):
            yield last, theirs


def _withheld(context: RuleContext, more: Exchange, less: Exchange) -> int:
    """Return how many records an answer holds, and the other hasn't: all are asked for again, that one twice.

    What is in it before and after the other was read was there meanwhile, however the list changes.
    """
    first, other = _ids(context, more), _ids(context, less)
    if first is None or other is None or first <= other:
        return 0
    readings = [again for each in (more, less, more) if (again := context.ask_again_if_possible(each))]
    if len(readings) < 3:
        return len(first - other)  # of a recording, which has no second answers
    before, between, after = (_ids(context, each) for each in readings)
    if before is None or between is None or after is None or _is_reordered((first, before, after), (other, between)):
        return 0
    return len((before & after) - between)


def _is_reordered(*readings_by_key: Sequence[set[str]]) -> bool:
    """Tell whether a key gets other records each time, on pages that are as long: their order changes.

    A key that sees less has a shorter page in the end, at the latest.
    """
    changes = any(reading != readings[0] for readings in readings_by_key for reading in readings)
    return changes and len({len(reading) for readings in readings_by_key for reading in readings}) == 1


def _ids(context: RuleContext, exchange: Exchange) -> set[str] | None:
    """Return the ids of the records of an answer; None where they have none, or it has no list."""
    with suppress(Undecided):
        page = context.records(exchange).beginning
        if exchange.identified or not page.records:
            return set(page.identities)
    return None


def _never_issued(context: RuleContext) -> bool:
    """Tell whether the revoked key lacks a checksum that the other keys, two or more and all served, have."""
    keys = context.client.deployment.keys
    others = [role for role in (Role.PRIMARY, Role.SIBLING, Role.OTHER) if role in keys]
    if has_checksum(keys[Role.REVOKED]) or len(others) < 2 or not all(has_checksum(keys[role]) for role in others):
        return False
    return all(_plain_answer(context, role, "members").is_served for role in others)


def _plain_answer(context: RuleContext, role: Role, endpoint: str) -> Exchange:
    """Return the plain answer; for the other organisation's members the page that the ORG rules read anyway."""
    if (role, endpoint) == (Role.OTHER, "members"):
        page = context.ask(endpoint, context.key(role), limit=MAX_PAGE_SIZE, offset=0)
        if page.is_served or location_of(page):
            return page
    return context.ask(endpoint, context.key(role))


def _plain_requests(credential: Credential) -> Iterator[Request]:
    return (Request(endpoint, credential) for endpoint in ENDPOINTS)


def _example_requests(credential: Credential) -> Iterator[Request]:
    return (Request(endpoint, credential, EXAMPLE_QUERIES[endpoint]) for endpoint in ENDPOINTS)
