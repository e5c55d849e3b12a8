"""Reasons for which a release is refused: each function returns a sentence for each, with what to do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from oneinvoice_openapi.check import check_authored
from oneinvoice_openapi.diff.changes import Change, Level
from oneinvoice_openapi.lifecycle.notice import missing_notice
from oneinvoice_openapi.lifecycle.reader import lifecycle
from oneinvoice_openapi.releases import numbers
from oneinvoice_openapi.releasing.proposal import Proposal, Step, step_of

Refusal = Callable[[Proposal], list[str]]


def refusals(proposal: Proposal) -> list[str]:
    """Return all reasons against a release."""
    return [reason for refuse in REFUSALS for reason in refuse(proposal)]


def problems_of_check(proposal: Proposal) -> list[str]:
    """Return what `oneinvoice-spec check` says."""
    return check_authored(proposal.document)


def nothing_changed(proposal: Proposal) -> list[str]:
    """Return a sentence where the release would be the last one again."""
    if proposal.changes or proposal.rows:
        return []
    return [f"Nothing that clients meet has changed since release {proposal.last}; there is nothing to release."]


def breaking_changes(proposal: Proposal) -> list[str]:
    """Return a sentence for each change that breaks under the same major version, and that nobody has approved."""
    if proposal.is_major:
        return []
    major = proposal.version.partition(".")[0]
    return [
        f"{told(change)} breaks {change.whom}, which no release {major}.x may; {change.instead}. "
        f"Or have it approved: {change.rule} at #{change.pointer} in exceptions.yaml."
        for change in proposal.changes
        if change.level is Level.BREAKING
    ]


def unclassified_changes(proposal: Proposal) -> list[str]:
    """Return a sentence for each change whose class no rule can tell, and no person has told."""
    return [
        f"{told(change)} may break {change.whom}; {change.instead}. "
        f"The class that a person gives it stands in exceptions.yaml: {change.rule} at #{change.pointer}."
        for change in proposal.changes
        if change.level is Level.UNCLASSIFIED
    ]


def wrong_version(proposal: Proposal) -> list[str]:
    """Return a sentence where the version was released, is not higher than the last, or too small for what changed."""
    version, last = (numbers(each) or (0, 0, 0) for each in (proposal.version, proposal.last))
    least = ".".join(map(str, max(proposal.least, Step.PATCH).after(last)))
    if proposal.version in proposal.released:
        return [f"Release {proposal.version} is there, and never changes; release {least}, or a later one."]
    if version <= last:
        return [f"{proposal.version} is not later than release {proposal.last}; release {least}, or a later one."]
    if version < (numbers(least) or ()):
        minor = next((told(each) for each in proposal.changes if step_of(each) is Step.MINOR), "another requirement")
        return [f"{proposal.version} is too small a step for {minor}; release {least}, or a later one."]
    return []


def notice_that_is_missing(proposal: Proposal) -> list[str]:
    """Return a sentence for each change that nobody announced in time: a day to come gives nobody more of that."""
    return missing_notice(proposal.changes, lifecycle(), min(proposal.date, datetime.now(UTC).date()))


REFUSALS: tuple[Refusal, ...] = (
    problems_of_check,
    nothing_changed,
    breaking_changes,
    unclassified_changes,
    wrong_version,
    notice_that_is_missing,
)


def told(change: Change) -> str:
    """Return a change as it begins a sentence."""
    spot = change.new or change.old
    version = "" if change.new else " of the last release"
    where = ", ".join(filter(None, (change.place.subject, change.place.part, change.path)))
    return f"{where}: {change.what} (line {spot.line if spot else 1}{version})"
