"""Deployments that use several freedoms at once, which don't contradict each other, made from a seed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from tests.conformance.trust.worlds import Seeded
from tests.miniatures import FREE, HOOK_FREE, RATE_FREE, Deployment, Variant

# Steps that call the one below and change what it gives, so that several freedoms may take them.
_SHARED = {"__init__", "finish", "represent", "member", "quote", "invoice", "note", "route", "answer"}
# Two parts of one choice, though they take different steps.
_CHOICES = (
    # how much there is, and whether it changes
    {"sizes", "change"},
    # which words invoices and quotes have for a status, and what is filtered by them
    {"filtered-by-payment", "filtered-by-either", "invoices-without-status", "derived-statuses", "status-objects"}
    | {"status-in-words-of-payment", "status-tells-all", "lists-by-status", "paid-or-not"},
    # records without an id or a status, and what is made of those
    {"search-hits", "bundles", "json-api", "records-without-id", "ids-named-by-kind", "rows-numbered-without-id"}
    | {"names-alone"},
    {"members-without-status", "status-objects", "invoices-without-status", "lists-by-status"},
    # tokens that drafts lack, and what is made of them
    {"tokens-anew", "drafts-have-nulls", "drafts-lack-fields"},
    {"json-api", "tokens-anew", "status-objects", "derived-statuses", "long-ids"},
    {"long-ids", "ids-repeat-across-organisations", "filled-alike", "ids-of-rows", "ids-of-rows-on-page"},
)
# Outages and logins in front, which are only seen on the way to lists: what answers then isn't the deployment.
IN_FRONT = ("gateways", "redirects")
_HUGE = ("deeply-nested", "very-deeply-nested", "five-thousand-digits", "long-ids")
_LATENCIES = (0.0, 0.0, 0.002, 0.02, 0.08, 0.25)  # seconds


@dataclass(frozen=True)
class Combination:
    """Freedoms that one deployment uses, by their names, with its data and latency."""

    seed: str
    freedoms: tuple[Variant, ...]
    pause: float

    def deployment(self, *before: type[Deployment], **attributes: Any) -> type[Seeded]:
        """Return a class that has these bases before the freedoms, and these attributes."""
        bases = (*before, *(each.deployment for each in self.freedoms), Seeded)
        resized = all(home(each) not in ("sizes", "readings") for each in self.freedoms)
        own = {"seed": self.seed, "pause": self.pause, "resized": resized, "__module__": __name__}
        return type("Combined", bases, own | attributes)

    def __str__(self) -> str:
        return f"{' + '.join(each.name for each in self.freedoms) or 'plain'}, {1000 * self.pause:.0f} ms"


def combined(seed: str, among: Sequence[Variant], most: int = 6) -> Combination:
    """Return up to so many freedoms that can be had at once, drawn among these."""
    chance = Random(f"freedoms {seed}")
    chosen: list[Variant] = []
    for variant in chance.sample(list(among), min(len(among), 4 * most)):
        if len(chosen) >= most or (chosen and chance.random() < 0.1):
            break
        if not any(_contradict(variant, other) for other in chosen) and _fit([variant, *chosen]):
            chosen.insert(0, variant)
    return Combination(seed, tuple(chosen), chance.choice(_LATENCIES))


def decided(variants: Iterable[Variant]) -> list[Variant]:
    """Return the freedoms that leave nothing undecided, and whose data stays as it is."""
    return [each for each in variants if not each.rules and home(each) not in ("change", "sizes")]


def home(variant: Variant) -> str:
    """Return the name of the module that it is in."""
    return variant.deployment.__module__.rpartition(".")[2]


def _single(variants: Iterable[Variant]) -> tuple[Variant, ...]:
    """Return the freedoms but those that are combinations already; waiting is not what is tried here."""
    return tuple(each for each in variants if home(each) not in ("combinations", "plain") and each.name != "slow")


# What leaves something undecided by itself leaves more in company, and is judged alone; the huge take their time.
ALL = _single(
    each for each in FREE.values() if home(each) not in IN_FRONT and not each.undecided and each.name not in _HUGE
)
DECIDED = tuple(decided(ALL))
# A limit of each node or connection is one that 60 a minute don't come to on few connections alone.
RATE = _single(each for each in RATE_FREE.values() if not each.name.startswith("rate-of-each-"))
HOOKS = _single(HOOK_FREE.values())


def _contradict(one: Variant, other: Variant) -> bool:
    if _steps(one) & _steps(other):
        return True
    names = ({one.name, home(one)}, {other.name, home(other)})
    return any(choice & names[0] and choice & names[1] for choice in _CHOICES)


def _steps(variant: Variant) -> set[str]:
    """Return the steps that it takes in its own way."""
    own: set[str] = set()
    for base in variant.deployment.__mro__:
        if base.__module__.startswith("tests.miniatures.freedoms"):
            own |= {name for name in vars(base) if name not in ("__module__", "__doc__", "_declared")}
    return {name for name in own if not name.startswith("__")} - _SHARED


def _fit(variants: Sequence[Variant]) -> bool:
    try:
        type("Tried", tuple(each.deployment for each in variants), {})
    except TypeError:
        return False  # one is a base of another that comes before it
    return True
