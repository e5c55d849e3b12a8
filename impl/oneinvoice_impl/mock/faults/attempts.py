"""Attempts at deliveries, of which some have a fault that is planned for them.

A fault is for the first attempt at a delivery. What a receiver should refuse is sent in the place of that attempt, and
the true one follows: so a fault costs a client no event.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from oneinvoice_impl.mock.faults.middleware import FAULT_HEADER
from oneinvoice_impl.mock.faults.plan import FaultPlan, PlannedFault
from oneinvoice_impl.mock.faults.sends import Newest, Send, SendLog
from oneinvoice_impl.mock.faults.webhook_fault import FORGERIES, HELD, WebhookFault
from oneinvoice_impl.store.database import Database
from oneinvoice_impl.store.webhooks import delivery_queue
from oneinvoice_impl.store.webhooks.delivery_queue import Claim, DeliveryContent, Outcome
from oneinvoice_impl.webhooks.delivery_attempts import DeliveryAttempts, PutOff
from oneinvoice_impl.webhooks.exchange import Reply
from oneinvoice_impl.webhooks.service import MakeAttempts
from oneinvoice_impl.webhooks.signing import sign

SIGNATURE = "X-1Invoice-Signature"
PREVIOUS_SIGNATURE = "X-1Invoice-Signature-Previous"

MOST_OPEN = 50_000

_WRONG_SECRET = "whsec_of_somebody_else"  # noqa: S105  # nobody's


@dataclass(frozen=True, slots=True, eq=False)
class FaultyClaim(Claim):
    """Claim that is sent with a fault; `signed` are the bytes that its signature is of."""

    fault: WebhookFault
    name: str
    signed: bytes
    is_repeat: bool = False


class FaultyAttempts(DeliveryAttempts):
    """Attempts at deliveries, with faults by a plan."""

    def __init__(self, plan: FaultPlan, sends: SendLog, database: Database, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._plan = plan
        self._sends = sends
        self._database = database
        # Of deliveries that are held back, or not delivered yet: one that is forgotten is struck again, once it is due.
        self._open: Newest[str, PlannedFault] = Newest(most=MOST_OPEN)
        self._held: dict[str, str] = {}  # for each endpoint the delivery that waits for the next one
        self._last: Newest[str, Claim] = Newest()  # for each endpoint the one that was delivered last

    async def attempt(self, claim: Claim) -> Outcome:
        """Send a claimed delivery, with the fault that it gets if it gets any. Raises `PutOff` if it is held back."""
        planned = self._open.get(claim.delivery_id) or self._struck(claim)
        outcome = await (super().attempt(claim) if planned is None else self._faulty(planned, claim))
        if outcome.delivered:
            await self._let_held_go(claim.endpoint_id)
            self._last[claim.endpoint_id] = claim
        return outcome

    def forget(self) -> None:
        """Forget what is held back, and what was delivered."""
        self._open.clear()
        self._held.clear()
        self._last.clear()

    def headers(self, content: DeliveryContent, at: datetime) -> dict[str, str]:
        """Return the headers of an attempt; those of a fault name it. Raises `EncryptionProblem`."""
        if not isinstance(content, FaultyClaim):
            return super().headers(content, at)
        headers = super().headers(replace(content, body=content.signed), at)
        if content.fault.kind == "wrong-secret":
            headers[SIGNATURE] = sign(content.signed, _WRONG_SECRET)
            headers.pop(PREVIOUS_SIGNATURE, None)
        return headers | {FAULT_HEADER: content.name}

    def _struck(self, claim: Claim) -> PlannedFault | None:
        if claim.made:
            return None
        impossible = set()
        if claim.endpoint_id in self._held:
            impossible.add("reorder")
        if claim.endpoint_id not in self._last:
            impossible.add("replay")
        return self._plan.strike_delivery(claim.event, impossible)

    async def _faulty(self, planned: PlannedFault, claim: Claim) -> Outcome:
        faulty = _faulty_claim(planned, claim)
        fault = faulty.fault
        if fault.kind == "drop":
            reply = Reply(None, f"It was not sent, which is the fault {faulty.name}.")
            return self._outcome(faulty, reply, self._clock(), timedelta())
        if fault.is_forgery:
            return await self._forged(faulty)
        if fault.kind == "simultaneous":
            both = await asyncio.gather(*map(super().attempt, (faulty, replace(faulty, is_repeat=True))))
            return next((each for each in both if each.delivered), both[0])
        is_new = claim.delivery_id not in self._open
        self._open[claim.delivery_id] = planned
        if fault.kind in HELD:
            await self._hold(faulty, is_new)
        earlier = self._last.get(claim.endpoint_id)
        outcome = await super().attempt(claim if fault.kind == "replay" else faulty)
        if not outcome.delivered:
            return outcome
        self._open.pop(claim.delivery_id, None)
        if fault.kind == "duplicate":
            await super().attempt(replace(faulty, is_repeat=True))
        elif fault.kind == "replay" and earlier is not None:
            await super().attempt(_replayed(faulty, earlier))
        return outcome

    async def _forged(self, faulty: FaultyClaim) -> Outcome:
        """Send one that a receiver should refuse; the true one follows by the schedule, or at once if it doesn't."""
        body = FORGERIES[faulty.fault.kind](faulty.body)
        outcome = await super().attempt(replace(faulty, body=body))
        if not outcome.delivered:
            return outcome
        error = f"It answered {outcome.status} to a forged signature; the true one follows."
        return outcome._replace(error=error, next_at=self._clock())

    async def _hold(self, faulty: FaultyClaim, is_new: bool) -> None:
        """Hold a delivery back, once. Raises `PutOff`."""
        endpoint_id, id = faulty.endpoint_id, faulty.delivery_id
        if not is_new:
            if self._held.get(endpoint_id) == id:
                del self._held[endpoint_id]
            return
        self._sends.name(id, faulty.name)
        waits = faulty.fault.kind == "reorder"
        if waits:
            self._held[endpoint_id] = id
        until = self._clock() + timedelta(seconds=faulty.fault.delay)
        await self._database.write(lambda connection: delivery_queue.put_off(connection, faulty, until))
        if waits and self._held.get(endpoint_id) != id:
            # The next one was delivered meanwhile.
            await self._bring_on(id)
        raise PutOff

    async def _let_held_go(self, endpoint_id: str) -> None:
        held = self._held.pop(endpoint_id, None)
        if held is not None:
            await self._bring_on(held)

    async def _bring_on(self, id: str) -> None:
        await self._database.write(lambda connection: delivery_queue.bring_on(connection, id, self._clock()))

    def _outcome(self, claim: Claim, reply: Reply, started_at: datetime, duration: timedelta) -> Outcome:
        fault, name, is_repeat = None, None, False
        if isinstance(claim, FaultyClaim):
            fault, name, is_repeat = claim.fault, claim.name, claim.is_repeat
        outcome = super()._outcome(claim, reply, started_at, duration)
        self._sends.add(
            Send(
                delivery_id=claim.delivery_id,
                endpoint_id=claim.endpoint_id,
                event_id=claim.event_id,
                event=claim.event,
                url=claim.url,
                attempt=claim.made + 1,
                is_repeat=is_repeat,
                fault=fault,
                name=name,
                at=started_at,
                since=time.monotonic() - duration.total_seconds(),
                duration=duration,
                status=reply.status,
                error=outcome.error,
                connected=reply.connected,
            )
        )
        return outcome


def faulty_attempts(made: type[DeliveryAttempts], plan: FaultPlan, sends: SendLog, database: Database) -> MakeAttempts:
    """Return what makes attempts with faults; `made` are those of a mock that may have a defect."""
    return partial(type("FaultyAttempts", (FaultyAttempts, made), {}), plan, sends, database)


def _replayed(faulty: FaultyClaim, earlier: Claim) -> FaultyClaim:
    """Return the claim of what is sent again, to the URL and with the secret that the endpoint has now."""
    return replace(
        faulty,
        delivery_id=earlier.delivery_id,
        event_id=earlier.event_id,
        event=earlier.event,
        body=earlier.body,
        signed=earlier.body,
        made=earlier.made,
        is_repeat=True,
    )


def _faulty_claim(planned: PlannedFault, claim: Claim) -> FaultyClaim:
    fault = planned.rule.fault
    assert isinstance(fault, WebhookFault), "it struck a delivery"
    values = {field.name: getattr(claim, field.name) for field in fields(Claim)}
    return FaultyClaim(**values, fault=fault, name=planned.name, signed=claim.body)
