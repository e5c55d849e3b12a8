"""Changes of fields and their types between two runs at one endpoint.

A record may lack a field because of its data: a draft has no `sent_at`. A field that is gone is breaking only if all
of its parents had it before and none has it now, and enough of them are alike in both runs: 5 records, or 2 answers
for a field outside of records. A record's status may decide what it has, so that a record is held only against one of
the same status (`_comparable`). A type changed in a breaking way where none of the old ones, null aside, is left, in
as many comparable values.

It is unsure where there are fewer; where data may be the name of the field, or decides that it is there, as for the
link to a next page (`_may_be_data`); where more fields were seen than are kept; and where only some parents had the
field, but 5 would have it now by its share in each status (`_expected`). The rest break nobody.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from oneinvoice_conformance.history.changes import Change, ChangeSeverity
from oneinvoice_conformance.records.fields import MOST_FIELDS, ROOT, TYPES, Field, name_of, parent
from oneinvoice_conformance.records.names import words

_ENOUGH_RECORDS, _ENOUGH_ANSWERS = 5, 2  # that many show that a field is always there, or never
_REPORTED_SHARE = 0.1  # of the parents; a field that fewer of them have is not reported
_CONTAINERS = ("object", "array")
# Where a list has no further page, many envelopes leave these out.
_PAGING = {"next", "prev", "previous", "first", "last", "more", "cursor"}

Fields = Mapping[str, Field]


def field_changes(endpoint: str, old: Fields, new: Fields) -> Iterator[Change]:
    """Return the changes of one endpoint; nothing is told of the fields inside of one that is gone."""
    return _Comparison(endpoint, old, new).changes()


@dataclass(frozen=True, slots=True)
class _Comparison:
    """The fields of one endpoint in two runs."""

    endpoint: str
    old: Fields
    new: Fields

    def changes(self) -> Iterator[Change]:
        hidden: set[str] = set()
        for path, before in self.old.items():
            above = parent(path)
            if path != ROOT and (above in hidden or above not in self.new):
                hidden.add(path)
            elif path not in self.new:
                hidden.add(path)
                yield from self._removed(before)
            else:
                yield from self._changed(before, self.new[path])
                hidden |= {path} if _holds_nothing(self.old, self.new, path) else set()
        if len(self.old) < MOST_FIELDS:
            yield from self._added()

    def _removed(self, before: Field) -> Iterator[Change]:
        """Yield the change of a field that no parent has now."""
        path = before.path
        if path.endswith("[]"):
            if not any(other.endswith("[]") for other in self.new):
                what = f"{path} had {before.seen} records and has none now, so that their fields can't be compared"
                yield self._change(ChangeSeverity.UNSURE, path, what)
            return
        parents = self.new[parent(path)].by_status("object")
        unit = _unit(path)
        if not before.always:
            if before.seen / before.parents >= _REPORTED_SHARE:
                missed = _expected(
                    before, self.old[parent(path)], parents
                ) >= _ENOUGH_RECORDS and not self._may_be_data(path)
                what = f"{path} was in {before.seen} of {before.parents} {unit} and is in none of {parents.total()} now"
                yield self._change(ChangeSeverity.UNSURE if missed else ChangeSeverity.OTHER, path, what)
            return
        pairs = _comparable(before.by_status(*TYPES), parents)
        sure = pairs >= _required_pairs(path) and len(self.new) < MOST_FIELDS and not self._may_be_data(path)
        what = f"{path} was in all {before.parents} {unit} and is in none of {parents.total()} now"
        yield self._change(ChangeSeverity.BREAKING if sure else ChangeSeverity.UNSURE, path, what)

    def _changed(self, before: Field, now: Field) -> Iterator[Change]:
        """Yield the changes of a field that has other types now, or is in fewer of its parents."""
        path = before.path
        had, has = set(before.types), set(now.types)
        was, is_ = had - {"null"}, has - {"null"}
        if was and is_ - was:
            counts = before.by_status(*was), now.by_status(*is_)
            start = f"{_subject(path)} was {_alternatives(was)} in {counts[0].total()} {_unit(path)} and is"
            if was & is_:
                some = now.by_status(*(is_ - was)).total()
                yield self._change(
                    ChangeSeverity.UNSURE,
                    path,
                    f"{start} {_alternatives(is_ - was)} in {some} of {counts[1].total()} now",
                )
            else:
                sure = _comparable(*counts) >= _required_pairs(path) and not self._is_empty(path)
                what = f"{start} {_alternatives(is_)} in {counts[1].total()} now"
                yield self._change(ChangeSeverity.BREAKING if sure else ChangeSeverity.UNSURE, path, what)
        elif ("null" in has) != ("null" in had):
            what = "was null in some and is in none now" if "null" in had else "was never null and is in some now"
            yield self._change(ChangeSeverity.OTHER, path, f"{_subject(path)} {what}")
        if before.always and not now.always:
            what = f"{path} was in all {before.parents} {_unit(path)} and is in {now.seen} of {now.parents} now"
            yield self._change(ChangeSeverity.OTHER, path, what)

    def _added(self) -> Iterator[Change]:
        for path, now in self.new.items():
            above = self.old.get(parent(path))
            is_new = path not in self.old and above is not None and "object" in above.types
            if is_new and now.seen / now.parents >= _REPORTED_SHARE:
                yield self._change(
                    ChangeSeverity.OTHER, path, f"{path} is new, in {now.seen} of {now.parents} {_unit(path)}"
                )

    def _may_be_data(self, path: str) -> bool:
        """Tell whether data may name a field, or decide that it is there; of a record's own fields it does not."""
        above, name = parent(path), name_of(path)
        if above.endswith("[]"):
            return False
        statuses = {status for fields in (self.old, self.new) for each in fields.values() for status in each.counts}
        if name.lower() in statuses or _PAGING & set(words(name)):
            return True
        before, now = _children(self.old, above), _children(self.new, above)
        held = {name for child in before.values() for name in child.types}
        replaced = not before.keys() & now.keys() and all(set(child.types) <= held for child in now.values())
        if replaced and "array" not in held and (above != ROOT or held == {"object"}):
            return True
        shapes = {tuple(_children(self.old, child.path)) for child in before.values()}
        return len(before) > 1 and held == {"object"} and len(shapes) == 1

    def _is_empty(self, path: str) -> bool:
        """Tell whether a container was empty in all of a run; some frameworks write `[]` for an empty object."""
        return any(
            set(fields[path].types) & set(_CONTAINERS) and not any(_is_in(each, path) for each in fields)
            for fields in (self.old, self.new)
        )

    def _change(self, kind: ChangeSeverity, path: str, what: str) -> Change:
        return Change(kind, f"{self.endpoint or 'discovery'}: {what}", self.endpoint, path)


def _holds_nothing(old: Fields, new: Fields, path: str) -> bool:
    """Tell whether a field is neither an object in both runs nor a list, so that nothing in it can be compared."""
    return not any(name in old[path].types and name in new[path].types for name in _CONTAINERS)


def _children(fields: Fields, path: str) -> dict[str, Field]:
    return {name_of(each.path): each for each in fields.values() if _is_in(each.path, path)}


def _is_in(path: str, above: str) -> bool:
    return path != ROOT and parent(path) == above


def _comparable(before: Counter[str], now: Counter[str]) -> int:
    """Return the number of pairs, one of each run, of the same status; of any where a run shows no status."""
    if not any(before) or not any(now):
        return min(before.total(), now.total())
    return (before & now).total()


def _expected(before: Field, above: Field, parents: Counter[str]) -> float:
    """Return the number of parents now that would have the field if its share in each status were as before."""
    had, could = before.by_status(*TYPES), above.by_status("object")
    return sum(parents[status] * had[status] / could[status] for status in had if could[status])


def _required_pairs(path: str) -> int:
    return _ENOUGH_RECORDS if "[]" in path else _ENOUGH_ANSWERS


def _unit(path: str) -> str:
    return "records" if "[]" in path else "answers"


def _subject(path: str) -> str:
    return "the answer" if path == ROOT else path


def _alternatives(types: set[str]) -> str:
    return " or ".join(f"{'an' if name[0] in 'aeiou' else 'a'} {name}" for name in sorted(types))
