"""The commands that reset and keep the state of a running mock, and make sandboxes in it."""

from __future__ import annotations

import json
from typing import IO, Any

import click

from oneinvoice_impl.mock.cli.commands import id_argument, remote, say, url_option
from oneinvoice_impl.mock.cli.json_files import write_json

_KEYS = (("KEY", "primary"), ("SIBLING_KEY", "sibling"), ("OTHER_KEY", "other"), ("REVOKED_KEY", "revoked"))


@click.command()
@url_option
def reset(url: str) -> None:
    """Take a running mock back to what it was seeded with.

    What became of its data goes, as do webhooks, faults, mails, the journal and what its clock was moved by.
    """
    remote(url).post("/reset")


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, allow_dash=True))
@url_option
def snapshot(file: str, url: str) -> None:
    """Write the state of a running mock to FILE: data, webhooks with their secrets, and the clock.

    For standard output, FILE is -.
    """
    write_json(file, remote(url).post("/snapshot"), is_secret=True)


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@url_option
def restore(file: str, url: str) -> None:
    """Take a running mock to the state in FILE, or in standard input for -."""
    try:
        with click.open_file(file, encoding="utf-8") as opened:
            content = json.load(opened)
    except (OSError, ValueError, RecursionError) as error:
        raise click.UsageError(f"{file} is no snapshot; name a file that snapshot wrote") from error
    remote(url).post("/restore", content)


@click.command()
@click.argument("file", type=click.File("rb"))
@click.option("--replace/--add", default=None, help="Empty the organisations first, or not; by default as FILE says.")
@url_option
def load(file: IO[bytes], replace: bool | None, url: str) -> None:
    """Load the records of FILE, JSON or YAML, into a running mock, all or nothing.

    They are data: no event happens, and no webhook is sent. Its webhooks are endpoints, which events to come go to.
    """
    from oneinvoice_impl.mock.cli.controls_client import RequestRefused
    from oneinvoice_impl.mock.cli.fixture_files import read_content, show_mistakes

    content, is_yaml = read_content(file)
    query = {} if replace is None else {"replace": str(replace).lower()}
    try:
        loaded = remote(url).post_file(
            "/fixtures", content, "application/yaml" if is_yaml else "application/json", **query
        )
    except RequestRefused as refusal:
        if refusal.errors:
            show_mistakes(file, refusal.errors)
            raise RequestRefused(f"{file.name} has mistakes; nothing was loaded.") from refusal
        raise
    for words, counts in (("", loaded), (" of the other organisation", loaded["other"])):
        numbers = [(counts[f"{word}s"], word) for word in ("member", "quote", "invoice", "webhook")]
        shown = numbers if numbers[-1][0] else numbers[:-1]
        say(", ".join(f"{count} {word}{'' if count == 1 else 's'}" for count, word in shown) + words)


@click.group()
def sandboxes() -> None:
    """Make and remove sandboxes in a running mock: mocks of their own that share its address.

    Each has keys, data, webhooks, limits, clock, faults and journal that nobody else meets. Other commands speak to one
    by its own URL, such as http://127.0.0.1:8080/sandboxes/sbx_1.
    """


@sandboxes.command()
@click.option("--seed", type=int, help="Its data derives from it; by default as the mock's own.")
@click.option("--scale", type=int, help="Members of its primary organisation, up to 10000.")
@click.option("--rate-limit", type=int, help="Requests in a minute for each of its keys.")
@url_option
def add(url: str, **asked: Any) -> None:
    """Make one; prints its URL and keys, to be pasted into a shell."""
    made = remote(url).post("/sandboxes", {name: value for name, value in asked.items() if value is not None})
    say(f"# {made['id']}; its dashboard is at {made['dashboard']}")
    say(f"export ONEINVOICE_URL={made['dashboard'].removesuffix('/')}")
    for variable, name in _KEYS:
        say(f"export ONEINVOICE_{variable}={made['keys'][name]}")


@sandboxes.command("list")
@url_option
def list_(url: str) -> None:
    """Show them, one to a line."""
    for row in remote(url).get("/sandboxes")["data"]:
        say(f"{row['id']}  {row['created_at']}  seed {row['seed']}, scale {row['scale']}  {row['dashboard']}")


@sandboxes.command()
@id_argument
@url_option
def remove(id: str, url: str) -> None:
    """End one; its keys are not valid any more."""
    say(f"{remote(url).delete(f'/sandboxes/{id}')['id']} is removed.")
