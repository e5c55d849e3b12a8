"""What the documentation says of webhooks, held against deliveries by somebody who knows what has happened."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Callable, Collection
from typing import NoReturn

from tests.miniatures import EVENTS
from tests.unit.miniatures.receiver import Received

SECRET = "5e2af0 hemmelighed på Ærø"
RULE_OF_EVENT = {event: f"HOOK-{number}" for number, event in enumerate(EVENTS, 6)}
JSON_TYPE = re.compile(r"application/(json|[\w.-]+\+json) *(;.*)?", re.IGNORECASE)


def broken_rules(deliveries: list[Received], happened: Collection[str]) -> set[str]:
    """The ids of the rules that these deliveries break, which are all that came when this happened."""
    posts = [each for each in deliveries if each.method == "POST"]
    broken = {rule for rule, keeps in CLAUSES.items() if not all(keeps(post) for post in posts)}
    broken |= {"HOOK-1"} if len(posts) < len(deliveries) else set()
    told = {told_event(each) for each in deliveries}
    return broken | {RULE_OF_EVENT[event] for event in happened if event not in told}


def deliveries(requests: list[Received], path: str) -> list[Received]:
    """The requests that tell an event to the path, by their headers or by anything in them; all others are noise."""
    documented = {"x-1invoice-event", "x-1invoice-signature"}
    return [each for each in requests if each.path == path and (each.body or documented & each.headers.keys())]


def named_event(delivery: Received) -> str | None:
    return delivery.headers.get("x-1invoice-event")


def told_event(delivery: Received) -> str | None:
    """The event by the body, or where that doesn't tell, by the header."""
    try:
        content = json.loads(delivery.body)
    except ValueError:
        return named_event(delivery)
    return content.get("happened", named_event(delivery)) if isinstance(content, dict) else named_event(delivery)


def is_json(delivery: Received) -> bool:
    try:
        json.loads(delivery.body.decode(), parse_constant=_refuse)
    except ValueError:
        return False
    return JSON_TYPE.fullmatch(delivery.headers.get("content-type", "")) is not None


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} isn't JSON")


def names_its_event(delivery: Received) -> bool:
    return named_event(delivery) == told_event(delivery) is not None


def is_signed(delivery: Received) -> bool:
    good = hmac.new(SECRET.encode(), delivery.body, hashlib.sha256).hexdigest()
    return delivery.headers.get("x-1invoice-signature", "").lower() == good


def is_sent_by_webhooks(delivery: Received) -> bool:
    return delivery.headers.get("user-agent") == "1invoice-webhooks/1"


CLAUSES: dict[str, Callable[[Received], bool]] = {
    "HOOK-2": is_json,
    "HOOK-3": names_its_event,
    "HOOK-4": is_signed,
    "HOOK-5": is_sent_by_webhooks,
}
