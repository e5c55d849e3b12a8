"""Commands of the client with secrets in them."""

from __future__ import annotations

import shlex

import pytest
from oneinvoice_conformance.clients.stage import filled


@pytest.mark.parametrize("place", ["{new} {old}", "'{new}' '{old}'", '"{new}" "{old}"'])
@pytest.mark.parametrize(("new", "old"), [("whsec_1", "whsec_2"), ("whsec_1", ""), ("a'b $(c)", 'd"e f')])
def test_a_shell_gets_the_values_as_they_are(place: str, new: str, old: str):
    assert shlex.split(filled(f"app set {place}", {"new": new, "old": old})) == ["app", "set", new, old]


def test_other_braces_stay():
    assert filled("echo ${HOME} {} {other}", {"new": "n", "old": "o"}) == "echo ${HOME} {} {other}"
