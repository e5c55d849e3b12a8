"""The result of an overload: what each of its phases showed."""

from __future__ import annotations

from dataclasses import dataclass, field

from oneinvoice_conformance.documented import ENDPOINTS
from oneinvoice_conformance.http.exchange import Exchange
from oneinvoice_conformance.ratelimit.interleaving import InterleavedProbe
from oneinvoice_conformance.ratelimit.limit_proof import LimitProof
from oneinvoice_conformance.ratelimit.recovery import Recovery
from oneinvoice_conformance.ratelimit.watching import WatchedBurst


@dataclass(frozen=True, slots=True)
class OverloadResult:
    """Result of overloading one key; a phase that wasn't needed has nothing in it.

    limit: requests a minute that the documentation grants, or that were agreed
    cap: requests served in a row within a minute after which the key is let alone
    needs_allow_load: whether that is fewer than it takes to judge, for want of --allow-load
    is_shared: whether others use the keys at the same time
    most_served: requests in a row that were served within a minute, at most
    exchanges: all that was sent for it
    """

    limit: int
    cap: int
    needs_allow_load: bool = False
    is_shared: bool = False
    first: WatchedBurst = field(default_factory=WatchedBurst)
    recovery: Recovery = field(default_factory=Recovery)
    second: WatchedBurst = field(default_factory=WatchedBurst)
    proof: LimitProof = field(default_factory=LimitProof)
    most_served: int = 0
    exchanges: tuple[Exchange, ...] = ()

    @property
    def refusals(self) -> tuple[Exchange, ...]:
        """The answers that ended the first burst, none if the key was never refused."""
        return self.first.burst.refusals

    @property
    def probes_of_keys(self) -> dict[str, InterleavedProbe]:
        """Probes of other keys while this one was refused, by their roles."""
        return {name: probe for name, probe in self._probes.items() if name not in ENDPOINTS}

    @property
    def probes_of_endpoints(self) -> dict[str, InterleavedProbe]:
        """Probes of other endpoints while the key was refused, by their names."""
        return {name: probe for name, probe in self._probes.items() if name in ENDPOINTS}

    @property
    def _probes(self) -> dict[str, InterleavedProbe]:
        return {**self.first.probes, **self.second.probes}
