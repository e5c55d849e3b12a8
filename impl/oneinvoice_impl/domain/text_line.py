"""Texts of one line, such as names: what is kept of one that was typed or pasted, and what can't be kept.

Characters that nobody sees belong to how names are written: the joiners of Persian, Sinhala and Hindi, the marks
between Hebrew and Latin letters. Others come along from spreadsheets, address books and web pages, and are left out or
folded. What would move other text than its own, a line break or a bidirectional override (Unicode Standard Annex 9,
2.2), is refused.
"""

from __future__ import annotations

import unicodedata

_NO_BREAK_SPACES = "\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}\N{FIGURE SPACE}"
_OVERRIDES = "\N{LEFT-TO-RIGHT OVERRIDE}\N{RIGHT-TO-LEFT OVERRIDE}"
# Where a line may be broken, and what address books put round names. They spell nothing.
_DROPPED = (
    "\N{SOFT HYPHEN}\N{ZERO WIDTH SPACE}\N{WORD JOINER}\N{ZERO WIDTH NO-BREAK SPACE}"
    "\N{LEFT-TO-RIGHT EMBEDDING}\N{RIGHT-TO-LEFT EMBEDDING}\N{POP DIRECTIONAL FORMATTING}"
    "\N{LEFT-TO-RIGHT ISOLATE}\N{RIGHT-TO-LEFT ISOLATE}\N{FIRST STRONG ISOLATE}\N{POP DIRECTIONAL ISOLATE}"
)
# What has a meaning between letters alone; but a joiner may end a word behind a virama, as it is written in Malayalam.
_JOINERS = "\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}"
_NOT_AT_ENDS = "\N{LEFT-TO-RIGHT MARK}\N{RIGHT-TO-LEFT MARK}\N{ARABIC LETTER MARK}" + _JOINERS
_VIRAMA = 9  # canonical combining class
_FOLDING = str.maketrans(dict.fromkeys(_NO_BREAK_SPACES, " ") | dict.fromkeys(_DROPPED, ""))
_SPACES = "\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(
    map(chr, range(0x2000, 0x200B))
)
# Control characters, line and paragraph separators, halves of surrogate pairs (general categories of Unicode).
_REFUSED_CATEGORIES = ("Cc", "Zl", "Zp", "Cs")
_NAMES = {"\n": "line break", "\r": "line break", "\t": "tab", "\0": "NUL"}


def folded(text: str) -> str:
    r"""Return what is kept of a text; one that can't be kept only without the space round it.

    >>> folded(" Anne\N{NO-BREAK SPACE}Marie ")
    'Anne Marie'
    """
    if unusable_character(text.strip()):
        return text.strip()
    plain = text.translate(_FOLDING).strip(_SPACES)
    kept = plain.strip(_SPACES + _NOT_AT_ENDS)
    following = plain[plain.rfind(kept) + len(kept) :][:1]
    ends_in_virama = bool(kept) and unicodedata.combining(kept[-1]) == _VIRAMA
    return kept + following if ends_in_virama and following in _JOINERS else kept


def is_visible(text: str) -> bool:
    """Tell whether anything of a text is seen."""
    return any(not _is_invisible(letter) for letter in text)


def _is_invisible(letter: str) -> bool:
    # What Python doesn't know yet may be a letter of a newer Unicode.
    return letter.isspace() or unicodedata.category(letter) in ("Cf", "Cc", "Mn", "Me")


def unusable_character(text: str) -> str | None:
    r"""Return in words the first character for which a text can't be kept, and where it is; None if there is none.

    >>> unusable_character("Ola\N{RIGHT-TO-LEFT OVERRIDE}evil")
    'right-to-left override (U+202E), character 4'
    """
    if text.isprintable():
        return None
    for position, letter in enumerate(text, start=1):
        if letter in _OVERRIDES or unicodedata.category(letter) in _REFUSED_CATEGORIES:
            kind = "half of a surrogate pair" if "\ud800" <= letter <= "\udfff" else "control character"
            name = _NAMES.get(letter) or unicodedata.name(letter, kind).lower()
            return f"{name} (U+{ord(letter):04X}), character {position}"
    return None
