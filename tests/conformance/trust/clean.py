"""Clean runs: the suite on correct deployments from a seed, in which nothing may fail."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from random import Random

from oneinvoice_conformance.engine.report import Report
from oneinvoice_conformance.engine.runner import run
from oneinvoice_conformance.http.client import Client
from oneinvoice_conformance.http.deployment import Deployment as Target
from oneinvoice_conformance.http.pacer import Pacer
from oneinvoice_conformance.model.scope import Scope
from oneinvoice_conformance.webhooks.collector import WebhookCollector

from tests.conformance.judging import (
    ALARM,
    BUT_HOOKS,
    CONTRACT,
    MINIATURE_KEYS,
    NAMES,
    READ_ONLY,
    WHOLE,
    SkippingClock,
    hooks_of,
    reasons,
)
from tests.conformance.trust.combining import ALL, HOOKS, IN_FRONT, RATE, Combination, combined, home
from tests.conformance.trust.results import Result
from tests.conformance.trust.worlds import Seeded
from tests.miniatures import FREE, HOOK_FREE, RATE_FREE, serve
from tests.miniatures.limits import SlidingLog

# In every so many runs one variant is judged alone, webhooks are, the limit is.
_ALONE = 10
_HOOKED = 8
_LIMITED = 3


def judge(seed: int) -> Result:
    """Judge the correct deployment of this number."""
    chance = Random(f"clean {seed}")
    combination, hooked = _drawn(seed, chance)
    deployment = combination.deployment()()
    if not any(each.name in RATE_FREE for each in combination.freedoms):
        deployment.limiter = SlidingLog()
    kind = f"{'webhooks, ' if hooked else ''}{combination}"
    try:
        with _hooks(deployment) if hooked else _none() as hooks:
            report = judged(deployment, _scope(combination, hooked=hooked), hooks)
    except BaseExceptionGroup as group:  # the freedoms don't fit together
        return Result(seed, kind, "clean", "raised", False, (), f"{group.exceptions[0]!r}")
    alarms = reasons(report, *ALARM)
    return Result(seed, kind, "clean", report.verdict.value, not alarms, tuple(alarms), "; ".join(alarms.values()))


def judged(deployment: Seeded, scope: Scope, hooks: WebhookCollector | None = None) -> Report:
    """Judge it by a clock that waiting moves on, and that each of its answers moves on too."""
    clock = SkippingClock()
    deployment.clock, deployment.wait = clock.now, clock.wait
    with serve(deployment) as url, Client(Target(url, MINIATURE_KEYS), pacer=Pacer(clock=clock)) as client:
        return run(client, CONTRACT, scope, NAMES, hooks)


def _scope(combination: Combination, *, hooked: bool) -> Scope:
    """Return all areas, but webhooks where there are none, and the limit in most runs and behind a gateway."""
    if any(home(each) in IN_FRONT for each in combination.freedoms):
        return READ_ONLY
    if hooked:
        return WHOLE
    is_limited = any(each.name in RATE_FREE for each in combination.freedoms) or int(combination.seed) % _LIMITED == 0
    return BUT_HOOKS if is_limited else READ_ONLY


def _drawn(seed: int, chance: Random) -> tuple[Combination, bool]:
    """Return the freedoms of a run, and whether webhooks are judged in it."""
    if seed % _ALONE == 0:
        alone = (*FREE.values(), *RATE_FREE.values(), *HOOK_FREE.values())
        variant = alone[seed // _ALONE % len(alone)]
        return Combination(str(seed), (variant,), 0.0), variant.name in HOOK_FREE
    hooked = chance.randrange(_HOOKED) == 0
    return combined(str(seed), (*ALL, *RATE, *(HOOKS if hooked else ())), most=8), hooked


@contextmanager
def _hooks(deployment: Seeded) -> Iterator[WebhookCollector]:
    with hooks_of(deployment, timeout=10) as hooks:
        yield hooks


@contextmanager
def _none() -> Iterator[None]:
    yield None
