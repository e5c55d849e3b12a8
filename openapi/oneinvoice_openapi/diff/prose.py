"""Prose of a document: a sentence that promises behaviour is told from one that only explains."""

from __future__ import annotations

import re

_NUMBERS = (
    "one two three four five six seven eight nine ten eleven twelve twenty fifty hundred thousand half twice once"
)
_ORDER = "order ordered sort sorted sorts ascending descending newest oldest latest earliest first last then"
_TIME = (
    "second seconds millisecond milliseconds minute minutes hour hours hourly day days daily week weeks month months "
    "year years utc timezone before after until within since expire expires expired immediately later"
)
_BOUNDS = (
    "most least maximum minimum max min more less fewer exceed exceeds limit limited up per every each than "
    "inclusive exclusive between from"
)
_DUTY = (
    "must may cannot never always only not no none required optional mandatory default defaults null empty unique "
    "ignored ignores ignore rejected refused refuses accepted accepts retry retries retried again idempotent same "
    "unless except without sensitive insensitive rounded unit units cents digits counts counted stable atomic "
    "disabled enabled removed deprecated signed secret lower-case upper-case lowercase uppercase raw"
)
_MONEY = (
    "gross net vat tax taxes fee fees including includes included excluding excludes excluded currency currencies eur "
    "euro euros usd dollars gbp pounds nok sek dkk kroner kronor chf cent"
)
_BEHAVIOUR = frozenset(" ".join((_NUMBERS, _ORDER, _TIME, _BOUNDS, _DUTY, _MONEY)).split())
_WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*")


def promises(old: str, new: str) -> tuple[str, str] | None:
    """Return the sentences that went and came, either of them empty, if one that differs promises behaviour."""
    before, after = _sentences(old), _sentences(new)
    gone = [text for words, text in before.items() if words not in after]
    come = [text for words, text in after.items() if words not in before]
    if not any(map(_is_behaviour, (*gone, *come))):
        return None
    first = next((i for i, each in enumerate(gone) if _is_behaviour(each)), 0)
    second = first if not any(map(_is_behaviour, come)) else next(i for i, e in enumerate(come) if _is_behaviour(e))
    return (gone[first] if first < len(gone) else "", come[second] if second < len(come) else "")


def _sentences(text: str) -> dict[str, str]:
    """Return sentences by their words alone, in which neither letter case nor a full stop counts."""
    parts = (" ".join(part.split()) for part in re.split(r"(?<=[.!?;])\s+|\n\s*\n", text))
    return {
        " ".join(re.findall(r"[^\s.,;:!?*`'\"()]+(?:[.:][^\s.,;:!?*`'\"()]+)*", part.lower())): part for part in parts
    }


def _is_behaviour(sentence: str) -> bool:
    words = {word.lower() for word in _WORD.findall(sentence)}
    return bool(words & _BEHAVIOUR) or any(character.isdigit() for character in sentence)
