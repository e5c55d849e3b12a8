"""What else comes to a receiver, or to the host that it is on."""

from __future__ import annotations

from dataclasses import replace

from tests.miniatures.decorators import Run, variant
from tests.miniatures.deployment import Deployment
from tests.miniatures.events import EventOccurrence
from tests.miniatures.hooks import USER_AGENT, Delivery, Webhook


class _Noise(Deployment):
    """Sends other requests before each delivery, and after."""

    def deliveries(self, occurrence: EventOccurrence, webhook: Webhook) -> list[Delivery]:
        noise = self.noise(occurrence, webhook)
        return [*noise, *super().deliveries(occurrence, webhook), *noise]

    def noise(self, occurrence: EventOccurrence, webhook: Webhook) -> list[Delivery]:
        raise NotImplementedError


@variant(shown_by=Run.HOOKS)
class PingsBetween(_Noise):
    """Pings come between the deliveries, an event that nobody documented, signed as all are."""

    def noise(self, occurrence: EventOccurrence, webhook: Webhook) -> list[Delivery]:
        body = self.encode({"happened": "ping", "organisation": occurrence.document.organisation})
        return [Delivery("POST", webhook.target, self.headers("ping", body, webhook.secret), body)]


@variant(shown_by=Run.HOOKS)
class HealthChecksBetween(_Noise):
    """A balancer looks after the receiver's health, on paths of its own."""

    def noise(self, occurrence: EventOccurrence, webhook: Webhook) -> list[Delivery]:
        agent = {"User-Agent": "ELB-HealthChecker/2.0"}
        return [Delivery("GET", path, agent) for path in ("/", "/health", "/favicon.ico")]


@variant(shown_by=Run.HOOKS)
class ProbesBetween(_Noise):
    """The receiver is asked with OPTIONS and HEAD, on its own path, whether it is there."""

    def noise(self, occurrence: EventOccurrence, webhook: Webhook) -> list[Delivery]:
        asking = {"User-Agent": USER_AGENT, "WebHook-Request-Origin": "1invoice.online"}
        return [Delivery(method, webhook.target, asking) for method in ("OPTIONS", "HEAD")]


@variant(shown_by=Run.HOOKS)
class StrangersBetween(_Noise):
    """Strangers post to other paths of the host."""

    def noise(self, occurrence: EventOccurrence, webhook: Webhook) -> list[Delivery]:
        body = b"log=admin&pwd=admin"
        headers = {"User-Agent": "curl/8.5.0", "Content-Length": str(len(body))}
        return [Delivery("POST", path, headers, body) for path in ("/wp-login.php", "/.env", f"{webhook.target}/admin")]


@variant(shown_by=Run.HOOKS)
class SecondWebhook(_Noise):
    """Another webhook is registered on the same host, with another path, another secret and XML."""

    def noise(self, occurrence: EventOccurrence, webhook: Webhook) -> list[Delivery]:
        body = f'<event name="{occurrence.event}"/>'.encode()
        headers = self.headers(occurrence.event, body, f"another {webhook.secret}")
        return [Delivery("POST", "/archive", headers | {"Content-Type": "text/xml"}, body)]


@variant(shown_by=Run.HOOKS)
class AnnouncementsBetween(_Noise):
    """A change of the API is announced, by an event that isn't among the listed ones."""

    def noise(self, occurrence: EventOccurrence, webhook: Webhook) -> list[Delivery]:
        news = self.content(replace(occurrence, event="api.change_announced")) | {"effective": "2027-01-01"}
        body = self.encode(news)
        return [Delivery("POST", webhook.target, self.headers("api.change_announced", body, webhook.secret), body)]
