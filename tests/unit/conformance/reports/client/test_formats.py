"""What the formats that runs have, too, tell of a client."""

import io
import json
from xml.etree.ElementTree import fromstring

from oneinvoice_conformance.reports.badge import badge_endpoint, badge_svg
from oneinvoice_conformance.reports.junit import junit_text
from oneinvoice_conformance.reports.markdown import markdown_text
from oneinvoice_conformance.reports.terminal import Terminal
from rich.console import Console

from tests.unit.conformance.reports.client.judged import client_report, redacted, results
from tests.unit.conformance.reports.test_junit import SCHEMA


def terminal_lines() -> list[str]:
    out = io.StringIO()
    Terminal(Console(file=out, width=200), Console(file=out)).show(redacted())
    return [" ".join(line.split()) for line in out.getvalue().splitlines()]


def test_the_terminal_tells_what_was_seen_in_which_scenario():
    lines = terminal_lines()
    assert "CLIENT/PACE Pace and retries ✗1 ✓2 ○3 ✗4 ✓5 ✗6 2 passed, 3 failed, 1 not tested" in lines
    statement = "The client sends nothing with a key that got 429 until its Retry-After is over."
    at = lines.index(f"✗ CLIENT/PACE-1 failed {statement}")
    sources = "RFC 9110, section 10.2.3; RFC 6585, section 4"
    assert lines[at + 1] == f"clause “On overload you get 429 Too Many Requests.” (Rate limits; {sources})"
    assert lines[at + 3].startswith("in limited: 0.84 s GET /api/v1/quotes?limit=50: 429 (limited), 1.81 s before")


def test_the_terminal_tells_which_option_would_settle_what_is_open():
    lines = terminal_lines()
    assert "○ not tested CLIENT/HOOK-4..5: the state of the client decides it; give --readback" in lines
    assert (
        "○ not tested CLIENT/HOOK-7: its scenarios need what was not given; give --readback, --restart and --rotate"
        in lines
    )


def test_the_terminal_ends_with_verdict_and_what_was_seen():
    lines = terminal_lines()
    at = lines.index("violations python sync.py --all")
    assert lines[at + 2 : at + 4] == [
        "scope: everything that the documentation asks of a client",
        "38 requests and 114 events in 8 scenarios in 71.4 s",
    ]


def test_a_narrowed_verdict_says_so_wherever_it_is_told():
    found = [each for each in results() if each.requirement.area == "CLIENT/PACE"]
    report = redacted(client_report(found, only="PACE", trials=()))
    assert "only CLIENT/PACE" in markdown_text(report)
    assert "only CLIENT/PACE" in junit_text(report)
    assert json.loads(badge_endpoint(report))["message"].endswith(", only CLIENT/PACE)")


def test_junit_has_a_suite_for_each_group():
    text = junit_text(redacted())
    SCHEMA.validate(text)
    root = fromstring(text)
    assert [(suite.get("name"), suite.get("failures")) for suite in root] == [
        ("CLIENT/KEY The key", "0"),
        ("CLIENT/PACE Pace and retries", "3"),
        ("CLIENT/PAGE Pages", "0"),
        ("CLIENT/TOL Tolerance", "0"),
        ("CLIENT/HOOK The receiver of webhooks", "1"),
    ]
    properties = {each.get("name"): each.get("value") for each in root[0].iter("property")}
    assert properties["client"] == "python sync.py --all"
    assert "deployment" not in properties
    [failure] = root[4].iter("failure")
    assert failure.text
    assert (
        "source: RFC 2104, section 2\nseen in forged: 1.90 s  forged invoice.paid, cut to 32 hex: 200" in failure.text
    )


def test_markdown_has_the_lines_of_the_scenario():
    text = markdown_text(redacted())
    assert text.startswith("## ❌ violations: `python sync.py --all`\n")
    assert "\nEvents come whose signature is none, between two that are genuine.\n1.90 s forged invoice.paid" in text
    assert "| CLIENT/HOOK-4..5 | `the state of the client decides it; give --readback` |" in text


def test_the_badge_is_of_a_client():
    assert json.loads(badge_endpoint(redacted()))["label"] == "1invoice client"
    assert ">1invoice client</text>" in badge_svg(redacted())
