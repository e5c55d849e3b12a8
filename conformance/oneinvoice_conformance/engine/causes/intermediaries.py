"""Something in front that answers in the API's place: one cause for whatever it kept from being judged."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from functools import partial

from oneinvoice_conformance.engine.causes.observation import Hypothesis, Observation
from oneinvoice_conformance.http.exchange import Exchange
from oneinvoice_conformance.http.intermediary import asks_for_password, intermediary, is_json
from oneinvoice_conformance.http.intermediary_marks import Intermediary
from oneinvoice_conformance.model.result import Result
from oneinvoice_conformance.wording import counted


def intermediaries(observation: Observation) -> Iterator[Hypothesis]:
    """State for each that answered what it answered."""
    found: dict[Intermediary, list[Exchange]] = {}
    for exchange in observation.exchanges:
        if who := intermediary(exchange):
            found.setdefault(who, []).append(exchange)
    for who, answers in found.items():
        yield Hypothesis(
            f"{counted(len(answers), 'requests')} got the answer of {who.name} in the API's place, as {answers[0]}",
            who.remedy,
            tuple(answers[:2]),
            partial(_rests_on_one, touched={*answers, *_same_without_key(observation, answers)}),
        )
    asking = [each for each in observation.exchanges if asks_for_password(each)]
    if any(not each.request.endpoint for each in asking):  # which needs no credentials of the API's
        yield Hypothesis(
            f"{counted(len(asking), 'requests')} got the 401 of a gateway that asks for a password of its own, as "
            f"{asking[0]}",
            "have it let /api/ through",
            tuple(asking[:2]),
            partial(_rests_on_one, touched=set(asking)),
        )


def _same_without_key(observation: Observation, answers: Sequence[Exchange]) -> Iterator[Exchange]:
    """Yield the like answers that those endpoints gave to whoever has no valid key, which might be the API's."""
    alike = {(each.request.endpoint, each.status) for each in answers}
    for each in observation.exchanges:
        if not each.request.credential.valid and (each.request.endpoint, each.status) in alike and not is_json(each):
            yield each


def _rests_on_one(result: Result, *, touched: Set[Exchange]) -> bool:
    """Tell whether any of these answers is what the finding rests on."""
    return not touched.isdisjoint(result.finding.evidence)
