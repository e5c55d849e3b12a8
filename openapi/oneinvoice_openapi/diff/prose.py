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
_BEHAVIOUR = frozenset(" ".join((_NUMBERS, _ORDER, _TIME, _BOUNDS, _DUTY)).split())
_WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*")


def promises(old: str, new: str) -> str:
    """Return the first sentence in which the texts differ and that promises behaviour; empty if there is none."""
    before, after = _sentences(old), _sentences(new)
    for one, other in ((before, after), (after, before)):
        for sentence, original in one.items():
            if sentence not in other and _is_behaviour(sentence):
                return original
    return ""


def _sentences(text: str) -> dict[str, str]:
    """Return sentences by their words alone, in which neither letter case nor a full stop counts."""
    parts = (" ".join(part.split()) for part in re.split(r"(?<=[.!?;])\s+|\n\s*\n", text))
    return {
        " ".join(re.findall(r"[^\s.,;:!?*`'\"()]+(?:[.:][^\s.,;:!?*`'\"()]+)*", part.lower())): part for part in parts
    }


def _is_behaviour(sentence: str) -> bool:
    words = {word.lower() for word in _WORD.findall(sentence)}
    return bool(words & _BEHAVIOUR) or any(character.isdigit() for character in sentence)
