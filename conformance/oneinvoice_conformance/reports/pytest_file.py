"""A pytest file with a test for each requirement that failed, which judges it anew."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from textwrap import wrap
from typing import Any

from oneinvoice_openapi.printable import printable

from oneinvoice_conformance.engine.effective_options import PATHS, WEBHOOK_VARIABLES
from oneinvoice_conformance.engine.provenance import kit
from oneinvoice_conformance.http.credentials import VARIABLES, Role
from oneinvoice_conformance.model.finding import Source
from oneinvoice_conformance.model.outcome import Outcome
from oneinvoice_conformance.reports.redacted import RedactedReport, RedactedResult

_WIDTH = 84  # characters of a line of text in a docstring, so that it ends before column 88
_NAME = 49  # characters of the longest name with which a test's first line is not broken by a formatter
_CURL_LINES = 3
_EXCERPT = 1_000  # characters of a reason
_OPTIONAL = ("ONEINVOICE_WAIT_COMMAND",)  # without it the same is found, later


def reproducible(report: RedactedReport) -> list[RedactedResult]:
    """Return what failed, expected or not, and what was warned of."""
    return [result for result in report.results if result.outcome in (Outcome.FAILED, Outcome.WARNED)]


def pytest_text(report: RedactedReport, folder: Path = Path()) -> str:
    """Return the text of a file in `folder`; without a test where nothing failed."""
    results = reproducible(report)
    day = datetime.fromtimestamp(report.started, UTC).date()
    if not results:
        head = f"Nothing to reproduce: nothing that was judged at {report.base} on {day} failed ({report.headline})."
        return "\n".join(_docstring([*wrap(head, _WIDTH), "", _written_by(report)], indent="")) + "\n"
    variables = _variables(report, results)
    lines = [
        *_docstring(_head(report, variables, f"{report.base} did not keep on {day}"), indent=""),
        "",
        "from collections.abc import Iterator",
        "",
        "import pytest",
        "from oneinvoice_conformance.testing import Reproduction",
        "",
        "",
        *_fixture(report, results, variables, folder),
    ]
    for result in results:
        lines += ["", "", *_test(result)]
    return "\n".join(lines) + "\n"


def _variables(report: RedactedReport, results: Sequence[RedactedResult]) -> list[str]:
    """Return those that the run had, but those of keys and webhooks that nothing here was judged by."""
    exchanges = [exchange for result in results for exchange in (*result.exchanges, *result.evidence)]
    used = {Role.PRIMARY, *(exchange.role for exchange in exchanges)}
    left_out = {variable for role, variable in VARIABLES.items() if role not in used}
    if not any("webhook" in result.requirement.needs for result in results):
        left_out |= set(WEBHOOK_VARIABLES)
    return [name for name in report.variables if name not in left_out]


def _head(report: RedactedReport, variables: Sequence[str], finding: str) -> Iterator[str]:
    shown = "".join(f"{name}=… " for name in variables)
    captured = " -s" if report.options.get("guided") else ""
    yield from wrap(f"What {finding}: a test for each requirement.", _WIDTH, break_long_words=False)
    yield ""
    yield f"Run it:  {shown}python -m pytest{captured} FILE.py"
    yield "The variables and conformance.toml are as for oneinvoice-conform; ONEINVOICE_URL asks another deployment."
    yield "Each test fails until its requirement is kept, and waits where the rate limit takes it."
    yield ""
    yield _written_by(report)


def _written_by(report: RedactedReport) -> str:
    sha256 = report.configuration["sha256"]
    return f"Written by oneinvoice-kit {kit()['version']}; SHA-256 of the configuration: {sha256}"


def _fixture(
    report: RedactedReport, results: Sequence[RedactedResult], variables: Sequence[str], folder: Path
) -> Iterator[str]:
    needed = [name for name in variables if name not in _OPTIONAL]
    yield '@pytest.fixture(scope="module")'
    yield "def deployment() -> Iterator[Reproduction]:"
    yield "    with Reproduction("
    yield f"        {_literal(report.base)},"
    yield "        beside=__file__,"
    yield from _argument("requirements", [result.requirement.id for result in results])
    yield from _argument("needs", needed)
    for name, value in report.options.items():
        moved = name in PATHS and value and not os.path.isabs(value)
        yield from _argument(name, os.path.relpath(value, folder) if moved else value)
    yield "    ) as reproduction:"
    yield "        yield reproduction"


def _argument(name: str, value: Any) -> Iterator[str]:
    """Yield an argument, as a formatter leaves it whatever its length."""
    if not isinstance(value, list) or not value:
        yield f"        {name}={_literal(value)},"
        return
    yield f"        {name}=["
    yield from (f"            {_literal(each)}," for each in value)
    yield "        ],"


def _test(result: RedactedResult) -> Iterator[str]:
    row = result.requirement
    lines = [
        *wrap(f"{row.id}: {row.statement}", _WIDTH),
        "",
        *wrap(f"Documentation: “{row.clause}” ({row.section})", _WIDTH),
        *wrap(f"Found: {_shown(result.reason)}", _WIDTH, break_long_words=False),
    ]
    if result.shown:
        lines += ["", *(f"    {evidence.curl}" for evidence in result.shown[:_CURL_LINES])]
    generated = ", generated=True" if result.source is Source.GENERATED else ""
    yield f"def {_name(row.id, row.statement)}(deployment: Reproduction) -> None:"
    yield from _docstring(lines, indent="    ")
    yield f'    deployment.assert_conforms("{row.id}"{generated})'


def _name(id: str, statement: str) -> str:
    """Return `test_mem_2_…`, with as many words of the statement as fit."""
    name = "test_" + id.lower().replace("-", "_")
    for word in re.findall(r"[a-z0-9]+", statement.lower()):
        if len(name) + 1 + len(word) > _NAME:
            break
        name += f"_{word}"
    return name


def _docstring(lines: Sequence[str] | Iterator[str], indent: str) -> Iterator[str]:
    """Yield the lines as a docstring that nothing in them ends, and that a formatter leaves alone."""
    first, *rest = (_escaped(line) for line in lines)
    yield f'{indent}"""{first}'
    yield from (f"{indent}{line}".rstrip() for line in rest)
    yield f'{indent}"""'


def _escaped(line: str) -> str:
    """Return a line of source that stands for the line; what can't be printed stands there as its escape."""
    doubled = printable(line.rstrip()).replace("\\", "\\\\")
    return re.sub(r'""+', lambda quotes: '\\"' * len(quotes[0]), doubled)


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def _shown(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _EXCERPT else f"{text[:_EXCERPT]}…"


def _literal(value: Any) -> str:
    """Return the value as Python, as a formatter leaves it."""
    if not isinstance(value, str):
        return repr(value)
    plain = "".join(each if each.isprintable() and each not in '\\"' else _hex(each) for each in value)
    return f'"{plain}"'


def _hex(character: str) -> str:
    return f"\\x{ord(character):02x}" if ord(character) < 256 else _escape(character)
