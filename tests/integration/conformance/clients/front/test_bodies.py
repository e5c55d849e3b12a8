"""Bodies of a front on the wire: packed, in chunks, and cut."""

from __future__ import annotations

import contextlib
import gzip
import http.client
from urllib.parse import urlsplit

import pytest
from oneinvoice_conformance.clients.front.answer import Answer, Framing
from oneinvoice_conformance.clients.front.server import Front
from oneinvoice_conformance.clients.journal import Journal

from tests.integration.conformance.clients.front.asking import SANDBOX

BODY = b'{"data": [{"id": "mem_1"}], "pagination": {"limit": 50, "offset": 0, "total": 1}}' + b" " * 2000


def fetched(answer: Answer, version: int = 11) -> tuple[http.client.HTTPResponse, bytes, int | None]:
    """Return an answer as it comes, its body, and how many records the front took it to have."""
    with Front(SANDBOX, Journal(), lambda request, api: answer) as front:
        connection = http.client.HTTPConnection(urlsplit(front.origin).netloc)
        if version == 10:
            connection._http_vsn, connection._http_vsn_str = 10, "HTTP/1.0"  # type: ignore[attr-defined]
        with contextlib.closing(connection):
            connection.request("GET", "/api/v1/members")
            response = connection.getresponse()
            try:
                body = response.read()
            finally:
                front.settle()
        return response, body, front.journal.requests[0].records


@pytest.mark.parametrize("framing", [Framing.LENGTH, Framing.CHUNKED])
@pytest.mark.parametrize("is_packed", [False, True])
def test_a_body_comes_whole_and_is_observed_unpacked(framing: Framing, is_packed: bool):
    response, body, records = fetched(Answer(200, (), BODY, framing, is_packed=is_packed))
    assert (gzip.decompress(body) if is_packed else body) == BODY
    assert response.getheader("Content-Encoding") == ("gzip" if is_packed else None)
    assert (response.getheader("Content-Length") is None) is (framing is Framing.CHUNKED)
    assert records == 1


@pytest.mark.parametrize("framing", [Framing.CUT, Framing.CUT_CHUNKS])
@pytest.mark.parametrize("version", [11, 10])
def test_a_cut_body_is_no_whole_one(framing: Framing, version: int):
    with pytest.raises(http.client.IncompleteRead) as cut:
        fetched(Answer(200, (), BODY, framing), version)
    assert BODY.startswith(cut.value.partial)
