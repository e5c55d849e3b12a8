"""The command line `oneinvoice-conform`."""

from __future__ import annotations

from typing import Any, NoReturn

import click
from oneinvoice_openapi.printable import printable
from oneinvoice_openapi.streams import standard_streams

from oneinvoice_conformance.cli.client import client_command
from oneinvoice_conformance.cli.diff import diff_command
from oneinvoice_conformance.cli.listen import listen_command
from oneinvoice_conformance.cli.proxy import proxy_command
from oneinvoice_conformance.cli.replay import replay_command
from oneinvoice_conformance.cli.run import run_command
from oneinvoice_conformance.cli.verify import verify_command
from oneinvoice_conformance.documented import KEY_PREFIX
from oneinvoice_conformance.errors import KitError, UsageError, kit_failure
from oneinvoice_conformance.http.redaction import without_secrets


class _Commands(click.Group):
    """`oneinvoice-conform URL …` is `oneinvoice-conform run URL …`; a first word without a scheme is a command."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        with standard_streams("oneinvoice-conform"):
            return super().main(*args, **kwargs)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        first = args[0] if args else ""
        if first not in (*self.commands, "--help", "--version") and (
            first.startswith("-") or "://" in first or not first
        ):
            args = ["run", *args]
        return super().parse_args(ctx, args)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0].startswith(KEY_PREFIX):
            raise UsageError("A key stands where a URL should; give it with --key or ONEINVOICE_KEY.")
        if args[0] not in self.commands:
            raise UsageError(f"'{args[0]}' is neither a command nor a URL; write a URL with https:// before it.")
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except KitError as error:
            _stop(str(error), error.exit_code)
        except click.UsageError as error:
            # In one sentence; click would put its usage lines before it.
            message = error.format_message()
            _stop(message if message.endswith("?") else f"{message.removesuffix('.')}; see --help.", error.exit_code)
        except KeyboardInterrupt:
            _stop("Interrupted before there was a verdict; run it again.", 3)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except OSError as error:
            _stop(f"The output can't be written ({error.strerror or error}); see where it goes.", 4)
        except Exception as error:  # a fault of the kit is no verdict, and 1 would be one
            _stop(kit_failure(error), 4)


def _stop(sentence: str, code: int) -> NoReturn:
    click.echo(f"oneinvoice-conform: {printable(without_secrets(sentence))}", err=True)
    raise SystemExit(code)


@click.group(cls=_Commands)
@click.version_option(package_name="oneinvoice-kit")
def main() -> None:
    """Judge a deployment of the 1invoice.online API against its documentation, clause by clause.

    A URL may stand in the place of a command: oneinvoice-conform https://staging.example --json report.json

    Every option has an environment variable, and a key in conformance.toml. Keys are best kept in the environment.
    """


main.add_command(run_command)
main.add_command(client_command)
main.add_command(listen_command)
main.add_command(verify_command)
main.add_command(proxy_command)
main.add_command(replay_command)
main.add_command(diff_command)
