"""Trials that nobody played: requests at given seconds, answered 5 ms after they came."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import count
from typing import Any

from oneinvoice_conformance.clients.observation import ClientRequest, KeyPlace, Mark, ProgramEnd, Trial
from oneinvoice_conformance.clients.rules.rule import RULES, Observed
from oneinvoice_conformance.model.outcome import Outcome

CONTROL = "well-behaved"
MARKS = {429: Mark.LIMITED, 500: Mark.OUTAGE, 400: Mark.REFUSED, 404: Mark.REFUSED, 401: Mark.REVOKED}
WELL, ILL, KILLED = ProgramEnd(0, 1.0), ProgramEnd(1, 1.0, "failed"), ProgramEnd(None, 30.0)
_numbers = count(1)


def asked(at: float, target: str = "members?offset=0", status: int = 200, *, took: float = 0.005, **other: Any) -> Any:
    """Return a request at a second of its trial; `told` is its Retry-After, `records` and `total` make it a page."""
    told = other.pop("told", None)
    values = {
        "key_places": (KeyPlace.BEARER,),
        "connection": 1,
        "mark": MARKS.get(status, Mark.PLAIN),
        "answer_headers": () if told is None else (("Retry-After", str(told)),),
    }
    return ClientRequest(
        number=next(_numbers),
        at=at,
        method="GET",
        target=f"/api/v1/{target}",
        status=status,
        answering=at + took,
        answered=at + took,
        **(values | other),
    )


def trial(name: str, requests: Iterable[ClientRequest], program: ProgramEnd | None = WELL, **other: Any) -> Trial:
    """Return the trial of a scenario, that began a million seconds after 1970."""
    seen = tuple(requests)
    values = {"seconds": max((each.at for each in seen), default=0.0) + 0.1, "started": 1_000_000.0} | other
    return Trial(scenario=name, title=name, seed=1, requests=seen, program=program, **values)


def judged(id: str, *trials: Trial, **other: Any) -> tuple[Outcome, str]:
    """Return outcome and reason of a rule, with a control of two requests one after the other if there is none."""
    by_name = {CONTROL: trial(CONTROL, [asked(0.0), asked(0.1)])} | {each.scenario: each for each in trials}
    try:
        judgement = RULES[id].judge(Observed(by_name, **other))
    except Exception as error:
        judgement = getattr(error, "judgement", None)
        if judgement is None:
            raise
    return judgement.outcome, judgement.reason
