"""The catalogue of clients, and the page that tells what was caught."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from oneinvoice_openapi.register import register

from tests.clients.catalogue import FAULTS, FREE, REQUIREMENTS
from tests.clients.page import FILE, FaultRow, StackRow, document, group, read, update
from tests.clients.stacks.catalogue import STACKS

WRITTEN = FILE.read_text("utf-8")
FAULT_ROWS, STACK_ROWS = read(WRITTEN)


def test_the_requirements_are_those_of_the_register() -> None:
    rows = [each for each in register().requirements if each.id.startswith("CLIENT/")]
    assert [each.id.removeprefix("CLIENT/") for each in rows if not each.not_testable] == list(REQUIREMENTS)


def test_every_requirement_has_faults_that_break_it() -> None:
    counts = Counter(fault.rule for fault in FAULTS.values())
    assert {rule: counts[rule] for rule in REQUIREMENTS if counts[rule] < 3} == {}


def test_a_name_is_a_fault_or_a_variant() -> None:
    assert FAULTS.keys() & FREE.keys() == set()


def test_the_page_has_each_fault_as_the_catalogue_tells_it() -> None:
    told = {row.name: (row.does, row.breaks) for row in FAULT_ROWS}
    assert told == {fault.name: (fault.description, fault.rule) for fault in FAULTS.values()}


def test_the_page_has_each_stack() -> None:
    assert [(row.name, row.settings) for row in STACK_ROWS] == [(stack.name, stack.settings) for stack in STACKS]


def test_each_row_of_the_page_is_caught_by_its_rule_alone() -> None:
    besides = {name: set(fault.besides) for name, fault in FAULTS.items()}
    unclean = {
        row.name: row.alarms
        for row in FAULT_ROWS
        if not row.is_caught or {group(rule) for rule in row.alarms} - {group(row.breaks)} - besides[row.name]
    }
    assert unclean == {}


def test_the_page_is_what_its_rows_make() -> None:
    assert document(FAULT_ROWS, STACK_ROWS) == WRITTEN


def test_a_row_takes_the_place_of_that_of_its_name(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    row = FaultRow("fixed-retry", "retries at once", "PACE-1", ("PACE-1", "PACE-2"))
    stack = StackRow("got", "two", ("KEY-1",), ("PACE-4",), ())
    update(page, [row, FaultRow("key-in-query", "tells its key", "KEY-1", ())], [stack])
    update(page, [FaultRow("fixed-retry", "waits 0.2 s", "PACE-1", ())])
    faults, stacks = read(page.read_text("utf-8"))
    assert [each.name for each in faults] == ["key-in-query", "fixed-retry"]
    assert (faults[1].does, faults[1].alarms, stacks) == ("waits 0.2 s", (), [stack])


@pytest.mark.parametrize(
    ("alarms", "is_caught", "is_clean"),
    [
        ((), False, False),
        (("PACE-2",), False, False),
        (("PACE-1", "PACE-2"), True, True),
        (("PACE-1", "KEY-1"), True, False),
    ],
    ids=["nothing", "another", "both", "another group"],
)
def test_a_fault_is_clean_if_its_own_group_alone_fails(
    alarms: tuple[str, ...], is_caught: bool, is_clean: bool
) -> None:
    row = FaultRow("fixed-retry", "waits 0.2 s", "PACE-1", alarms)
    assert (row.is_caught, row.is_clean) == (is_caught, is_clean)
