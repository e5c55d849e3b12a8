"""The plan of a verdict on a client, for the person at the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from oneinvoice_openapi.printable import printable
from oneinvoice_openapi.register import CLIENT, Requirement
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from oneinvoice_conformance.clients.scenarios.scenario import Scenario
from oneinvoice_conformance.clients.subject import Client, Means
from oneinvoice_conformance.model.contract import Contract
from oneinvoice_conformance.model.scope import Scope
from oneinvoice_conformance.reports.phrases import scope_words
from oneinvoice_conformance.wording import counted, joined, ranges


def show_client_plan(
    out: Console,
    planned: Sequence[Scenario],
    client: Client,
    rows: Sequence[Requirement],
    contract: Contract,
    scope: Scope,
) -> None:
    """Print what would be played and for what, then what stays undecided and which option supplies it, and the time."""
    played = [each for each in planned if each.needs <= client.means]
    out.print(_table(played, rows))
    out.print()
    out.print(f"[bold]plan[/]  {escape(printable(client.label))} (nothing was started)", highlight=False)
    out.print(f"  scope: {scope_words(scope, contract)}", highlight=False)
    out.print(f"  about {_time(sum(each.seconds for each in played))} for {counted(len(played), 'scenarios')}")
    for line in _open(planned, client, rows):
        out.print(Text(f"  {line}"))


def _table(played: Sequence[Scenario], rows: Sequence[Requirement]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold", collapse_padding=True)
    table.add_column("seconds", justify="right")
    for heading in ("scenario", "what happens", "decides"):
        table.add_column(heading, overflow="fold")
    in_scope = [row.id.removeprefix(CLIENT) for row in rows]
    for each in played:
        decided = [id for id in in_scope if id in each.requirements]
        table.add_row(f"{each.seconds:.0f}", Text(each.name), Text(each.title), Text(ranges(decided)))
    return table


def _open(planned: Sequence[Scenario], client: Client, rows: Sequence[Requirement]) -> list[str]:
    """Return a line for each set of options that is missing, and for what nothing can decide."""
    beyond = [row.id for row in rows if row.not_testable]
    by_missing: dict[tuple[Means, ...], list[str]] = {}
    for row in rows:
        if not row.not_testable and (missing := _missing(row, planned, client)):
            by_missing.setdefault(missing, []).append(row.id)
    lines = [f"open: {_short(ids)}; give {joined(list(missing))}" for missing, ids in by_missing.items()]
    return [*lines, *([f"not testable, whatever is given: {_short(beyond)}"] if beyond else [])]


def _missing(row: Requirement, planned: Sequence[Scenario], client: Client) -> tuple[Means, ...]:
    """Return the means that are missing for a requirement, by its row and by the scenarios for it."""
    id = row.id.removeprefix(CLIENT)
    needed = {means for means in Means if means.value.removeprefix("--") in row.needs}
    scenarios = [each for each in planned if id in each.requirements]
    if scenarios and not any(each.needs <= client.means for each in scenarios):
        needed |= min((each.needs for each in scenarios), key=lambda needs: len(needs - client.means))
    return tuple(means for means in Means if means in needed - client.means)


def _short(ids: Sequence[str]) -> str:
    return ranges([id.removeprefix(CLIENT) for id in ids])


def _time(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"
