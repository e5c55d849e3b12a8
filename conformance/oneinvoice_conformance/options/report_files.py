"""Options that name the files of a run's reports."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])

FORMATS = {
    "json": "Write the report as JSON.",
    "html": "Write the report as one page for a browser, to look at, to send on and to print.",
    "junit": "Write the report as JUnit XML, with a test case for each requirement.",
    "markdown": "Write a summary in Markdown, as for $GITHUB_STEP_SUMMARY.",
    "badge": "Write a badge: a picture (.svg), or what shields.io draws one from (.json).",
    "pytest-out": "Write a pytest file (.py) with a test for each requirement that failed, which judges it anew.",
    "har": "Write every request and its answer as an HTTP archive, which replay judges again.",
}


def report_options(command: F) -> F:
    """Add the options to a command, which gets them as keyword arguments for `ReportOptions`."""
    for name, text in reversed(FORMATS.items()):
        field = field_name(name)
        variable = f"ONEINVOICE_{field.removesuffix('_file').upper()}"
        path = click.Path(path_type=Path)
        command = click.option(f"--{name}", field, envvar=variable, type=path, metavar="F", help=text)(command)
    return command


def field_name(name: str) -> str:
    """Return the keyword argument that has the file of a format."""
    return f"{name.replace('-', '_')}_file"
