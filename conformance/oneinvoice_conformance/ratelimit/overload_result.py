"""The result of an overload: what each of its phases showed."""

from __future__ import annotations

from dataclasses import dataclass, field

from oneinvoice_conformance.http.exchange import Exchange
from oneinvoice_conformance.ratelimit.interleaving import InterleavedProbe
from oneinvoice_conformance.ratelimit.limit_proof import LimitProof
from oneinvoice_conformance.ratelimit.limiter_bounds import SOFT_LIMIT
from oneinvoice_conformance.ratelimit.others import OTHER_KEYS
from oneinvoice_conformance.ratelimit.overflow import Overflow
from oneinvoice_conformance.ratelimit.recovery import Recovery
from oneinvoice_conformance.ratelimit.second_minute import SecondMinute
from oneinvoice_conformance.ratelimit.silence import Silence
from oneinvoice_conformance.ratelimit.watching import WatchedBurst


@dataclass(frozen=True, slots=True)
class OverloadResult:
    """Result of overloading one key; a phase that wasn't needed has nothing in it.

    overloaded: the endpoint of the request by which the key is known to be refused
    limit: requests a minute that the documentation grants, or that were agreed
    cap: requests served in a row within a minute after which the key is let alone
    needs_allow_load: whether that is fewer than it takes to judge, for want of --allow-load
    is_shared: whether others use the keys at the same time
    most_served: requests in a row that were served within a minute, at most
    most_in_a_minute: requests that were served within a minute, at most, whatever was refused between them
    capacity: requests that were served at once, at most, but for what a bucket refilled meanwhile
    is_one_by_one: whether the run was refused so early that it sent at even distances
    is_cut_short: whether it was ended when it had taken long, and stays undecided anyway
    is_exceeded: whether more were served than any limiter of the limit would have
    is_beyond_lag: whether that is so of nodes, too, that know of each other's requests after a second
    uncounted: what, left out of the count, makes a limiter of the limit explain that, in words
    measured: the limiter in words
    exchanges: all that was sent for it
    """

    overloaded: str
    limit: int
    cap: int
    needs_allow_load: bool = False
    is_shared: bool = False
    first: WatchedBurst = field(default_factory=WatchedBurst)
    overflow: Overflow = field(default_factory=Overflow)
    silence: Silence = field(default_factory=Silence)
    recovery: Recovery = field(default_factory=Recovery)
    second_minute: SecondMinute = field(default_factory=SecondMinute)
    second: WatchedBurst = field(default_factory=WatchedBurst)
    proof: LimitProof = field(default_factory=LimitProof)
    most_served: int = 0
    most_in_a_minute: int = 0
    capacity: float = 0.0
    is_one_by_one: bool = False
    is_cut_short: bool = False
    is_exceeded: bool = False
    is_beyond_lag: bool = False
    uncounted: tuple[str, ...] = ()
    measured: str = ""
    exchanges: tuple[Exchange, ...] = ()

    @property
    def refusals(self) -> tuple[Exchange, ...]:
        """The answers that ended the first burst, none if the key was never refused."""
        return self.first.burst.refusals

    @property
    def recovers(self) -> bool:
        """Tell whether the key was served again, within the silence or after it."""
        return self.recovery.is_served or self.served_early is not None

    @property
    def served_early(self) -> Exchange | None:
        """The first request that was served before a minute after the refusal was over, if any was."""
        answers = (*self.overflow.at_pace, *self.silence.probes)
        return next((answer for answer in answers if answer.serves_list), None)

    @property
    def is_excess(self) -> bool:
        """Tell whether the key itself is served too much, and not since other requests have no part in its limit."""
        has_own_limit = any(probe.served for probe in self.probes_of_endpoints.values())
        is_over = self.most_in_a_minute > SOFT_LIMIT * self.limit
        is_too_much = self.is_exceeded or (self.overflow.is_by_connection and is_over)
        return is_too_much and not self.uncounted and not has_own_limit

    @property
    def probes_of_keys(self) -> dict[str, InterleavedProbe]:
        """Probes of other keys while this one was refused, by their roles."""
        return {name: probe for name, probe in self._probes.items() if name in OTHER_KEYS}

    @property
    def probes_of_endpoints(self) -> dict[str, InterleavedProbe]:
        """Probes of other endpoints, with a query and without, while the key was refused, by their names."""
        return {name: probe for name, probe in self._probes.items() if name not in OTHER_KEYS}

    @property
    def _probes(self) -> dict[str, InterleavedProbe]:
        return {**self.first.probes, **self.second.probes}
