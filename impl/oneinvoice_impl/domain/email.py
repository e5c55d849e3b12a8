"""E-mail addresses, with letters of any script in both of their parts (RFC 6531, RFC 5890)."""

from __future__ import annotations

import re
import unicodedata

from oneinvoice_impl.domain.text_line import folded

# What can stand in the header of a mail as it is, and nothing that would be read as two addresses there.
_LOCAL_PART = re.compile(r'[^\x00-\x20\x7f"(),:;<>@\[\\\]]{1,64}')
_DOMAIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?")
_LONGEST = 254
_JOINERS = "\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}"


def is_address(text: str) -> bool:
    """Tell whether mails can be sent to it, as far as its form tells.

    >>> is_address("kåre@blåbær.example")
    True
    """
    local_part, _, domain = text.rpartition("@")
    if len(text) > _LONGEST or not _LOCAL_PART.fullmatch(local_part) or not all(map(_is_shown, local_part)):
        return False
    return _DOMAIN.fullmatch(ascii_domain(domain) or "") is not None


def _is_shown(letter: str) -> bool:
    """Tell whether a character is neither a space nor one that changes the text round it; joiners belong to letters."""
    return letter.isascii() or letter in _JOINERS or unicodedata.category(letter)[0] not in "ZC"


def ascii_domain(domain: str) -> str | None:
    """Return a domain with A-labels, as mail servers are looked up by it (RFC 5890, 2.3.2.1); None if it is none.

    >>> ascii_domain("blåbær.example")
    'xn--blbr-roah.example'
    """
    if domain.isascii():
        return domain
    import idna  # which most never need

    try:
        return idna.encode(domain, uts46=True).decode()
    except idna.IDNAError:
        return None


def kept_address(text: str) -> str:
    """Return an address as it is kept: one beyond ASCII in one of its forms, since databases compare it as it stands.

    That is composed and in lower case, as databases don't agree on the others, and with the full stops of ASCII.

    >>> kept_address(" Kari@BLÅBÆR.example ")
    'kari@blåbær.example'
    """
    address = folded(text)
    if address.isascii():
        return address
    local_part, at, domain = address.lower().rpartition("@")
    domain = unicodedata.normalize("NFKC", domain).replace("\N{IDEOGRAPHIC FULL STOP}", ".")
    return f"{unicodedata.normalize('NFC', local_part)}{at}{domain}"
