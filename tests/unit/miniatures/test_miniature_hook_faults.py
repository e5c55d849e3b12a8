from collections import Counter
from urllib.parse import urlsplit

import pytest

from tests.miniatures import EVENTS, HOOK_FAULTS, Deployment, Fault
from tests.unit.miniatures.hook_clauses import SECRET, broken_rules, deliveries
from tests.unit.miniatures.receiver import Received, Receiver


def deliver_all(deployment: Deployment, receiver: Receiver) -> list[Received]:
    """What comes when each event has happened, in whatever order."""
    deployment.register(receiver.url, SECRET)
    for event in EVENTS:
        deployment.trigger(event)
    deployment.wait_for_deliveries()
    assert not deployment.mistakes
    assert not deployment.lost
    return deliveries(receiver.taken(), urlsplit(receiver.url).path)


def test_the_correct_deployment_breaks_no_rule(receiver: Receiver):
    assert broken_rules(deliver_all(Deployment(), receiver), EVENTS) == set()


# Only who knows what was triggered can tell that these are named wrongly.
UNSEEN = [name for name in HOOK_FAULTS if name.endswith("-unseen")]
SEEN = [name for name in HOOK_FAULTS if name not in UNSEEN]


@pytest.mark.parametrize("name", UNSEEN)
def test_a_wrong_name_shows_when_one_event_is_triggered_alone(name: str, receiver: Receiver):
    deployment = HOOK_FAULTS[name].deployment()
    deployment.register(receiver.url, SECRET)
    named = {}
    for event in EVENTS:
        deployment.trigger(event)
        deployment.wait_for_deliveries()
        [delivery] = deliveries(receiver.taken(), urlsplit(receiver.url).path)
        named[event] = delivery.headers["x-1invoice-event"]
    assert sorted(named.values()) == sorted(EVENTS)
    assert any(event != name for event, name in named.items())


@pytest.mark.parametrize("fault", [HOOK_FAULTS[name] for name in SEEN], ids=SEEN)
def test_fault_breaks_its_rule_and_no_other(fault: Fault, receiver: Receiver):
    assert broken_rules(deliver_all(fault.deployment(), receiver), EVENTS) == {fault.rule}


def test_every_rule_has_two_faults_at_least():
    counts = Counter(fault.rule for fault in HOOK_FAULTS.values())
    assert min(counts.values()) >= 2
