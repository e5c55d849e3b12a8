import socket
import subprocess
import sys
import threading
from urllib.parse import urlsplit

import pytest
import urllib3
from werkzeug.wrappers import Request, Response

from tests.miniatures import FAULTS, FREE, HOOK_FAULTS, HOOK_FREE, Deployment, keys, serve
from tests.miniatures.deployment import Call


class Broken(Deployment):
    def discover(self, request: Request) -> Response:
        raise RuntimeError("this is a mistake in the deployment itself")


def test_errors_of_the_deployment_are_raised_where_it_is_served(pool: urllib3.PoolManager):
    with pytest.raises(BaseExceptionGroup) as raised, serve(Broken()) as url:  # noqa: SIM117
        with pytest.raises(urllib3.exceptions.HTTPError):
            pool.request("GET", url + "/api/v1", retries=False)
    assert raised.group_contains(RuntimeError, match="mistake")


def test_log_tells_the_key_by_name(pool: urllib3.PoolManager):
    deployment = Deployment()
    with serve(deployment) as url:
        for name in ("primary", "revoked"):
            pool.request("GET", url + "/api/v1/quotes", headers={"Authorization": f"Bearer {keys()[name].value}"})
        pool.request("GET", url + "/api/v1/members?limit=2", headers={"Authorization": "Bearer 1iv_x"})
        pool.request("GET", url + "/api/v1")
    assert deployment.log == [
        Call("GET", "/api/v1/quotes", "primary"),
        Call("GET", "/api/v1/quotes", "revoked"),
        Call("GET", "/api/v1/members?limit=2", "unknown"),
        Call("GET", "/api/v1", "none"),
    ]


def test_nothing_is_left_behind(pool: urllib3.PoolManager):
    before = threading.active_count()
    with serve(Deployment()) as url:
        pool.request("GET", url + "/api/v1")
    assert threading.active_count() == before
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", urlsplit(url).port or 0))


def test_many_clients_at_once(pool: urllib3.PoolManager):
    statuses: list[int] = []
    with serve(Deployment()) as url:

        def ask() -> None:
            answer = pool.request(
                "GET", url + "/api/v1/members", headers={"Authorization": f"Bearer {keys()['primary'].value}"}
            )
            statuses.append(answer.status)

        threads = [threading.Thread(target=ask) for _ in range(10)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert statuses == [200] * 10


def test_other_methods_and_paths(pool: urllib3.PoolManager):
    with serve(Deployment()) as url:
        post = pool.request("POST", url + "/api/v1/members", body=b"{}")
        assert (post.status, post.headers["Allow"]) == (405, "GET, HEAD")
        assert pool.request("GET", url + "/api/v2").status == 404
        assert pool.request("GET", url + "/api/v1/offers").status == 404
        assert pool.request("GET", url + "/api/v1/").status == 200


def test_command_line_prints_what_a_shell_needs(pool: urllib3.PoolManager):
    command = [sys.executable, "-m", "tests.miniatures", "--fault", "open-quotes"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline().strip() for _ in range(5)]
        exported = dict(line.removeprefix("export ").split("=") for line in lines)
        assert pool.request("GET", exported["ONEINVOICE_URL"] + "/api/v1/quotes").status == 200
        process.terminate()
    assert {name: exported[name] for name in exported if name != "ONEINVOICE_URL"} == {
        "ONEINVOICE_KEY": keys()["primary"].value,
        "ONEINVOICE_SIBLING_KEY": keys()["sibling"].value,
        "ONEINVOICE_OTHER_KEY": keys()["other"].value,
        "ONEINVOICE_REVOKED_KEY": keys()["revoked"].value,
    }


def test_command_line_lists_everything():
    command = [sys.executable, "-m", "tests.miniatures", "--list"]
    listed = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    assert all(name in listed for name in [*FAULTS, *FREE, *HOOK_FAULTS, *HOOK_FREE])
