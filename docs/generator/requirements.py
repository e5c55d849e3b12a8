"""Register of requirements as tables, one for each area."""

from __future__ import annotations

from collections.abc import Iterator

from oneinvoice_openapi.register import Question, Requirement, register

from docs.generator.markdown import code, escape, page, table

_HEAD = (
    "id",
    "clause of the documentation",
    "what a deployment is held to",
    "level",
    "needs",
    "question",
    "not testable",
)


def requirements_page() -> str:
    """Return the page of the register."""
    rows = register().requirements
    count = len(rows)
    return page(
        "The register of requirements",
        "Each promise of the [documentation](../../openapi/oneinvoice_openapi/documentation.txt) has a row here: "
        f"{count} in all, written in [requirements.yaml](../../openapi/oneinvoice_openapi/requirements.yaml).",
        "*Needs* names what a verdict takes. A *question* is what the documentation leaves open, with what is accepted "
        "until its owner answers. *Not testable* says why nothing outside a deployment can observe the promise.",
        [
            *(f"- [{area}: {name}](#{area.lower()}-{_slug(name)})" for area, name in register().areas.items()),
            "- [What the contract has to say](#what-the-contract-has-to-say)",
        ],
        *(block for area, name in register().areas.items() for block in _section(area, name)),
        *_assertions(),
    )


def _assertions() -> Iterator[str]:
    """Yield what the contract has to say, and the names of the places."""
    yield "## What the contract has to say"
    yield (
        "`oneinvoice-spec check` holds the [authored document](../../openapi/oneinvoice_openapi/v1/openapi.yaml) "
        "against these, with references followed; the head of "
        "[requirements.yaml](../../openapi/oneinvoice_openapi/requirements.yaml) tells how."
    )
    rows = register().requirements
    yield table(
        ("id", "place", "it must"),
        ((row.id, code(each.written), escape(each.demand)) for row in rows for each in row.document),
    )
    yield table(("name", "place"), ((code(name), code(at)) for name, at in register().places.items()))


def _slug(name: str) -> str:
    return name.lower().replace(" ", "-")


def _section(area: str, name: str) -> Iterator[str | list[str]]:
    yield f"## {area}: {name}"
    rows = [row for row in register().requirements if row.area == area]
    if any(row.contract for row in rows):
        yield "These are judged under `--strict` alone."
    yield table(_HEAD, map(_cells, rows))


def _cells(row: Requirement) -> tuple[str, ...]:
    return (
        f'<a id="{row.id.lower()}"></a>{row.id}',
        f"{escape(row.clause)} ({escape(row.section)})",
        escape(row.statement),
        row.level.upper(),
        ", ".join(map(code, row.needs)),
        _question(row.question),
        escape(row.not_testable or ""),
    )


def _question(question: Question | None) -> str:
    return f"{escape(question.ask)} *Accepted:* {escape(question.accepted)}" if question else ""
