"""Agreement of a document with the lifecycle: each says of the same parts that they are deprecated."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from oneinvoice_openapi.contract import operations
from oneinvoice_openapi.lifecycle.entries import Entry, Kind, Lifecycle, Subject
from oneinvoice_openapi.lifecycle.policy import UNKNOWN, Released
from oneinvoice_openapi.lifecycle.subjects import deprecated, find, version_of
from oneinvoice_openapi.references import Place, nodes, pointer

_MARK = "`deprecated: true`"


def disagreements(
    document: dict[str, Any], lifecycle: Lifecycle, released: Callable[[], Sequence[Released]], place: Place
) -> list[str]:
    """Return a sentence for each part that only one of the two says is deprecated, and for each that is nowhere.

    `released` returns the releases, which may have parts that the document lost; it is called if it hasn't.
    """
    marked = dict(deprecated(document))
    return [
        *(sentence for entry in lifecycle.entries for sentence in _of_entry(document, entry, marked, released, place)),
        *_without_entry(lifecycle, marked, place),
        *_without_kind(document, marked, place),
    ]


def _of_entry(
    document: dict[str, Any],
    entry: Entry,
    marked: dict[Subject, Any],
    released: Callable[[], Sequence[Released]],
    place: Place,
) -> Iterator[str]:
    path = find(document, entry.subject)
    if path is None:
        # One that has a beginning may be to come: that is for `policy`, which knows the day.
        if entry.effective is None and not any(find(each.document, entry.subject) for each in released()):
            yield f"{entry.place}: {entry.subject} {UNKNOWN}."
    elif entry.deprecated and entry.subject.kind is Kind.VERSION:
        for each, method, _ in operations(document):
            operation = Subject(Kind.OPERATION, f"{method} {each}")
            if version_of(operation) == entry.subject and operation not in marked:
                yield _unmarked(entry, f"{place(('paths', each, method.lower()))} is of it and")
    elif entry.deprecated and entry.subject.kind is not Kind.STATUS and entry.subject not in marked:
        yield _unmarked(entry, place(path))


def _unmarked(entry: Entry, where: str) -> str:
    return (
        f"{entry.place}: {entry.subject} is deprecated from {entry.deprecated} on, and {where} has no {_MARK}; "
        "write that there, or take `deprecated` out of the entry."
    )


def _without_entry(lifecycle: Lifecycle, marked: dict[Subject, Any], place: Place) -> Iterator[str]:
    for subject, path in marked.items():
        own = [lifecycle.find(subject)]
        if subject.kind is Kind.OPERATION:
            own.append(lifecycle.find(version_of(subject)))
        if not any(each and each.deprecated for each in own):
            yield (
                f"{place(path)} is {_MARK}, and the lifecycle has no day of it; give {subject} an entry with "
                "`announced` and `deprecated` there, or take the mark out."
            )


def _without_kind(document: dict[str, Any], marked: dict[Subject, Any], place: Place) -> Iterator[str]:
    """Tell what is marked and no entry can name, such as a header or a whole schema."""
    named = {pointer(path) for path in marked.values()}
    for path, node in nodes(document):
        if node.get("deprecated") is True and pointer(path) not in named:
            yield (
                f"{place(path)} is {_MARK}, and the lifecycle has no name for it; mark an operation, a parameter, a "
                "property of a schema in components or an event, and take the mark out here."
            )
