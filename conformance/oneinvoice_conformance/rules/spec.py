"""The authored contract, under `--strict`."""

from __future__ import annotations

from oneinvoice_conformance.documented import EVENTS
from oneinvoice_conformance.http.exchange import Exchange
from oneinvoice_conformance.http.intermediary import intermediary
from oneinvoice_conformance.http.transport import NotRecorded
from oneinvoice_conformance.model.finding import Finding, failed, inconclusive, passed
from oneinvoice_conformance.rules.rule import audit, probe
from oneinvoice_conformance.session.rule_context import RuleContext

_OF_GATEWAYS = (502, 503, 504)


@audit("SPEC-1")
def responses_are_valid(context: RuleContext) -> Finding:
    return _judge_answers(context, errors=False)


@audit("SPEC-2")
def errors_are_problems(context: RuleContext) -> Finding:
    return _judge_answers(context, errors=True)


@probe("SPEC-3")
def deliveries_are_valid(context: RuleContext) -> Finding:
    documented = context.contract.events.intersection(EVENTS)
    deliveries = [delivery for delivery in context.webhook_evidence().recognised if delivery.event in documented]
    if not deliveries:
        return inconclusive("no delivery of a documented event came; see HOOK-1")
    from oneinvoice_conformance.session.validator import Validator  # see there why it is imported here

    validator = Validator(context.contract.document)
    for delivery in deliveries:
        if problem := validator.webhook_problem(delivery):
            return failed(f"{delivery}: {problem}", certain=True).with_deliveries(delivery)
    return passed(f"{len(deliveries)} deliveries are valid against the authored document")


def _judge_answers(context: RuleContext, *, errors: bool) -> Finding:
    """Judge whether every answer of the run, of errors or of the others, is valid against the authored document."""
    answered = [
        each for each in context.journal if each.status and each.request.version == "v1" and not intermediary(each)
    ]
    answers = [exchange for exchange in answered if (exchange.status >= 400) is errors]
    if not answers:
        return inconclusive("the run saw no such answer")
    from oneinvoice_conformance.session.validator import Validator  # see there why it is imported here

    validator = Validator(context.contract.document)
    problems = [
        (answer, problem)
        for answer in answers
        if (problem := validator.problem(answer)) and not _has_passed(context, answer)
    ]
    if problems:
        answer, problem = problems[0]
        more = f" ({len(problems)} of {len(answers)} answers are not valid)" if len(problems) > 1 else ""
        return failed(f"{answer.request} ({answer.status}): {problem}{more}", answer)
    return passed(f"{len(answers)} answers are valid against the authored document")


def _has_passed(context: RuleContext, answer: Exchange) -> bool:
    """Tell whether an answer is that of a gateway which was without the API for a moment, so that it is not its own."""
    if answer.status not in _OF_GATEWAYS:
        return False
    try:
        return context.ask_again(answer).status not in _OF_GATEWAYS
    except NotRecorded:
        return any(each.request == answer.request and each.status not in _OF_GATEWAYS for each in context.journal)
