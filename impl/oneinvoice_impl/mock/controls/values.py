"""The values that a user sets, by the names that the API gives them: `total`, `customer.name`."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from datetime import date
from typing import Any

from oneinvoice_impl.domain.announcement import LEVELS
from oneinvoice_impl.mock.fixtures import fields as texts


class InvalidRequest(Exception):
    """A request to the controls makes no sense; the text is one sentence."""


def _cents(text: str) -> int:
    amount = texts.cents(text)
    if text.startswith("-"):
        raise ValueError
    return amount


def _currency(text: str) -> str:
    if not re.fullmatch("[A-Z]{3}", text):
        raise ValueError
    return text


def _link(text: str) -> str:
    if not re.fullmatch(r"https?://[!-~]{1,2000}", text):
        raise ValueError
    return text


def _level(text: str) -> str:
    if text not in LEVELS:
        raise ValueError
    return text


_Field = tuple[Callable[[str], Any], str]


def _id(text: str) -> str:
    if not re.fullmatch("[!-.0-~]{1,200}", text):
        raise ValueError
    return text


_IDENTITY: dict[str, _Field] = {
    "id": (_id, "a text of at most 200 letters, digits and signs, without spaces and /"),
    "number": (texts.name, "a text of at most 200 characters"),
}
_COMMON: dict[str, _Field] = {
    "total": (_cents, "an amount such as 1250.00"),
    "currency": (_currency, "three letters such as NOK"),
    "customer.name": (texts.name, "a name of at most 200 characters"),
    "customer.email": (texts.email, "an address such as post@nordlys.example"),
}
INVOICE = _COMMON | {"due_date": (date.fromisoformat, "a date such as 2026-04-15")} | _IDENTITY
# What an invoice does not take from the quote that it is made from.
CONVERSION = {"due_date": INVOICE["due_date"]} | _IDENTITY
QUOTE = _COMMON | {"valid_until": (date.fromisoformat, "a date such as 2026-04-30")} | _IDENTITY
ANNOUNCED: dict[str, _Field] = {
    "title": (texts.name, "a text of at most 200 characters"),
    "effective_on": (date.fromisoformat, "a date such as 2026-04-30"),
    "link": (_link, "a URL such as https://1invoice.online/roadmap"),
}
# As `POST /announcements` takes it.
ANNOUNCEMENT: dict[str, _Field] = {
    "id": _IDENTITY["id"],
    "title": ANNOUNCED["title"],
    "text": (texts.lines, f"a text of at most {texts.LONGEST_TEXT} characters"),
    "class": (_level, f"one of {', '.join(LEVELS)}"),
    "announced_on": ANNOUNCED["effective_on"],
    "effective_on": ANNOUNCED["effective_on"],
    "url": ANNOUNCED["link"],
}
SIGNING: dict[str, _Field] = {
    "signing.name": (texts.name, "a name of at most 200 characters"),
    "signing.ip": (texts.ip, "an IP address"),
}


# Those that the API shows as null, too.
_NULLABLE = ("customer.email", "valid_until", "url")


def parse(given: Mapping[str, str | None], fields: Mapping[str, _Field]) -> dict[str, Any]:
    """Return the values of these texts. Raises `InvalidRequest` for the first that is unknown, or not valid."""
    values: dict[str, Any] = {}
    for name, text in given.items():
        if name not in fields:
            raise InvalidRequest(f"{name} can't be set; what can is {', '.join(fields)}.")
        read, expectation = fields[name]
        if text is None and name in _NULLABLE:
            values[name] = None
            continue
        try:
            values[name] = read(text or "")
        except texts.UnusableCharacter as unusable:
            raise InvalidRequest(f"{name} must be without the {unusable}.") from None
        except ValueError:
            raise InvalidRequest(f"{name} must be {expectation}.") from None
    return values


def unknown_event(name: str, possible: Collection[str]) -> InvalidRequest:
    """Return the refusal of an event that is none of those possible."""
    known = f"use one of {', '.join(possible)}" if possible else "the contract that the mock serves has none"
    return InvalidRequest(f"There is no event {name!r}; {known}.")
