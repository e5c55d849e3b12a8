"""The values that a user sets, by the names that the API gives them: `total`, `customer.name`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from ipaddress import ip_address
from typing import Any

from oneinvoice_impl.domain.email import is_address
from oneinvoice_impl.domain.text_line import folded, unusable_character


class InvalidRequest(Exception):
    """A request to the controls makes no sense; the text is one sentence."""


class _UnusableCharacter(ValueError):
    """A text has a character that no name has; the text says which and where."""


def _cents(text: str) -> int:
    match = re.fullmatch(r"([0-9]{1,12})(?:\.([0-9]{2}))?", text)
    if match is None:
        raise ValueError
    return int(match[1]) * 100 + int(match[2] or 0)


def _currency(text: str) -> str:
    if not re.fullmatch("[A-Z]{3}", text):
        raise ValueError
    return text


def _name(text: str) -> str:
    name = folded(text)
    if not 0 < len(name) <= 200:
        raise ValueError
    if unusable := unusable_character(name):
        raise _UnusableCharacter(unusable)
    return name


def _email(text: str) -> str:
    if not is_address(text):
        raise ValueError
    return text


def _link(text: str) -> str:
    if not re.fullmatch(r"https?://[!-~]{1,2000}", text):
        raise ValueError
    return text


def _ip(text: str) -> str:
    return str(ip_address(text))


_Field = tuple[Callable[[str], Any], str]

_COMMON: dict[str, _Field] = {
    "total": (_cents, "an amount such as 1250.00"),
    "currency": (_currency, "three letters such as NOK"),
    "customer.name": (_name, "a name of at most 200 characters"),
    "customer.email": (_email, "an address such as post@nordlys.example"),
}
INVOICE = _COMMON | {"due_date": (date.fromisoformat, "a date such as 2026-04-15")}
# What an invoice does not take from the quote that it is made from.
CONVERSION = {"due_date": INVOICE["due_date"]}
QUOTE = _COMMON | {"valid_until": (date.fromisoformat, "a date such as 2026-04-30")}
ANNOUNCED: dict[str, _Field] = {
    "title": (_name, "a text of at most 200 characters"),
    "effective_on": (date.fromisoformat, "a date such as 2026-04-30"),
    "link": (_link, "a URL such as https://1invoice.online/roadmap"),
}
SIGNING: dict[str, _Field] = {
    "signing.name": (_name, "a name of at most 200 characters"),
    "signing.ip": (_ip, "an IP address"),
}


def parse(texts: Mapping[str, str], fields: Mapping[str, _Field]) -> dict[str, Any]:
    """Return the values of these texts. Raises `InvalidRequest` for the first that is unknown, or not valid."""
    values = {}
    for name, text in texts.items():
        if name not in fields:
            raise InvalidRequest(f"{name} can't be set; what can is {', '.join(fields)}.")
        read, expectation = fields[name]
        try:
            values[name] = read(text)
        except _UnusableCharacter as unusable:
            raise InvalidRequest(f"{name} must be without the {unusable}.") from None
        except ValueError:
            raise InvalidRequest(f"{name} must be {expectation}.") from None
    return values
