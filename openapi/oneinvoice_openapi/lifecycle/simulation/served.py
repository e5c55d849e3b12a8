"""Answers of a mock on a day, and what their headers say of a deprecation."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from email.utils import format_datetime, parsedate_to_datetime
from urllib.parse import urljoin

# An item of a structured field that is a date (RFC 9651, 3.3.7), with what parameters it may have.
_DEPRECATION = re.compile(r"@(-?[0-9]{1,15})(?:;[ -~]*)?")
_LINK = re.compile(r'\s*<([^<>]*)>((?:\s*;\s*[^\s=;,"]+(?:\s*=\s*(?:"(?:[^"\\]|\\.)*"|[^\s";,]+))?)*)\s*(?:,|$)')
_PARAMETER = re.compile(r';\s*([^\s=;,"]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s";,]+)))?')
_NO_DEPRECATION, _NO_SUNSET = "is not a date of RFC 9745", "is not an HTTP date of RFC 9110"


@dataclass(frozen=True, slots=True)
class Served:
    """Answer to a request: its status, the headers of a deprecation as they came, and a refusal's own words."""

    status: int
    deprecation: str | None = None
    sunset: str | None = None
    link: str | None = None
    detail: str = ""


def deprecation_day(text: str) -> date:
    """Return the day of a `Deprecation` header (RFC 9745), in UTC. Raises `ValueError` with what it is not.

    >>> from oneinvoice_openapi.lifecycle.simulation.served import deprecation_day
    >>> print(deprecation_day("@1814400000"))
    2027-07-01
    """
    match = _DEPRECATION.fullmatch(text)
    if match is None:
        raise ValueError(_NO_DEPRECATION)
    try:
        return datetime.fromtimestamp(int(match[1]), UTC).date()
    except (ValueError, OverflowError, OSError):
        raise ValueError(_NO_DEPRECATION) from None


def sunset_day(text: str) -> date:
    """Return the day of a `Sunset` header (RFC 8594), as a server has to write it (RFC 9110, section 5.6.7).

    Raises `ValueError` with what it is not.

    >>> from oneinvoice_openapi.lifecycle.simulation.served import sunset_day
    >>> print(sunset_day("Sat, 01 Jan 2028 00:00:00 GMT"))
    2028-01-01
    """
    try:
        moment = parsedate_to_datetime(text).astimezone(UTC)
    except (ValueError, OverflowError, IndexError, TypeError):
        raise ValueError(_NO_SUNSET) from None
    if format_datetime(moment, usegmt=True) != text:
        raise ValueError(_NO_SUNSET)
    return moment.date()


def links(text: str | None, base: str) -> Mapping[str, tuple[str, ...]]:
    """Return where a `Link` header (RFC 8288) leads, by relation; `base` is the URL that was asked for."""
    found: dict[str, tuple[str, ...]] = {}
    for target, parameters in _LINK.findall(text or ""):
        relations = [quoted or plain for name, quoted, plain in _PARAMETER.findall(parameters) if name.lower() == "rel"]
        try:
            whole = urljoin(base, target)
        except ValueError:
            continue
        for relation in relations[0].lower().split() if relations else ():
            found[relation] = (*found.get(relation, ()), whole)
    return found
