import socket
import subprocess
import sys
import threading

import pytest
import urllib3

from tests.integration.miniatures.deliveries import SECRET, named_event
from tests.integration.miniatures.receiver import Receiver
from tests.miniatures import EVENTS, Deployment, events, hooks, serve
from tests.miniatures.data import PRIMARY, new_world
from tests.miniatures.freedoms import sizes, transport


def ask_trigger(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.miniatures.trigger", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_trigger_command(receiver: Receiver):
    deployment = transport.UnderBasePath()
    deployment.register(receiver.url, SECRET)
    with serve(deployment) as url:
        good, bad = ask_trigger(url, "quote.sent"), ask_trigger(url, "quote.lost")
    assert (good.returncode, good.stdout, good.stderr) == (0, "", "")
    assert bad.returncode == 1
    assert bad.stderr.startswith("quote.lost was not triggered: 404")
    assert len(bad.stderr.splitlines()) == 1
    assert [named_event(each) for each in receiver.requests] == ["quote.sent"]


def test_trigger_command_without_a_miniature():
    refused = ask_trigger("http://127.0.0.1:1", "quote.sent")
    assert (refused.returncode, len(refused.stderr.splitlines())) == (1, 1)


def test_trigger_command_imports_little():
    script = "import sys, tests.miniatures.trigger; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    assert not {"werkzeug", "urllib3", "tests.miniatures.deployment"} & set(loaded)


def test_route_of_triggers_is_not_in_the_log(pool: urllib3.PoolManager):
    deployment = Deployment()
    with serve(deployment) as url:
        assert pool.request("POST", f"{url}/_trigger/invoice.paid").status == 200
        assert pool.request("GET", f"{url}/_trigger/invoice.paid").status == 404
        assert pool.request("POST", f"{url}/_trigger/").status == 404
    assert deployment.log == []


def test_command_line_registers(receiver: Receiver):
    options = ["--fault", "put-not-post", "--webhook", receiver.url, "--secret", SECRET]
    command = [sys.executable, "-m", "tests.miniatures", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip().removeprefix("export ONEINVOICE_URL=")
        assert ask_trigger(url, "quote.sent").returncode == 0
        process.terminate()
    assert [each.method for each in receiver.requests] == ["PUT"]


def test_command_line_wants_url_and_secret_together():
    command = [sys.executable, "-m", "tests.miniatures", "--webhook", "http://127.0.0.1:1"]
    refused = subprocess.run(command, capture_output=True, text=True, check=False)
    assert refused.returncode == 2
    assert "--secret" in refused.stderr


@pytest.mark.parametrize("url", ["https://127.0.0.1/", "127.0.0.1:80", "http://", ""])
def test_only_http_is_registered(url: str):
    with pytest.raises(ValueError, match="http://"):
        Deployment().register(url, SECRET)


def test_query_of_the_registered_url_is_kept(receiver: Receiver):
    deployment = Deployment()
    deployment.register(f"{receiver.url}?token=a%20b", SECRET)
    deployment.trigger("quote.sent")
    deployment.wait_for_deliveries()
    assert receiver.requests[0].target == "/in/hooks?token=a%20b"


def test_nothing_is_delivered_where_nothing_is_registered():
    deployment, threads = Deployment(), threading.active_count()
    before = len(deployment.world.invoices)
    deployment.trigger("invoice.created")
    assert len(deployment.world.invoices) == before + 1
    assert threading.active_count() == threads


def test_deliveries_that_are_lost_are_no_mistakes():
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    deployment = Deployment()
    deployment.register(f"http://127.0.0.1:{port}/", SECRET)
    with serve(deployment):
        deployment.trigger("quote.sent")
    assert [type(error) for error in deployment.lost] == [ConnectionRefusedError]


class Clumsy(Deployment):
    def send(self, delivery: hooks.Delivery) -> None:
        raise RuntimeError("this is a mistake in the delivery itself")


def test_mistakes_are_raised_where_it_is_served(receiver: Receiver):
    deployment = Clumsy()
    deployment.register(receiver.url, SECRET)
    with pytest.raises(BaseExceptionGroup) as raised, serve(deployment):
        deployment.trigger("quote.sent")
    assert raised.group_contains(RuntimeError, match="mistake")


def test_a_trigger_returns_before_its_delivery_has_arrived():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        deployment = Deployment()
        deployment.register(f"http://127.0.0.1:{silent.getsockname()[1]}/", SECRET)
        deployment.trigger("quote.sent")
        silent.accept()[0].close()
    deployment.wait_for_deliveries()
    assert len(deployment.lost) == 1


def test_events_follow_each_other_on_one_document():
    world = new_world()
    created, sent, paid = (events.apply_event(world, event) for event in EVENTS[:3])
    assert created.document.number == sent.document.number == paid.document.number
    assert [each.document.status for each in (created, sent, paid)] == ["draft", "sent", "paid"]
    assert all(each.document.organisation == PRIMARY for each in (created, sent, paid))


@pytest.mark.parametrize("event", EVENTS)
def test_events_happen_in_an_empty_organisation_too(event: str):
    world = sizes.Empty().world
    happened = events.apply_event(world, event)
    assert happened.document in world.table(f"{happened.kind}s")
