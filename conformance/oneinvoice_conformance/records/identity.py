"""Tell records apart: by their ids, by what differs from answer to answer, and by texts that hardly come twice."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import chain, combinations
from typing import Any

from oneinvoice_conformance.records.finder import IDENTITY_NAMES, Record
from oneinvoice_conformance.records.json_text import canonical

_PREFIXED_IDENTITY_NAMES = ("id", "uuid", "guid", "uid", "number", "no", "nr", "ref", "reference", "key", "code")
_IN_BOTH = 3  # records, to be no exception
_COMMON_TEXTS = (re.compile(r"\d{4}-\d{2}-\d{2}.*", re.DOTALL), re.compile(r"[\d.,+-]+"), re.compile(r"[a-z_]+"))
_PROPER_NAME = re.compile(r"[^\W\d_]+(?:[ '.-]+[^\W\d_]+){0,3}")  # of people and firms, of which there are many alike


def identities(records: Sequence[Record], endpoint: str) -> list[str]:
    """Return what tells the records of one organisation apart: their ids if each has one, else canonical texts."""
    name = identity_name(records, endpoint)
    return [canonical(record) if name is None else f"{name} {record[name]}" for record in records]


def identity_name(records: Sequence[Record], endpoint: str) -> str | None:
    """Return the field that is the id of each record: `id` and the like, or the endpoint's own, such as `memberNo`."""
    if not records:
        return None
    prefixed = (name for name in records[0] if _is_prefixed_identity(name, endpoint))
    return next((name for name in chain(IDENTITY_NAMES, prefixed) if _is_shown_by_all(name, records)), None)


def _is_shown_by_all(name: str, records: Sequence[Record]) -> bool:
    return all(isinstance(record.get(name), (str, int)) for record in records)


@lru_cache(maxsize=1_000)  # since it is asked for each field of each record
def _is_prefixed_identity(name: str, endpoint: str) -> bool:
    """Tell whether a name is the endpoint's in the singular and that of an identity, such as `memberNo`."""
    # An invoice may have the number of its quote beside its own.
    singular = endpoint.removesuffix("s")
    plain = re.sub(r"[\W_]", "", name).lower()
    return plain.startswith(singular) and plain.removeprefix(singular) in _PREFIXED_IDENTITY_NAMES


def volatile_fields(records: Sequence[Record], others: Sequence[Record], endpoint: str) -> tuple[str, ...]:
    """Return the one or two fields that alone differ between two readings of the same records, which have no id.

    A cursor or the number of a row differs with the query. Without such fields most `records` that seem to be new are
    among the `others`, and the rest of the fields still tells most records apart. Where records have an id, only that
    may be such a field: then it is none, whatever else differs with the answer.
    """
    texts = {canonical(other) for other in others}
    new = [record for record in records if canonical(record) not in texts]
    if not new:
        return ()
    identity = identity_name(others, endpoint)
    names = [identity] if identity else [name for name in new[0] if name != "status"]
    for fields in chain(combinations(names, 1), combinations(names, 2)):
        rests = {_without(other, fields) for other in others if not identity or is_distinctive(other, endpoint)}
        repeated = sum(_without(record, fields) in rests for record in new)
        if repeated * 2 > len(new) and len(rests) * 2 > len(texts):
            return fields
    return (identity,) if identity and _have_other_ids(new, others, identity, endpoint) else ()


def _have_other_ids(records: Sequence[Record], others: Sequence[Record], identity: str, endpoint: str) -> bool:
    """Tell whether most records are among the others under another id, but for fields that no two answers share.

    The number of a row may stand in the id, and the query in a link and a cursor beside it.
    """
    fields = [identity, *(name for name in records[0] if _is_of_the_answer(name, records, others))]
    ids: dict[str, set[str]] = {}
    for other in others:
        rest = {name: value for name, value in other.items() if name not in fields}
        if is_distinctive(rest, endpoint):
            ids.setdefault(canonical(rest), set()).add(canonical(other.get(identity)))
    in_both = [
        canonical(record.get(identity)) in known
        for record in records
        if (known := ids.get(_without(record, fields))) is not None
    ]
    is_usual = len(in_both) >= min(_IN_BOTH, len(records))  # of two lists that may hardly overlap
    return is_usual and in_both.count(False) * 2 > len(in_both) and len(ids) * 2 > len(others)


def _is_of_the_answer(name: str, records: Sequence[Record], others: Sequence[Record]) -> bool:
    """Tell whether hardly a value of a field stands in both readings, so that it tells of the query or the time."""
    values = {canonical(other.get(name)) for other in others}
    return sum(canonical(record.get(name)) in values for record in records) * 2 < len(records)


def _without(record: Record, fields: Sequence[str]) -> str:
    return canonical({name: value for name, value in record.items() if name not in fields})


def is_distinctive(record: Record, endpoint: str) -> bool:
    """Tell whether the record holds a text (a token, an address) that two organisations hardly share by chance.

    The name of a person or a firm is none, unless the record has an id too.
    """
    common = _COMMON_TEXTS if identity_name([record], endpoint) else (*_COMMON_TEXTS, _PROPER_NAME)
    return any(_uncommon_texts(record, common))


def telling_texts(record: Record) -> set[str]:
    """Return the texts of a record, such as tokens and addresses, that hardly stand anywhere else by chance."""
    return set(_uncommon_texts(record, (*_COMMON_TEXTS, _PROPER_NAME)))


def _uncommon_texts(record: Record, common: Iterable[re.Pattern[str]]) -> Iterator[str]:
    own = {name: value for name, value in record.items() if name != "status"}  # which may come with a label
    return (text for text in _texts(own) if len(text) >= 8 and not any(form.fullmatch(text) for form in common))


def _texts(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
