import gzip
import http.client
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from email.message import Message
from urllib.parse import urlsplit

import urllib3

from tests.miniatures import Deployment, keys
from tests.miniatures.freedoms import transport

Serve = Callable[[Deployment], str]
KEY = {"Authorization": f"Bearer {keys()['primary'].value}"}


@dataclass
class Raw:
    """An answer as it came."""

    version: int
    status: int
    headers: Message
    body: bytes


def get(url: str, **headers: str) -> Raw:
    """Ask over a connection of its own."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc)
    connection.request("GET", f"{parts.path}?{parts.query}", headers=KEY | headers)
    response = connection.getresponse()
    raw = Raw(response.version, response.status, response.headers, response.read())
    connection.close()
    return raw


def test_plain_answers_have_a_length_and_keep_the_connection(served: Serve):
    answer = get(served(Deployment()) + "/api/v1/members")
    assert answer.version == 11
    assert answer.headers.get("Content-Length") == str(len(answer.body))
    assert answer.headers.get("Connection") is None


def test_one_connection_carries_many_requests(served: Serve):
    url = served(Deployment())
    with urllib3.HTTPConnectionPool(urlsplit(url).netloc, maxsize=1) as pool:
        for _ in range(5):
            assert pool.request("GET", "/api/v1/quotes", headers=KEY).status == 200
        assert pool.num_connections == 1


def test_head_has_the_length_and_no_body(served: Serve):
    with urllib3.PoolManager() as pool:
        url = served(Deployment()) + "/api/v1/quotes"
        head = pool.request("HEAD", url, headers=KEY)
        assert head.headers["Content-Length"] == str(len(pool.request("GET", url, headers=KEY).data))
        assert head.data == b""


def test_chunked_answers_have_no_length(served: Serve):
    answer = get(served(transport.Chunked()) + "/api/v1/members")
    assert answer.headers.get("Transfer-Encoding") == "chunked"
    assert answer.headers.get("Content-Length") is None
    assert len(json.loads(answer.body)["items"]) == 50


def test_gzip_when_asked_only(served: Serve):
    url = served(transport.GzippedWhenAsked()) + "/api/v1/quotes"
    assert get(url).headers.get("Content-Encoding") is None
    asked = get(url, **{"Accept-Encoding": "gzip"})
    assert asked.headers.get("Content-Encoding") == "gzip"
    assert len(json.loads(gzip.decompress(asked.body))["items"]) == 60


def test_gzip_always(served: Serve):
    answer = get(served(transport.GzippedAlways()) + "/api/v1/quotes")
    assert len(json.loads(gzip.decompress(answer.body))["items"]) == 60


def test_closed_connections_say_so(served: Serve):
    assert get(served(transport.ConnectionClosed()) + "/api/v1").headers.get("Connection") == "close"


def test_old_protocol(served: Serve):
    assert get(served(transport.OldProtocol()) + "/api/v1").version == 10


def test_base_path(served: Serve):
    url = served(transport.UnderBasePath())
    assert url.endswith("/staging")
    assert get(url + "/api/v1/members").status == 200
    assert get(url.removesuffix("/staging") + "/api/v1/members").status == 404


def test_slow(served: Serve):
    url = served(transport.Slow())
    started = time.perf_counter()
    get(url + "/api/v1")
    assert time.perf_counter() - started >= 0.03


def test_etag_is_honoured(served: Serve):
    url = served(transport.NotModifiedOnRequest()) + "/api/v1/invoices"
    etag = get(url).headers.get("ETag")
    assert get(url, **{"If-None-Match": str(etag)}).status == 304
