import ast
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oneinvoice_conformance.engine.effective_options import EffectiveOptions
from oneinvoice_conformance.http.credentials import Role, near_misses, unknown_key
from oneinvoice_conformance.http.curl import curl
from oneinvoice_conformance.http.deployment import Deployment
from oneinvoice_conformance.http.exchange import Request
from oneinvoice_conformance.model.finding import Source
from oneinvoice_conformance.model.outcome import Outcome
from oneinvoice_conformance.model.result import ExpectedFailure
from oneinvoice_conformance.reports.pytest_file import pytest_text

from tests.unit.conformance.fakes import BASE, KEYS, VALID, exchange
from tests.unit.conformance.reports.reporting import DEPLOYMENT, ROWS, answer, redacted, report, result

OPTIONS = {"only": [], "skip": ["HOOK"], "strict": False, "map_file": "a'b\\c.toml", "timeout": 10.0, "fuzz_seed": None}
KEY, OTHER, HEADER = "ONEINVOICE_KEY", "ONEINVOICE_OTHER_KEY", "ONEINVOICE_HEADER"
TRIGGER, WAIT = "ONEINVOICE_TRIGGER", "ONEINVOICE_WAIT_COMMAND"
CONFIGURATION = EffectiveOptions({}, OPTIONS, (KEY, OTHER, HEADER, WAIT, TRIGGER))


def text_of(*results, deployment: Deployment = DEPLOYMENT, **attributes) -> str:
    found = replace(report(*results), configuration=CONFIGURATION, **attributes)
    return pytest_text(redacted(found, deployment))


def docstrings(text: str) -> dict[str, str]:
    """Of each test, by its name; whatever else stands in the file is known."""
    module = ast.parse(text)
    head, imported, imports, reproduction, fixture, *tests = module.body
    assert isinstance(head, ast.Expr)
    assert isinstance(imported, ast.ImportFrom)
    assert (isinstance(imports, ast.Import), isinstance(reproduction, ast.ImportFrom)) == (True, True)
    assert isinstance(fixture, ast.FunctionDef)
    for test in tests:
        assert isinstance(test, ast.FunctionDef)
        docstring, call = test.body
        assert isinstance(docstring, ast.Expr)
        assert ast.unparse(call).startswith("deployment.assert_conforms('")
    return {test.name: ast.get_docstring(test) for test in tests}


@pytest.mark.parametrize(
    ("given", "shown"),
    [("runs/old.json", "../runs/old.json"), ("out/old.json", "old.json"), ("/old.json", "/old.json")],
)
def test_paths_are_told_as_seen_from_the_file(given: str, shown: str):
    failed = replace(report(result("MEM-2", Outcome.FAILED)), configuration=EffectiveOptions({}, {"baseline": given}))
    text = pytest_text(redacted(failed), Path("out"))
    assert "        beside=__file__,\n" in text
    assert f'        baseline="{shown}",\n' in text


def test_a_test_tells_statement_clause_finding_and_how_to_ask_by_hand():
    text = text_of(result("MEM-2", Outcome.FAILED, "20 of them", *[answer([])] * 5), result("MEM-3", Outcome.PASSED))
    [(name, told)] = docstrings(text).items()
    assert name == "test_mem_2_without_a_limit_a_page_holds_50"
    assert told.splitlines() == [
        "MEM-2: Without a limit a page holds 50 members.",
        "",
        "Documentation: “limit — items per page (default 50, max 200)” (Members)",
        "Found: 20 of them",
        "",
        *[f"    {curl(DEPLOYMENT, answer([]).request)}"] * 3,
    ]
    assert text.endswith('    deployment.assert_conforms("MEM-2")\n')


def test_what_failed_as_expected_and_what_was_warned_of_have_a_test_too():
    known = replace(result("MEM-1", Outcome.FAILED), expected=ExpectedFailure("known", "api team", date(2026, 12, 31)))
    warned = replace(result("MEM-2", Outcome.FAILED), requirement=replace(ROWS["MEM-2"], level="should"))
    text = text_of(known, warned, result("MEM-3", Outcome.INCONCLUSIVE))
    assert len(docstrings(text)) == 2


def test_what_generated_requests_found_is_judged_by_them_again():
    found = result("ERR-1", Outcome.FAILED, "generated input (seed 1): GET /x, 3 times")
    text = text_of(
        replace(found, finding=replace(found.finding, source=Source.GENERATED)),
        result("ERR-2", Outcome.FAILED, "GET /x; generated input shows it too"),
    )
    assert 'assert_conforms("ERR-1", generated=True)' in text
    assert 'assert_conforms("ERR-2")' in text


@pytest.mark.parametrize(
    ("id", "account", "head", "needs"),
    [
        ("MEM-2", "primary", [KEY, HEADER, WAIT], [KEY, HEADER]),
        ("ORG-1", "other", [KEY, OTHER, HEADER, WAIT], [KEY, OTHER, HEADER]),
        ("HOOK-1", "primary", [KEY, HEADER, WAIT, TRIGGER], [KEY, HEADER, TRIGGER]),
    ],
)
def test_the_head_names_the_variables_that_were_used(id: str, account: str, head: list[str], needs: list[str]):
    sent = exchange([], request=Request("members", replace(VALID, role=Role(account))))
    text = text_of(result(id, Outcome.FAILED, "so", sent))
    [line] = [line for line in text.splitlines() if line.startswith("Run it:")]
    assert line == f"Run it:  {''.join(f'{name}=… ' for name in head)}python -m pytest FILE.py"
    arguments = next(node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.With)).items[0].context_expr
    given = {each.arg: ast.unparse(each.value) for each in arguments.keywords}
    assert given.pop("beside") == "__file__"
    assert {name: ast.literal_eval(value) for name, value in given.items()} == {
        "requirements": [id],
        "needs": needs,
        **OPTIONS,
    }
    assert ast.literal_eval(arguments.args[0]) == BASE


def test_a_guided_run_is_guided_again():
    guided = replace(report(result("HOOK-1", Outcome.FAILED)), configuration=EffectiveOptions({}, {"guided": True}))
    assert "python -m pytest -s FILE.py" in pytest_text(redacted(guided))


def test_without_a_failure_there_is_no_test():
    text = text_of(result("MEM-1", Outcome.PASSED), result("MEM-2", Outcome.INCONCLUSIVE))
    [only] = ast.parse(text).body
    assert isinstance(only, ast.Expr)
    assert "Nothing to reproduce" in text
    assert "(incomplete)" in text


def test_it_holds_no_secret():
    key = KEYS["primary"]
    telling = [exchange(key, request=Request("members", each)) for each in (VALID, *near_misses(key), unknown_key())]
    echoed = exchange(key, request=Request("members", VALID, (("status", key), ("limit", "open-sesame"))))
    text = text_of(
        result("AUTH-5", Outcome.FAILED, f"said {key}, {key[4:]} and open-sesame", echoed),
        *(result("MEM-1", Outcome.FAILED, "so", each) for each in telling),
    )
    assert not [secret for secret in (key[4:16], "open-sesame") if secret in text]


ODD = st.text(
    st.characters(codec=None) | st.sampled_from("\"'\\\n\r\t\x00\x1b\x85\u2028\u202e\ud800{}#%$`N"), max_size=60
)


@given(reason=ODD, base=ODD, header=ODD)
def test_nothing_that_was_sent_breaks_out_of_the_docstring(reason: str, base: str, header: str):
    odd = Request("members", VALID, (("status", reason),), headers=(("X-Odd", header),))
    deployment = Deployment(BASE, {})
    found = replace(report(result("MEM-1", Outcome.FAILED, f'x"""{reason}"""\\', exchange([], request=odd))), base=base)
    text = pytest_text(redacted(replace(found, configuration=CONFIGURATION), deployment))
    assert all(each.isprintable() for each in text.replace("\n", "")), "a file that an editor shows as it is"
    compile(text, "reproduce.py", "exec")
    assert docstrings(text).keys() == {"test_mem_1_members_are_a_json_list"}


def test_names_of_all_requirements_differ_and_fit():
    text = text_of(*(result(row.id, Outcome.FAILED) for row in ROWS.requirements))
    assert len(docstrings(text)) == len(ROWS.requirements)
    assert max(len(line) for line in text.splitlines() if line.startswith("def ")) <= 88
