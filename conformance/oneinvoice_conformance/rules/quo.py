"""Quotes."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from oneinvoice_conformance.model.finding import Finding, failed, inconclusive, passed
from oneinvoice_conformance.records.finder import Record, find_field, status_of
from oneinvoice_conformance.records.json_text import HugeNumber
from oneinvoice_conformance.records.names import Names, blank
from oneinvoice_conformance.rules.lists import differ_in_volatile_fields, filter_is_exact, is_list, issued_only, lacking
from oneinvoice_conformance.rules.places.answers import at_record, told, told_record
from oneinvoice_conformance.rules.rule import probe
from oneinvoice_conformance.session.rule_context import RuleContext

_NUMBER = re.compile(r"[+-]?\d[\d.,]*(?:[eE][+-]?\d+)?-?")
_CURRENCY = re.compile(r"[\s\u00a0'_€$£¥]|(?<![a-z])[a-z]{2,3}\.?(?![a-z])", re.IGNORECASE)
_NO_QUOTES = "the organisation has no quotes; create some, in every status"


@probe("QUO-1")
def json_list(context: RuleContext) -> Finding:
    return is_list(context, "quotes")


@probe("QUO-2")
def status_filter(context: RuleContext) -> Finding:
    return filter_is_exact(context, "quotes", "accepted", ("sent", "rejected", "draft"))


@probe("QUO-3")
def status_and_total(context: RuleContext) -> Finding:
    quotes = context.read_list("quotes")
    if not quotes.records:
        return inconclusive(_NO_QUOTES, *quotes.exchanges)
    for name, is_valid, kind in (("status", _is_status, "a text"), ("total", _is_total, "an amount")):
        without = [record for record in quotes.records if not any(map(is_valid, find_field(record, name)))]
        if without:
            seen = find_field(without[0], name)
            have = "has" if len(without) == 1 else "have"
            lack = f"no {name} that is {kind}; the first has {seen[0]!r:.60}" if seen else f"no {name}"
            found = failed(f"{len(without)} of {len(quotes)} quotes {have} {lack}", *quotes.exchanges)
            stands = told(seen[0]) if seen else told(without[0])
            return at_record(
                found, quotes.exchanges, without[0], f"a {name} that is {kind}", stands, *[name][: len(seen)]
            )
    quotes.require_complete()
    return passed(f"the {len(quotes)} quotes shown have a status and a total", *quotes.exchanges)


@probe("QUO-4")
def public_token(context: RuleContext) -> Finding:
    """Judge quotes but drafts, which may lack a token."""
    quotes = context.read_list("quotes")
    sent = issued_only(quotes.records)
    if not sent:
        return inconclusive("the organisation has no quote that was sent; create and send one", *quotes.exchanges)
    tokens = [next(iter(find_field(record, "public_token")), None) for record in quotes.records]
    without = [record for record in sent if not any(map(_is_token, find_field(record, "public_token")))]
    if problem := lacking(sent, without, "public_token", *quotes.exchanges):
        return problem
    counts = Counter(str(token) for token in tokens if _is_token(token))
    repeated = [token for token, count in counts.items() if count > 1]
    if repeated:
        stand = "public_token stands" if len(repeated) == 1 else "public_tokens stand"
        problem = failed(f"{len(repeated)} {stand} on more than one quote", *quotes.exchanges)
        same = [record for record, token in zip(quotes.records, tokens, strict=True) if str(token) == repeated[0]]
        seen = f"{told(repeated[0])}, which {told_record(same[0], 'quotes')} has too"
        problem = at_record(problem, quotes.exchanges, same[1], "a token of its own", seen, "public_token")
        first, *later = quotes.pages
        return (
            differ_in_volatile_fields([record for page in later for record in page.records], first.records, "quotes")
            or problem
        )
    quotes.require_complete()
    return passed(f"the {len(sent)} quotes shown but drafts have a public_token of their own", *quotes.exchanges)


@probe("QUO-5")
def signing_info(context: RuleContext) -> Finding:
    """Judge accepted quotes, which must have signing info; without any, the others must have a field for it."""
    quotes = context.read_list("quotes")
    sent = issued_only(quotes.records)
    names = context.names["signing"]
    accepted = [record for record in sent if status_of(record) in ("accepted", "signed", "approved")]
    if not sent:
        return inconclusive("the organisation has no quote that was sent; create and send one", *quotes.exchanges)
    signed = [record for record in accepted if any(not blank(value) for _, value in names.matching(record))]
    if accepted and len(signed) == len(accepted):
        return passed(f"the {len(accepted)} accepted quotes shown have signing info", *quotes.exchanges)
    if signed:
        unsigned = len(accepted) - len(signed)
        reason = f"{unsigned} of {len(accepted)} accepted quotes {'has' if unsigned == 1 else 'have'} no signing info"
        return inconclusive(f"{reason}; use an organisation in which customers accepted all", *quotes.exchanges)
    if any(map(names.possible, accepted or sent)):
        path = _first_path(accepted or sent, names)
        return inconclusive(f"{path} may be signing info; if it is, say so with --map", *quotes.exchanges)
    if accepted:
        problem = failed(f"none of {len(accepted)} accepted quotes has signing info", *quotes.exchanges)
        return at_record(problem, quotes.exchanges, accepted[0], "signing info", told(accepted[0]))
    if any(map(names.matching, sent)):
        return passed("quotes have a place for signing info, and none is accepted yet", *quotes.exchanges)
    return inconclusive("no quote is accepted, and none has signing info; accept one", *quotes.exchanges)


def _is_status(value: Any) -> bool:
    """Tell whether a value is a text, or an object that holds one."""
    if isinstance(value, dict):
        return any(map(_is_status, value.values()))
    return isinstance(value, str) and not blank(value)


def _is_total(value: Any) -> bool:
    """Tell whether a value is a number, a text that is one, or an object that holds one."""
    if isinstance(value, dict):
        return any(map(_is_total, value.values()))
    if isinstance(value, str) and not isinstance(value, HugeNumber):
        return bool(_NUMBER.fullmatch(_CURRENCY.sub("", value)))
    return isinstance(value, (int, float, HugeNumber)) and not isinstance(value, bool)


def _is_token(value: Any) -> bool:
    """Tell whether a value may be a token: anything but a blank or a boolean."""
    return not blank(value) and not isinstance(value, bool)


def _first_path(records: list[Record], names: Names) -> str:
    """Return the first field that may be the concept, as its words in quotation marks."""
    path, _value = next(leaf for record in records for leaf in names.possible(record))
    return f"'{' '.join(path)}'"
