"""Members: what they are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from oneinvoice_impl.domain.email import is_address
from oneinvoice_impl.domain.text_line import is_visible, unusable_character

STATUSES = ("active", "inactive", "pending")
LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Member:
    """A member of an organisation; `status` is one of STATUSES, the time is in UTC."""

    id: str
    organisation_id: str
    first_name: str
    last_name: str
    email: str
    status: str
    created_at: datetime


def problems(*, first_name: str, last_name: str, email: str, status: str) -> dict[str, str]:
    """Return, by field, one sentence on what keeps these from being a member's; empty if nothing does."""
    sentences = {
        "first_name": _name_problem(first_name, "first name"),
        "last_name": _name_problem(last_name, "last name"),
        "email": None if is_address(email) else "Give an e-mail address, such as kari@nordlys.example.",
        "status": None if status in STATUSES else f"Give a status: {', '.join(STATUSES[:-1])} or {STATUSES[-1]}.",
    }
    return {field: sentence for field, sentence in sentences.items() if sentence}


def _name_problem(name: str, word: str) -> str | None:
    if not is_visible(name):
        return f"Give a {word}."
    if len(name) > LONGEST_NAME:
        return f"Use at most {LONGEST_NAME} characters for the {word}."
    unusable = unusable_character(name)
    return f"Leave out the {unusable} of the {word}." if unusable else None
