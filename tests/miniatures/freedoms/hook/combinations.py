"""Several freedoms of webhooks and of the API at once, as a deployment by strangers would use them."""

from __future__ import annotations

from tests.miniatures.decorators import Run, variant
from tests.miniatures.freedoms import combinations
from tests.miniatures.freedoms.hook import bodies, noise, order, transport


@variant(shown_by=Run.HOOKS)
class HooksOfStrictJava(
    bodies.BodiesIndented,
    bodies.TypesOfVendor,
    bodies.HeadersBeyond,
    transport.SentOverOneConnection,
    transport.SentInChunks,
    order.EventsFromTheStart,
    combinations.StrictJava,
):
    """Strict about parameters; many headers over one connection."""


@variant(shown_by=Run.HOOKS)
class HooksOfLenientScript(
    bodies.BodiesOfResource,
    bodies.SignaturesInCapitals,
    transport.SentByOldProtocol,
    order.DeliveredTwice,
    noise.HealthChecksBetween,
    combinations.LenientScript,
):
    """Shows what its tables hold, twice."""


@variant(shown_by=Run.HOOKS)
class HooksOfJsonApiService(
    bodies.BodiesInLists,
    bodies.PreviousSecretBeside,
    transport.SentHaltingly,
    order.EventsInReverse,
    noise.ProbesBetween,
    combinations.JsonApiService,
):
    """JSON:API under a base path; the last event first, each in a list."""


@variant(shown_by=Run.HOOKS)
class HooksOfBusyAfternoon(
    bodies.HeadersInLowerCase,
    bodies.BodiesWithSubscriptions,
    noise.PingsBetween,
    order.OthersAtWork,
    combinations.BusyAfternoon,
):
    """A busy service: others at work, and pings between."""
