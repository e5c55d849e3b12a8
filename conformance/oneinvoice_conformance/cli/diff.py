"""`oneinvoice-conform diff`: compare two reports, of two runs or of two deployments."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

import click
from oneinvoice_openapi.printable import printable

from oneinvoice_conformance.errors import UsageError
from oneinvoice_conformance.history.comparison import compare
from oneinvoice_conformance.history.saved_report import read_report
from oneinvoice_conformance.reports.compared import comparison_markdown, comparison_text, show_comparison
from oneinvoice_conformance.reports.files import STANDARD_OUTPUT, check_writable, written
from oneinvoice_conformance.reports.terminal import standard_output

_PATH = click.Path(path_type=Path)


@click.command("diff")
@click.argument("old", metavar="OLD.json", type=_PATH)
@click.argument("new", metavar="NEW.json", type=_PATH)
@click.option("--markdown", type=_PATH, metavar="F", help="Write the comparison in Markdown, as for a pull request.")
@click.option("--json", "json_file", type=_PATH, metavar="F", help="Write the comparison as JSON.")
def diff_command(old: Path, new: Path, markdown: Path | None, json_file: Path | None) -> None:
    """Compare two reports that --json wrote: of two runs, or of two deployments such as staging and production.

    Worse is what was settled and is not any more, what is broken and was not known to be, and a change of fields,
    types, statuses or endpoints that breaks clients. Better is what passes now and did not.

    Exit codes: 0 nothing got worse, 1 something did, 2 a file can't be used.
    """
    writers = [(path, text) for path, text in ((markdown, comparison_markdown), (json_file, comparison_text)) if path]
    if markdown == json_file == STANDARD_OUTPUT:
        raise UsageError("--markdown and --json both go to standard output; name a file for one of them.")
    taken = {path.resolve() for path in (old, new)}
    for path, _ in writers:
        if path.resolve() in taken:
            raise UsageError(f"{path} is named twice; name another file to write.")
        taken.add(path.resolve())
        check_writable(path)
    compared = compare(read_report(old), read_report(new))
    with written({path: partial(text, compared) for path, text in writers}) as paths:
        aside = STANDARD_OUTPUT in (markdown, json_file)
        show_comparison(standard_output(taken=aside), compared)
        for path in paths:
            click.echo(f"  report: {printable(str(path))}", err=aside)
    sys.exit(1 if compared.got_worse else 0)
