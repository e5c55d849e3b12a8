from dataclasses import replace

import pytest
from oneinvoice_conformance.clients.observation import Evidence, ProgramEnd, Trial
from oneinvoice_conformance.clients.report import ClientReport
from oneinvoice_conformance.reports.html.page import html_text

from tests.unit.conformance.reports import reporting
from tests.unit.conformance.reports.client.judged import TRIALS, client_report, page, redacted
from tests.unit.conformance.reports.html.pages import Page


def shown(report: ClientReport | None = None) -> Page:
    return Page(html_text(redacted(report)))


def many(count: int, evidence: tuple[int, ...]) -> ClientReport:
    """Return a report with one scenario of so many requests."""
    requests = tuple(page(n, n / 10, f"members?offset={n}", 50) for n in range(1, count + 1))
    trial = Trial("long", "A long one.", 1, 0.0, 60.0, requests=requests)
    return replace(client_report(trials=(trial,)), evidence={"CLIENT/PACE-1": (Evidence("long", evidence),)})


def test_the_page_is_of_a_client():
    text = shown().text
    assert "Conformance of a client of the 1invoice.online API" in text
    assert "Client: python sync.py --all" in text
    assert "38 requests and 114 events in 8 scenarios" in text
    assert "deployment" not in text.lower()


def test_a_requirement_leads_to_its_scenario_and_that_back():
    found = shown()
    assert found.of("details", id="scenario-limited")
    assert found.of("a", href="#scenario-limited")
    assert found.of("a", href="#CLIENT/PACE-1")
    assert found.of("details", id="CLIENT/PACE-1")
    assert "RFC 9110, section 10.2.3; RFC 6585, section 4" in found.text
    targets = {str(each["href"])[1:] for each in found.of("a") if str(each["href"]).startswith("#")}
    ids = {attributes.get("id") for _, attributes in found.elements}
    assert targets <= ids


def test_what_shows_a_failure_is_open_and_marked_and_told_in_full():
    found = shown()
    opened = {each["id"] for each in found.of("details", **{"class": "scenario failed"}) if "open" in each}
    assert opened == {"scenario-limited", "scenario-outage", "scenario-forged"}
    assert found.text.count("shows a finding:") == 8 + 1 + 5 + 2 + 2 + 3
    assert "Request 8, at 0.84 s, in full" in found.text
    assert "Event 6, at 1.90 s, in full" in found.text


def test_what_was_not_tested_names_the_option_to_give():
    assert "the state of the client decides it; give --readback" in shown().text


def test_each_picture_says_what_is_in_it():
    labels = [str(each["aria-label"]) for each in shown().of("svg", role="img")]
    assert len(labels) == len(TRIALS) - 1  # in one nothing happened
    assert labels[1] == (
        "The key gets 429 with Retry-After: 2 after five requests. Program: 4.20 s, exit code 0; "
        "Requests: 17, up to 2 at once; Retry-After, until 4.04 s"
    )


def test_a_scenario_that_was_not_played_says_why():
    assert "Not played the client speaks http alone" in shown().text


@pytest.mark.parametrize(
    ("count", "evidence", "rows"),
    [(30, (), 30), (31, (), 12), (100, (50,), 15), (100, tuple(range(1, 101)), 30), (100, (100,), 14)],
)
def test_a_long_table_shows_the_first_and_what_shows_a_finding(count: int, evidence: tuple[int, ...], rows: int):
    found = shown(many(count, evidence))
    assert len(found.of("th", scope="row")) - 5 == rows  # the matrix has a row for each group
    assert ("left out here" in found.text) is (count > rows)


def test_everything_in_a_page_of_a_thousand_requests_stays_below_a_mebibyte():
    report = many(3000, tuple(range(1, 3001)))
    trials = tuple(replace(report.trials[0], scenario=f"long-{n}") for n in range(8))
    assert len(html_text(redacted(replace(report, trials=trials))).encode()) < 2**20


def test_markup_of_a_client_is_text():
    said = '</code><script>alert("1")</script>'
    trial = replace(TRIALS[0], program=ProgramEnd(1, 1.0, said), requests=(page(1, 0.1, f"members?{said}", 1),))
    found = Page(html_text(redacted(replace(client_report(trials=(trial,)), client=said))))
    assert len(found.of("script")) == 1
    assert said in found.text


def test_a_deployments_page_has_no_scenarios():
    found = Page(html_text(reporting.redacted(reporting.report())))
    assert "Scenarios" not in found.text
    assert not found.of("svg", **{"class": "shapes"})
