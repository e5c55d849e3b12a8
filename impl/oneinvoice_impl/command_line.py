"""Command lines of the package: how they begin, log, and end."""

from __future__ import annotations

import logging
import re
import signal
import sys
import warnings
from typing import Any, NoReturn

import click
from oneinvoice_openapi.printable import printable
from oneinvoice_openapi.streams import nobody_reads, standard_streams

_SECRET = re.compile("(1iv_|whsec_)[0-9A-Za-z]+")
_HTTPX_COMMAND_LINE = "httpx._main"


class SetupError(click.ClickException):
    """Refusal of what can't be done as it is set up; the text is one sentence that says what to do."""

    exit_code = 2


class DatabaseUnreachable(click.ClickException):
    """Refusal without a database; the text is one sentence."""

    exit_code = 4


class Commands(click.Group):
    """A group of commands whose output may be closed, or find no room."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        with standard_streams(str(self.name)):
            return super().main(*args, **kwargs)


class PrintableFormatter(logging.Formatter):
    """Formatter of a log that people read at a terminal; requests and databases wrote parts of it."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the lines of a record, any traceback included."""
        return printable(super().format(record), keep="\n\t")


def log_printably() -> None:
    """Have warnings go to standard error, in lines that people can read."""
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING)
    logging.getLogger().handlers[0].setFormatter(PrintableFormatter("%(levelname)s %(message)s"))


def import_connexion() -> None:
    """Import Connexion without a warning that it raises, and without the command line of a library."""
    # It would be the first thing that a user sees.
    warnings.filterwarnings("ignore", message="Using `httpx` with `starlette.testclient`")
    if "httpx" in sys.modules:
        return
    # Its test client is of httpx, whose command line loads Rich and Pygments, a twentieth of a start. Where that can't
    # be imported, httpx does without it.
    sys.modules[_HTTPX_COMMAND_LINE] = None  # type: ignore[assignment]
    try:
        import connexion  # noqa: F401
    finally:
        del sys.modules[_HTTPX_COMMAND_LINE]


def run(cli: click.Group) -> NoReturn:
    """Run a command line, by its name, and end with its exit code.

    That is 0 when it is done or was told to stop, 2 for bad usage, and what else a `ClickException` has. Each error is
    one sentence.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        # click answers --help and --version by returning the exit code, and `Context.exit` too.
        code = cli.main(prog_name=cli.name, standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        raise SystemExit(error.exit_code) from error
    except click.UsageError as error:
        # In one sentence; click would put its usage lines before it.
        message = without_secrets(error.format_message())
        hint = "" if message.endswith("?") else f"; see {cli.name} --help."
        click.echo(f"Error: {message.removesuffix('.')}{hint}", err=True)
        raise SystemExit(error.exit_code) from error
    except click.ClickException as error:
        click.echo(f"Error: {without_secrets(error.format_message())}", err=True)
        raise SystemExit(error.exit_code) from error
    except (click.Abort, KeyboardInterrupt):
        # Told to stop before there was anything to stop.
        raise SystemExit(0) from None
    raise SystemExit(code if isinstance(code, int) else 0)


def print_surely(text: str) -> None:
    """Print what can't be shown again. Raises `SetupError` if it gets nowhere: then it must not come to be."""
    click.echo(text)
    if sys.__stdout__ is None or nobody_reads():
        raise SetupError("Standard output can't be written, so nothing was changed; see where it goes.")


def without_secrets(message: str) -> str:
    """Cut secrets out of an error: it repeats the word that was wrong, which may be a key in another one's place."""
    return printable(_SECRET.sub(r"\1…", message))
