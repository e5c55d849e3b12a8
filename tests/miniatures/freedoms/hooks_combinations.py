"""Several freedoms of webhooks and of the API at once, as a deployment by strangers would use them."""

from __future__ import annotations

from tests.miniatures.deployment import Deployment
from tests.miniatures.freedoms import combinations, hooks, hooks_noise, hooks_order, hooks_transport


class HooksOfStrictJava(
    hooks.BodiesIndented,
    hooks.TypesOfVendor,
    hooks.HeadersBeyond,
    hooks_transport.SentOverOneConnection,
    hooks_transport.SentInChunks,
    hooks_order.EventsFromTheStart,
    combinations.StrictJava,
):
    """Strict about parameters; many headers over one connection."""


class HooksOfLenientScript(
    hooks.BodiesOfResource,
    hooks.SignaturesInCapitals,
    hooks_transport.SentByOldProtocol,
    hooks_order.DeliveredTwice,
    hooks_noise.HealthChecksBetween,
    combinations.LenientScript,
):
    """Shows what its tables hold, twice."""


class HooksOfJsonApiService(
    hooks.BodiesInLists,
    hooks.PreviousSecretBeside,
    hooks_transport.SentHaltingly,
    hooks_order.EventsInReverse,
    hooks_noise.ProbesBetween,
    combinations.JsonApiService,
):
    """JSON:API under a base path; the last event first, each in a list."""


class HooksOfBusyAfternoon(
    hooks.HeadersInLowerCase,
    hooks.BodiesWithSubscriptions,
    hooks_noise.PingsBetween,
    hooks_order.OthersAtWork,
    combinations.BusyAfternoon,
):
    """A busy service: others at work, and pings between."""


FREE: list[type[Deployment]] = [HooksOfStrictJava, HooksOfLenientScript, HooksOfJsonApiService, HooksOfBusyAfternoon]
