"""The plan of a run for the person at the terminal."""

from __future__ import annotations

from oneinvoice_openapi.printable import printable
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from oneinvoice_conformance.engine.plan import Plan
from oneinvoice_conformance.model.contract import Contract
from oneinvoice_conformance.model.scope import Scope
from oneinvoice_conformance.reports.phrases import scope_words
from oneinvoice_conformance.wording import ranges


def show_plan(out: Console, plan: Plan, base: str, contract: Contract, scope: Scope, limit: int) -> None:
    """Print each request with what it decides, then the number with each key, and the time."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold", collapse_padding=True)
    for heading, side in (("times", "right"), ("request", "left"), ("with", "left"), ("decides", "left")):
        table.add_column(heading, justify="right" if side == "right" else "left", overflow="fold")
    for line in plan.lines:
        table.add_row(str(line.count), Text(line.text), Text(line.role.label), Text(ranges(line.decides)))
    out.print(table)
    out.print()
    out.print(f"[bold]plan[/]  {escape(printable(base))} (nothing was sent)", highlight=False)
    out.print(f"  scope: {scope_words(scope, contract)}", highlight=False)
    for key, count in plan.by_key.items():
        out.print(f"  {count} requests with {_KEYS.get(key, f'the {key} key')}", highlight=False)
    out.print(f"  {plan.seconds} s, if answers take 10 to 200 ms, at most {limit} requests a minute", highlight=False)
    for note in _NOTES:
        out.print(f"  note: {note}", highlight=False)


_KEYS = {"none": "no key", "invalid": "keys that are none"}
_NOTES = (
    "N and S stand for what earlier answers decide: where a page begins, a status that was seen.",
    "The higher numbers are for large organisations, and for a deployment that refuses nothing.",
    "What fails is read again, up to three times, before it counts; webhooks take no request of the API.",
    "Where much fails, a few requests such as GET /api/v1/members?limit=17&offset=0 look for a cause that they share.",
)
