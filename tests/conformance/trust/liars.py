"""Liars: correct deployments from a seed, but that they break one clause of the documentation in one corner."""

from __future__ import annotations

import base64
import gzip
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from random import Random
from typing import Any

from oneinvoice_conformance.engine.report import Report
from oneinvoice_conformance.model.outcome import Outcome
from oneinvoice_conformance.model.verdict import Verdict
from oneinvoice_conformance.webhooks.collector import WebhookCollector
from werkzeug.test import Client as InProcess

from tests.conformance.judging import BUT_HOOKS, ONLY_HOOKS, hooks_of, reasons
from tests.conformance.trust import lies
from tests.conformance.trust.clean import judged
from tests.conformance.trust.combining import DECIDED, HOOKS, combined, home
from tests.conformance.trust.lies.members import STATUSES_OF
from tests.conformance.trust.lying import ANYWHERE, KEPT_CONNECTION, Corner, Lie
from tests.conformance.trust.results import Result
from tests.conformance.trust.worlds import Seeded
from tests.miniatures import Run, Variant, keys
from tests.miniatures.deployment import API, RESOURCES
from tests.miniatures.limits import SlidingLog

_TRIES = 50
_OF_THE_REQUEST = frozenset({"request_id", "time", "generated_at"})
_CLOSED = frozenset({"connection-closed", "old-protocol"})
_NOWHERE = Corner("nowhere", lambda asked: False)


def judge(seed: int) -> Result:
    """Judge the liar of this number: it is caught where a rule of the area that it breaks fails."""
    area, lie, kind = liar(seed)
    deployment = kind()
    if lie.run is not Run.RATE:
        deployment.limiter = SlidingLog()
    scope = ONLY_HOOKS if lie.run is Run.HOOKS else BUT_HOOKS
    with _hooks(deployment, lie) as hooks:
        report = judged(deployment, scope, hooks)
    failed = tuple(reasons(report, Outcome.FAILED))
    caught = report.verdict is Verdict.VIOLATIONS and any(rule.partition("-")[0] in lie.areas for rule in failed)
    does = f"{re.sub(r' +(?=[ .])', '', lie.does)} ({kind.words})"
    return Result(seed, does, area, report.verdict.value, caught, failed, _seen(report, lie, deployment))


def liar(seed: int) -> tuple[str, Lie, type[Seeded]]:
    """Return the area that it breaks, how, and the class of it; one that no documented request shows is drawn anew."""
    for number in range(_TRIES):
        chance = Random(f"liar {seed} {number}")
        area, lie = lies.drawn(chance)
        combination = combined(f"liar {seed} {number}", _among(lie), most=5)
        kind = combination.deployment(lie.base, **lie.attributes, words=str(combination))
        try:
            is_seen = _is_seen(kind)
        except (KeyError, TypeError, ValueError):
            continue  # these freedoms have nothing of which it could be a lie
        if is_seen or lie.run is not Run.READ:
            return area, lie, kind
    raise AssertionError(f"None of {_TRIES} liars of seed {seed} can be told from a correct deployment.")


def _among(lie: Lie) -> list[Variant]:
    prompt = [each for each in HOOKS if not each.name.startswith("delivered-")]
    every = [*DECIDED, *(prompt if lie.run is Run.HOOKS else ())]
    is_kept = KEPT_CONNECTION.words in lie.attributes.get("corner", ANYWHERE).words
    hiding = lie.without | (_CLOSED if is_kept else frozenset())
    return [each for each in every if not hiding & {each.name, home(each)}]


def _is_seen(kind: type[Seeded]) -> bool:
    """Tell whether it answers any documented request otherwise than the same deployment does without its lie."""
    honest = type("Honest", (kind,), {"corner": _NOWHERE})
    return _answers(kind()) != _answers(honest())


def _answers(deployment: Seeded) -> list[tuple[int, Any, str]]:
    client, answers = InProcess(deployment), []
    for number, (target, headers) in enumerate(_documented_requests()):
        environ = {"REMOTE_PORT": str(5_000 + number // 60)}
        response = client.get(f"{deployment.prefix}{target}", headers=headers, environ_overrides=environ)
        body = response.get_data()
        if response.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)  # it begins with the time
        answers.append((response.status_code, _shown(body), response.headers.get("Sunset", "")[:16]))
    return answers


def _shown(body: bytes) -> Any:
    """Return what a body shows, but for the counts beside a list, and what tells of the request and its time.

    Of none of these the documentation promises anything.
    """
    try:
        return _promised(json.loads(body))
    except ValueError:
        return body


def _promised(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    kept = {name: each for name, each in value.items() if name not in _OF_THE_REQUEST and not isinstance(each, int)}
    return {name: _promised(each) for name, each in kept.items()}


@cache
def _documented_requests() -> list[tuple[str, dict[str, str]]]:
    """Return requests that the documentation names, to every endpoint, with all kinds of credentials."""
    good = [(target, _bearer(keys()[name].value)) for name in ("primary", "other", "sibling") for target in _targets()]
    bad = [
        (f"{API}/{resource}{query}", headers)
        for resource, status in (("members", "active"), ("quotes", "accepted"), ("invoices", "paid"))
        for query in ("", f"?status={status}", "?limit=50&offset=0")
        for headers in _bad_credentials()
    ]
    return [(API, {}), *good, *bad]


def _targets() -> list[str]:
    targets = [f"{API}/{resource}{query}" for resource in RESOURCES for query in ("", "?status=no-such", "?status=")]
    for resource, statuses in STATUSES_OF.items():
        targets += [f"{API}/{resource}?status={status}" for status in statuses]
    for status in ("", "&status=active", "&status=inactive", "&status=pending"):
        pages = [(1, 0), (1, 1), (7, 3), (10, 30), (50, 0), (50, 50), (100, 100), (200, 0), (200, 200), (201, 0)]
        pages += [(250, 1), (1_000, 0), (50, 240), (7, 100_000), (200, 110), (20, 130)]
        targets += [f"{API}/members?limit={limit}&offset={offset}{status}" for limit, offset in pages]
    bad = ("limit=0", "limit=-1", "offset=-1", "limit=ten", "offset=ten", f"limit={10**12}", f"offset={10**12}")
    return targets + [f"{API}/members?{each}" for each in (*bad, "limit=", "limit=1.5")]


def _bad_credentials() -> list[dict[str, str]]:
    value = keys()["primary"].value
    near = (value[:-1], value + "x", value.swapcase(), value[:-1] + "~", value[4:], "x" + value[1:], "1iv_" + "a" * 46)
    pair = base64.b64encode(f"{value}:".encode()).decode()
    password = base64.b64encode(f"user:{value}".encode()).decode()
    others = (f"Token {value}", f"Basic {value}", f"ApiKey {value}", f"Basic {pair}", f"Basic {password}", "Bearer")
    return [
        {},
        _bearer(keys()["revoked"].value),
        *map(_bearer, near),
        *({"Authorization": each} for each in others),
        {"X-API-Key": value},
    ]


def _bearer(value: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {value}"}


def _seen(report: Report, lie: Lie, deployment: Seeded) -> str:
    """Tell how often it lied in the run, and what the rules of its areas said."""
    told = getattr(deployment, "lies_told", 0)
    found = [
        f"{result.requirement.id} {result.outcome.value}: {result.finding.reason}"
        for result in report.results
        if result.requirement.area in lie.areas and result.outcome.value not in ("passed", "not_applicable")
    ]
    return "; ".join([f"it lied {told} times", *found])


@contextmanager
def _hooks(deployment: Seeded, lie: Lie) -> Iterator[WebhookCollector | None]:
    if lie.run is not Run.HOOKS:
        yield None
        return
    with hooks_of(deployment, timeout=1) as hooks:
        yield hooks
