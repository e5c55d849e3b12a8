import json
import socket
import time

import pytest

from tests.integration.miniatures.deliveries import SECRET, named_event
from tests.integration.miniatures.receiver import Received, Receiver
from tests.miniatures import EVENTS, HOOK_FREE, Deployment
from tests.miniatures.freedoms.hook import bodies, combinations, noise, order, transport
from tests.unit.miniatures.reader import in_process

# Where what has happened is listed; some don't tell that an invoice is sent, but that it is unpaid.
LISTED = {
    "invoice.created": ["/invoices?status=draft"],
    "invoice.sent": ["/invoices?status=sent", "/invoices?status=unpaid"],
    "invoice.paid": ["/invoices?status=paid"],
    "quote.created": ["/quotes?status=draft"],
    "quote.sent": ["/quotes?status=sent"],
    "quote.accepted": ["/quotes?status=accepted"],
    "quote.rejected": ["/quotes?status=rejected"],
}


def patient(deployment: Deployment) -> Deployment:
    """Return the same deployment, without the patience that its delays would take."""
    if hasattr(deployment, "delay"):
        deployment.delay = 0.02
    return deployment


def deliver(deployment: Deployment, receiver: Receiver, *events: str) -> list[Received]:
    """Return all that comes when these events happen, each after the deliveries of the one before."""
    deployment.register(receiver.url, SECRET)
    for event in events:
        deployment.trigger(event)
        deployment.wait_for_deliveries()
    assert not deployment.mistakes
    assert not deployment.lost
    return receiver.taken()


def told(requests: list[Received]) -> list[str | None]:
    return [named_event(request) for request in requests]


# What is delivered of an event, and how, changes nothing of what the API shows.
WHERE_EVENTS_DIFFER = {order.__name__, combinations.__name__}
HAPPENING = [each.deployment for each in HOOK_FREE.values() if each.deployment.__module__ in WHERE_EVENTS_DIFFER]


@pytest.mark.parametrize("happening", [Deployment, *HAPPENING])
def test_the_api_shows_what_has_happened(happening: type[Deployment]):
    deployment = happening()
    for event, targets in LISTED.items():
        before = marks(deployment, targets)
        deployment.trigger(event)
        assert marks(deployment, targets) - before, event


def marks(deployment: Deployment, targets: list[str]) -> set[str]:
    """Return which records are listed now, on all the pages that there may be."""
    reader = in_process(deployment)
    pages = (f"{target}{page}" for target in targets for page in ("", "&limit=200", "&limit=200&page=2"))
    answers = (reader.get(page) for page in pages)
    return {mark for answer in answers if answer.status == 200 for mark in answer.marks}


def test_a_delivery_has_the_resource_as_the_api_shows_it(receiver: Receiver):
    deployment = Deployment()
    came = deliver(deployment, receiver, *EVENTS)
    last = {event: json.loads(each.body) for event, each in zip(EVENTS, came, strict=True)}
    reader = in_process(deployment)
    assert last["invoice.paid"]["invoice"] in reader.get("/invoices").records
    assert last["quote.accepted"]["quote"] in reader.get("/quotes").records
    assert last["quote.rejected"]["quote"]["signature"] is not None


def test_the_correct_deployment_delivers_once(receiver: Receiver):
    assert told(deliver(Deployment(), receiver, *EVENTS)) == list(EVENTS)


def test_bodies_of_the_correct_deployment_differ_from_what_libraries_write(receiver: Receiver):
    for request in deliver(Deployment(), receiver, *EVENTS):
        content = json.loads(request.body)
        for separators in ((",", ":"), (", ", ": ")):
            for ascii_only, in_order in ((True, True), (True, False), (False, True), (False, False)):
                anew = json.dumps(content, ensure_ascii=ascii_only, sort_keys=in_order, separators=separators)
                assert anew.encode() != request.body


def test_canonical_bodies_are_their_own_canonical_form(receiver: Receiver):
    for request in deliver(bodies.BodiesCanonical(), receiver, *EVENTS):
        anew = json.dumps(json.loads(request.body), separators=(",", ":"), sort_keys=True)
        assert anew.encode() == request.body


def test_bodies_without_event(receiver: Receiver):
    for deployment in (bodies.BodiesWithoutEvent(), bodies.BodiesOfResource()):
        for request in deliver(deployment, receiver, *EVENTS):
            assert str(named_event(request)).encode() not in request.body


def test_history_names_other_events_only(receiver: Receiver):
    request = deliver(bodies.BodiesWithHistory(), receiver, "quote.accepted")[0]
    assert json.loads(request.body)["history"] == ["quote.created", "quote.sent"]


@pytest.mark.parametrize(
    ("deployment", "begins"),
    [
        (Deployment(), '{"organisation": "Foreningen Højskolen","happened": "quote.sent",'),
        (bodies.BodiesIndented(), '{\n  "organisation": "Foreningen Højskolen",\n'),
        (bodies.BodiesCompact(), '{"organisation":"Foreningen Højskolen","happened":"quote.sent",'),
        (bodies.BodiesOfWindows(), '\r\n{\r\n\t"organisation": "Foreningen H\\u00f8jskolen",'),
        (bodies.BodiesInLists(), '[{"organisation"'),
        (bodies.BodiesWithSubscriptions(), '{"subscriptions": ["invoice.created",'),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Deployment) else None,
)
def test_bodies_as_they_arrive(deployment: Deployment, begins: str, receiver: Receiver):
    assert deliver(deployment, receiver, "quote.sent")[0].body.startswith(begins.encode())


def test_large_bodies(receiver: Receiver):
    assert len(deliver(bodies.BodiesLarge(), receiver, "quote.sent")[0].body) > 400_000


def test_signatures_in_capitals(receiver: Receiver):
    signature = deliver(bodies.SignaturesInCapitals(), receiver, "quote.sent")[0].headers["x-1invoice-signature"]
    assert signature == signature.upper() != signature.lower()


def test_two_signatures_differ(receiver: Receiver):
    headers = deliver(bodies.PreviousSecretBeside(), receiver, "quote.sent")[0].headers
    assert headers["x-1invoice-signature"] != headers["x-1invoice-signature-previous"]


def test_headers_as_they_are_written():
    written = bodies.HeadersInLowerCase().headers("quote.sent", b"{}", SECRET)
    assert all(name == name.lower() for name in written)
    padded = bodies.HeadersPadded().headers("quote.sent", b"{}", SECRET)
    assert padded["X-1Invoice-Event"] == "  quote.sent \t"


@pytest.mark.parametrize(
    ("deployment", "name", "value"),
    [
        (Deployment(), "content-type", "application/json"),
        (bodies.TypesWithCharset(), "content-type", "Application/JSON; Charset=UTF-8"),
        (bodies.TypesOfVendor(), "content-type", "application/vnd.1invoice.event+json"),
        (bodies.HeadersBeyond(), "x-http-method-override", "PUT"),
        (transport.SentAndClosed(), "connection", "close"),
        (transport.SentExpectingContinue(), "expect", "100-continue"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Deployment) else None,
)
def test_headers_as_they_arrive(deployment: Deployment, name: str, value: str, receiver: Receiver):
    assert deliver(deployment, receiver, "quote.sent")[0].headers[name] == value


def test_chunks_have_no_length(receiver: Receiver):
    headers = deliver(transport.SentInChunks(), receiver, "quote.sent")[0].headers
    assert headers["transfer-encoding"] == "chunked"
    assert "content-length" not in headers


def test_old_protocol(receiver: Receiver):
    assert deliver(transport.SentByOldProtocol(), receiver, "quote.sent")[0].version == "HTTP/1.0"


def test_connections(receiver: Receiver):
    own = deliver(Deployment(), receiver, *EVENTS)
    assert len({request.connection for request in own}) == len(EVENTS)
    deployment = transport.SentOverOneConnection()
    deployment.register(receiver.url, SECRET)
    for event in EVENTS:
        deployment.trigger(event)
    deployment.wait_for_deliveries()
    assert len({request.connection for request in receiver.taken()}) == 1


def test_a_connection_that_was_closed_is_opened_again(receiver: Receiver):
    deployment = transport.SentOverOneConnection()
    deployment.register(receiver.url, SECRET)
    deployment.trigger("invoice.sent")
    Deployment.wait_for_deliveries(deployment)
    deployment.kept.sock.shutdown(socket.SHUT_RDWR)
    came = [*receiver.taken(), *deliver(deployment, receiver, "invoice.paid")]
    assert told(came) == ["invoice.sent", "invoice.paid"]
    assert came[0].connection != came[1].connection


def test_repetitions_have_the_same_bytes(receiver: Receiver):
    for deployment in (order.DeliveredTwice(), patient(order.DeliveredAgainLater())):
        first, again = deliver(deployment, receiver, "quote.sent")
        assert (first.body, first.headers) == (again.body, again.headers)


def test_late(receiver: Receiver):
    deployment = order.DeliveredLate()
    assert deployment.delay == 1.0
    patient(deployment).register(receiver.url, SECRET)
    started = time.perf_counter()
    deployment.trigger("quote.sent")
    assert not receiver.requests
    deployment.wait_for_deliveries()
    assert time.perf_counter() - started >= 0.02
    assert len(receiver.requests) == 1


def test_overtaking(receiver: Receiver):
    deployment = order.DeliveredOutOfOrder()
    deployment.register(receiver.url, SECRET)
    deployment.trigger("invoice.paid")
    deployment.trigger("quote.sent")
    deployment.wait_for_deliveries()
    assert told(receiver.taken()) == ["quote.sent", "invoice.paid"]


@pytest.mark.parametrize(
    ("deployment", "events"),
    [
        (order.EventsFromTheStart(), ["quote.created", "quote.sent", "quote.accepted"]),
        (order.EventsInReverse(), ["quote.accepted", "quote.sent", "quote.created"]),
    ],
    ids=["in order", "in reverse"],
)
def test_several_events_of_one_document(deployment: Deployment, events: list[str], receiver: Receiver):
    came = deliver(deployment, receiver, "quote.accepted")
    assert told(came) == events
    assert len({json.loads(request.body)["quote"]["number"] for request in came}) == 1


def test_several_events_side_by_side(receiver: Receiver):
    came = deliver(order.EventsSideBySide(), receiver, "invoice.paid")
    assert sorted(map(str, told(came))) == ["invoice.created", "invoice.paid", "invoice.sent"]


def test_others_at_work(receiver: Receiver):
    assert sorted(map(str, told(deliver(order.OthersAtWork(), receiver, "invoice.paid")))) == sorted(EVENTS)


@pytest.mark.parametrize(
    ("deployment", "noise"),
    [
        (noise.PingsBetween(), {("POST", "/in/hooks", "ping")}),
        (noise.HealthChecksBetween(), {("GET", path, None) for path in ("/", "/health", "/favicon.ico")}),
        (noise.ProbesBetween(), {("OPTIONS", "/in/hooks", None), ("HEAD", "/in/hooks", None)}),
        (noise.SecondWebhook(), {("POST", "/archive", "quote.sent")}),
        (noise.AnnouncementsBetween(), {("POST", "/in/hooks", "api.change_announced")}),
        (
            noise.StrangersBetween(),
            {("POST", path, None) for path in ("/wp-login.php", "/.env", "/in/hooks/admin")},
        ),
    ],
    ids=lambda value: type(value).__name__,
)
def test_noise_before_and_after(deployment: Deployment, noise: set[tuple[str, str, str | None]], receiver: Receiver):
    came = [(each.method, each.path, named_event(each)) for each in deliver(deployment, receiver, "quote.sent")]
    middle = len(came) // 2
    assert came[middle] == ("POST", "/in/hooks", "quote.sent")
    assert set(came[:middle]) == set(came[middle + 1 :]) == noise
