"""Overload a key, once for all rules, with the fewest requests beyond those that the run sends anyway."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import replace

from oneinvoice_conformance.http.client import Client
from oneinvoice_conformance.http.exchange import Request
from oneinvoice_conformance.ratelimit.burst import fill_minute, send_burst
from oneinvoice_conformance.ratelimit.interleaving import stays_refused
from oneinvoice_conformance.ratelimit.key_under_load import KeyUnderLoad
from oneinvoice_conformance.ratelimit.limit_proof import prove_limit
from oneinvoice_conformance.ratelimit.others import Target, targets, unresolved
from oneinvoice_conformance.ratelimit.overload_result import OverloadResult
from oneinvoice_conformance.ratelimit.recovery import watch_recovery
from oneinvoice_conformance.ratelimit.watching import WatchedBurst, watch, watch_again

POLITE = 300  # requests a minute, beyond which load has to be allowed
_RULES = {f"RATE-{number}" for number in range(1, 6)}
_SOFT = 1.1  # times the limit, that a soft one may let pass; in each of two windows that turn over within a minute


class Overload:
    """Sends more with one key than its limit, watches what others get meanwhile, and waits for its recovery.

    `wanted` are the requirements that are to be judged; what none of them needs is not sent. More than 300 requests
    a minute need `allow_load`. `shared` says that others use the keys at the same time.
    """

    def __init__(
        self, client: Client, wanted: Collection[str], *, allow_load: bool = False, shared: bool = False
    ) -> None:
        self.client = client
        self.wanted = _RULES & set(wanted)
        self._exceeds_limit = bool(self.wanted - {"RATE-1"})
        limit = client.pacer.limit
        most = 2 * math.ceil(_SOFT * limit) + 1 if self._exceeds_limit else limit
        cap = most if allow_load else min(most, POLITE)
        self._unmeasured = OverloadResult(limit, cap, needs_allow_load=cap < most, is_shared=shared)
        self._result: OverloadResult | None = None

    def measure(self, request: Request) -> OverloadResult:
        """Return what overloading the key of the request with it shows; sent once."""
        if self._result is None:
            first = len(self.client.journal)
            key = KeyUnderLoad(self.client, request, self._unmeasured.cap)
            result = self._measure(key, targets(self.client, request, self.wanted))
            self._result = replace(result, exchanges=tuple(self.client.journal[first:]))
        return self._result

    def _measure(self, key: KeyUnderLoad, others: Sequence[Target]) -> OverloadResult:
        if key.is_paced:
            fill_minute(key)
        burst = send_burst(key)
        result = replace(self._unmeasured, first=WatchedBurst(burst))
        if burst.refusals and self._exceeds_limit:
            first = watch(key, burst, others if stays_refused(key) else (), burst.refusal_statuses)
            recovery = watch_recovery(key)
            result = replace(result, first=first, recovery=recovery)
            if recovery.is_served:
                result = replace(result, second=watch_again(key, first, unresolved(others, first.probes)))
        result = replace(result, most_served=key.most_served())
        if "RATE-1" in self.wanted and _is_limit_doubtful(result):
            proof = prove_limit(key, refilled_too_little=result.recovery.refilled_too_little)
            result = replace(result, proof=proof, most_served=key.most_served())
        return result


def _is_limit_doubtful(result: OverloadResult) -> bool:
    """Tell whether the key was refused before it was served the limit, or refilled too little, and still is served."""
    is_early = result.most_served < result.limit or result.recovery.refilled_too_little
    is_alive = result.recovery.is_served or not result.recovery.answers
    return bool(result.refusals) and is_early and is_alive and result.limit <= result.cap
