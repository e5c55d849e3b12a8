from dataclasses import replace
from datetime import UTC, datetime

import pytest
from oneinvoice_conformance.history.changes import BaselineRef, Change, ChangeSeverity, Drift
from oneinvoice_conformance.model.outcome import Outcome
from oneinvoice_conformance.reports.html.changes import shown_changes
from oneinvoice_conformance.reports.html.excerpt import Excerpts
from oneinvoice_conformance.reports.html.page import html_text
from oneinvoice_conformance.reports.phrases import earlier_reports
from oneinvoice_conformance.reports.redacted import RedactedDrift

from tests.unit.conformance.fakes import KEYS
from tests.unit.conformance.reports.reporting import redacted, report, result

MAY, JUNE = (BaselineRef(f"{month}.json", datetime(2026, month, 1, tzinfo=UTC)) for month in (5, 6))
GONE, MAYBE, NEW = (
    Change(ChangeSeverity.BREAKING, "gone"),
    Change(ChangeSeverity.UNSURE, "maybe"),
    Change(ChangeSeverity.OTHER, "new"),
)


@pytest.fixture
def excerpts() -> Excerpts:
    return Excerpts()


def drift_of(against: tuple[BaselineRef, ...], *changes: tuple[BaselineRef, Change]) -> RedactedDrift:
    drift = redacted(replace(report(), drift=Drift(against, changes))).drift
    assert drift
    return drift


def test_changes_are_grouped_the_worst_first(excerpts: Excerpts):
    shown = shown_changes(drift_of((MAY,), (MAY, NEW), (MAY, MAYBE), (MAY, GONE)), excerpts)
    assert shown.since == "5.json of 2026-05-01"
    assert [(kind.name, kind.heading, kind.changes, kind.more) for kind in shown.kinds] == [
        ("breaking", "Breaking", (("gone", None),), 0),
        ("unsure", "Perhaps breaking", (("maybe", None),), 0),
        ("other", "Other", (("new", None),), 0),
    ]


def test_of_several_reports_each_change_has_its_own(excerpts: Excerpts):
    drift = drift_of((MAY, JUNE), (JUNE, NEW))
    assert earlier_reports(drift) == "2 earlier reports, the first of 2026-05-01"
    assert [kind.changes for kind in shown_changes(drift, excerpts).kinds] == [(("new", "6.json"),)]


def test_no_changes(excerpts: Excerpts):
    assert shown_changes(drift_of((MAY,)), excerpts).kinds == ()


@pytest.mark.parametrize(
    ("drift", "told"),
    [
        (None, []),
        (
            Drift((MAY,)),
            ["Changes since 5.json of 2026-05-01", "Endpoints, statuses, fields and their types are as"],
        ),
        (Drift((MAY,), ((MAY, MAYBE),) * 51), ["Perhaps breaking", "maybe", "… and 1 more, left out here."]),
        (Drift((MAY, JUNE), ((JUNE, GONE),)), ["Breaking", "gone", "since 6.json"]),
    ],
)
def test_the_page_tells_them(drift: Drift | None, told: list[str]):
    page = html_text(redacted(replace(report(result("MEM-1", Outcome.PASSED)), drift=drift)))
    assert not [part for part in told if part not in page]
    assert ("Changes since" in page) is (drift is not None)


def test_so_many_are_shown_and_no_secret(excerpts: Excerpts):
    changes = tuple((MAY, Change(ChangeSeverity.OTHER, f"{number} {KEYS['primary']}\0")) for number in range(70))
    [kind] = shown_changes(drift_of((MAY,), *changes), excerpts).kinds
    assert (len(kind.changes), kind.more) == (50, 20)
    assert kind.changes[0][0].startswith("0 $ONEINVOICE_KEY")
    assert "\0" not in kind.changes[0][0]
