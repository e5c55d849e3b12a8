"""The place at which a failure shows, in each format."""

from __future__ import annotations

import io
from dataclasses import replace

import jsonschema_rs
import pytest
from oneinvoice_conformance.engine.report import Report
from oneinvoice_conformance.history.report_format import schema
from oneinvoice_conformance.http.delivery import Delivery
from oneinvoice_conformance.model.finding import failed
from oneinvoice_conformance.model.result import Result
from oneinvoice_conformance.reports.document import document_text, report_document
from oneinvoice_conformance.reports.html.page import html_text
from oneinvoice_conformance.reports.junit import junit_text
from oneinvoice_conformance.reports.markdown import markdown_text
from oneinvoice_conformance.reports.terminal import Terminal
from rich.console import Console

from tests.unit.conformance.fakes import KEYS
from tests.unit.conformance.reports.reporting import ROWS, answer, redacted, report

SCHEMA = jsonschema_rs.validator_for(schema(), validate_formats=True)


def found(expected: str = '{"id":"m-17"}', seen: str = '{"id":"m-15"}') -> Report:
    exchange = answer([{"id": "m-15"}])
    finding = failed("another member at position 50", exchange).at(exchange, "/data/0", expected, seen)
    return report(Result(ROWS["MEM-5"], finding, (exchange,)))


def test_the_json_report_has_it_as_fields():
    document = report_document(redacted(found()))
    SCHEMA.validate(document)
    assert document["requirements"][0]["mismatch"] == {
        "exchange": 1,
        "pointer": "/data/0",
        "expected": '{"id":"m-17"}',
        "seen": '{"id":"m-15"}',
    }


def test_that_of_a_delivery_names_the_delivery():
    delivery = Delivery(3, 0.0, "PUT", "/hook", (), b"{}")
    finding = failed("it is a PUT").with_deliveries(delivery).at(delivery, "method", "POST", "PUT")
    document = report_document(redacted(report(Result(ROWS["HOOK-1"], finding))))
    SCHEMA.validate(document)
    assert document["requirements"][0]["mismatch"] == {
        "delivery": 3,
        "pointer": "method",
        "expected": "POST",
        "seen": "PUT",
    }


def test_people_read_the_place_what_was_due_and_what_was_there():
    out = io.StringIO()
    Terminal(Console(file=out, width=200), Console(file=io.StringIO())).show(redacted(found()))
    lines = [" ".join(line.split()) for line in out.getvalue().splitlines()]
    at = lines.index("at /data/0 of GET /api/v1/members?limit=7")
    assert lines[at + 1 : at + 3] == ['due {"id":"m-17"}', 'got {"id":"m-15"}']
    place = "/data/0 of GET /api/v1/members?limit=7"
    assert f'| `{place}` | `{{"id":"m-17"}}` | `{{"id":"m-15"}}` |' in markdown_text(redacted(found()))
    assert f"at {place}: expected" in junit_text(redacted(found()))


def test_the_page_has_both_side_by_side_with_a_line_for_each_value():
    text = html_text(redacted(found()))
    assert "<pre>{\n  &#34;id&#34;: &#34;m-17&#34;\n}</pre>" in text
    assert "<pre>{\n  &#34;id&#34;: &#34;m-15&#34;\n}</pre>" in text
    assert "<mark>m-15</mark>" in text


@pytest.mark.parametrize("writer", [document_text, html_text, junit_text, markdown_text])
def test_it_holds_no_secret_and_is_short(writer):
    hostile = f"{KEYS['primary']} \x1b[2J ##vso[a] " + "x" * 100_000
    long = found(hostile, hostile)
    [result] = long.results
    assert result.finding.mismatch
    pointed = replace(result.finding, mismatch=replace(result.finding.mismatch, pointer=hostile))
    text = writer(redacted(replace(long, results=(replace(result, finding=pointed),))))
    assert KEYS["primary"][:12] not in text
    assert "x" * 1_000 not in text
    assert not {"\x1b"} & set(text)
