"""Fault of a webhook: what is done to a delivery that is about to be sent."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from oneinvoice_impl.mock.faults.fault import InvalidFault

MOST_HELD = 86_400
"""The longest time that a delivery is held back, in seconds."""
HELD_SECONDS = 10.0
"""The time that a delivery waits for the next one at most, if no other is given."""


def one_bit_off(body: bytes) -> bytes:
    """Return a body with the lowest bit of its last digit changed: it is JSON as before."""
    at = next(match.start() for match in re.finditer(rb"[0-9](?=[^0-9]*\Z)", body))
    return body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :]


def written_anew(body: bytes) -> bytes:
    """Return a body as another JSON library would write it."""
    return json.dumps(json.loads(body)).encode()


FORGERIES: Mapping[str, Callable[[bytes], bytes]] = {
    "wrong-secret": bytes,
    "flip-bit": one_bit_off,
    "reserialize": written_anew,
}
"""Faults of which a signature is wrong, with the body that is sent in the place of the one that was signed."""

HELD = ("delay", "reorder")
"""Faults of which a delivery is held back."""

WEBHOOK_KINDS = ("duplicate", "simultaneous", *HELD, "drop", *FORGERIES, "replay")
POSSIBLE = f"{', '.join(WEBHOOK_KINDS)}; delay and reorder with a delay in seconds up to {MOST_HELD}"


class WebhookFault(NamedTuple):
    """Fault of one delivery, of WEBHOOK_KINDS; `delay` is how long one is held back, in seconds."""

    kind: str
    delay: float = 0.0

    @property
    def is_forgery(self) -> bool:
        """Tell whether a receiver should refuse it."""
        return self.kind in FORGERIES

    def __str__(self) -> str:
        return f"webhook={self.kind}" + (f"; delay={self.delay:g}" if self.delay else "")


def make_webhook_fault(kind: str, delay: Any) -> WebhookFault:
    """Return the fault of JSON values, of which a delay None is none. Raises `InvalidFault`."""
    if kind not in WEBHOOK_KINDS:
        raise InvalidFault(f"There is no fault {kind!r} of webhooks; what can be asked for is {POSSIBLE}.")
    if delay is not None and (isinstance(delay, bool) or not isinstance(delay, int | float)):
        raise InvalidFault(f"A delay can't be {delay!r}; what can be asked for is {POSSIBLE}.")
    if delay is not None and not 0 < delay <= MOST_HELD:
        raise InvalidFault(f"A delay can't be {delay!r} seconds; what can be asked for is {POSSIBLE}.")
    if delay is not None and kind not in HELD:
        raise InvalidFault(f"The fault {kind} takes no delay; delay and reorder do.")
    if delay is None and kind == "delay":
        raise InvalidFault("A webhook that is late needs its delay in seconds; give one such as 30.")
    return WebhookFault(kind, float(delay or (HELD_SECONDS if kind == "reorder" else 0)))
