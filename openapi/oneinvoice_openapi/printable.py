"""Foreign text made printable, for every terminal, log, report and page of the kit.

A deployment, a sender of webhooks, a file or an option may hold what commands a terminal, turns the direction of
reading, can't be seen, or is taken for a command by the service that runs a job and reads its log.
"""

from __future__ import annotations

import json
import re
from typing import Any

# Characters that Python takes for printable and nobody sees: joiners, fillers and selectors of variations.
_UNSEEN = frozenset(
    [*"\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0", *map(chr, (*range(0x180B, 0x1810), *range(0xFE00, 0xFE10)))]
)
_UNSEEN_PLANE = range(0xE0000, 0xE1000)
# Azure Pipelines runs ##vso[…] and ##[…] wherever they stand in a line, as TeamCity does its own; GitHub a leading ::.
_COMMAND = re.compile(r"#(?P<azure>#\w{0,40}\[)|(?<!\S):(?P<github>:[A-Za-z])")
_JSON_COMMAND = re.compile(r"#(?=#\w{0,40}\[)")


def printable(text: str, keep: str = "") -> str:
    r"""Return the text with the escapes of what can't be seen, and with the commands to a log's reader broken up.

    Characters of `keep` stay as they are.

    >>> from oneinvoice_openapi.printable import printable
    >>> print(printable("\x1b]0;title\x07 \u202egnp.exe ##vso[task.complete]"))
    \x1b]0;title\x07 \u202egnp.exe # #vso[task.complete]
    """
    escapes = {ord(character): _escape(character) for character in _unseen(text) if character not in keep}
    escaped = text.translate(escapes) if escapes else text
    return _COMMAND.sub(lambda match: f"# {match['azure']}" if match["azure"] else f": {match['github']}", escaped)


def json_text(content: Any, indent: int | None = None) -> str:
    r"""Return JSON that holds every text exactly, with what can't be seen or may be taken for a command as an escape.

    >>> from oneinvoice_openapi.printable import json_text
    >>> print(json_text(["é", "\x9b2J", "##[group]"]))
    ["é", "\u009b2J", "\u0023#[group]"]
    """
    text = json.dumps(content, ensure_ascii=False, indent=indent)
    escapes = {ord(character): json.dumps(character)[1:-1] for character in _unseen(text) - {"\n", "\x7f"}}
    escaped = text.translate(escapes | {0x7F: "\\u007f"})
    return _JSON_COMMAND.sub(r"\\u0023", escaped)


def _unseen(text: str) -> set[str]:
    return {
        character
        for character in set(text)
        if not character.isprintable() or character in _UNSEEN or ord(character) in _UNSEEN_PLANE
    }


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
