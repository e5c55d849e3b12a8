"""E-mail addresses."""

from __future__ import annotations

import re

# What can stand in the header of a mail as it is, and nothing that would be read as two addresses there.
_ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?")
_LONGEST = 254


def is_address(text: str) -> bool:
    """Tell whether mails can be sent to it, as far as its form tells."""
    return len(text) <= _LONGEST and _ADDRESS.fullmatch(text) is not None
