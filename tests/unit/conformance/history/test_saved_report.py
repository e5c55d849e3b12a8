import copy
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from oneinvoice_conformance.engine.runner import run
from oneinvoice_conformance.errors import UsageError
from oneinvoice_conformance.history import saved_report as earlier
from oneinvoice_conformance.history.comparison import compare
from oneinvoice_conformance.history.report_format import FORMAT, OLDEST
from oneinvoice_conformance.history.saved_report import SavedResult, read_report
from oneinvoice_conformance.model.outcome import Outcome
from oneinvoice_conformance.model.result import ExpectedFailure
from oneinvoice_conformance.reports.compared import comparison_markdown, comparison_text, show_comparison
from oneinvoice_conformance.reports.document import document_text
from oneinvoice_openapi.contract import document as contract
from rich.console import Console

from tests.miniatures import Deployment
from tests.unit.conformance.fakes import BASE, CONTRACT, NAMES, InProcess
from tests.unit.conformance.reports.reporting import ROWS, har_text, redacted, report, result

FOUND = report(result("MEM-1", Outcome.PASSED), result("MEM-2", Outcome.NOT_TESTED, "give a key"))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "old.json"


def written(**changes: Any) -> dict[str, Any]:
    return json.loads(document_text(redacted(FOUND))) | changes


def observed(*paths: str) -> dict[str, Any]:
    """What was observed, with fields of these paths."""
    fields = [{"path": path, "types": [], "seen": 1, "of": 1, "by_status": {}} for path in paths]
    return written()["observed"] | {"fields": {"members": fields}}


def refusal(path: Path) -> str:
    """The one sentence in which the file is refused."""
    with pytest.raises(UsageError) as refused:
        read_report(path)
    sentence = str(refused.value)
    assert sentence.startswith(str(path))
    assert sentence.endswith(".")
    assert sentence.isprintable()
    return sentence.removeprefix(f"{path} ")


def test_what_a_run_wrote_is_read(path: Path):
    excused = replace(result("MEM-3", Outcome.FAILED), expected=ExpectedFailure("known", "us", date(2999, 1, 1)))
    expired = replace(excused, requirement=ROWS["MEM-4"], expected=replace(excused.expected, problem="it expired"))
    found = report(result("MEM-1", Outcome.PASSED, "fine"), excused, expired)
    path.write_text(document_text(redacted(found)), "utf-8")
    read = read_report(path)
    assert (read.path, read.base, read.verdict) == (path, BASE, "violations")
    assert read.started == datetime(2026, 1, 1, tzinfo=UTC)
    assert list(read.results) == ["MEM-1", "MEM-3", "MEM-4"]
    assert read.results["MEM-1"] == SavedResult(Outcome.PASSED, "fine", "must", ROWS["MEM-1"].statement)
    assert [read.results[id].reported.label for id in ("MEM-1", "MEM-3", "MEM-4")] == [
        "passed",
        "failed as expected",
        "failed",
    ]


def test_a_real_run_is_read(path: Path):
    client = InProcess(Deployment())
    found = run(client, CONTRACT, FOUND.scope, NAMES)
    path.write_text(document_text(redacted(found)), "utf-8")
    read = read_report(path)
    assert {id: each.outcome for id, each in read.results.items()} == {
        each.requirement.id: each.outcome for each in found.results
    }
    assert read.snapshot.fields["members"]


def test_a_byte_order_mark_and_a_lone_surrogate_do_no_harm(path: Path):
    text = document_text(redacted(report(result("MEM-1", Outcome.FAILED, "status '\ud800'"))))
    path.write_text(f"\ufeff{text}", "utf-8", "backslashreplace")
    assert read_report(path).results["MEM-1"].reason == "status '?'"


def test_what_is_no_file(path: Path):
    assert refusal(path) == "is no file; name a report that --json wrote."
    path.mkdir()
    assert refusal(path) == "is a folder; name a report that --json wrote."
    assert "name a report" in refusal(path / ("x" * 300))


def test_a_file_that_can_not_be_read(path: Path, monkeypatch: pytest.MonkeyPatch):
    def refuse(*arguments: object) -> str:
        raise PermissionError(13, "Permission denied")

    path.write_text("{}")
    monkeypatch.setattr(Path, "read_text", refuse)  # nothing is unreadable to root
    assert refusal(path) == "can't be read (Permission denied); name a report that --json wrote."


def test_a_file_that_is_too_large(path: Path, monkeypatch: pytest.MonkeyPatch):
    path.write_text(json.dumps(written()))
    monkeypatch.setattr(earlier, "_MAX_BYTES", 1)
    assert "larger than" in refusal(path)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        b'{"verdict": "confor',
        b"<testsuites/>",
        b"verdict: conforms",
        b"[" * 100_000,
        b"1" * 5_000,
        b'{"verdict": NaN}',
        b'{"verdict": 1e999}',
        b'{"a\x1b[2J": "\x00"',
    ],
)
def test_what_is_no_json(path: Path, content: bytes):
    path.write_bytes(content)
    sentence = refusal(path)
    assert sentence.startswith("is not JSON, or was cut short (")
    assert not re.search(r"Expecting|Invalid|codec|Exceeds|recursion|\(char ", sentence)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (lambda: har_text(redacted(FOUND)), "an HTTP archive"),
        (lambda: json.dumps(contract(), default=str), "an OpenAPI document"),
        (lambda: '{"schemaVersion": 1, "label": "x"}', "a badge"),
        (lambda: '{"got_worse": true, "kit": {}}', "a comparison"),
        (lambda: "{}", "JSON"),
        (lambda: "[1]", "JSON"),
        (lambda: "null", "JSON"),
        (lambda: '"requirements"', "JSON"),
    ],
)
def test_what_is_no_report(path: Path, content: Callable[[], str], kind: str):
    path.write_text(content())
    assert refusal(path) == f"is {kind}, and no report of a run; name a report that --json wrote."


def test_reports_of_other_versions_of_the_kit(path: Path):
    old = written()
    del old["format"], old["observed"]
    for document, sentence in (
        (old, "is of an older kit, which kept no fields; make a new one with --json."),
        (written(format=OLDEST - 1), "is of an older kit, which kept no fields; make a new one with --json."),
        (written(format=FORMAT + 1, anew=True), "is of a newer kit; upgrade oneinvoice-kit to read it."),
    ):
        path.write_text(json.dumps(document))
        assert refusal(path) == sentence


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"format": "2"}, "format"),
        ({"verdict": "green"}, "verdict"),
        ({"started_at": "yesterday"}, "started_at"),
        ({"started_at": "2026-01-01T23:59:60Z"}, "second"),
        ({"requirements": [{}]}, "requirements.0"),
        ({"requirements": [written()["requirements"][0] | {"id": f"MEM-{'1' * 5000}"}]}, "requirements.0.id"),
        ({"requirements": written()["requirements"] * 2}, "MEM-1 is there twice"),
        ({"observed": observed("$", "data[].id")}, "the field data[].id is in nothing"),
        ({"observed": observed("$", r'"\x"')}, "Invalid"),
        ({"surprise\x1b[2J" + "x" * 500: 1}, "surprise"),
        ({"kit": {"version": "1", "python": "3", "deep": json.loads("[" * 400 + "]" * 400)}}, "Recursion"),
    ],
)
def test_a_report_that_does_not_fit_the_schema(path: Path, changes: dict[str, Any], problem: str):
    path.write_text(json.dumps(written(**changes)))
    sentence = refusal(path)
    assert sentence.startswith("is no report as this version of the kit writes it (")
    assert sentence.endswith("; make a new one with --json.")
    assert problem in sentence
    assert len(sentence) < 300


# Any bytes

REAL = run(InProcess(Deployment()), CONTRACT, FOUND.scope, NAMES)
DOCUMENT = json.loads(document_text(redacted(REAL)))
DOCUMENT["requirements"] = DOCUMENT["requirements"][::7]
TEXT = json.dumps(DOCUMENT).encode()
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


def places(value: Any, *before: str | int) -> Iterator[tuple[str | int, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, each in inner:
        yield (*before, name)
        yield from places(each, *before, name)


PLACES = sorted(places(DOCUMENT), key=len)


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A report in which some values are others or are gone, or some bytes are."""
    document = copy.deepcopy(DOCUMENT)
    for place in draw(st.lists(st.sampled_from(PLACES), max_size=3)):
        *way, last = place
        parent = document
        try:
            for step in way:
                parent = parent[step]
            parent[last]
        except (LookupError, TypeError):
            continue
        if draw(st.booleans()):
            del parent[last]
        else:
            parent[last] = draw(VALUES | st.sampled_from(PLACES).map(lambda place: place[-1]))
    text = json.dumps(document).encode()
    if draw(st.integers(0, 3)):
        return text
    at = draw(st.integers(0, len(text)))
    return text[:at] + draw(st.binary(max_size=20)) + text[at + draw(st.integers(0, 20)) :]


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(content=mutated() | st.binary(max_size=200))
def test_any_bytes_are_compared_or_refused_in_one_sentence(path: Path, content: bytes):
    path.write_bytes(content)
    original = path.with_name("original.json")
    original.write_bytes(TEXT)
    try:
        read = read_report(path)
    except UsageError:
        refusal(path)
        return
    for sides in ((read, read_report(original)), (read_report(original), read)):
        compared = compare(*sides)
        with Console(quiet=True) as console:
            show_comparison(console, compared)
        assert comparison_markdown(compared)
        assert json.loads(comparison_text(compared))["got_worse"] is compared.got_worse
