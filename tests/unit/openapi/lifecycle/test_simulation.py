"""Simulation: what a lifecycle has answers say on each day, the verdict on other answers, and the folding of days."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from oneinvoice_openapi.contract import document
from oneinvoice_openapi.lifecycle.entries import Lifecycle
from oneinvoice_openapi.lifecycle.policy import Released
from oneinvoice_openapi.lifecycle.reader import lifecycle
from oneinvoice_openapi.lifecycle.simulation.command import span
from oneinvoice_openapi.lifecycle.simulation.expected import differences
from oneinvoice_openapi.lifecycle.simulation.judging import Simulation, judge
from oneinvoice_openapi.lifecycle.simulation.reports import json_report, text_report
from oneinvoice_openapi.lifecycle.simulation.served import Served, deprecation_day, links, sunset_day
from oneinvoice_openapi.lifecycle.simulation.walk import Observed, asked, outermost
from oneinvoice_openapi.references import Unusable

from tests.unit.openapi.lifecycle.reading import read

AUTHORED = document()
BASE = "http://127.0.0.1:8080/sandboxes/sbx_1"
PAGE = "https://1invoice.online/roadmap"
V1 = f"version: v1, announced: 2027-06-01, deprecated: 2027-07-01, sunset: 2028-01-01, replacement: v2, link: '{PAGE}'"
V2 = "version: v2, announced: 2027-06-01, effective: 2027-07-01"
DAYS = read(V1, V2)
ROOT = "GET /api/v1"
PLAIN = Served(200)
TOLD = Served(
    200,
    "@1814400000",
    "Sat, 01 Jan 2028 00:00:00 GMT",
    f'<{PAGE}>; rel="deprecation", <{PAGE}>; rel="sunset", </sandboxes/sbx_1/api/v2>; rel="successor-version"',
)
GONE = replace(TOLD, status=410)


def day(text: str) -> date:
    return date.fromisoformat(text)


def differing(served: Served, on: str, days: Lifecycle = DAYS, operation: str = ROOT) -> list[str]:
    return differences(days, operation, served, day(on), BASE)


def right(on: date, successor: int = 200) -> dict[str, Served]:
    """What a mock serves that follows DAYS."""
    v1 = PLAIN if on < day("2027-06-01") else TOLD if on < day("2028-01-01") else GONE
    v2 = Served(successor if on >= day("2027-07-01") else 404)
    return {each: v2 if "v2" in each else v1 for each in asked(DAYS, AUTHORED)}


def observed(first: str = "2027-05-31", last: str = "2028-01-04", successor: int = 200) -> Observed:
    days = [day(first) + timedelta(number) for number in range((day(last) - day(first)).days + 1)]
    return {on: right(on, successor) for on in days}


def judged(found: Observed, days: Lifecycle = DAYS) -> Simulation:
    return judge(days, AUTHORED, [Released("1.0.0", AUTHORED)], found, BASE)


@pytest.mark.parametrize(
    ("text", "on"),
    [
        ("@1814400000", "2027-07-01"), ("@1814486399", "2027-07-01"), ("@1814486400", "2027-07-02"),
        ("@0", "1970-01-01"), ("@-1", "1969-12-31"), ("@1814400000;a=1", "2027-07-01"),
        ("1814400000", None), ("@1814400000, @1814400000", None), ("true", None), ("", None), ("@", None),
        ("@1814400000.5", None), ("@999999999999999", None), ("@9999999999999999", None), ("@1e9", None),
        ("Thu, 01 Jul 2027 00:00:00 GMT", None), ("2027-07-01", None), ("@١٨١٤٤٠٠٠٠٠", None),
    ],
)  # fmt: skip
def test_a_deprecation_is_a_date_of_rfc_9745(text: str, on: str | None) -> None:
    if on is None:
        with pytest.raises(ValueError, match="is not a date of RFC 9745"):
            deprecation_day(text)
    else:
        assert deprecation_day(text) == day(on)


@pytest.mark.parametrize(
    ("text", "on"),
    [
        ("Sat, 01 Jan 2028 00:00:00 GMT", "2028-01-01"), ("Fri, 31 Dec 2027 23:59:59 GMT", "2027-12-31"),
        ("Sun, 01 Jan 2028 00:00:00 GMT", None),  # it is a Saturday
        ("Sat, 1 Jan 2028 00:00:00 GMT", None), ("Sat, 01 Jan 2028 00:00:00 +0000", None),
        ("Sat, 01 Jan 2028 01:00:00 +0100", None), ("Saturday, 01-Jan-28 00:00:00 GMT", None),
        ("Sat Jan  1 00:00:00 2028", None), ("@1830297600", None), ("2028-01-01", None), ("", None),
        ("Sat, 32 Jan 2028 00:00:00 GMT", None), ("soon", None), ("Sat, 01 Jan 99999999999 00:00:00 GMT", None),
    ],
)  # fmt: skip
def test_a_sunset_is_an_http_date(text: str, on: str | None) -> None:
    if on is None:
        with pytest.raises(ValueError, match="is not an HTTP date of RFC 9110"):
            sunset_day(text)
    else:
        assert sunset_day(text) == day(on)


def test_links_are_found_by_their_relations() -> None:
    found = links(
        '</api/v2>; title="a, <b>; rel=x"; REL="Successor-Version alternate", <https://a.example/>;rel=sunset,'
        " <http://[x>; rel=sunset, </nowhere>",
        BASE,
    )
    root = "http://127.0.0.1:8080/api/v2"
    assert found == {"successor-version": (root,), "alternate": (root,), "sunset": ("https://a.example/",)}
    assert links(None, BASE) == links("nonsense", BASE) == {}


@pytest.mark.parametrize(
    ("on", "served"),
    [("2027-05-31", PLAIN), ("2027-06-01", TOLD), ("2027-07-01", TOLD), ("2027-12-31", TOLD), ("2028-01-01", GONE)],
)
def test_what_is_right_on_a_day_is_right_on_no_other_side_of_it(on: str, served: Served) -> None:
    assert differing(served, on) == []
    assert all(differing(other, on) for other in {PLAIN, TOLD, GONE} - {served})


@pytest.mark.parametrize(
    ("on", "served", "told"),
    [
        ("2027-05-31", TOLD, ["has Deprecation: @1814400000, which is told from 2027-06-01 on only",
                              "has Sunset: Sat, 01 Jan 2028 00:00:00 GMT, which is told from 2027-06-01 on only"]),
        ("2027-05-31", Served(500), ["answers 500, and it is to be served"]),
        ("2027-06-01", Served(500),
         ["answers 500, and it is to be served until 2028-01-01",
          "says nothing of its deprecation on 2027-07-01 and its end on 2028-01-01"]),
        ("2027-06-01", replace(TOLD, deprecation=None), ["has no Deprecation, which is to be 2027-07-01"]),
        ("2027-06-01", replace(TOLD, sunset=None), ["has no Sunset, which is to be 2028-01-01"]),
        ("2027-06-01", replace(TOLD, deprecation="true"),
         ["has Deprecation: true, which is not a date of RFC 9745"]),
        ("2027-06-01", replace(TOLD, sunset="2028-01-01"),
         ["has Sunset: 2028-01-01, which is not an HTTP date of RFC 9110"]),
        ("2027-06-01", replace(TOLD, deprecation="@1814486400"),
         ["has Deprecation: 2027-07-02, which is to be 2027-07-01"]),
        ("2027-06-01", replace(TOLD, link=f'<{PAGE}>; rel="deprecation sunset"'),
         ['has no Link with rel="successor-version" to /api/v2']),
        ("2027-06-01", replace(TOLD, link='<v2>; rel="successor-version"'),
         [f'has no Link with rel="deprecation" to {PAGE}', f'has no Link with rel="sunset" to {PAGE}']),
        ("2027-06-01", replace(TOLD, link=f'<{PAGE}>; rel="deprecation sunset", </api/v2>; rel="successor-version"'),
         ['has no Link with rel="successor-version" to /api/v2']),  # it is outside of what was asked
        ("2027-07-01", GONE, ["answers 410, and it is to be served until 2028-01-01"]),
        ("2028-01-01", TOLD, ["answers 200, and it ended on 2028-01-01; it is to answer 410"]),
        ("2028-01-01", replace(GONE, status=404), ["answers 404, and it ended on 2028-01-01; it is to answer 410"]),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told(on: str, served: Served, told: list[str]) -> None:
    assert differing(served, on) == told


def test_the_first_end_of_those_that_were_announced_is_told() -> None:
    days = read(
        "version: v1, announced: 2027-06-01, deprecated: 2027-07-01, sunset: 2028-01-01",
        "operation: GET /api/v1/quotes, announced: 2027-07-01, deprecated: 2027-08-01",
        "operation: GET /api/v1/members, deprecated: 2027-02-01, sunset: 2027-09-01, replacement: 'GET /api/v1/m/{id}'",
    )
    v1 = Served(200, "@1814400000", "Sat, 01 Jan 2028 00:00:00 GMT")
    assert differing(v1, "2027-08-01", days, "GET /api/v1/quotes") == []
    own = Served(200, "@1801440000", "Wed, 01 Sep 2027 00:00:00 GMT")
    assert differing(own, "2027-02-01", days, "GET /api/v1/members") == []
    assert differing(v1, "2027-06-01", days, "GET /api/v1/members")
    assert differing(v1, "2027-06-01", days, "GET /api/v10/members") != []
    gone = replace(own, status=410)
    assert differing(gone, "2027-09-01", days, "GET /api/v1/members") == [
        "doesn't say what is used instead, which is /api/v1/m/{id}"
    ]
    told = replace(gone, detail="Use GET /api/v1/m/{id} instead.")
    assert differing(told, "2027-09-01", days, "GET /api/v1/members") == []


def test_what_nothing_deprecates_has_no_headers() -> None:
    assert differing(PLAIN, "2027-06-01", lifecycle()) == []
    assert differing(TOLD, "2027-06-01", lifecycle())[0].endswith("which is told by nothing in the lifecycle")


def test_every_get_is_asked_for_and_versions_that_the_document_has_not() -> None:
    v1 = [ROOT, *(f"GET /api/v1/{each}" for each in ("members", "quotes", "invoices"))]
    assert asked(lifecycle(), AUTHORED) == tuple(v1)
    more = read(V1, V2, "operation: POST /api/v1/quotes", "operation: 'GET /api/v1/q/{id}'", "operation: GET /api/v1/x")
    assert asked(more, AUTHORED) == (*v1, "GET /api/v2", "GET /api/v1/x")


def test_equal_days_share_a_line() -> None:
    simulation = judged(observed())
    assert simulation.is_right
    headers = "Deprecation: 2027-07-01  Sunset: 2028-01-01  Link: …/api/v2"
    lines = [" ".join(line.split()) for line in text_report(simulation).splitlines()]
    headers = " ".join(headers.split())
    assert lines[:9] == [
        "days policy mock part state served",
        "2027-05-31 1 day ✓ ✓ v1 planned 200",
        "✓ v2 planned 404",
        f"2027-06-01 … 2027-06-30 30 days ✓ ✓ v1 announced 200 {headers}",
        "✓ v2 announced 404",
        f"2027-07-01 … 2027-12-31 184 days ✓ ✓ v1 deprecated 200 {headers}",
        "✓ v2 effective 200",
        f"2028-01-01 … 2028-01-04 4 days ✓ ✓ v1 sunset 410 {headers}",
        "✓ v2 effective 200",
    ]
    assert lines[-1].startswith("219 days from 2027-05-31 to 2028-01-04: the promises of the documentation are kept")
    assert "Take version v1 out of the document on 2028-01-01." in lines
    assert "Add version v2 to the document on 2027-07-01." in lines
    content = json.loads(json_report(simulation))
    assert (len(content["days"]), content["verdict"]) == (219, "right")
    assert content["days"][1]["served"][0] == {
        "operation": ROOT, "status": 200, "deprecation": TOLD.deprecation, "sunset": TOLD.sunset, "link": TOLD.link,
        "mock": "agrees", "differences": [],
    }  # fmt: skip


def test_a_successor_that_the_mock_never_serves_is_left_open() -> None:
    simulation = judged(observed(successor=404))
    assert simulation.is_right
    text = text_report(simulation)
    assert text.count("?     v2    effective   404") == 2
    assert "version v2 begins on 2027-07-01, and the mock answers 404 to GET /api/v2 all the time" in text
    assert text.endswith("What is marked ? is left open.")
    assert json.loads(json_report(simulation))["days"][31]["mock"] == "open"


def test_headers_of_what_is_left_open_are_judged() -> None:
    found = observed(successor=404)
    found[day("2027-08-01")]["GET /api/v2"] = replace(TOLD, status=404)
    assert "2027-08-01: GET /api/v2: has Sunset: Sat, 01" in text_report(judged(found))


@pytest.mark.parametrize("status", [404, 503])
def test_a_successor_that_is_away_on_a_day_is_wrong(status: int) -> None:
    found = observed()
    found[day("2027-08-01")]["GET /api/v2"] = Served(status)
    simulation = judged(found)
    assert not simulation.is_right
    assert f"\n2027-08-01: GET /api/v2: answers {status}, and it is to be served.\n" in text_report(simulation)


def test_days_and_operations_of_the_same_mistake_are_told_together() -> None:
    found = observed()
    for on in ("2027-06-10", "2027-06-11", "2027-06-12", "2027-08-01"):
        found[day(on)] = dict.fromkeys(found[day(on)], PLAIN)
    found[day("2027-06-20")]["GET /api/v1/quotes"] = replace(TOLD, status=500)
    simulation = judged(found)
    text = text_report(simulation)
    assert (
        "2027-06-10 … 2027-06-12, 2027-08-01: GET /api/v1, GET /api/v1/members and 2 more: says nothing of its "
        "deprecation on 2027-07-01 and its end on 2028-01-01.\n"
    ) in text
    assert "2027-06-20: GET /api/v1/quotes: answers 500, and it is to be served until 2028-01-01.\n" in text
    row = next(line for line in text.splitlines() if line.split()[1:3] == ["GET", "/api/v1/quotes"])
    assert row.split()[:5] == ["✗", "GET", "/api/v1/quotes", "announced", "500"]
    assert "Start it with the same file, as oneinvoice-mock --lifecycle FILE" in text
    assert text.endswith("219 days from 2027-05-31 to 2028-01-04: the mock differs from the lifecycle on 5 of them.")


def test_an_operation_that_answers_as_another_version_does_has_a_row() -> None:
    found = observed(successor=404)
    found[day("2027-08-01")]["GET /api/v1/quotes"] = Served(404)
    rows = [line.split() for line in text_report(judged(found)).splitlines()]
    assert ["✗", "GET", "/api/v1/quotes", "deprecated", "404"] in rows


def test_what_no_entry_names_has_a_row_where_it_is_wrong() -> None:
    days = read("operation: GET /api/v1/quotes, announced: 2027-05-01, deprecated: 2027-06-01")
    found = {day("2027-04-01"): {ROOT: TOLD, "GET /api/v1/members": PLAIN, "GET /api/v1/quotes": PLAIN}}
    rows = [line.split() for line in text_report(judge(days, AUTHORED, [], found, BASE)).splitlines()]
    assert ["✗", "GET", "/api/v1", "effective", "200"] in [row[:5] for row in rows]
    assert not [row for row in rows if "/api/v1/members" in row]


def test_a_promise_that_is_broken_is_told_with_its_days() -> None:
    soon = read(V1.replace("2028-01-01", "2027-09-01"), V2)
    simulation = judge(soon, AUTHORED, [], {day("2027-06-01"): {}, day("2027-06-02"): {}}, BASE)
    assert (simulation.is_right, simulation.mock_differs) == (False, False)
    text = text_report(simulation)
    assert "2027-06-01 … 2027-06-02: lifecycle.yaml, line 2: version v1 ends on 2027-09-01, less than 6" in text
    assert "VER-3 (“Breaking" in text
    assert text.endswith("2 days from 2027-06-01 to 2027-06-02: a promise is broken on 2 of them.")
    content: dict[str, Any] = json.loads(json_report(simulation))
    assert [each["policy"] for each in content["days"]] == ["broken", "broken"]
    assert content["days"][0]["violations"][0]["requirement"] == "VER-3"


def test_what_changes_by_the_day_is_told_once() -> None:
    days = read("operation: GET /api/v1/quotes, deprecated: 2027-06-01")
    found = observed("2027-06-01", "2027-06-05")
    simulation = judge(days, AUTHORED, [], found, BASE)
    assert text_report(simulation).count("and nothing announces it") == 1


def test_what_a_header_sends_is_made_printable() -> None:
    found = observed("2027-06-01", "2027-06-01")
    found[day("2027-06-01")][ROOT] = replace(TOLD, deprecation="\x1b[2J##[error]")
    text = text_report(judged(found))
    assert "\x1b" not in text
    assert "##[" not in text


def test_parts_without_headers_are_named() -> None:
    days = read(
        "field: Invoice.due_date, announced: 2027-06-01, deprecated: 2027-07-01",
        "operation: POST /api/v1/quotes, announced: 2027-06-01, deprecated: 2027-07-01",
        "status: InvoiceStatus paid",
    )
    notes = judge(days, AUTHORED, [], observed("2027-06-01", "2027-06-01"), BASE).notes
    assert [note.partition(": ")[2].partition(";")[0] for note in notes] == [
        "field Invoice.due_date has no header", "operation POST /api/v1/quotes is not asked for",
    ]  # fmt: skip


def test_the_walk_goes_from_the_day_before_the_first_to_days_after_the_last() -> None:
    assert span(DAYS, None, None) == (day("2027-05-31"), day("2028-01-04"))
    assert span(DAYS, day("2027-12-31"), None) == (day("2027-12-31"), day("2028-01-04"))
    assert span(lifecycle(), day("2027-01-01"), day("2027-01-01")) == (day("2027-01-01"), day("2027-01-01"))
    edges = read("operation: GET /api/v1/quotes, effective: 2000-01-01")
    assert span(edges, None, day("2000-01-02"))[0] == day("2000-01-01")
    edges = read("operation: GET /api/v1/quotes, effective: 2999-12-31")
    assert span(edges, None, None) == (day("2999-12-30"), day("2999-12-31"))


@pytest.mark.parametrize(
    ("days", "first", "last", "told"),
    [
        (lifecycle(), None, None, "The lifecycle has no days"),
        (lifecycle(), "2027-01-01", None, "The lifecycle has no days"),
        (DAYS, "2028-02-01", None, "would end on 2028-01-04, before it begins on 2028-02-01"),
        (DAYS, None, "2999-12-31", "walk 3700 at most, by --from and --until"),
    ],
)
def test_a_walk_without_an_end_is_refused(days: Lifecycle, first: str | None, last: str | None, told: str) -> None:
    with pytest.raises(Unusable, match=told):
        span(days, first and day(first), last and day(last))


def test_the_mock_of_a_sandbox_is_asked() -> None:
    assert outermost("http://a/sandboxes/sbx_1/") == outermost("http://a") == "http://a"
    assert outermost("http://a/tools/sandboxes/sbx_1") == "http://a/tools"
