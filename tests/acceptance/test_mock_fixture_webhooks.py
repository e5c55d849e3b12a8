"""Endpoints in a file of fixtures: registered at the start, by a load, in sandboxes, all or nothing."""

from __future__ import annotations

import hashlib
import hmac
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.sandboxes import Sandbox, itself, sandbox
from tests.acceptance.test_mock import Mock, run, running
from tests.acceptance.test_mock_state import store_at
from tests.integration.impl.receivers import Receiver, receiver, status

OK = status("200 OK")
SECRET = "whsec_mine"


def file_of(folder: Path, *webhooks: Any, **more: Any) -> str:
    file = folder / "own.json"
    file.write_text(json.dumps({"webhooks": webhooks, **more}, indent=1), "utf-8")
    return str(file)


def load(mock: Mock, *arguments: str) -> subprocess.CompletedProcess[str]:
    return run("load", *arguments, environment={"ONEINVOICE_URL": mock.variables["ONEINVOICE_URL"]})


def assert_signed(request: bytes, secret: str = SECRET) -> None:
    head, _, body = request.partition(b"\r\n\r\n")
    assert hmac.new(secret.encode(), body, hashlib.sha256).hexdigest() in head.decode()


def urls(each: Sandbox, status: str = "active") -> list[str]:
    return [row["url"] for row in each.control("GET", "/webhooks")["data"] if row["status"] == status]


@pytest.mark.parametrize("kind", ["memory", "file", "postgresql"])
def test_events_go_there_from_the_start_on(kind: str, tmp_path: Path) -> None:
    with store_at(kind, tmp_path) as database, receiver(OK) as target:
        file = file_of(tmp_path, {"url": target.url, "secret": SECRET, "events": ["invoice.paid"]})
        options = ("--port", "0", "--database", database)
        environment = {"ONEINVOICE_SECRET_KEY": "A" * 43 + "="}
        with running(*options, "--fixtures", file, environment=environment) as mock:
            each = itself(mock)
            assert each.total("members") == 450, "records are not named, and stay"
            each.happen("quote.accepted")
            each.happen("invoice.paid")
            assert_signed(target.wait_for(1)[0])
            before = each.control("GET", "/webhooks")
            each.control("POST", "/webhooks", {"url": f"{target.url}2"})
            each.control("POST", "/reset")
            [again] = each.control("GET", "/webhooks")["data"]
            assert again | {"id": ""} == before["data"][0] | {"id": ""}
            each.happen("invoice.paid")
            assert_signed(target.wait_for(2)[1])
            if kind == "memory":
                assert again == before["data"][0]
        if kind != "memory":
            with running(*options, "--fixtures", file, environment=environment) as mock:
                assert itself(mock).control("GET", "/webhooks")["data"] == [again]


def test_each_sandbox_has_them_too(tmp_path: Path) -> None:
    with receiver(OK) as target:
        file = file_of(tmp_path, {"url": target.url, "secret": SECRET})
        with running("--port", "0", "--fixtures", file) as mock:
            each = sandbox(mock)
            each.happen("invoice.created")
            assert_signed(target.wait_for(1)[0])
            assert len(urls(each)) == len(urls(itself(mock))) == 1


@pytest.fixture
def mistakes(tmp_path: Path) -> str:
    good: dict[str, Any] = {"url": "http://127.0.0.1:9/", "secret": SECRET}
    bad = [good | {"url": url} for url in ("ftp://127.0.0.1/", "http://10.0.0.1/", "http://192.0.2.1:99999/")]
    return file_of(tmp_path, good, *bad, members=[{}])


TOLD = [
    "webhooks[1].url: The URL must begin with https:// or http://.",
    "webhooks[2].url: The URL leads to an address that is not on the public Internet.",
    "webhooks[3].url: The URL's port 99999 does not exist.",
]


def test_urls_are_held_to_the_policy_with_their_lines_and_nothing_is_stored(tmp_path: Path, mistakes: str) -> None:
    database = f"sqlite:///{tmp_path / 'mock.db'}"
    told = [f"{mistakes}:{line}: {each}" for line, each in zip((8, 12, 16), TOLD, strict=True)]
    result = run("--port", "0", "--database", database, "--fixtures", mistakes)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.splitlines() == [*told, f"Error: {mistakes} has 3 mistakes; nothing was stored."]
    with running("--port", "0", "--scale", "30", "--database", database) as mock:
        result = load(mock, mistakes)
        assert (result.returncode, result.stdout) == (2, "")
        assert result.stderr.splitlines() == [*told, f"Error: {mistakes} has mistakes; nothing was loaded."]
        fixtures = json.loads(Path(mistakes).read_text())
        refused = itself(mock).control("POST", "/scenario", {"fixtures": fixtures}, 400)
        assert [f"{each['place']}: {each['message']}" for each in refused["errors"]] == TOLD
        assert itself(mock).total("members") == 30
        assert urls(itself(mock)) == []


def _added(folder: Path, target: Receiver) -> str:
    return file_of(folder, {"url": target.url, "secret": "whsec_new"}, other={"webhooks": []})


def test_a_load_adds_them_and_takes_the_place_of_one_of_the_same_url(tmp_path: Path) -> None:
    with running("--port", "0", "--scale", "30") as mock, receiver(OK) as target:
        each = itself(mock)
        each.control("POST", "/webhooks", {"url": target.url, "secret": SECRET})
        each.control("POST", "/webhooks", {"url": f"{target.url}2"})
        loaded = load(mock, _added(tmp_path, target))
        assert loaded.stdout == (
            "0 members, 0 quotes, 0 invoices, 1 webhook\n0 members, 0 quotes, 0 invoices of the other organisation\n"
        )
        assert urls(each) == [f"{target.url}2", target.url]
        assert urls(each, "disabled") == [target.url]
        each.happen("invoice.created")
        for request in target.wait_for(2):
            if b"POST /hook " in request:
                assert_signed(request, "whsec_new")
        assert load(mock, "--replace", _added(tmp_path, target)).returncode == 0
        assert (urls(each), urls(each, "disabled")) == ([target.url], [])
        assert each.total("members") == 30, "records are not named, and stay"


def test_a_scenario_has_them(tmp_path: Path) -> None:
    with running("--port", "0", "--scale", "30") as mock, receiver(OK) as target:
        for each in (itself(mock), sandbox(mock)):
            each.control("POST", "/webhooks", {"url": f"{target.url}2"})
            fixtures = {"webhooks": [{"url": target.url, "secret": SECRET}]}
            each.control("POST", "/scenario", {"fixtures": fixtures})
            assert urls(each) == [target.url]
