"""JSON as the serialisers of other languages write it: the bytes that a sender signs who signs anything but the body.

Two serialisers write the same value with other white space, escapes, numbers and order of names, all of which JSON
leaves open (RFC 8259). `WRITERS` are the usual ones with their usual options; `rewritings` adds what their options
make of them in other combinations. That they write as the real ones do is held by texts that those wrote:
tests/data/serialisers.json.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from oneinvoice_conformance.webhooks.diagnosis import json_numbers as numbers
from oneinvoice_conformance.webhooks.diagnosis.json_numbers import NumberWriter

_LINE_SEPARATORS = "\u2028\u2029"
_MOST_RARE = 2  # options that are seldom used, at once
_SHORT = {"\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", '"': '\\"', "\\": "\\\\"}


class _Number(str):
    """Number as it is written."""


class _Members(list[tuple[str, Any]]):
    """Members of an object in their order, each with its name."""


@dataclass(frozen=True, slots=True)
class JsonWriter:
    r"""Way to write JSON.

    Characters beyond `plain_to` become `\uXXXX`, as do those of `escaped`; of the control characters that have a
    short escape those of `long_escapes` do. `indent` is None for a single line; `empty` stands in what is empty.
    """

    name: str
    comma: str = ","
    colon: str = ":"
    indent: str | None = None
    line_end: str = "\n"
    empty: str = ""
    list_in_line: bool = False
    plain_to: str = "\U0010ffff"
    escaped: str = ""
    long_escapes: str = ""
    upper_hex: bool = False
    upper_escapes: bool = False
    slash: str = "/"
    sorted_names: bool = False
    number: NumberWriter = numbers.as_written
    object_as_list_if_empty: bool = False
    drops_null: bool = False
    ending: str = ""

    def write(self, value: Any) -> str:
        """Return the text of a value that `_read` returned."""
        return self._value(value, "") + self.ending

    def _value(self, value: Any, margin: str) -> str:
        if isinstance(value, _Members):
            members = sorted(value, key=lambda member: member[0]) if self.sorted_names else value
            kept = [member for member in members if not (self.drops_null and member[1] is None)]
            if not kept and self.object_as_list_if_empty:
                return f"[{self.empty}]"
            inner = margin + (self.indent or "")
            items = [f"{self._text(name)}{self.colon}{self._value(each, inner)}" for name, each in kept]
            return self._wrapped("{", items, "}", margin)
        if isinstance(value, list):
            if self.list_in_line and value:
                return f"[ {', '.join(self._value(each, margin) for each in value)} ]"
            inner = margin + (self.indent or "")
            return self._wrapped("[", [self._value(each, inner) for each in value], "]", margin)
        if isinstance(value, _Number):
            return self.number(value)
        return self._text(value) if isinstance(value, str) else {None: "null", True: "true", False: "false"}[value]

    def _wrapped(self, opening: str, items: list[str], closing: str, margin: str) -> str:
        if not items:
            return opening + self.empty + closing
        if self.indent is None:
            return opening + self.comma.join(items) + closing
        line = f"{self.line_end}{margin}{self.indent}"
        return f"{opening}{line}{f',{line}'.join(items)}{self.line_end}{margin}{closing}"

    def _text(self, text: str) -> str:
        return f'"{text.translate(_escapes_of(self))}"'

    def escape(self, character: str) -> str:
        """Return how a character is written within a string."""
        if character in self.escaped or character in self.long_escapes:
            return _unicode_escape(character, self.upper_hex or self.upper_escapes)
        if character == "/":
            return self.slash
        if character < " " or character in '"\\':
            return _SHORT.get(character) or _unicode_escape(character, self.upper_hex)
        return _unicode_escape(character, self.upper_hex) if character > self.plain_to else character


class _Escapes(dict[int, str]):
    """Table for `str.translate`, filled with what is met."""

    def __init__(self, writer: JsonWriter) -> None:
        self._writer = writer

    def __missing__(self, code_point: int) -> str:
        self[code_point] = written = self._writer.escape(chr(code_point))
        return written


@lru_cache(maxsize=256)
def _escapes_of(writer: JsonWriter) -> _Escapes:
    return _Escapes(writer)


def _unicode_escape(character: str, upper: bool) -> str:
    units = character.encode("utf-16-be", "surrogatepass").hex()
    units = units.upper() if upper else units
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))


_GO_HTML = "<>&" + _LINE_SEPARATORS
_GSON_HTML = "<>&='" + _LINE_SEPARATORS
_ALL = "\U0010ffff"
_COMPACT = {"comma": ",", "colon": ":"}

_TWO, _FOUR, _TAB = ({"colon": ": ", "indent": indent} for indent in ("  ", "    ", "\t"))


def _variants(name: str, options: dict[str, dict[str, Any]], **common: Any) -> list[JsonWriter]:
    """Return a serialiser with each of its options, by name, and what these change."""
    return [
        JsonWriter(f"{name}{f' with {option}' if option else ''}", **common | changes)
        for option, changes in options.items()
    ]


_WRITERS: tuple[JsonWriter, ...] = (
    *_variants(
        "JavaScript's JSON.stringify",
        {"": {}, "2 spaces": _TWO, "4 spaces": _FOUR, "tabs": _TAB},
        number=numbers.javascript,
    ),
    *_variants(
        "Python's json.dumps",
        {
            "": {},
            "ensure_ascii=False": {"plain_to": _ALL},
            "sort_keys": {"sorted_names": True},
            "sort_keys and ensure_ascii=False": {"sorted_names": True, "plain_to": _ALL},
            "separators": _COMPACT,
            "separators and sort_keys": _COMPACT | {"sorted_names": True},
            "separators and ensure_ascii=False": _COMPACT | {"plain_to": _ALL},
            "separators, sort_keys and ensure_ascii=False": _COMPACT | {"sorted_names": True, "plain_to": _ALL},
            "indent=2": _TWO,
            "indent=4": _FOUR,
        },
        comma=", ", colon=": ", plain_to="~", number=numbers.python,
    ),
    *_variants(
        "PHP's json_encode",
        {
            "": {},
            "JSON_UNESCAPED_SLASHES": {"slash": "/"},
            "JSON_UNESCAPED_UNICODE": {"plain_to": _ALL, "escaped": _LINE_SEPARATORS},
            "JSON_UNESCAPED_SLASHES and JSON_UNESCAPED_UNICODE": {
                "slash": "/", "plain_to": _ALL, "escaped": _LINE_SEPARATORS,
            },
            "JSON_PRETTY_PRINT": _FOUR,
            "JSON_UNESCAPED_UNICODE and JSON_UNESCAPED_LINE_TERMINATORS": {"plain_to": _ALL},
            "JSON_PRETTY_PRINT and JSON_UNESCAPED_SLASHES": _FOUR | {"slash": "/"},
            "JSON_PRETTY_PRINT, JSON_UNESCAPED_SLASHES and JSON_UNESCAPED_UNICODE": _FOUR | {
                "slash": "/", "plain_to": _ALL, "escaped": _LINE_SEPARATORS,
            },
            "JSON_PRESERVE_ZERO_FRACTION": {"number": numbers.php_with_fractions},
            "JSON_PRESERVE_ZERO_FRACTION, JSON_UNESCAPED_SLASHES and JSON_UNESCAPED_UNICODE": {
                "number": numbers.php_with_fractions, "slash": "/", "plain_to": _ALL, "escaped": _LINE_SEPARATORS,
            },
            "JSON_HEX_TAG, _AMP, _APOS and _QUOT (Symfony's JsonResponse)": {
                "escaped": "<>&'\"", "upper_escapes": True,
            },
        },
        plain_to="\x7f", slash="\\/", number=numbers.php,
    ),
    *_variants(
        "Go's json.Marshal",
        {
            "": {},
            "a map": {"sorted_names": True, "number": numbers.javascript},
            "Indent of 2": _TWO,
            "Indent of a tab": _TAB,
            "a map and Indent of a tab": _TAB | {"sorted_names": True, "number": numbers.javascript},
            "a map and Indent of 2": _TWO | {"sorted_names": True, "number": numbers.javascript},
        },
        escaped=_GO_HTML, long_escapes="\b\f", number=numbers.go,
    ),
    *_variants(
        "Go's json.Encoder",
        {
            "": {},
            "a map": {"sorted_names": True, "number": numbers.javascript},
            "SetEscapeHTML(false)": {"escaped": _LINE_SEPARATORS},
            "a map and SetEscapeHTML(false)": {
                "escaped": _LINE_SEPARATORS, "sorted_names": True, "number": numbers.javascript,
            },
        },
        escaped=_GO_HTML, long_escapes="\b\f", number=numbers.go, ending="\n",
    ),
    JsonWriter("Rails' to_json", escaped=_GO_HTML, number=numbers.ruby),
    *_variants(
        "Ruby's JSON.generate",
        {"": {}, "script_safe": {"slash": "\\/", "escaped": _LINE_SEPARATORS}, "ascii_only": {"plain_to": "\x7f"}},
        number=numbers.ruby,
    ),
    *_variants("Ruby's JSON.pretty_generate", {"": {}}, **_TWO, number=numbers.ruby),
    *_variants(
        ".NET's System.Text.Json",
        {
            "": {},
            "UnsafeRelaxedJsonEscaping": {"plain_to": _ALL, "escaped": ""},
            "WriteIndented": _TWO,
            "WriteIndented on Windows": _TWO | {"line_end": "\r\n"},
        },
        plain_to="~", escaped="<>&'\"+`", upper_hex=True, number=numbers.dotnet,
    ),
    *_variants(
        "Newtonsoft's Json.NET",
        {"": {}, "Formatting.Indented": _TWO, "Formatting.Indented on Windows": _TWO | {"line_end": "\r\n"}},
        number=numbers.dotnet_with_fractions,
    ),
    *_variants(
        "Gson",
        {
            "": {},
            "serializeNulls": {"drops_null": False},
            "untyped values": {"number": numbers.java_doubles},
            "untyped values and serializeNulls": {"number": numbers.java_doubles, "drops_null": False},
            "disableHtmlEscaping": {"escaped": _LINE_SEPARATORS},
            "disableHtmlEscaping and serializeNulls": {"escaped": _LINE_SEPARATORS, "drops_null": False},
            "setPrettyPrinting": _TWO,
        },
        escaped=_GSON_HTML, drops_null=True,
    ),
    *_variants(
        "Jackson",
        {"": {}, "its pretty printer": {"colon": " : ", "indent": "  ", "empty": " ", "list_in_line": True}},
        number=numbers.java,
    ),
)  # fmt: skip
WRITERS = (
    *_WRITERS,
    *(
        replace(writer, name=f"{writer.name} after json_decode(…, true)", object_as_list_if_empty=True)
        for writer in _WRITERS
        if writer.name.startswith("PHP")
    ),
)
"""The usual serialisers, each with the options that it is mostly used with."""


def rewritings(body: bytes) -> Iterator[bytes]:
    """Yield each different text that the usual serialisers make of a body; nothing for what is no JSON."""
    return _written(body, WRITERS)


def combinations(body: bytes) -> Iterator[bytes]:
    """Yield each different text that combinations of the serialisers' options make of a body."""
    return _written(body, _combined_writers())


def _written(body: bytes, writers: Iterable[JsonWriter]) -> Iterator[bytes]:
    seen = set()
    try:
        value = _read(body)
        for writer in writers:
            text = _encoded(writer, value)
            if (digest := hash(text)) not in seen:
                seen.add(digest)
                yield text
    except (ValueError, RecursionError, ArithmeticError):
        return


def written_by(body: bytes, text: bytes) -> list[str]:
    """Return the names of the usual serialisers that make `text` of what a body says, with few options at best."""
    try:
        value = _read(body)
        names = [writer.name for writer in WRITERS if _encoded(writer, value) == text]
    except (ValueError, RecursionError, ArithmeticError):
        return []
    by_serialiser = {re.split(" with | after ", name)[0]: name for name in reversed(names)}
    return [name for name in names if name in by_serialiser.values()]


def _combined_writers() -> Iterator[JsonWriter]:
    spacings = {(w.comma, w.colon, w.indent, w.line_end, w.empty): w for w in WRITERS}.values()
    escapes = {(w.escaped, w.plain_to, w.upper_hex, w.slash, w.long_escapes, w.number): w for w in WRITERS}.values()
    rare_options = [chosen for chosen in itertools.product((False, True), repeat=5) if sum(chosen) <= _MOST_RARE]
    for spacing, escape, rare in itertools.product(spacings, escapes, rare_options):
        sorted_names, with_ending, as_list, drops_null, as_written = rare
        yield replace(
            escape, name="", comma=spacing.comma, colon=spacing.colon, indent=spacing.indent, empty=spacing.empty,
            line_end=spacing.line_end, list_in_line=spacing.list_in_line, sorted_names=sorted_names,
            ending="\n" if with_ending else "", object_as_list_if_empty=as_list, drops_null=drops_null,
            number=numbers.as_written if as_written else escape.number,
        )  # fmt: skip


def _encoded(writer: JsonWriter, value: Any) -> bytes:
    return writer.write(value).encode("utf-8", "surrogatepass")


def _read(body: bytes) -> Any:
    """Return the value of a body with its numbers as they are written, and its objects in their order."""
    text = body.decode(json.detect_encoding(body), "surrogatepass")
    return json.loads(text, parse_int=_Number, parse_float=_Number, object_pairs_hook=_Members)
