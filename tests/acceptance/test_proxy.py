"""`oneinvoice-conform proxy`: a client asks through it, a real deployment answers, and each exchange is judged."""

from __future__ import annotations

import json
import os
import signal
import socket
import time
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from werkzeug.wrappers import Request, Response

from tests.acceptance.command import KEYS, Conform, assert_one_sentence
from tests.acceptance.proxying import PRIMARY, proxying
from tests.acceptance.running_mock import running_mock
from tests.acceptance.test_secrets import Gossip
from tests.miniatures import FAULTS, FREE, Deployment, serve
from tests.services.ports import free_port

TARGETS = (
    "/api/v1",
    "/api/v1/members?limit=10",
    "/api/v1/members?status=active",
    "/api/v1/members?limit=300",
    "/api/v1/quotes?status=accepted",
    "/api/v1/invoices",
)


def failed(conform: Conform, archive: str) -> set[str]:
    """What `replay` says of an archive that the proxy wrote."""
    conform("replay", archive, "--json", "replayed.json")
    rows = conform.report("replayed.json")["requirements"]
    return {row["id"] for row in rows if row["outcome"] == "failed"}


@pytest.mark.parametrize(
    ("fault", "target", "id", "reason"),
    [
        ("limit-ignored", "/api/v1/members?limit=10", "MEM-3", "gives 50 members"),
        ("maximum-of-500", "/api/v1/members?limit=300", "MEM-4", "gives 300 members"),
        ("member-filter-ignored", "/api/v1/members?status=pending", "MEM-7", "who show another status"),
        ("quote-filter-ignored", "/api/v1/quotes?status=accepted", "QUO-2", "also lists"),
        ("discovery-omits-invoices", "/api/v1", "DISC-2", "invoices"),
    ],
)
def test_what_one_exchange_shows_is_told_live_and_by_replay(
    conform: Conform, fault: str, target: str, id: str, reason: str
) -> None:
    with serve(FAULTS[fault].deployment()) as url, proxying(conform.folder, url, "--har", "p.har") as proxy:
        assert proxy.get(target)[0] == 200
        if id != "DISC-2":
            assert proxy.get("/api/v1")[0] == 200
        code = proxy.end()
    assert (code, proxy.err) == (1 if id != "DISC-2" else 0, "")
    first, sentence, *_ = proxy.lines
    mark = "✗" if id != "DISC-2" else "?"
    assert first.startswith(f"{mark} 200 GET {target}  ")
    assert sentence.strip().startswith(f"{mark} {id}: ")
    assert reason in sentence
    assert f"{mark} {id} {'failed' if code else 'left open'} by 1 exchange\n" in proxy.out
    assert failed(conform, "p.har") == ({id} if code else set())


def test_a_list_without_a_key_fails_by_itself(conform: Conform) -> None:
    with serve(FAULTS["open-members"].deployment()) as url, proxying(conform.folder, url, "--har", "p.har") as proxy:
        assert proxy.get("/api/v1/members", {})[0] == 200
        assert proxy.end() == 1
    assert "✗ AUTH-1: GET /api/v1/members with no credentials: 200 instead of 401" in proxy.out
    assert failed(conform, "p.har") == {"AUTH-1"}


def test_what_is_right_is_never_marked_wrong(conform: Conform) -> None:
    with running_mock() as mock, proxying(conform.folder, mock["ONEINVOICE_URL"], "--har", "p.har") as proxy:
        key = {"Authorization": f"Bearer {mock['ONEINVOICE_KEY']}"}
        for target in (*TARGETS, "/api/v1/members?limit=x", "/api/v1/members?offset=9999", "/nothing"):
            proxy.get(target, key)
        proxy.get("/api/v1/members", {})
        proxy.get("/api/v1/members", key, method="HEAD")
        proxy.get("/api/v1/members", key, method="DELETE")
        assert proxy.end() == 0
    assert [line[0] for line in proxy.lines] == [*"✓✓✓·✓✓", *"······"]
    assert "✗" not in proxy.out
    assert "12 exchanges: 5 judged, 7 not judged.\n" in proxy.out
    assert failed(conform, "p.har") == set()


def test_replay_finds_what_the_proxy_said(conform: Conform) -> None:
    deployment = FAULTS["every-filter-ignored"].deployment()
    with serve(deployment) as url, proxying(conform.folder, url, "--har", "p.har") as proxy:
        for status in ("active", "pending", "inactive"):
            proxy.get(f"/api/v1/members?status={status}")
        proxy.get("/api/v1/quotes?status=accepted")
        proxy.get("/api/v1/invoices?status=paid")
        proxy.get("/api/v1/invoices")
        assert proxy.end() == 1
    told = {line.split()[1] for line in proxy.out.splitlines() if line.startswith("✗ ")}
    assert told == failed(conform, "p.har") == {"MEM-7", "QUO-2", "INV-2"}
    passed = next(line for line in proxy.out.splitlines() if line.startswith("✓ "))
    rows = conform.report("replayed.json")["requirements"]
    replayed = {row["id"] for row in rows if row["outcome"] == "passed"}
    assert set(passed.removeprefix("✓ ").partition(" are")[0].split(", ")) <= replayed


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_it_is_ended_by_signals(conform: Conform, miniature: str, ending: int) -> None:
    with proxying(conform.folder, miniature, "--har", "p.har") as proxy:
        proxy.get("/api/v1")
        assert proxy.end(ending) == 0
    assert proxy.err == ""
    assert "1 exchange: 1 judged.\n" in proxy.out
    assert proxy.out.endswith("archive: p.har (all of them); judge them together: oneinvoice-conform replay p.har\n")
    log = json.loads((conform.folder / "p.har").read_text())["log"]
    [entry] = log["entries"]
    assert log["creator"]["name"] == "oneinvoice-conform proxy"
    assert entry["request"]["url"] == f"{miniature}/api/v1"
    assert entry["response"]["status"] == 200
    assert conform.files() == ["p.har"]


def test_what_is_on_its_way_is_archived_as_cut(conform: Conform) -> None:
    class Slow(Deployment):
        def answer(self, request: Request) -> Response:
            time.sleep(3)
            return super().answer(request)

    with serve(Slow()) as url, proxying(conform.folder, url, "--har", "p.har") as proxy, ThreadPoolExecutor() as pool:
        asked = pool.submit(proxy.get, "/api/v1/members")
        time.sleep(0.5)
        assert proxy.end() == 0
        assert asked.exception() is not None
    assert "the proxy was ended before the answer had" in proxy.out
    [entry] = json.loads((conform.folder / "p.har").read_text())["log"]["entries"]
    assert entry["_error"] == "the proxy was ended before the answer had"


def test_a_base_path_stays(conform: Conform) -> None:
    with serve(FREE["under-base-path"].deployment()) as url, proxying(conform.folder, f"{url}/api/v1/") as proxy:
        assert proxy.url.endswith(url.split("/", 3)[3])
        assert proxy.get("/api/v1/members?limit=3")[0] == 200
        assert proxy.end() == 0
    assert "MEM-1" in proxy.lines[0]


def test_no_secret_of_a_client_is_shown_or_written(conform: Conform) -> None:
    password, session = "pl4nted-Password-of-somebody", "s3ssion-of-somebody"
    secrets = [*(key.removeprefix("1iv_") for key in KEYS.values()), password, session]
    with serve(Gossip()) as url, proxying(conform.folder, url, "--har", "p.har") as proxy:
        proxy.get(f"/api/v1/members?api_key={KEYS['sibling']}&limit=2", {})
        proxy.get(f"/api/v1/{KEYS['other']}", {"X-Note": KEYS["revoked"]})
        proxy.get("/api/v1/members", {"X-Note": password})  # before anybody knows that it is one
        proxy.get("/api/v1/members", {**PRIMARY, "Cookie": f"session={session}; other={session}"})
        proxy.get("/api/v1/quotes", {"Authorization": f"Basic {b64encode(KEYS['primary'].encode()).decode()}"})
        proxy.get("/api/v1/quotes", {"X-API-Key": password})
        proxy.end()
    written = (conform.folder / "p.har").read_text()
    assert len(json.loads(written)["log"]["entries"]) == 6
    for text in (proxy.out, proxy.err, written):
        for secret in secrets:
            assert secret not in text
            assert b64encode(secret.encode()).decode()[2:-4] not in text
    assert "Bearer key-" in written


def test_where_nothing_answers_it_ends_with_4(conform: Conform) -> None:
    with proxying(conform.folder, f"http://127.0.0.1:{free_port()}") as proxy:
        status, body = proxy.get("/api/v1/members")
        assert proxy.end() == 4
    assert status == 502
    assert b"gave no answer: connection failed (Connection refused).\n" in body
    assert "· — GET /api/v1/members" in proxy.lines[0]
    assert "no answer of the deployment: connection failed (Connection refused)" in proxy.lines[0]
    assert "1 exchange: 0 judged, 1 without an answer of the deployment.\n" in proxy.out


def test_the_archive_may_go_to_standard_output(conform: Conform, miniature: str) -> None:
    with proxying(conform.folder, miniature, "--har", "-") as proxy:
        proxy.get("/api/v1")
        assert proxy.end() == 0
    assert len(json.loads(proxy.out.partition("\n")[2])["log"]["entries"]) == 1
    assert "1 exchange: 1 judged." in proxy.err


def test_where_what_forwards_is_killed_it_says_so(conform: Conform, miniature: str) -> None:
    with proxying(conform.folder, miniature, "--har", "p.har") as proxy:
        proxy.get("/api/v1")
        assert proxy.process.stdout
        proxy.out += proxy.process.stdout.readline()
        [child] = Path(f"/proc/{proxy.process.pid}/task/{proxy.process.pid}/children").read_text().split()
        os.kill(int(child), signal.SIGKILL)
        proxy.out += proxy.process.communicate(timeout=30)[0]
    assert proxy.process.returncode == 4
    assert "The process that forwards has ended by itself" in proxy.out
    assert len(json.loads((conform.folder / "p.har").read_text())["log"]["entries"]) == 1


def test_where_the_proxy_is_killed_what_forwards_ends_too(conform: Conform, miniature: str) -> None:
    with proxying(conform.folder, miniature) as proxy:
        [child] = Path(f"/proc/{proxy.process.pid}/task/{proxy.process.pid}/children").read_text().split()
        proxy.process.kill()
        proxy.process.wait()
        port = int(proxy.url.rpartition(":")[2])
        for _ in range(100):
            if not Path(f"/proc/{child}/fd").exists():
                break
            time.sleep(0.05)
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port), 1)


def test_what_is_judged_can_be_narrowed(conform: Conform) -> None:
    deployment = FAULTS["limit-ignored"].deployment()
    with serve(deployment) as url, proxying(conform.folder, url, "--skip", "MEM-3") as proxy:
        proxy.get("/api/v1/members?limit=10")
        assert proxy.end() == 0
    assert "MEM-1" in proxy.lines[0]


@pytest.mark.parametrize(
    ("options", "parts"),
    [
        (["staging.example"], ["'staging.example' is not a URL of a deployment", "https://"]),
        (["http://user:hunter22@x"], ["--header"]),
        (["http://a_æ.no"], ["The host of http://a_æ.no is no name"]),
        (["http://x", "--listen", "127.0.0.1:70000"], ["is no address to listen at"]),
        (["http://x", "--har", "missing/p.har"], ["missing/p.har", "folder that exists"]),
        (["http://x", "--only", "NONE"], ["NONE"]),
        (["http://x", "--map", "none.toml"], ["none.toml can't be read"]),
        (["https://x", "--ca-file", "none.pem"], ["none.pem can't be used as --ca-file"]),
        (["http://x", "--cert-key", "none.pem"], ["--cert-key needs --cert"]),
        (["http://x", "--proxy", "nonsense"], ["--proxy is no URL of an HTTP proxy"]),
        (["http://x", "--timeout", "0"], ["--timeout"]),
        ([], ["URL", "--help"]),
    ],
)
def test_bad_input(conform: Conform, options: list[str], parts: list[str]) -> None:
    run = conform("proxy", *options)
    assert_one_sentence(run, 2, *parts)
    assert "hunter22" not in run.stderr
    assert conform.files() == []


def test_a_port_that_is_taken_is_told(conform: Conform, miniature: str) -> None:
    port = miniature.rpartition(":")[2]
    run = conform("proxy", miniature, "--listen", f"127.0.0.1:{port}")
    assert_one_sentence(run, 2, f"Nothing can listen at 127.0.0.1:{port}", "Address already in use")
