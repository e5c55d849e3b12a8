"""The commands that speak to a running mock."""

from __future__ import annotations

import json
import shlex
import time
from typing import IO, TYPE_CHECKING, Any

import click
from oneinvoice_openapi.printable import printable

from oneinvoice_impl.mock.cli.signals import signals_held_back

if TYPE_CHECKING:
    from oneinvoice_impl.mock.cli.controls_client import ControlsClient

_FOLLOW_SECONDS = 0.5
_USUAL = (("nth", 1), ("probability", 1.0))  # of a fault

_JSON = "application/json"
DEFAULT_URL = "http://127.0.0.1:8080"


_url_option = click.option(
    "--url", envvar="ONEINVOICE_URL", show_envvar=True, default=DEFAULT_URL, show_default=True, help="Where it runs."
)


@click.command()
@click.argument("event")
@click.option("--invoice", metavar="ID", help="The invoice that it happens to.")
@click.option("--quote", metavar="ID", help="The quote that it happens to, or that invoice.created is made from.")
@click.option("--set", "values", metavar="NAME=VALUE", multiple=True, help="A value of a new record: total=1250.00.")
@_url_option
def trigger(event: str, invoice: str | None, quote: str | None, values: tuple[str, ...], url: str) -> None:
    """Make an event happen in a running mock, such as invoice.paid.

    It is the real transition: the API shows it, and webhooks are sent. Without an id it happens to the oldest record
    in the right state, or, if there is none or values are set, to a new one that gets there first.
    """
    order = {"event": event, "invoice": invoice, "quote": quote, "set": dict(map(_pair, values))}
    for transition in _remote(url).post("/trigger", order)["events"]:
        count = len(transition["deliveries"])
        plural = "y" if count == 1 else "ies"
        happened = " ".join(filter(None, (transition["event"], transition["record"], transition["id"])))
        _say(f"{happened}: {count} deliver{plural}")


@click.command()
@click.argument("file", type=click.File("rb"))
@click.option("--replace/--add", default=None, help="Empty the organisations first, or not; by default as FILE says.")
@_url_option
def load(file: IO[bytes], replace: bool | None, url: str) -> None:
    """Load the records of FILE, JSON or YAML, into a running mock, all or nothing.

    They are data: no event happens, and no webhook is sent.
    """
    from oneinvoice_impl.mock.cli.controls_client import RequestRefused
    from oneinvoice_impl.mock.cli.fixture_files import read_content, show_mistakes

    content, is_yaml = read_content(file)
    query = {} if replace is None else {"replace": str(replace).lower()}
    try:
        loaded = _remote(url).post_file("/fixtures", content, "application/yaml" if is_yaml else _JSON, **query)
    except RequestRefused as refusal:
        if refusal.errors:
            show_mistakes(file, refusal.errors)
            raise RequestRefused(f"{file.name} has mistakes; nothing was loaded.") from refusal
        raise
    for words, counts in (("", loaded), (" of the other organisation", loaded["other"])):
        numbers = ((counts[f"{word}s"], word) for word in ("member", "quote", "invoice"))
        _say(", ".join(f"{count} {word}{'' if count == 1 else 's'}" for count, word in numbers) + words)


@click.group()
def webhooks() -> None:
    """Register, change and remove endpoints in a running mock, and look at what was sent to them."""


@webhooks.command()
@click.argument("target", metavar="URL")
@click.option("--secret", envvar="ONEINVOICE_WEBHOOK_SECRET", show_envvar=True, help="Signs; by default a new one.")
@click.option("--events", metavar="A,B", help="Only these, such as invoice.paid,quote.accepted; by default all.")
@_url_option
def add(target: str, secret: str | None, events: str | None, url: str) -> None:
    """Send events to a URL; prints the secret that signs them, this once."""
    added = _remote(url).post("/webhooks", {"url": target, "secret": secret, "events": events and _names(events)})
    _say(f"# {added['id']} sends {events or 'all events'} to {target}. {added['note']}".rstrip())
    _show_secret(added["secret"])


@webhooks.command("list")
@_url_option
def list_(url: str) -> None:
    """Show the endpoints, one to a line."""
    for row in _remote(url).get("/webhooks")["data"]:
        _show_endpoint(row)


@webhooks.command()
@click.argument("id")
@click.option("--target", metavar="URL", help="Where its events go from now on.")
@click.option("--events", metavar="A,B", help="Only these, or `all`.")
@_url_option
def change(id: str, target: str | None, events: str | None, url: str) -> None:
    """Send an endpoint's events to another URL, or send it others."""
    changes: dict[str, Any] = {"url": target} if target is not None else {}
    if events is not None:
        changes["events"] = None if events == "all" else _names(events)
    _show_endpoint(_remote(url).patch(f"/webhooks/{id}", changes))


@webhooks.command()
@click.argument("id")
@_url_option
def disable(id: str, url: str) -> None:
    """Send nothing more to an endpoint, and cancel what is due."""
    _show_endpoint(_remote(url).patch(f"/webhooks/{id}", {"status": "disabled"}))


@webhooks.command()
@click.argument("id")
@_url_option
def enable(id: str, url: str) -> None:
    """Send an endpoint again what happens from now on."""
    _show_endpoint(_remote(url).patch(f"/webhooks/{id}", {"status": "active"}))


@webhooks.command()
@click.argument("id")
@_url_option
def remove(id: str, url: str) -> None:
    """Forget an endpoint and its deliveries."""
    _say(f"{_remote(url).delete(f'/webhooks/{id}')['id']} is removed.")


@webhooks.command()
@_url_option
def deliveries(url: str) -> None:
    """Show the newest deliveries, one to a line, the newest first."""
    for row in _remote(url).get("/deliveries")["data"]:
        line = f"{row['id']}  {row['event']}  {row['event_id']}  {row['url']}  {row['status']}"
        if row["attempts"]:
            last = row["attempts"][-1]
            line += f" after {last['number']}: {last['error'] or last['status']}"
        if row["next_attempt_at"]:
            line += f" Next at {row['next_attempt_at']}."
        _say(line)


@webhooks.command()
@click.argument("id")
@_url_option
def resend(id: str, url: str) -> None:
    """Send the event of a delivery again, with the same event id."""
    _say(_remote(url).post(f"/deliveries/{id}/resend")["id"])


@webhooks.command()
@click.argument("id")
@_url_option
def ping(id: str, url: str) -> None:
    """Send a test to an endpoint."""
    (sent,) = _remote(url).post(f"/webhooks/{id}/ping")["events"]
    _say(f"{sent['event']} {sent['id']}: 1 delivery")


@webhooks.command()
@click.argument("id")
@click.option("--secret", help="The new one; by default it is made up.")
@_url_option
def rotate(id: str, secret: str | None, url: str) -> None:
    """Give an endpoint another secret; for 24 hours the one before signs too."""
    rotated = _remote(url).post(f"/webhooks/{id}/rotate", {"secret": secret})
    _say(f"# The secret before signs X-1Invoice-Signature-Previous until {rotated['previous_secret_until']}.")
    _show_secret(rotated["secret"])


@click.command()
@click.option("--follow", is_flag=True, help="Go on with those to come, until you press Ctrl-C.")
@click.option("--har", metavar="FILE", type=click.Path(dir_okay=False), help="Write them as HAR 1.2 instead.")
@_url_option
def requests(follow: bool, har: str | None, url: str) -> None:
    """Show the newest requests to a running mock, why each was answered so, and what its client should know."""
    remote = _remote(url)
    if har is not None:
        _write(har, remote.get("/requests.har"))
        return
    last = 0
    while True:
        for row in remote.get("/requests", after=last)["data"]:
            _show_request(row)
            last = row["number"]
        if not follow:
            return
        time.sleep(_FOLLOW_SECONDS)


@click.group()
def faults() -> None:
    """Plan faults in a running mock: errors, delays and broken answers of the API.

    A single request asks for one by itself, with a header such as `Prefer: code=503`.
    """


@faults.command("add")
@click.option("--operation", help="For requests to this one, such as list_members; by default to all.")
@click.option("--status", type=int, help="Answer with this error, such as 503.")
@click.option("--retry-after", help="Its Retry-After: seconds, or a date of HTTP.")
@click.option("--fault", help="Break the answer: reset, truncate, garbage, hang or slow.")
@click.option("--delay", type=float, help="Seconds until the answer; of a slow one, those that it takes.")
@click.option("--nth", type=int, help="Not before so many requests.")
@click.option("--times", type=int, help="For so many requests; by default until it is removed.")
@click.option("--until", metavar="MOMENT", help="Until this moment of the mock's clock, such as 2026-04-30T12:00:00Z.")
@click.option("--probability", type=float, help="For about this share of the requests, up to 1.")
@click.option("--seed", type=int, help="Chooses these; the same seed the same ones.")
@_url_option
def add_fault(url: str, retry_after: str | None, **rule: Any) -> None:
    """Plan a fault for requests to come."""
    seconds = int(retry_after) if retry_after and retry_after.isdecimal() else retry_after
    asked = {"retry_after": seconds, **rule}
    _show_fault(_remote(url).post("/faults", {name: value for name, value in asked.items() if value is not None}))


@faults.command("list")
@_url_option
def list_faults(url: str) -> None:
    """Show what is planned, one to a line, with how many requests got it."""
    for row in _remote(url).get("/faults")["data"]:
        _show_fault(row)


@faults.command("remove")
@click.argument("id")
@_url_option
def remove_fault(id: str, url: str) -> None:
    """Plan a fault no more."""
    _say(f"{_remote(url).delete(f'/faults/{id}')['id']} is removed.")


@faults.command()
@_url_option
def clear(url: str) -> None:
    """Plan none any more."""
    _remote(url).delete("/faults")


@click.command()
@click.argument("key")
@click.argument("requests", type=click.IntRange(1, 1_000_000))
@_url_option
def limit(key: str, requests: int, url: str) -> None:
    """Let KEY send so many REQUESTS in a minute, from its next request on.

    KEY is the id that the dashboard shows under the key's name. The key itself works too, but your shell remembers it.
    """
    granted = _remote(url).post("/keys/limit", {"key": key, "limit": requests})
    count = granted["limit"]
    key_name = f"{granted['name']} ({granted['first']}…{granted['last']})"
    _say(f"{key_name}: {count} request{'' if count == 1 else 's'} in a minute")


# So that -5 is refused as a number, not as an option that nobody knows.
@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("action", type=click.Choice(["show", "advance", "reset"]), default="show")
@click.argument("seconds", type=float, required=False)
@_url_option
def clock(action: str, seconds: float | None, url: str) -> None:
    """Show the clock of a running mock, advance it by SECONDS, or reset it to the system's time.

    It moves the rate limit's minute, the date that makes invoices overdue, and when webhooks are tried again.
    """
    if (seconds is not None) != (action == "advance"):
        raise click.UsageError("advance takes the number of seconds, such as: clock advance 61; nothing else does")
    remote = _remote(url)
    if action == "show":
        clock_state = remote.get("/clock")
    elif action == "advance":
        clock_state = remote.post("/clock", {"advance": seconds})
    else:
        clock_state = remote.post("/clock/reset")
    _say(f"{clock_state['now']}, {clock_state['ahead_seconds']:g} s ahead of the system")


def _remote(url: str) -> ControlsClient:
    # Imported here: `serve` speaks to nobody.
    from oneinvoice_impl.mock.cli.controls_client import ControlsClient

    return ControlsClient(url)


def _say(line: str) -> None:
    """Print a line; whoever answers at the URL, and whatever was registered there, wrote parts of it."""
    with signals_held_back():
        click.echo(printable(line))


def _show_endpoint(row: dict[str, Any]) -> None:
    state = row["status"] if row["disabled_reason"] is None else f"disabled: {row['disabled_reason']}"
    _say(f"{row['id']}  {row['url']}  {','.join(row['events'] or ['all'])}  {state}")


def _show_request(row: dict[str, Any]) -> None:
    target = f"{row['path']}?{row['query']}" if row["query"] else row["path"]
    answered = f"{row['status']}  {row['method']} {target}  {row['key'] or 'no known key'}  {row['duration_ms']} ms"
    _say(f"{row['at']}  {answered}  {row['why']}")
    for note in row["notes"]:
        _say(f"    ! {note}")


def _show_fault(row: dict[str, Any]) -> None:
    told = {
        name: row[name] for name in ("status", "fault", "delay", "retry_after", "nth", "times", "until", "probability")
    }
    shown = "  ".join(f"{name}={value}" for name, value in told.items() if value and (name, value) not in _USUAL)
    _say(f"{row['id']}  {row['operation'] or 'all operations'}  {shown}  {row['answered']} of {row['seen']} requests")


def _write(path: str, content: Any) -> None:
    """Write JSON to a file, all or nothing. Raises `UsageError`."""
    try:
        with click.open_file(path, "w", encoding="utf-8", atomic=True) as file:
            json.dump(content, file, ensure_ascii=False, indent=1)
    except (OSError, click.FileError) as error:
        raise click.UsageError(
            f"{path} can't be written; name a file in a folder that exists and is writable"
        ) from error


def _names(events: str) -> list[str]:
    return [name.strip() for name in events.split(",")]


def _show_secret(secret: str) -> None:
    _say(f"export ONEINVOICE_WEBHOOK_SECRET={shlex.quote(secret)}")


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise click.UsageError(f"--set takes a name and a value, such as total=1250.00, not {text!r}")
    return name, value
