"""Sandboxes of a running mock: real processes, real HTTP."""

from __future__ import annotations

import json
import re
import subprocess
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest
import urllib3

from tests.acceptance.sandboxes import Sandbox, itself, sandbox
from tests.acceptance.test_mock import ENVIRONMENT, MOCK, Mock, assert_one_sentence, run, running
from tests.integration.impl.receivers import receiver, status
from tests.services.ports import free_port

OK = status("200 OK")
CONFORM = str(Path(MOCK).with_name("oneinvoice-conform"))


@pytest.fixture(scope="module")
def mock() -> Iterator[Mock]:
    with running("--port", "0") as mock:
        yield mock


def test_each_has_keys_and_the_same_data_of_its_own(mock: Mock) -> None:
    one, two = sandbox(mock), sandbox(mock)
    default = itself(mock)
    assert len({*one.keys.values(), *two.keys.values(), *default.keys.values()}) == 12
    answers = [each.get("/api/v1/members?limit=3").json() for each in (default, one, two)]
    assert answers[0] == answers[1] == answers[2]
    for each in (one, two):
        assert [each.get("/api/v1/quotes", key).status for key in each.keys] == [
            {"revoked": 401}.get(key, 200) for key in each.keys
        ]
        assert each.total("members", "other") == 12
    before = two.total("invoices"), default.total("invoices")
    one.happen("invoice.created")
    assert (two.total("invoices"), default.total("invoices")) == before
    assert one.total("invoices") == before[0] + 1


def test_it_is_as_it_was_asked_for(mock: Mock) -> None:
    small = sandbox(mock, seed=7, scale=3, rate_limit=2)
    assert small.total("members") == 3
    assert small.get("/api/v1/members").json()["data"] != itself(mock).get("/api/v1/members?limit=3").json()["data"]
    assert [small.get("/api/v1/members").status for _ in range(2)] == [429, 429]
    shown = itself(mock).control("GET", f"/sandboxes/{small.id}")
    assert (shown["seed"], shown["scale"], shown["keys"]) == (7, 3, small.keys)
    assert shown in itself(mock).control("GET", "/sandboxes")["data"]


def test_limits_clocks_faults_webhooks_and_journals_never_meet(mock: Mock) -> None:
    one, two = sandbox(mock), sandbox(mock)
    with receiver(OK) as first, receiver(OK) as second:
        for each, target in ((one, first), (two, second)):
            each.control("POST", "/webhooks", {"url": target.url})
        one.control("POST", "/clock", {"set": "2040-01-01", "freeze": True})
        one.control("POST", "/faults", {"status": 503, "operation": "list_quotes"})
        assert [one.get("/api/v1/quotes").status, two.get("/api/v1/quotes").status] == [503, 200]
        assert two.control("GET", "/faults") == {"data": []}
        assert two.control("GET", "/clock")["ahead_seconds"] == 0
        assert [one.get("/api/v1/members").status for _ in range(61)][-1] == 429
        assert two.get("/api/v1/members").status == 200
        id = one.happen("invoice.created")
        one.control("POST", "/clock", {"advance": 0})
        (request,) = first.requests
        body = json.loads(request.partition(b"\r\n\r\n")[2])
        assert (body["data"]["id"], body["created_at"]) == (id, "2040-01-01T00:00:00Z")
        assert second.requests == []
    seen = [each.control("GET", "/requests")["data"] for each in (one, two)]
    assert [len(each) for each in seen] == [62, 2]


def test_ids_follow_from_the_seed_and_their_order(mock: Mock) -> None:
    one, two = sandbox(mock), sandbox(mock)

    def events(each: Sandbox) -> list[Any]:
        made = [each.control("POST", "/trigger", {"event": name}) for name in ("invoice.created", "quote.created")]
        return [*made, each.get("/api/v1/quotes?limit=1&offset=60").json()["data"][0]["public_token"]]

    first = events(one)
    two.happen("quote.created")
    two.control("POST", "/reset")
    assert events(two) == first
    assert events(two) != first
    assert events(sandbox(mock, seed=2)) != first


def logged_in(mock: Mock, dashboard: str) -> Callable[..., urllib3.BaseHTTPResponse]:
    """A browser that pressed the admin's address on the login page of a dashboard."""
    html = {"Accept": "text/html", "Origin": urljoin(dashboard, "/").removesuffix("/")}
    page = mock.http.request("GET", f"{dashboard}login", headers=html)
    action, token, email = re.findall(
        r'action="([^"]*/_mock/login)".*?name="csrf" value="([^"]+)".*?name="email" value="(admin@[^"]+)"',
        page.data.decode(), re.DOTALL,
    )[0]  # fmt: skip
    cookie = page.headers["Set-Cookie"].partition(";")[0]
    answer = mock.http.request(
        "POST",
        urljoin(dashboard, action),
        fields={"csrf": token, "email": email},
        encode_multipart=False,
        headers=html | {"Cookie": cookie},
        redirect=False,
    )
    assert answer.status == 303, answer.data.decode()
    assert (answer.status, urljoin(dashboard, answer.headers["Location"])) == (303, dashboard)
    headers = html | {"Cookie": answer.headers["Set-Cookie"].partition(";")[0]}

    def browse(path: str, form: dict[str, str] | None = None) -> urllib3.BaseHTTPResponse:
        options: dict[str, Any] = {} if form is None else {"fields": form, "encode_multipart": False}
        method = "GET" if form is None else "POST"
        return mock.http.request(method, dashboard + path, headers=headers, redirect=False, **options)

    return browse


def test_the_dashboard_of_one_shows_its_data_alone(mock: Mock) -> None:
    one, two = sandbox(mock), sandbox(mock)
    one.control("POST", "/trigger", {"event": "invoice.created", "set": {"customer.name": "Nur hier AG"}})
    pages = [logged_in(mock, f"{mock.variables['ONEINVOICE_URL']}/sandboxes/{each.id}/") for each in (one, two)]
    assert [("Nur hier AG" in page("invoices").data.decode()) for page in pages] == [True, False]
    token = one.get("/api/v1/quotes?status=sent&limit=1").json()["data"][0]["public_token"]
    for each in (one, two):
        quote = f"{mock.variables['ONEINVOICE_URL']}/sandboxes/{each.id}/q/{token}"
        assert mock.http.request("GET", quote, headers={"Accept": "text/html"}).status == 200


def test_below_a_prefix() -> None:
    with running("--port", "0", "--path-prefix", "/gateway") as mock:
        assert mock.variables["ONEINVOICE_URL"].endswith("/gateway")
        one = sandbox(mock)
        before = itself(mock).total("invoices")
        one.happen("invoice.created")
        assert (one.total("invoices"), itself(mock).total("invoices")) == (before + 1, before)
        page = logged_in(mock, f"{mock.variables['ONEINVOICE_URL']}/sandboxes/{one.id}/")("invoices")
        assert page.status == 200
        assert f"/gateway/sandboxes/{one.id}/quotes" in page.data.decode()
        assert itself(mock).control("DELETE", f"/sandboxes/{one.id}")


def test_it_ends_when_it_is_removed(mock: Mock) -> None:
    each = sandbox(mock)
    assert each.get("/api/v1/members").status == 200
    assert itself(mock).control("DELETE", f"/sandboxes/{each.id}") == {"id": each.id}
    assert each.get("/api/v1/members").status == 401
    assert each.control("GET", "/clock", status=404)["detail"] == f"There is no sandbox {each.id}."
    for method, path in (("DELETE", ""), ("GET", ""), ("POST", "/trigger"), ("GET", "/nothing")):
        assert itself(mock).control(method, f"/sandboxes/{each.id}{path}", status=404)
    assert sandbox(mock).id != each.id, "its id never comes again"


@pytest.mark.parametrize(
    ("content", "part"),
    [
        ({"seed": -1}, "seed must be a whole number from 0 to 2147483647"),
        ({"scale": 10_001}, "scale must be a whole number from 0 to 10000"),
        ({"scale": True}, "scale must be a whole number"),
        ({"rate_limit": 0}, "rate_limit must be a whole number from 1 to 1000000"),
        ({"name": "mine"}, "what is known is seed, scale, rate_limit"),
        ([], "must be a JSON object"),
    ],
)
def test_one_that_can_not_be(mock: Mock, content: Any, part: str) -> None:
    before = itself(mock).control("GET", "/sandboxes")
    assert part in itself(mock).control("POST", "/sandboxes", content, 400)["detail"]
    assert itself(mock).control("GET", "/sandboxes") == before


def test_a_page_of_another_origin_makes_none(mock: Mock) -> None:
    answer = mock.http.request(
        "POST",
        f"{mock.variables['ONEINVOICE_URL']}/_mock/sandboxes",
        headers={"Origin": "https://elsewhere.example"},
        retries=False,
    )
    assert answer.status == 403


def test_many_share_one_mock_at_once(mock: Mock) -> None:
    def use(number: int) -> tuple[int, int]:
        each = sandbox(mock)
        for _ in range(number):
            each.happen("invoice.created")
        total = each.total("invoices")
        each.control("POST", "/reset")
        return total - number, each.total("invoices")

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(use, range(24))) == {(120, 120)}


def test_from_the_command_line(mock: Mock, tmp_path: Path) -> None:
    def command(*arguments: str, url: str = mock.variables["ONEINVOICE_URL"]) -> str:
        done = run(*arguments, environment={"ONEINVOICE_URL": url})
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    printed = command("sandboxes", "add", "--scale", "7")
    variables = dict(line.removeprefix("export ").split("=", 1) for line in printed.splitlines()[1:])
    url = variables["ONEINVOICE_URL"]
    id = url.rpartition("/")[2]
    assert any(line.startswith(f"{id}  ") for line in command("sandboxes", "list").splitlines())
    headers = {"Authorization": f"Bearer {variables['ONEINVOICE_KEY']}"}

    def invoices() -> int:
        answer = mock.http.request("GET", f"{url}/api/v1/invoices", headers=headers, retries=False)
        return int(answer.json()["pagination"]["total"])

    assert invoices() == 1
    command("trigger", "invoice.created", url=url)
    file = tmp_path / "state.json"
    command("snapshot", str(file), url=url)
    assert file.stat().st_mode & 0o777 == 0o600
    command("reset", url=url)
    assert invoices() == 1
    command("restore", str(file), url=url)
    assert invoices() == 2
    assert command("sandboxes", "remove", id) == f"{id} is removed.\n"
    environment = {"ONEINVOICE_URL": url}
    assert_one_sentence(run("trigger", "invoice.paid", environment=environment), 2, "name a mock, or a sandbox that is")
    file.write_text("no JSON")
    assert_one_sentence(run("restore", str(file), environment=environment), 2, "name a file that snapshot wrote")
    missing = tmp_path / "missing"
    assert_one_sentence(run("restore", str(missing), environment=environment), 2, "does not exist")
    assert_one_sentence(run("sandboxes", "add", "--scale", "-1", environment=mock.variables), 2, "from 0 to 10000")


def test_the_suite_conforms_on_one_while_others_misbehave(mock: Mock, tmp_path: Path) -> None:
    good, *others = (sandbox(mock) for _ in range(4))
    for each, fault in zip(others, ({"status": 500}, {"fault": "garbage"}, {"delay": 0.2}), strict=True):
        each.control("POST", "/faults", fault)
    stop = threading.Event()

    def misuse(each: Sandbox) -> int:
        count = 0
        while not stop.is_set():
            each.get("/api/v1/members")
            each.control("POST", "/clock", {"advance": 1})
            each.happen("invoice.created")
            count += 1
        return count

    url = mock.variables["ONEINVOICE_URL"]
    variables = {
        "ONEINVOICE_KEY": good.keys["primary"],
        "ONEINVOICE_SIBLING_KEY": good.keys["sibling"],
        "ONEINVOICE_OTHER_KEY": good.keys["other"],
        "ONEINVOICE_REVOKED_KEY": good.keys["revoked"],
        "ONEINVOICE_WEBHOOK_SECRET": "whsec_of_a_sandbox",
        "ONEINVOICE_WAIT_COMMAND": f"'{MOCK}' clock advance {{seconds}} --url {url}/sandboxes/{good.id}",
    }
    port = free_port()
    good.control("POST", "/webhooks", {"url": f"http://127.0.0.1:{port}/hook", "secret": "whsec_of_a_sandbox"})
    trigger = f"'{MOCK}' trigger {{event}} --url {url}/sandboxes/{good.id}"
    with ThreadPoolExecutor(3) as pool:
        running_others = [pool.submit(misuse, each) for each in others]
        try:
            done = subprocess.run(
                [CONFORM, url, "--listen", f"127.0.0.1:{port}", "--trigger", trigger],
                env=ENVIRONMENT | variables, cwd=tmp_path, capture_output=True, text=True, timeout=300,
            )  # fmt: skip
        finally:
            stop.set()
        assert all(each.result() > 3 for each in running_others), "the others were in use all the time"
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert "conforms" in done.stdout


def test_a_key_that_is_made_in_its_dashboard_is_its_own(mock: Mock) -> None:
    one, two = sandbox(mock), sandbox(mock)
    two.happen("invoice.created")
    dashboard = f"{mock.variables['ONEINVOICE_URL']}/sandboxes/{two.id}/"
    page = logged_in(mock, dashboard)
    hidden = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page("settings/api").data.decode()))
    made = page("settings/api", {**hidden, "name": "made here"}).data.decode()
    (key,) = set(re.findall(r"1iv_[0-9A-Za-z]{49}", made))
    added = Sandbox(mock, two.id, {"primary": key})
    assert added.total("invoices") == two.total("invoices") == one.total("invoices") + 1
    itself(mock).control("DELETE", f"/sandboxes/{two.id}")
    assert added.get("/api/v1/invoices").status == 401
