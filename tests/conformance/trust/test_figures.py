"""The documents state the figures of today: of the catalogue, of docs/defects.md, and of the last campaign."""

from __future__ import annotations

import re

import pytest

from tests.conformance.defects_page import FILE as DEFECTS
from tests.conformance.trust.figures import DOCUMENTS, measured, wanted

_STATED = {path.name: path.read_text("utf-8") for path in DOCUMENTS}


@pytest.mark.parametrize("document", _STATED)
@pytest.mark.parametrize("pattern", wanted())
def test_a_document_states_the_figures_of_today(document: str, pattern: str) -> None:
    stated = re.findall(pattern, _STATED[document])
    assert stated == [wanted()[pattern]], "`make defects ONLY=NAME` states them anew"


def test_every_liar_that_got_through_is_listed_with_a_reason() -> None:
    trust = measured()
    assert all(each["reason"] for each in trust.through)
    page = DEFECTS.read_text("utf-8")
    assert all(f"| {each['seed']} | " in page for each in trust.through)
    assert sum(trust.liars.values()) - sum(trust.caught.values()) == len(trust.through)
