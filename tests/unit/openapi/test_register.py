import json
import re
from collections import Counter

import pytest
from oneinvoice_conformance.rules import RULES
from oneinvoice_openapi.assertion import assertions
from oneinvoice_openapi.contract import documentation
from oneinvoice_openapi.references import Unusable
from oneinvoice_openapi.register import Requirement, read_register, register

ALL = register()
ROWS = ALL.of("deployment")
CLIENTS = ALL.of("client")
NEEDS = {
    "deployment": {"key", "sibling_key", "other_key", "revoked_key", "data", "webhook", "time"},
    "client": {"run", "hook", "readback", "restart", "rotate"},
}
DESIGNED = {
    "DISC": 2,
    "AUTH": 6,
    "ORG": 3,
    "MEM": 8,
    "QUO": 5,
    "INV": 5,
    "ERR": 2,
    "RATE": 5,
    "HOOK": 12,
    "VER": 3,
    "NEWS": 1,
    "SPEC": 3,
    "CLIENT/KEY": 5,
    "CLIENT/PACE": 6,
    "CLIENT/PAGE": 4,
    "CLIENT/TOL": 3,
    "CLIENT/HOOK": 7,
}

# What the documentation says besides what it promises, with the reason or the row that has it in other words.
NO_PROMISE = {
    "Integrate 1invoice.online with your own systems.": "an invitation",
    "Stable under /api/v1 — we bump the version on breaking changes.": "VER-2 and VER-3, in the words of Versioning",
    '- Log in and go to Settings → REST API - Click "Create key", name it and copy the value': "a way in the dashboard",
    "- Send the key as Authorization: Bearer 1iv_... in your requests": "AUTH-6, in the words of Auth",
    "Keys are tied to the organisation they were created in —": "ORG-1 to ORG-3, in the words that follow",
    "GET /api/v1": "the address that DISC-1 asks",
    "Paginated.": "MEM-2 to MEM-6, parameter by parameter",
    "Questions about integration? Contact us and we'll help you get going — the first integration usually takes less "
    "than an hour.": "an invitation",
}

# Rows of which a document can't say more than those do that it names: how an answer came about, or what a page shows.
NOTHING_TO_SAY = {
    *("AUTH-2", "AUTH-3", "ORG-2", "ORG-3", "ORG-4", "ERR-1", "ERR-2", "RATE-3", "RATE-4", "RATE-5"),
    *("HOOK-13", "NEWS-2", "SPEC-1", "SPEC-3"),
}


def squeezed(text: str) -> str:
    return "".join(text.split())


def sections() -> dict[str, str]:
    """The text under each heading that the register names, without white space."""
    headings = {row.section for row in ROWS.requirements}
    found: dict[str, str] = {}
    for line in documentation().splitlines():
        if line.strip() in headings:
            heading = line.strip()
            found[heading] = ""
        elif line.strip():
            found[heading] += squeezed(line)
    return found


PROMISED = [row for row in ROWS.requirements if not row.contract]


def test_ids_are_unique_and_numbered_within_their_area():
    ids = [row.id for row in ALL.requirements]
    assert len(set(ids)) == len(ids)
    counts: Counter[str] = Counter()
    for row in ALL.requirements:
        counts[row.area] += 1
        assert row.id == f"{row.area}-{counts[row.area]}"
    assert list(dict.fromkeys(row.area for row in ALL.requirements)) == list(ALL.areas)


def test_what_clients_are_held_to_is_apart_from_what_deployments_are():
    assert (*ROWS.requirements, *CLIENTS.requirements) == ALL.requirements
    assert {**ROWS.areas, **CLIENTS.areas} == ALL.areas
    assert [area for area in ROWS.areas if area.startswith("CLIENT")] == []
    assert list(CLIENTS.areas) == [f"CLIENT/{group}" for group in ("KEY", "PACE", "PAGE", "TOL", "HOOK")]
    assert (ROWS["HOOK-2"].subject, CLIENTS["CLIENT/HOOK-2"].subject) == ("deployment", "client")
    with pytest.raises(KeyError):
        ROWS["CLIENT/HOOK-2"]


def test_what_no_client_can_be_seen_to_do_says_why_and_takes_nothing():
    beyond = [row for row in CLIENTS.requirements if row.not_testable]
    assert len(beyond) == len(CLIENTS.requirements) - 25
    assert all(not row.needs for row in beyond)
    assert all(row.needs for row in CLIENTS.requirements if not row.not_testable)


def test_the_rows_of_the_design_are_there():
    assert {f"{area}-{n}" for area, count in DESIGNED.items() for n in range(1, count + 1)} <= {
        row.id for row in ALL.requirements
    }


@pytest.mark.parametrize("row", ALL.requirements, ids=lambda row: row.id)
def test_a_row_is_well_formed(row: Requirement):
    assert row.level in ("must", "should")
    assert set(row.needs) <= NEEDS[row.subject]
    assert len(set(row.needs)) == len(row.needs)
    assert row.statement.endswith((".", ").", "1."))
    assert row.clause.strip()
    assert row.not_testable is None or row.not_testable.endswith(".")
    if row.question:
        assert row.question.ask.endswith("?")
        assert row.question.accepted.endswith(".")
    assert set(row.names) <= {"says", "might", "without", "values"}
    assert row.contract is (row.area == "SPEC")
    if row.subject == "client":
        assert re.match("The client |Where .* the client ", row.statement)
        assert (row.names, row.document) == ({}, ()), "a deployment alone has fields and a document"


@pytest.mark.parametrize("row", [*PROMISED, *CLIENTS.requirements], ids=lambda row: row.id)
def test_a_clause_stands_in_its_section_to_the_letter(row: Requirement):
    text = sections().get(row.section)
    assert text is not None, "the section is no heading of the documentation"
    assert squeezed(row.clause) in text or row.clause == row.section


def test_every_promise_of_the_documentation_has_a_row():
    left = []
    for section, text in sections().items():
        covered = [False] * len(text)
        for clause in (squeezed(row.clause) for row in PROMISED if row.section == section):
            for match in re.finditer(re.escape(clause), text):
                covered[match.start() : match.end()] = [True] * len(clause)
        remains = "".join("\0" if done else character for character, done in zip(text, covered, strict=True))
        left += [part for part in remains.split("\0") if part not in ("", ",", ".", ":", "and", "with")]
    assert left == [squeezed(text) for text in NO_PROMISE]


def test_rows_and_rules_name_each_other():
    testable = {row.id for row in ROWS.requirements if not row.not_testable}
    assert RULES.keys() == testable
    assert all(id == rule.id for id, rule in RULES.items())


def test_a_statement_stands_in_the_register_alone():
    for rule in RULES.values():
        assert ROWS[rule.id].statement not in (rule.judge.__doc__ or ""), rule.id


def test_rows_assert_what_the_document_can_say():
    assert {row.id for row in ROWS.requirements if not row.document} == NOTHING_TO_SAY


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ({"at": "members/x", "iss": 50}, "X-1: members/x in `document` says iss; say one of is, is_not, has, only."),
        ({"at": "members/x", "is": 50, "has": ["a"]}, "X-1: members/x in `document` says is, has; say one of"),
        (
            {"at": "membres/x", "is": 50},
            "X-1: membres/x in `document` is no place; begin it with #/ or one of members.",
        ),
        ({"at": "/paths", "is": 50}, "is no place"),
        ({"at": ["members/x", 7]}, "X-1: 7 in `document` is no place"),
        ({"is": 50}, "has no `at`; say where it is to hold."),
        ({"at": "members/x", "has": "a"}, "X-1: `has` of members/x in `document` takes a list of texts."),
        ({"at": "members/x", "only": []}, "X-1: `only` of members/x in `document` takes a list of texts."),
        ({"at": "members/x", "only": [1]}, "takes a list of texts."),
        ("members/x", "has no `at`"),
    ],
)
def test_an_assertion_that_is_mistyped_is_an_error(row: object, told: str):
    with pytest.raises(ValueError, match=re.escape(told)):
        assertions("X-1", [row], {"members": "#/paths/~1api~1v1~1members/get"})
    with pytest.raises(ValueError, match="is no list of assertions"):
        assertions("X-1", row, {})


def test_an_assertion_has_its_place_written_out():
    [first, second] = assertions("X-1", [{"at": ["members/x~1y", "#/info"]}], {"members": "#/paths/a"})
    assert (first.at, second.at) == ("#/paths/a/x~1y", "#/info")
    assert first.demand == "be there"


@pytest.mark.parametrize("id", ["NO-1", "MEM", ""])
def test_a_row_that_is_not_there(id: str):
    with pytest.raises(KeyError):
        ROWS[id]


def test_a_row_by_its_id():
    assert ROWS["QUO-2"].area == "QUO"
    assert ROWS["QUO-2"].clause == "GET /api/v1/quotes?status=accepted"


_ROW = {
    "id": "MEM-1",
    "section": "List members",
    "clause": "Paginated.",
    "level": "must",
    "statement": "S.",
    "needs": [],
}
_REGISTER = {"areas": {"MEM": "Members"}, "places": {"limit": "#/paths"}, "requirements": [_ROW]}


def _without(key: str) -> dict[str, object]:
    return {name: value for name, value in _ROW.items() if name != key}


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("a: [", "rows.yaml, line "),
        ("\udcff", "rows.yaml is not UTF-8 (byte 0)"),
        ("", "rows.yaml is not a register: it needs `requirements:` with a list."),
        ({**_REGISTER, "areas": 7}, "rows.yaml is not a register: it needs `areas:`, texts by their names."),
        ({**_REGISTER, "places": None}, "rows.yaml is not a register: it needs `places:`, texts by their names."),
        (["MEM-1"], "rows.yaml, row 1: it is no requirement, which needs id, section, clause, level, statement and"),
        ([_ROW, _without("needs")], "rows.yaml, row 2: MEM-1: `needs` is missing, or not as the head of the file has"),
        ([_without("id")], "rows.yaml, row 1: no id: `id` is missing"),
        ([_ROW | {"level": ["must"]}], "rows.yaml, row 1: MEM-1: `level` is missing"),
        ([_ROW | {"needs": "key"}], "rows.yaml, row 1: MEM-1: `needs` is missing"),
        ([_ROW | {"question": {"ask": "Why?"}}], "rows.yaml, row 1: MEM-1: `question` is missing"),
        ([_ROW | {"names": ["says"]}], "rows.yaml, row 1: MEM-1: `names` is missing"),
        ([_ROW | {"levl": "must"}], "rows.yaml, row 1: MEM-1: no row has `levl`; correct the word, or take it out."),
        ([_ROW | {"document": [{"at": "nowhere"}]}], "rows.yaml, row 1: MEM-1: nowhere in `document` is no place"),
        ([_ROW | {"id": "MOM-1"}], "rows.yaml, row 1: MOM-1: `areas` has no MOM; add it, or correct the id."),
        ([_ROW, _ROW], "rows.yaml, row 2: MEM-1: the id is taken; number it anew."),
        ([_ROW | {"subject": "client"}], "rows.yaml, row 1: MEM-1: `subject` is missing, or not as the head"),
        ([_ROW | {"id": "CLIENT/MEM-1"}], "rows.yaml, row 1: CLIENT/MEM-1: `subject` is missing, or not as the head"),
        ([_ROW | {"subject": "all"}], "rows.yaml, row 1: MEM-1: `subject` is missing, or not as the head"),
        ([_ROW | {"source": ["RFC"]}], "rows.yaml, row 1: MEM-1: `source` is missing, or not as the head"),
    ],
)
def test_a_register_that_is_malformed_is_refused_with_the_row(content: object, told: str):
    content = {**_REGISTER, "requirements": content} if isinstance(content, list) else content
    text = content if isinstance(content, str) else json.dumps(content)
    with pytest.raises(Unusable, match="^" + re.escape(told)):
        read_register(text.encode("utf-8", "surrogateescape"), "rows.yaml")
