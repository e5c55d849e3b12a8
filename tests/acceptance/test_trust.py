"""A verdict can be trusted: never `conforms` where something starved the run.

Runs leave out RATE and VER, and those that need many deployments HOOK too, for the time that takes; the first tests
show that a healthy deployment conforms like that.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from oneinvoice_conformance.engine.report import Report
from oneinvoice_conformance.model.outcome import Outcome
from oneinvoice_conformance.model.verdict import Verdict
from oneinvoice_fixtures.organisations import organisations

from tests.acceptance.runs import (
    CONFORMS,
    INCOMPLETE,
    KEYS,
    OPTIONS,
    UNREACHABLE,
    USAGE,
    VIOLATIONS,
    assert_told_in_one_sentence,
    assert_verdict,
    judge,
    judge_quickly,
    judge_reading,
    outcomes,
)
from tests.conformance.judging import rules_of
from tests.miniatures import FREE, Deployment
from tests.miniatures.data import OTHER, PRIMARY, Key
from tests.miniatures.starving import Answer, Starved, content, dripping, dropped, page, status


def test_a_healthy_deployment_conforms(tmp_path: Path) -> None:
    healthy = judge(tmp_path, Deployment())
    assert (healthy.code, healthy.err) == (CONFORMS, "")
    assert healthy.report["verdict"] == "conforms"
    assert set(healthy.outcomes.values()) == {"passed", "not_applicable"}

    report = judge_quickly(Deployment())
    assert report
    assert report.verdict is Verdict.CONFORMS


# Starvation: everything has the same answer


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (status(429), INCOMPLETE),
        (status(429, **{"Retry-After": "1"}), INCOMPLETE),
        (status(429, **{"Retry-After": "86400"}), INCOMPLETE),
        (status(500), VIOLATIONS),
        (page(500), VIOLATIONS),
        (content("{}"), VIOLATIONS),
        (content("[]"), VIOLATIONS),
        (content('{"items": [], "count": 0}'), VIOLATIONS),
    ],
    ids=["429", "429 soon", "429 tomorrow", "500", "500 page", "{}", "[]", "nothing"],
)
def test_one_answer_to_everything_is_never_a_good_verdict(answer: Answer, code: int, tmp_path: Path) -> None:
    assert_verdict(judge_reading(tmp_path, Starved(answer)), code)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (status(401), USAGE),  # the key may be wrong, which is for the user to see
        (page(401), USAGE),
        (content("", 401, **{"WWW-Authenticate": 'Basic realm="staging"'}), UNREACHABLE),
        (status(403), UNREACHABLE),
        (status(503), UNREACHABLE),
        (page(403), UNREACHABLE),
        (page(502), UNREACHABLE),
        (page(503), UNREACHABLE),
        (status(503, **{"Retry-After": "3600"}), UNREACHABLE),
        (status(404), UNREACHABLE),
        (status(204), UNREACHABLE),
        (page(200), UNREACHABLE),
        (page(404), UNREACHABLE),
        (page(418), UNREACHABLE),
        (content("", 302, Location="/login"), UNREACHABLE),
        (content("", 308, Location="http://127.0.0.1:9/elsewhere"), UNREACHABLE),
        (content(""), UNREACHABLE),
        (content("null"), UNREACHABLE),
        (content("{"), UNREACHABLE),
        (content("[" * 100_000), UNREACHABLE),
        (dropped, UNREACHABLE),
        (dripping, UNREACHABLE),
    ],
    ids=["401", "401 page", "401 for a password", "403", "503", "403 page", "502 page", "503 page", "503 for an hour",
         "404", "204", "page", "404 page", "418 page", "to login", "elsewhere", "empty", "null", "no JSON", "deep",
         "dropped", "dripping"],
)  # fmt: skip
def test_what_is_no_api_is_told_in_one_sentence(answer: Answer, code: int, tmp_path: Path) -> None:
    assert_told_in_one_sentence(judge_reading(tmp_path, Starved(answer)), code)


# Starvation: by and by, or in part

NONE = status(429, **{"Retry-After": "0"}), status(500), status(404), page(), content("{}"), dropped
NAMES = "429", "500", "404", "page", "{}", "dropped"


def assert_not_green(report: Report | None) -> None:
    if report is not None:
        assert report.verdict is not Verdict.CONFORMS
        assert Outcome.ERROR not in outcomes(report).values()


# The last requests of a run have bad input, for which most answers are good enough.
@pytest.mark.parametrize("after", [1, 4, 10, 25, 40, 50])
@pytest.mark.parametrize("answer", NONE, ids=NAMES)
def test_a_deployment_that_gives_out_is_never_green(answer: Answer, after: int) -> None:
    assert_not_green(judge_quickly(Starved(answer, after=after)))


@pytest.mark.parametrize(
    ("answer", "key"),
    [
        pytest.param(answer, key, id=f"{key}-{name}")
        for key in ("none", "unknown", "primary", "sibling", "other", "revoked")
        for answer, name in zip(NONE, NAMES, strict=True)
    ],
)
def test_a_key_that_gets_nothing_is_never_green(answer: Answer, key: str) -> None:
    assert_not_green(judge_quickly(Starved(answer, key=key)))


@pytest.mark.parametrize("endpoint", ["discovery", "members", "quotes", "invoices"])
@pytest.mark.parametrize("answer", [*NONE, dripping], ids=[*NAMES, "dripping"])
def test_an_endpoint_that_gives_nothing_is_never_green(answer: Answer, endpoint: str) -> None:
    assert_not_green(judge_quickly(Starved(answer, endpoint=endpoint), timeout=0.2 if answer is dripping else 5.0))


def test_a_deployment_that_hangs_up_leaves_a_report(tmp_path: Path) -> None:
    assert_verdict(judge(tmp_path, Starved(dropped, after=20)), INCOMPLETE)


# Starvation: the wrong data, the wrong keys, the wrong address


@pytest.mark.parametrize("name", ["empty", "other-empty", "fifty-members"])
def test_an_organisation_with_too_little_leaves_it_open(name: str, tmp_path: Path) -> None:
    assert_verdict(judge_reading(tmp_path, FREE[name].deployment()), INCOMPLETE)


def test_two_keys_of_one_organisation_are_a_violation_that_names_the_other_cause(tmp_path: Path) -> None:
    mixed_up = {"primary": KEYS["primary"], "other": KEYS["sibling"], "revoked": KEYS["revoked"]}
    found = judge_reading(tmp_path, Deployment(), keys=mixed_up)
    assert_verdict(found, VIOLATIONS)
    assert "or both keys are of one organisation" in found.out


def test_a_missing_key_leaves_it_open(tmp_path: Path) -> None:
    for missing in ("primary", "other", "revoked"):
        found = judge_reading(tmp_path, Deployment(), keys={name: key for name, key in KEYS.items() if name != missing})
        assert_verdict(found, INCOMPLETE)
        assert f"with {OPTIONS[missing]}" in found.out


ISSUED = [(key.text, which) for which, each in zip((PRIMARY, OTHER), organisations(), strict=True) for key in each.keys]


class WithChecksums(Deployment):
    """Has keys as the reference implementation issues them."""

    def __init__(self) -> None:
        super().__init__()
        self.keys = {text: Key(text, text, organisation) for text, organisation in ISSUED}


def test_a_revoked_key_that_was_never_issued_leaves_it_open(tmp_path: Path) -> None:
    own = {"primary": ISSUED[0][0], "other": ISSUED[-1][0]}
    found = judge_reading(tmp_path, WithChecksums(), keys=own | {"revoked": f"1iv_{'x' * 49}"})
    assert_verdict(found, INCOMPLETE)
    assert found.outcomes["AUTH-3"] == "inconclusive"
    assert "never issued: its checksum is wrong" in " ".join(found.out.split())


def test_a_revoked_key_without_the_prefix_is_refused(tmp_path: Path) -> None:
    assert_told_in_one_sentence(judge_reading(tmp_path, Deployment(), keys=KEYS | {"revoked": "abc" * 16}), USAGE)


def test_deliveries_that_do_not_come_leave_it_open(tmp_path: Path) -> None:
    found = judge(tmp_path, Deployment(), registered=False)
    assert_verdict(found, INCOMPLETE)
    assert {found.outcomes[id] for id in rules_of("HOOK")} == {"inconclusive"}


def test_a_deployment_that_starves_delivers_in_vain(tmp_path: Path) -> None:
    found = judge(tmp_path, Starved(status(429)))
    assert_verdict(found, INCOMPLETE)
    assert {found.outcomes[id] for id in rules_of("HOOK")} == {"passed"}
