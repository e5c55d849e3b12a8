"""One attempt at a delivery: sign, send, and decide what follows."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from http import HTTPStatus

from oneinvoice_impl.clock import SYSTEM_CLOCK, Clock
from oneinvoice_impl.store.webhooks.delivery_queue import Claim, DeliveryContent, Outcome
from oneinvoice_impl.webhooks.exchange import Reply
from oneinvoice_impl.webhooks.retry_schedule import DISABLED_AFTER, next_attempt, retry_after
from oneinvoice_impl.webhooks.secret_encryption import EncryptionProblem, SecretEncryption
from oneinvoice_impl.webhooks.sender import Sender
from oneinvoice_impl.webhooks.signing import sign
from oneinvoice_impl.webhooks.url_policy import UrlPolicy

logger = logging.getLogger(__name__)

USER_AGENT = "1invoice-webhooks/1"


class PutOff(Exception):
    """A claimed delivery was put off, so that its claim has no outcome. A mock does that."""


class DeliveryAttempts:
    """Attempts at deliveries; owns the sender and its connections."""

    def __init__(
        self,
        encryption: SecretEncryption,
        url_policy: UrlPolicy,
        clock: Clock = SYSTEM_CLOCK,
        uniform: Callable[[float, float], float] = random.uniform,
    ) -> None:
        """`uniform` draws the jitter of retries."""
        self._encryption = encryption
        self._clock = clock
        self._uniform = uniform
        self._sender = Sender(url_policy)

    async def attempt(self, claim: Claim) -> Outcome:
        """Send a claimed delivery once, and return the outcome. Raises `PutOff` if that is to be later."""
        started_at, started = self._clock(), time.monotonic()
        try:
            reply = await self._sender.post(claim.url, self.headers(claim, started_at), claim.body)
        except EncryptionProblem as problem:
            logger.error("webhooks: %s: %s", claim.endpoint_id, problem)
            reply = Reply(None, str(problem))
        except Exception as error:
            logger.exception("webhooks: %s: unexpected error", claim.delivery_id)
            reply = Reply(None, f"It could not be sent ({type(error).__name__}).")
        return self._outcome(claim, reply, started_at, timedelta(seconds=time.monotonic() - started))

    def forget(self) -> None:
        """Forget what is known of deliveries, in whose place others are, perhaps of the same ids: here nothing is."""

    def close(self) -> None:
        """Send no more."""
        self._sender.close()

    def headers(self, content: DeliveryContent, at: datetime) -> dict[str, str]:
        """Return the headers of an attempt at a time, beside those that HTTP needs. Raises `EncryptionProblem`."""
        headers = {
            "Accept-Encoding": "identity",
            "Content-Type": "application/json",
            "User-Agent": USER_AGENT,
            "X-1Invoice-Event": content.event,
            "X-1Invoice-Delivery": content.delivery_id,
            "X-1Invoice-Signature": sign(content.body, self._encryption.decrypt(content.secret)),
        }
        if content.previous_secret is not None and content.previous_until is not None and at < content.previous_until:
            previous = self._encryption.decrypt(content.previous_secret)
            headers["X-1Invoice-Signature-Previous"] = sign(content.body, previous)
        return headers

    def _outcome(self, claim: Claim, reply: Reply, started_at: datetime, duration: timedelta) -> Outcome:
        error = reply.error or _refusal(reply.status)
        next_at, disable = None, None
        if error is not None:
            ended_at = started_at + duration
            if reply.status == HTTPStatus.GONE:
                disable = "It answered 410 Gone."
            elif claim.failing_since is not None and ended_at - claim.failing_since >= DISABLED_AFTER:
                disable = "It did nothing but fail for 120 hours."
            else:
                wait = retry_after(reply.retry_after, ended_at)
                next_at = next_attempt(claim.made + 1, ended_at, wait, self._uniform)
        return Outcome(claim, started_at, duration, reply.status, error, reply.answer, next_at, disable)


def _refusal(status: int | None) -> str | None:
    """Return the fault of an answer's status in one sentence, if it has one."""
    assert status is not None, "no answer has a reason of its own"
    if 200 <= status < 300:
        return None
    if 300 <= status < 400:
        return f"It answered {status}; redirects are not followed."
    return f"It answered {status}."
