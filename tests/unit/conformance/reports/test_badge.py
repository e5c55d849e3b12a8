import json
from xml.etree.ElementTree import fromstring

import pytest
from oneinvoice_conformance.model.outcome import Outcome
from oneinvoice_conformance.reports.badge import badge_endpoint, badge_svg

from tests.unit.conformance.reports.reporting import redacted, report, result


@pytest.mark.parametrize(
    ("outcome", "message", "color"),
    [
        (Outcome.PASSED, "conforms (2 passed, only MEM)", "brightgreen"),
        (Outcome.FAILED, "violations (1 passed, 1 failed, only MEM)", "red"),
        (Outcome.INCONCLUSIVE, "incomplete (1 passed, 1 inconclusive, only MEM)", "orange"),
    ],
)
def test_the_endpoint_tells_verdict_counts_and_scope(outcome: Outcome, message: str, color: str):
    found = report(result("MEM-1", Outcome.PASSED), result("MEM-2", outcome), only="MEM")
    content = json.loads(badge_endpoint(redacted(found)))
    assert content == {"schemaVersion": 1, "label": "1invoice API", "message": message, "color": color}


def test_the_picture_tells_the_same_and_the_kit_that_drew_it():
    found = report(result("MEM-1", Outcome.PASSED))
    svg = fromstring(badge_svg(redacted(found)))
    names = "{http://www.w3.org/2000/svg}"
    assert [each.text for each in svg.iter(f"{names}text")] == ["1invoice API", "conforms (1 passed)"]
    assert str(svg.findtext(f"{names}desc")).startswith("oneinvoice-kit ")
    left, right = (rect for rect in svg.findall(f"{names}g/{names}rect"))
    assert float(left.attrib["width"]) + float(right.attrib["width"]) == float(svg.attrib["width"])
    assert right.attrib["fill"] == "#4c1"
