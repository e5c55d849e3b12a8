"""The commands that speak to a running mock."""

from __future__ import annotations

import shlex
import time
from typing import TYPE_CHECKING, Any

import click
from oneinvoice_openapi.printable import printable

from oneinvoice_impl.mock.cli.json_files import write_json
from oneinvoice_impl.mock.cli.signals import signals_held_back

if TYPE_CHECKING:
    from oneinvoice_impl.mock.cli.controls_client import ControlsClient

_FOLLOW_SECONDS = 0.5
_SHOWN_OF_FAULT = ("status", "fault", "webhook", "delay", "retry_after", "nth", "times", "until", "probability")
_USUAL = (("nth", 1), ("probability", 1.0))  # of a fault

DEFAULT_URL = "http://127.0.0.1:8080"


url_option = click.option(
    "--url", envvar="ONEINVOICE_URL", show_envvar=True, default=DEFAULT_URL, show_default=True, help="Where it runs."
)


def _id(context: click.Context, parameter: click.Parameter, value: str) -> str:
    if not value or "/" in value:
        raise click.UsageError(f"{value!r} is no id; give one that is listed")
    return value


id_argument = click.argument("id", callback=_id)


@click.command()
@click.argument("event")
@click.option("--invoice", metavar="ID", help="The invoice that it happens to.")
@click.option("--quote", metavar="ID", help="The quote that it happens to, or that invoice.created is made from.")
@click.option("--set", "values", metavar="NAME=VALUE", multiple=True, help="A value of a new record: total=1250.00.")
@url_option
def trigger(event: str, invoice: str | None, quote: str | None, values: tuple[str, ...], url: str) -> None:
    """Make an event happen in a running mock, such as invoice.paid.

    It is the real transition: the API shows it, and webhooks are sent. Without an id it happens to the oldest record
    in the right state, or, if there is none or values are set, to a new one that gets there first.
    """
    order = {"event": event, "invoice": invoice, "quote": quote, "set": dict(map(_pair, values))}
    for transition in remote(url).post("/trigger", order)["events"]:
        count = len(transition["deliveries"])
        plural = "y" if count == 1 else "ies"
        happened = " ".join(filter(None, (transition["event"], transition["record"], transition["id"])))
        say(f"{happened}: {count} deliver{plural}")


@click.group()
def webhooks() -> None:
    """Register, change and remove endpoints in a running mock, and look at what was sent to them."""


@webhooks.command()
@click.argument("target", metavar="URL")
@click.option("--secret", envvar="ONEINVOICE_WEBHOOK_SECRET", show_envvar=True, help="Signs; by default a new one.")
@click.option("--events", metavar="A,B", help="Only these, such as invoice.paid,quote.accepted; by default all.")
@url_option
def add(target: str, secret: str | None, events: str | None, url: str) -> None:
    """Send events to a URL; prints the secret that signs them, this once."""
    added = remote(url).post("/webhooks", {"url": target, "secret": secret, "events": events and _names(events)})
    say(f"# {added['id']} sends {events or 'all events'} to {target}. {added['note']}".rstrip())
    _show_secret(added["secret"])


@webhooks.command("list")
@url_option
def list_(url: str) -> None:
    """Show the endpoints, one to a line."""
    for row in remote(url).get("/webhooks")["data"]:
        _show_endpoint(row)


@webhooks.command()
@id_argument
@click.option("--target", metavar="URL", help="Where its events go from now on.")
@click.option("--events", metavar="A,B", help="Only these, or `all`.")
@url_option
def change(id: str, target: str | None, events: str | None, url: str) -> None:
    """Send an endpoint's events to another URL, or send it others."""
    changes: dict[str, Any] = {"url": target} if target is not None else {}
    if events is not None:
        changes["events"] = None if events == "all" else _names(events)
    _show_endpoint(remote(url).patch(f"/webhooks/{id}", changes))


@webhooks.command()
@id_argument
@url_option
def disable(id: str, url: str) -> None:
    """Send nothing more to an endpoint, and cancel what is due."""
    _show_endpoint(remote(url).patch(f"/webhooks/{id}", {"status": "disabled"}))


@webhooks.command()
@id_argument
@url_option
def enable(id: str, url: str) -> None:
    """Send an endpoint again what happens from now on."""
    _show_endpoint(remote(url).patch(f"/webhooks/{id}", {"status": "active"}))


@webhooks.command()
@id_argument
@url_option
def remove(id: str, url: str) -> None:
    """Forget an endpoint and its deliveries."""
    say(f"{remote(url).delete(f'/webhooks/{id}')['id']} is removed.")


@webhooks.command()
@url_option
def deliveries(url: str) -> None:
    """Show the newest deliveries, the newest first, and what their receiver should know."""
    for row in remote(url).get("/deliveries")["data"]:
        line = f"{row['id']}  {row['event']}  {row['event_id']}  {row['url']}  {row['status']}"
        if row["attempts"]:
            last = row["attempts"][-1]
            line += f" after {last['number']}: {last['error'] or last['status']}"
        if row["next_attempt_at"]:
            line += f" Next at {row['next_attempt_at']}."
        say(f"{line}  fault {row['fault']}" if row["fault"] else line)
        _show_notes(row)


@webhooks.command()
@id_argument
@url_option
def resend(id: str, url: str) -> None:
    """Send the event of a delivery again, with the same event id."""
    say(remote(url).post(f"/deliveries/{id}/resend")["id"])


@webhooks.command()
@id_argument
@url_option
def ping(id: str, url: str) -> None:
    """Send a test to an endpoint."""
    (sent,) = remote(url).post(f"/webhooks/{id}/ping")["events"]
    say(f"{sent['event']} {sent['id']}: 1 delivery")


@webhooks.command()
@id_argument
@click.option("--secret", help="The new one; by default it is made up.")
@url_option
def rotate(id: str, secret: str | None, url: str) -> None:
    """Give an endpoint another secret; for 24 hours the one before signs too."""
    rotated = remote(url).post(f"/webhooks/{id}/rotate", {"secret": secret})
    say(f"# The secret before signs X-1Invoice-Signature-Previous until {rotated['previous_secret_until']}.")
    _show_secret(rotated["secret"])


@click.command()
@click.option("--follow", is_flag=True, help="Go on with those to come, until you press Ctrl-C.")
@click.option(
    "--har",
    metavar="FILE",
    type=click.Path(dir_okay=False, allow_dash=True),
    help="Write them as HAR 1.2 instead; - is standard output.",
)
@url_option
def requests(follow: bool, har: str | None, url: str) -> None:
    """Show the newest requests to a running mock, why each was answered so, and what its client should know."""
    mock = remote(url)
    if har is not None:
        write_json(har, mock.get("/requests.har"))
        return
    last = 0
    while True:
        for row in mock.get("/requests", after=last)["data"]:
            _show_request(row)
            last = row["number"]
        if not follow:
            return
        time.sleep(_FOLLOW_SECONDS)


@click.group()
def faults() -> None:
    """Plan faults in a running mock: errors, delays and broken answers of the API; forged or lost webhooks.

    A single request asks for one by itself, with a header such as `Prefer: code=503`.
    """


@faults.command("add")
@click.option("--operation", help="For requests to this one, such as list_members; by default to all.")
@click.option("--status", type=int, help="Answer with this error, such as 503.")
@click.option("--retry-after", help="Its Retry-After: seconds, a date of HTTP, or date+30: the date in 30 seconds.")
@click.option("--fault", help="Break the answer: reset, truncate, garbage, hang or slow.")
@click.option(
    "--webhook",
    metavar="FAULT",
    help="Of deliveries instead: duplicate, simultaneous, delay, reorder, drop, wrong-secret, flip-bit, reserialize or "
    "replay.",
)
@click.option("--event", help="For deliveries of this one, such as invoice.paid; by default of all.")
@click.option(
    "--delay", type=float, help="Seconds until the answer or delivery; of a slow answer, those that it takes."
)
@click.option("--nth", type=int, help="Not before so many requests or deliveries.")
@click.option("--times", type=int, help="For so many of them; by default until it is removed.")
@click.option("--until", metavar="MOMENT", help="Until this moment of the mock's clock, such as 2026-04-30T12:00:00Z.")
@click.option("--probability", type=float, help="For about this share of them, up to 1.")
@click.option("--seed", type=int, help="Chooses these; the same seed the same ones.")
@url_option
def add_fault(url: str, retry_after: str | None, **rule: Any) -> None:
    """Plan a fault for requests or deliveries to come."""
    seconds = int(retry_after) if retry_after and retry_after.isdecimal() else retry_after
    asked = {"retry_after": seconds, **rule}
    _show_fault(remote(url).post("/faults", {name: value for name, value in asked.items() if value is not None}))


@faults.command("list")
@url_option
def list_faults(url: str) -> None:
    """Show what is planned, one to a line, with how many requests or deliveries got it."""
    for row in remote(url).get("/faults")["data"]:
        _show_fault(row)


@faults.command("remove")
@id_argument
@url_option
def remove_fault(id: str, url: str) -> None:
    """Plan a fault no more."""
    say(f"{remote(url).delete(f'/faults/{id}')['id']} is removed.")


@faults.command()
@url_option
def clear(url: str) -> None:
    """Plan none any more."""
    remote(url).delete("/faults")


@click.command()
@click.argument("key")
@click.argument("requests", type=click.IntRange(1, 1_000_000))
@url_option
def limit(key: str, requests: int, url: str) -> None:
    """Let KEY send so many REQUESTS in a minute, from its next request on.

    KEY is the id that the dashboard shows under the key's name. The key itself works too, but your shell remembers it.
    """
    granted = remote(url).post("/keys/limit", {"key": key, "limit": requests})
    count = granted["limit"]
    key_name = f"{granted['name']} ({granted['first']}…{granted['last']})"
    say(f"{key_name}: {count} request{'' if count == 1 else 's'} in a minute")


_CLOCK_ACTIONS = ("show", "advance", "set", "freeze", "resume", "reset")


# So that -5 is refused as a number, not as an option that nobody knows.
@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("action", type=click.Choice(_CLOCK_ACTIONS), default="show")
@click.argument("value", required=False)
@url_option
def clock(action: str, value: str | None, url: str) -> None:
    """Show the clock of a running mock, or change it.

    `advance SECONDS` and `set MOMENT` move it, `freeze` has it stand still until `resume`, and `reset` takes it back to
    the system's time. It moves the rate limit's minute, the date that makes invoices overdue, and when webhooks are
    tried again; what is due on the way is sent at its own time before the command returns.
    """
    if (value is not None) != (action in ("advance", "set")):
        raise click.UsageError(
            "advance takes the number of seconds, such as: clock advance 61; set takes a moment, such as: "
            "clock set 2038-01-20T12:00:00Z; nothing else takes a value"
        )
    mock = remote(url)
    if action == "show":
        state = mock.get("/clock")
    elif action == "reset":
        state = mock.post("/clock/reset")
    else:
        state = mock.post("/clock", _clock_change(action, value or ""))
    stands = ", frozen" if state["frozen"] else ""
    say(f"{state['now']}, {state['ahead_seconds']:g} s ahead of the system{stands}")
    if state["note"]:
        say(f"# {state['note']}")


def _clock_change(action: str, value: str) -> dict[str, Any]:
    if action == "set":
        return {"set": value}
    if action in ("freeze", "resume"):
        return {"freeze": action == "freeze"}
    try:
        return {"advance": float(value)}
    except ValueError:
        raise click.UsageError(f"advance takes a number of seconds, such as 61, not {value!r}") from None


def remote(url: str) -> ControlsClient:
    # Imported here: `serve` speaks to nobody.
    from oneinvoice_impl.mock.cli.controls_client import ControlsClient

    return ControlsClient(url)


def say(line: str) -> None:
    """Print a line; whoever answers at the URL, and whatever was registered there, wrote parts of it."""
    with signals_held_back():
        click.echo(printable(line))


def _show_endpoint(row: dict[str, Any]) -> None:
    state = row["status"] if row["disabled_reason"] is None else f"disabled: {row['disabled_reason']}"
    say(f"{row['id']}  {row['url']}  {','.join(row['events'] or ['all'])}  {state}")


def _show_request(row: dict[str, Any]) -> None:
    target = f"{row['path']}?{row['query']}" if row["query"] else row["path"]
    answered = f"{row['status']}  {row['method']} {target}  {row['key'] or 'no known key'}  {row['duration_ms']} ms"
    say(f"{row['at']}  {answered}  {row['why']}")
    _show_notes(row)


def _show_notes(row: dict[str, Any]) -> None:
    broken = {finding["text"]: finding["requirement"] for finding in row.get("findings", ())}
    for note in row["notes"]:
        say(f"    ! {note} ({broken[note]})" if note in broken else f"    ! {note}")


def _show_fault(row: dict[str, Any]) -> None:
    of_webhook = row["webhook"] is not None
    target = row["event"] or "all events" if of_webhook else row["operation"] or "all operations"
    told = {name: row[name] for name in _SHOWN_OF_FAULT}
    shown = "  ".join(f"{name}={value}" for name, value in told.items() if value and (name, value) not in _USUAL)
    counted = "deliveries" if of_webhook else "requests"
    say(f"{row['id']}  {target}  {shown}  {row['answered']} of {row['seen']} {counted}")


def _names(events: str) -> list[str]:
    return [name.strip() for name in events.split(",")]


def _show_secret(secret: str) -> None:
    say(f"export ONEINVOICE_WEBHOOK_SECRET={shlex.quote(secret)}")


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise click.UsageError(f"--set takes a name and a value, such as total=1250.00, not {text!r}")
    return name, value
