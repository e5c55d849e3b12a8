"""Register of requirements as tables, one for each area: of deployments, and then of clients."""

from __future__ import annotations

from collections.abc import Iterator

from oneinvoice_openapi.register import Question, Register, Requirement, register

from docs.generator.markdown import code, escape, page, table

_HEAD = (
    "id",
    "clause of the documentation",
    "what a {} is held to",
    "level",
    "needs",
    "question",
    "not testable",
)


def requirements_page() -> str:
    """Return the page of the register."""
    deployments, clients = register().of("deployment"), register().of("client")
    return page(
        "The register of requirements",
        "Each promise of the [documentation](../../openapi/oneinvoice_openapi/documentation.txt) has a row here: "
        f"{len(deployments.requirements)} in all, written in "
        "[requirements.yaml](../../openapi/oneinvoice_openapi/requirements.yaml). Below them are the "
        f"{len(clients.requirements)} that [a client is held to](#what-a-client-is-held-to).",
        "*Needs* names what a verdict takes. A *question* is what the documentation leaves open, with what is accepted "
        "until its owner answers. *Not testable* says why nothing outside a deployment can observe the promise.",
        [
            *_contents(deployments),
            "- [What the contract has to say](#what-the-contract-has-to-say)",
            "- [What a client is held to](#what-a-client-is-held-to)",
            *(f"  {line}" for line in _contents(clients)),
        ],
        *(block for area in deployments.areas for block in _section(deployments, area)),
        *_assertions(deployments),
        *_of_clients(clients),
    )


def _contents(rows: Register) -> Iterator[str]:
    for area, name in rows.areas.items():
        yield f"- [{area}: {name}](#{_slug(f'{area} {name}')})"


def _assertions(rows: Register) -> Iterator[str]:
    """Yield what the contract has to say, and the names of the places."""
    yield "## What the contract has to say"
    yield (
        "`oneinvoice-spec check` holds the [authored document](../../openapi/oneinvoice_openapi/v1/openapi.yaml) "
        "against these, with references followed; the head of "
        "[requirements.yaml](../../openapi/oneinvoice_openapi/requirements.yaml) tells how."
    )
    yield table(
        ("id", "place", "it must"),
        ((row.id, code(each.written), escape(each.demand)) for row in rows.requirements for each in row.document),
    )
    yield table(("name", "place"), ((code(name), code(at)) for name, at in rows.places.items()))


def _of_clients(rows: Register) -> Iterator[str | list[str]]:
    """Yield the rows that a client is held to, and no deployment."""
    yield "## What a client is held to"
    yield (
        "`oneinvoice-conform client` holds an integrator's own client to these; none counts in the verdict on a "
        "deployment, and none is a reason for a release of the contract. A row quotes the clause that it follows from, "
        "and names the standards that say so where the clause is silent. *Needs* are options of the command, by which "
        "a verdict is reached; `--only` and `--skip` take the ids without `CLIENT/`."
    )
    for area in rows.areas:
        yield from _section(rows, area, "###")


def _slug(name: str) -> str:
    return name.lower().replace("/", "").replace(" ", "-")


def _section(rows: Register, area: str, level: str = "##") -> Iterator[str | list[str]]:
    yield f"{level} {area}: {rows.areas[area]}"
    of_area = [row for row in rows.requirements if row.area == area]
    if any(row.contract for row in of_area):
        yield "These are judged under `--strict` alone."
    yield table([cell.format(of_area[0].subject) for cell in _HEAD], map(_cells, of_area))


def _cells(row: Requirement) -> tuple[str, ...]:
    source = f"; {escape(row.source)}" if row.source else ""
    return (
        f'<a id="{row.id.lower().replace("/", "-")}"></a>{row.id}',
        f"{escape(row.clause)} ({escape(row.section)}){source}",
        escape(row.statement),
        row.level.upper(),
        ", ".join(code(need if row.subject == "deployment" else f"--{need}") for need in row.needs),
        _question(row.question),
        escape(row.not_testable or ""),
    )


def _question(question: Question | None) -> str:
    return f"{escape(question.ask)} *Accepted:* {escape(question.accepted)}" if question else ""
