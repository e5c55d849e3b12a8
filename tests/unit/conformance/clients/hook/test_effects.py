"""Which events have an effect on a client is learned from the control."""

from __future__ import annotations

import pytest
from oneinvoice_conformance.clients.scenarios.control import CONTROL
from oneinvoice_conformance.clients.scenarios.effects import NAMES, names_with_effect

from tests.unit.conformance.clients.hook.trials import readback, sent, trial

DELIVERIES = [sent(f"evt_{number}", event=name) for number, name in enumerate(NAMES)]


def test_names_without_an_effect_are_left_out():
    control = trial(CONTROL, DELIVERIES, readback({"evt_0": 1, "evt_2": 1}))
    assert names_with_effect(control) == ("invoice.created", "invoice.paid")


@pytest.mark.parametrize("kept", [None, readback(None), readback({}), readback({"evt_of_others": 1})])
def test_all_names_are_used_where_the_control_tells_of_none(kept):
    assert names_with_effect(trial(CONTROL, DELIVERIES, kept)) == NAMES


def test_all_names_are_used_in_the_control_itself():
    assert names_with_effect(None) == NAMES
