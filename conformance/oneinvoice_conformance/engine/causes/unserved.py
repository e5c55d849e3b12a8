"""Endpoints, or queries, that serve no key, and keys that no endpoint serves: one cause for whatever needed them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from enum import Enum, auto
from functools import partial

from oneinvoice_conformance.documented import ENDPOINTS
from oneinvoice_conformance.engine.causes.observation import Hypothesis, Observation, is_good_input, why_no_list
from oneinvoice_conformance.http.credentials import OPTIONS, Role
from oneinvoice_conformance.http.exchange import Exchange, NotJSON
from oneinvoice_conformance.http.intermediary import asks_for_login, intermediary
from oneinvoice_conformance.http.redirect import advice, location_of
from oneinvoice_conformance.model.result import Result
from oneinvoice_conformance.records.finder import NoList
from oneinvoice_conformance.records.json_text import CUT, PACKED
from oneinvoice_conformance.wording import are, counted, joined


class Trouble(Enum):
    """Kind of an answer that serves nothing."""

    INTERMEDIARY = auto()
    UNANSWERED = auto()
    REDIRECT = auto()
    CRASH = auto()
    MISSING = auto()
    REFUSED = auto()
    THROTTLED = auto()
    NO_JSON = auto()
    NO_LIST = auto()
    ANOTHER_STATUS = auto()


_REMEDIES = {
    Trouble.UNANSWERED: "see whether something in front of it cuts connections, and the deployment's log",
    Trouble.CRASH: "see the deployment's log",
    Trouble.MISSING: "see whether this version of the deployment has it, and whether a proxy in front passes it on",
    Trouble.REFUSED: "see whether the keys may read it",
    Trouble.THROTTLED: "see what else uses up the limit, of the key or of this address, and try again later",
    Trouble.NO_JSON: "see what answers in the API's place, such as a page to log in at, and have it leave the API out",
    Trouble.NO_LIST: "have it answer one list of records",
    Trouble.ANOTHER_STATUS: "see what it answers, and have it serve a list with 200, as the documentation says",
}


def trouble_of(exchange: Exchange) -> Trouble | None:
    """Return why an answer serves nothing, None where it serves a list or refuses what it may."""
    status = exchange.status
    if exchange.error:
        return Trouble.UNANSWERED
    if intermediary(exchange):
        return Trouble.INTERMEDIARY
    if location_of(exchange):
        return Trouble.REDIRECT
    if status >= 500:
        return Trouble.CRASH
    if status in (404, 405, 410):
        return Trouble.MISSING
    if status in (401, 403) and exchange.request.credential.valid:
        return Trouble.REFUSED
    if status == 429:
        return Trouble.THROTTLED
    if exchange.is_served:
        return None if exchange.serves_list else _without_list(exchange)
    may_refuse = status in (401, 403) or not is_good_input(exchange.request)
    return None if may_refuse else Trouble.ANOTHER_STATUS


def _without_list(exchange: Exchange) -> Trouble:
    try:
        exchange.json()
    except NotJSON:
        return Trouble.NO_JSON
    return Trouble.NO_LIST


def unserved_endpoints(observation: Observation) -> Iterator[Hypothesis]:
    """State for each kind of trouble which endpoints give mostly that, and no list, to valid keys."""
    found: dict[tuple[Trouble, str], dict[str, list[Exchange]]] = {}
    count_unserved: dict[str, int] = {}
    for endpoint in ENDPOINTS:
        answers = [each for each in observation.exchanges if each.request.endpoint == endpoint]
        valid = [each for each in answers if each.request.credential.valid]
        unserved = [each for each in valid if trouble_of(each)]  # bad input may be refused before it comes to that
        if unserved and not any(each.serves_list for each in valid):
            [(trouble, _)] = Counter(filter(None, map(trouble_of, unserved))).most_common(1)
            alike = [each for each in unserved if trouble_of(each) is trouble]
            remedy = _remedy(trouble, alike[0], observation.base)
            found.setdefault((trouble, remedy), {})[endpoint] = alike
            count_unserved[endpoint] = len(unserved)
    for (trouble, remedy), by_endpoint in found.items():
        touched = {
            each
            for each in observation.exchanges
            if each.request.endpoint in by_endpoint and (trouble_of(each) or asks_for_login(each))
        }
        total = sum(map(count_unserved.__getitem__, by_endpoint))
        yield Hypothesis(
            _seen(trouble, by_endpoint, total), remedy, _evidence(by_endpoint), partial(_rests_on, touched=touched)
        )


def unclear_lists(observation: Observation) -> Iterator[Hypothesis]:
    """State which endpoints give valid keys answers of which the operator has to say where the records stand."""
    unclear = {
        each: problem
        for each in observation.exchanges
        if each.request.credential.valid and (problem := _without_known_list(each))
    }
    firsts = {each.request.endpoint: each for each in reversed(unclear)}
    found = [firsts[endpoint] for endpoint in ENDPOINTS if endpoint in firsts]
    if not found:
        return
    names = joined([f"GET /api/v1/{each.request.endpoint}" for each in found])
    seen = f"Where the records stand in answers to {names} is unclear, as with {found[0].request}"
    yield Hypothesis(
        f"{seen}: {unclear[found[0]].seen}",
        f"say in the file of --map where they stand, such as {joined([unclear[each].entry for each in found])}",
        tuple(found[:2]),
        partial(_rests_on, touched=unclear.keys()),
    )


def _without_known_list(exchange: Exchange) -> NoList | None:
    problem = why_no_list(exchange) if exchange.is_served else None
    return problem if isinstance(problem, NoList) and problem.entry else None


def _remedy(trouble: Trouble, answer: Exchange, base: str) -> str:
    """Return what to do, which depends on the answer itself where another than the API gave it."""
    if who := intermediary(answer):
        return who.remedy
    if trouble is Trouble.REDIRECT:
        return advice(answer, base)
    if trouble is Trouble.UNANSWERED and answer.error and answer.error.remedy:
        return answer.error.remedy
    return _remedy_of_body(answer) if trouble is Trouble.NO_JSON else _REMEDIES[trouble]


def _remedy_of_body(answer: Exchange) -> str:
    """Return what to do about a body that is no JSON, by its coding, its text and its type."""
    why = _why(answer)
    if PACKED in why:
        return "have what compresses it name that in Content-Encoding each time, or send the body as it is"
    if CUT in why:
        return "see what cuts the body: a Content-Length that is too small, or something in front of the API"
    return "have it answer with JSON alone" if _is_json(answer) else _REMEDIES[Trouble.NO_JSON]


def _is_json(answer: Exchange) -> bool:
    """Tell whether an answer says that it is JSON."""
    return _type_of(answer).endswith("json")


def _type_of(answer: Exchange) -> str:
    return (answer.header("Content-Type") or "a body of no type").partition(";")[0].strip()


def _evidence(by_endpoint: Mapping[str, Sequence[Exchange]]) -> tuple[Exchange, ...]:
    """Return two answers, of two endpoints if there are."""
    first, *others = by_endpoint.values()
    return (first[0], *(others[0][:1] if others else first[1:2]))


def _seen(trouble: Trouble, by_endpoint: Mapping[str, Sequence[Exchange]], total: int) -> str:
    """Return in words what endpoints give, of as many requests in `total` without a list."""
    answers = [each for found in by_endpoint.values() for each in found]
    first, s = answers[0], "s" if len(by_endpoint) == 1 else ""
    names = joined([f"GET /api/v1/{endpoint}" for endpoint in by_endpoint])
    each = f"each of {counted(total, 'requests')} with a valid key" if answers[1:] else "a valid key"
    if len(answers) < total:
        each = f"{len(answers)} of {counted(total, 'requests')} with a valid key (and none with a list)"
    match trouble:
        case Trouble.UNANSWERED:
            return f"{names} give{s} no answer to {each}: {first.outcome}"
        case Trouble.INTERMEDIARY:
            who = intermediary(first)
            return f"{names} get{s} {_outcomes(answers)} from {who.name if who else 'elsewhere'}, and not from the API"
        case Trouble.REDIRECT:
            return f"{names} only redirect{s}, as {first.request.path} to {location_of(first).partition('?')[0]}"
        case _:
            return f"{names} answer{s} {each} with {_content(trouble, answers)}"


def _content(trouble: Trouble, answers: Sequence[Exchange]) -> str:
    """Return in words what answers are, by their status and what is wrong with the first body."""
    first = answers[0]
    match trouble:
        case Trouble.NO_JSON:
            what = f"that is no JSON{_why(first)}" if _is_json(first) else "in the place of JSON"
            return f"{first.outcome} and {_type_of(first)} {what}"
        case Trouble.NO_LIST:
            return f"{first.outcome} and JSON without a list to look at{_why(first)}"
        case _:
            return _outcomes(answers)


def _why(exchange: Exchange) -> str:
    problem = why_no_list(exchange)
    return f" ({problem})" if problem else ""


def _outcomes(answers: Sequence[Exchange]) -> str:
    return " or ".join(sorted({each.outcome for each in answers})[:3])


def unserved_queries(observation: Observation) -> Iterator[Hypothesis]:
    """State for each kind of trouble which requests with valid keys meet it on endpoints that serve others."""
    found: dict[tuple[Trouble, str | None], list[Exchange]] = {}
    counts: dict[str, int] = {}
    for endpoint in ENDPOINTS:
        answers = [
            each
            for each in observation.exchanges
            if each.request.endpoint == endpoint
            and each.request.credential.valid
            and is_good_input(each.request)
            and not each.wants_slash
        ]
        if not any(each.serves_list for each in answers):
            continue
        counts[endpoint] = len(answers)
        by_trouble: dict[Trouble, list[Exchange]] = {}
        for each in answers:
            trouble = trouble_of(each)
            if trouble and trouble is not Trouble.THROTTLED:  # which the overload brings about
                by_trouble.setdefault(trouble, []).append(each)
        for trouble, alike in by_trouble.items():
            parts = _parts(answers)
            what = next((name for name, asked in parts.items() if set(asked) == set(alike)), None)
            found.setdefault((trouble, what), []).extend(alike)
    for (trouble, what), alike in found.items():
        total = sum(counts[endpoint] for endpoint in {each.request.endpoint for each in alike})
        yield _of_some(observation, trouble, what, alike, total)


def _of_some(
    observation: Observation, trouble: Trouble, what: str | None, alike: Sequence[Exchange], total: int
) -> Hypothesis:
    """Return the hypothesis on some of as many answers in `total`, and what sets their requests apart if known."""
    first = alike[0]
    endpoints = [name for name in ENDPOINTS if any(each.request.endpoint == name for each in alike)]
    names = joined([f"GET /api/v1/{endpoint}" for endpoint in endpoints])
    is_each = what is not None and len(alike) > 1
    which = f"with {what} each of {len(alike)}" if is_each else f"{len(alike)} of {total}"
    s = "s" if is_each or len(alike) == 1 else ""
    got = (
        f"redirect{s}, as to {location_of(first).partition('?')[0]}"
        if trouble is Trouble.REDIRECT
        else f"get{s} {_content(trouble, alike)}"
    )
    touched = {
        each
        for each in observation.exchanges
        if each in alike
        or (
            what in _WIDE
            and each.request.endpoint in endpoints
            and not is_good_input(each.request)
            and trouble_of(each) is trouble
        )
    }
    return Hypothesis(
        f"{names} {are(len(endpoints))} served, but {which} requests with a valid key {got}, as {first.request} does",
        _remedy(trouble, first, observation.base),
        tuple(alike[:2]),
        partial(_rests_on, touched=touched),
    )


_WIDE = ("a query", "the parameter status", "the parameter offset", "the parameter limit")


def _parts(answers: Sequence[Exchange]) -> dict[str, list[Exchange]]:
    """Return the answers to requests with a query, with each parameter of it, and with each value."""
    found: dict[str, list[Exchange]] = {name: [] for name in _WIDE}
    for each in answers:
        if each.request.query:
            found["a query"].append(each)
        for name, value in each.request.query:
            found[f"the parameter {name}"].append(each)
            found.setdefault(f"{name}={value}", []).append(each)
    return found


def refused_keys(observation: Observation) -> Iterator[Hypothesis]:
    """State which valid keys are refused, or throttled, on every endpoint that they were sent to."""
    for role in (Role.PRIMARY, Role.SIBLING, Role.OTHER):
        answers = [each for each in observation.exchanges if each.request.credential.role is role]
        troubles = {trouble_of(each) for each in answers}
        if troubles not in ({Trouble.REFUSED}, {Trouble.THROTTLED}) or len({e.request.endpoint for e in answers}) < 2:
            continue
        label = role.label[0].upper() + role.label[1:]
        times = f"in {counted(len(answers), 'requests')} on {len({e.request.endpoint for e in answers})} endpoints"
        remedy = _REMEDIES[Trouble.THROTTLED]
        if Trouble.REFUSED in troubles:
            remedy = f"check {OPTIONS[role]}: whether the key was copied whole, is of this deployment, and not revoked"
        yield Hypothesis(
            f"{label} gets nothing but {_outcomes(answers)} {times}",
            remedy,
            tuple(answers[:2]),
            partial(_rests_on, touched=set(answers)),
        )


def _rests_on(result: Result, *, touched: Set[Exchange]) -> bool:
    """Tell whether nothing but these answers shows the finding."""
    return bool(result.finding.evidence) and touched >= set(result.finding.evidence)
