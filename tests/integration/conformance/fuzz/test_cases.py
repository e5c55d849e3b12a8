import pytest
from oneinvoice_conformance.fuzz.cases import Case, generate
from oneinvoice_openapi.contract import document, operations

PATHS = {path for path, method, operation in operations(document()) if "parameters" in operation}


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    return generate(40, 1, document())


def test_as_many_different_ones_as_were_asked_for(cases: list[Case]):
    assert len(set(cases)) == len(cases) == 40
    assert len(generate(1, 1, document())) == 1


def test_they_reach_every_operation_with_parameters_and_no_other(cases: list[Case]):
    assert {case.path for case in cases} == {case.path for case in cases[:9]} == PATHS


def test_most_have_a_key_and_some_of_every_kind_come_early(cases: list[Case]):
    keyless = [case for case in cases if case.keyless]
    assert 4 <= len(keyless) <= 12
    assert any(case.keyless for case in cases[:12])
    assert any(case.authorization for case in keyless)
    assert all(case.authorization is None for case in cases if not case.keyless)


def test_parameters_are_both_good_and_bad(cases: list[Case]):
    limits = {value for case in cases for name, value in case.query if name == "limit"}
    good = {limit for limit in limits if limit.isascii() and limit.isdecimal() and 1 <= int(limit) <= 200}
    assert good
    assert limits - good


def test_what_the_rules_ask_anyway_is_left_out(cases: list[Case]):
    assert [case for case in cases if not (case.query or case.headers or case.authorization)] == []


def test_headers_can_be_sent_and_shown(cases: list[Case]):
    texts = [text for case in cases for pair in case.headers for text in pair]
    texts += [case.authorization for case in cases if case.authorization]
    assert all(text == text.strip() and text.replace("\t", " ").isprintable() and text.isascii() for text in texts)
