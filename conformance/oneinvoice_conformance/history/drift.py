"""Changes of v1 between two runs, told from what merely is other data.

Between two runs every record may have changed, so that a difference alone proves nothing. A change is breaking where
a client that relied on the old answer fails, and no data explains the new one:

- an endpoint is gone for each credential that it was served to;
- a request whose outcome no record decides (`snapshot.py` keeps no others) gets an error, or another error;
- discovery lists a path no more;
- the answers of an endpoint, two at least in each run, were JSON and are not now;
- a field or its type, by the rules of `field_drift.py`.

It is unsure where something else may explain it: a key that is no good, an empty list told by 404, a redirect, a
single answer. All others, such as what is new, break nobody.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from oneinvoice_conformance.documented import ENDPOINTS
from oneinvoice_conformance.history.changes import Change, ChangeSeverity
from oneinvoice_conformance.history.field_drift import field_changes
from oneinvoice_conformance.history.snapshot import GONE, ApiSnapshot, SentRequest, parse_target
from oneinvoice_conformance.http.credentials import Role
from oneinvoice_conformance.http.exchange import SERVED
from oneinvoice_conformance.records.fields import ROOT

_REFUSED = (401, 403)
_JSON = 2  # answers that show whether an endpoint gives any


def drift(old: ApiSnapshot, new: ApiSnapshot) -> tuple[Change, ...]:
    """Return the changes from one run to another, as far as both asked the same."""
    gone = {endpoint: change for endpoint in ("", *ENDPOINTS) if (change := _endpoint_gone(endpoint, old, new))}
    return (
        *gone.values(),
        *_status_changes(old, new, set(gone)),
        *_listing_changes(old, new, set(gone)),
        *_field_changes(old, new, set(gone)),
    )


def _endpoint_gone(endpoint: str, old: ApiSnapshot, new: ApiSnapshot) -> Change | None:
    """Return the change of an endpoint whose plain request was served and is gone for every credential; or None."""
    target = f"/api/v1/{endpoint}" if endpoint else "/api/v1"
    before = [role for (asked, role), status in old.answers.items() if asked == target and status in SERVED]
    now = {role: new.answers[target, role] for role in before if (target, role) in new.answers}
    if not now or not all(status in GONE for status in now.values()):
        return None
    role, status = next(iter(now.items()))
    what = f"GET {target} was served and is gone: {status}"
    return Change(ChangeSeverity.BREAKING, what, endpoint, "gone", target, role)


def _status_changes(old: ApiSnapshot, new: ApiSnapshot, gone: set[str]) -> Iterator[Change]:
    """Yield a change for each group of requests of an endpoint that moved from one status to the same other."""
    groups: defaultdict[tuple[str, ChangeSeverity, int, int], list[SentRequest]] = defaultdict(list)
    for asked, before in old.answers.items():
        now, question = new.answers.get(asked), parse_target(asked[0])
        if now is not None and now != before and question and question[0] not in gone:
            groups[question[0], _status_kind(asked, before, now, new), before, now].append(asked)
    for (endpoint, kind, before, now), all_asked in groups.items():
        target, role = all_asked[0]
        more = f", as do {len(all_asked) - 1} more requests" if all_asked[1:] else ""
        what = f"GET {target} with {role.label} got {before} and gets {now} now{more}"
        yield Change(kind, what, endpoint, f"{before} {now}", target, role)


def _status_kind(asked: SentRequest, before: int, now: int, new: ApiSnapshot) -> ChangeSeverity:
    target, role = asked
    question = parse_target(target)
    valid = role.valid or (question is not None and not question[0])
    if before in SERVED and now in SERVED:
        return ChangeSeverity.OTHER
    if now < 300:
        return ChangeSeverity.OTHER if before >= 300 else ChangeSeverity.UNSURE
    if now < 400:
        return ChangeSeverity.UNSURE if before < 300 else ChangeSeverity.OTHER
    if 300 <= before < 400:
        return ChangeSeverity.UNSURE
    if not valid:  # only 401 is documented, so that nobody could rely on anything else
        return ChangeSeverity.BREAKING if before == 401 else ChangeSeverity.OTHER
    if role.valid and (before in _REFUSED or (now in _REFUSED and not _serves_key(role, new))):
        return ChangeSeverity.UNSURE  # that key was, or is, no good
    if before < 300 and now in GONE and "status=" in target:
        return ChangeSeverity.UNSURE  # a list may be told to be empty so
    return ChangeSeverity.BREAKING


def _serves_key(role: Role, new: ApiSnapshot) -> bool:
    """Tell whether anything is served with that key now."""
    return any(status < 300 for (_, another), status in new.answers.items() if another is role)


def _listing_changes(old: ApiSnapshot, new: ApiSnapshot, gone: set[str]) -> Iterator[Change]:
    """Yield the paths that discovery lists no more or lists now, where both runs could read one."""
    if not (old.fields.get("") and new.fields.get("")):
        return
    paths_gone = {f"/api/v1/{endpoint}" for endpoint in gone}
    for path in old.listed:
        if path not in new.listed and path not in paths_gone:
            yield Change(ChangeSeverity.BREAKING, f"discovery listed {path} and does not list it now", about=path)
    for path in new.listed:
        if path not in old.listed:
            yield Change(ChangeSeverity.OTHER, f"discovery lists {path} now, which it did not", about=path)


def _field_changes(old: ApiSnapshot, new: ApiSnapshot, gone: set[str]) -> Iterator[Change]:
    for endpoint, before in old.fields.items():
        if endpoint in gone or not before:
            continue
        if now := new.fields.get(endpoint):
            yield from field_changes(endpoint, before, now)
        elif served := _count_served(endpoint, new):
            enough = min(served, before[ROOT].seen) >= _JSON
            kind = ChangeSeverity.BREAKING if enough else ChangeSeverity.UNSURE
            yield Change(kind, f"{endpoint or 'discovery'}: the answer was JSON and is not now", endpoint, "JSON")


def _count_served(endpoint: str, new: ApiSnapshot) -> int:
    """Return the number of requests for that endpoint that were served."""
    return sum(
        status in SERVED and question is not None and question[0] == endpoint
        for (target, _), status in new.answers.items()
        for question in [parse_target(target)]
    )
