"""The rules, one module for each area; each rule judges one row of the register."""

from __future__ import annotations

from oneinvoice_conformance.rules import auth, disc, err, hook, inv, mem, org, quo, rate, spec, ver
from oneinvoice_conformance.rules.rule import Rule

RULES: dict[str, Rule] = {
    rule.id: rule
    for module in (disc, auth, org, mem, quo, inv, err, hook, rate, spec, ver)
    for rule in vars(module).values()
    if isinstance(rule, Rule)
}
