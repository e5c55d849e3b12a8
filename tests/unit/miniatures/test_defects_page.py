from pathlib import Path

import pytest

from tests.conformance.defects_page import FILE, Row, document, read_rows, update

WRITTEN = FILE.read_text("utf-8")


@pytest.fixture
def page(tmp_path: Path) -> Path:
    copy = tmp_path / "defects.md"
    copy.write_text(WRITTEN, "utf-8")
    return copy


def lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith("| mini") or line.startswith("| mock")]


def test_the_page_is_what_its_rows_make():
    assert document(read_rows(WRITTEN)) == WRITTEN


def test_a_row_that_comes_out_the_same_changes_nothing(page: Path):
    update(page, read_rows(WRITTEN)[40:43])
    assert page.read_text("utf-8") == WRITTEN


def test_a_row_is_replaced_in_place_and_the_sums_follow(page: Path):
    number, old = next((number, row) for number, row in enumerate(read_rows(WRITTEN)) if row.defect == "no-maximum")
    update(page, [Row(old.deployment, old.defect, old.does, old.rule, ())])
    before, after = lines(WRITTEN), lines(page.read_text("utf-8"))
    assert after[number] == f"| {old.deployment} | no-maximum | {old.does} | MEM-4 |  |"
    assert after[:number] + after[number + 1 :] == before[:number] + before[number + 1 :]
    count, clean = len(before), sum(row.is_clean for row in read_rows(WRITTEN))
    assert f"- {count - 1} (99 %) are caught.\n" in page.read_text("utf-8")
    assert f"- {clean - 1} ({100 * (clean - 1) // count} %) are caught by the rule of what they break" in (
        page.read_text("utf-8")
    )
    update(page, [old])
    assert page.read_text("utf-8") == WRITTEN


def test_a_new_row_is_put_in_its_order(page: Path):
    update(page, [Row("miniature", "limit-of-zzz", "It is new.", "MEM-4", ("MEM-4",))])
    before, after = lines(WRITTEN), lines(page.read_text("utf-8"))
    number = after.index("| miniature | limit-of-zzz | It is new. | MEM-4 | MEM-4 |")
    assert after[:number] + after[number + 1 :] == before
    assert [row.rule for row in read_rows(page.read_text("utf-8"))[number - 1 : number + 2]] == ["MEM-4"] * 3
    assert f"- {len(after)} defects: " in page.read_text("utf-8")


def test_a_name_that_both_deployments_have_stays_two_rows(page: Path):
    both = [row for row in read_rows(WRITTEN) if row.defect == "discovery-needs-key"]
    update(page, [Row("mock", "discovery-needs-key", "It says something else.", "DISC-1", ("DISC-1",))])
    now = [row for row in read_rows(page.read_text("utf-8")) if row.defect == "discovery-needs-key"]
    assert len(both) == len(now) == 2
    assert now[0] == both[0]
    assert now[1].does == "It says something else."


def test_a_row_whose_defect_breaks_something_else_now_moves(page: Path):
    update(page, [Row("mock", "discovery-needs-key", "It is of members.", "MEM-1", ("MEM-1", "MEM-2"))])
    rows = read_rows(page.read_text("utf-8"))
    assert document(rows) == page.read_text("utf-8")
    assert [row.rule for row in rows if row.defect == "discovery-needs-key"] == ["DISC-1", "MEM-1"]
