"""E-mail addresses, with letters of any script in both of their parts (RFC 6531, RFC 5890)."""

from __future__ import annotations

import re
import unicodedata

import idna

from oneinvoice_impl.domain.text_line import folded

# What can stand in the header of a mail as it is, and nothing that would be read as two addresses there.
_ADDRESS = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.\x80-\U0010ffff-]{1,64}"
    r"@[A-Za-z0-9\x80-\U0010ffff](?:[A-Za-z0-9.\x80-\U0010ffff-]{0,250}[A-Za-z0-9\x80-\U0010ffff])?"
)
_LONGEST = 254


def is_address(text: str) -> bool:
    """Tell whether mails can be sent to it, as far as its form tells.

    >>> is_address("kåre@blåbær.example")
    True
    """
    if len(text) > _LONGEST or not _ADDRESS.fullmatch(text):
        return False
    local_part, _, domain = text.partition("@")
    return all(map(_is_plain, local_part)) and ascii_domain(domain) is not None


def _is_plain(letter: str) -> bool:
    """Tell whether a character is ASCII, or a letter, mark or number of another script."""
    return letter.isascii() or unicodedata.category(letter)[0] in "LMN"


def ascii_domain(domain: str) -> str | None:
    """Return a domain with A-labels, as mail servers are looked up by it (RFC 5890, 2.3.2.1); None if it is none.

    >>> ascii_domain("blåbær.example")
    'xn--blbr-roah.example'
    """
    try:
        return domain if domain.isascii() else idna.encode(domain, uts46=True).decode()
    except idna.IDNAError:
        return None


def kept_address(text: str) -> str:
    """Return an address as it is kept; with letters beyond ASCII in lower case, as databases don't agree on theirs.

    >>> kept_address(" Kari@BLÅBÆR.example ")
    'kari@blåbær.example'
    """
    address = folded(text)
    return address if address.isascii() else address.lower()
