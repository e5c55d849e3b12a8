"""Requests, deliveries and programs of a client, as rules read them."""

from __future__ import annotations

import pytest
from oneinvoice_conformance.clients.observation import (
    ClientRequest,
    DeliveryKind,
    Mark,
    ProgramEnd,
    SentDelivery,
    Trial,
    page_of,
    pages,
)


def request(target: str, **values: object) -> ClientRequest:
    return ClientRequest(number=1, at=1.0, method="GET", target=target, **values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("target", "endpoint", "limit", "offset"),
    [
        ("/api/v1/members?limit=50&offset=100", "members", 50, 100),
        ("/api/v1/quotes/", "quotes", None, 0),
        ("/api/v1/invoices?limit=x&offset=-1", "invoices", None, None),
        ("/api/v1/invoices?limit=1&limit=2", "invoices", 2, 0),
        ("/api/v1", None, None, 0),
    ],
)
def test_a_request_by_what_it_asks_for(target: str, endpoint: str | None, limit: int | None, offset: int | None):
    asked = request(target)
    assert (asked.endpoint, asked.limit, asked.offset) == (endpoint, limit, offset)


def test_headers_are_found_in_any_letter_case():
    asked = request("/", headers=(("accept", "a"),), answer_headers=(("RETRY-AFTER", "2"),))
    assert (asked.header("Accept"), asked.answer_header("Retry-After"), asked.header("Host")) == ("a", "2", None)


def test_times_are_moved_together():
    moved = request("/", answering=2.0, answered=3.0).since(1.0)
    assert (moved.at, moved.answering, moved.answered) == (0.0, 1.0, 2.0)
    assert request("/").since(1.0).answered is None
    assert SentDelivery(1, 5.0, "evt", "ping").since(1.0).answered is None


@pytest.mark.parametrize(
    ("status", "body", "page"),
    [
        (200, b'{"data": [1, 2], "pagination": {"total": 7}}', (2, 7)),
        (200, b"[1, 2]", (None, None)),
        (200, b"<html>", (None, None)),
        (200, b"", (None, None)),
        (429, b'{"data": [1, 2], "pagination": {"total": 7}}', (None, None)),
    ],
)
def test_a_page_by_its_answer(status: int, body: bytes, page: tuple[int | None, int | None]):
    assert page_of(status, body) == page


def test_a_delivery_is_accepted_by_any_2xx():
    accepted = [status for status in (0, 199, 200, 204, 299, 300, 401) if _sent(status).is_accepted]
    assert accepted == [200, 204, 299]


def _sent(status: int) -> SentDelivery:
    return SentDelivery(1, 0.0, "evt", "invoice.paid", status=status)


@pytest.mark.parametrize(
    ("end", "words"),
    [
        (ProgramEnd(0, 1.0), "exit code 0"),
        (ProgramEnd(1, 1.0, "first\nlast"), "exit code 1: last"),
        (ProgramEnd(None, 30.2, "working"), "killed after 30 s: working"),
    ],
)
def test_an_end_in_words(end: ProgramEnd, words: str):
    assert (str(end), end.is_well) == (words, words == "exit code 0")


def test_a_trial_by_its_marks_and_kinds():
    limited, plain = request("/api/v1/members", mark=Mark.LIMITED), request("/api/v1/quotes")
    forged = SentDelivery(1, 0.0, "evt", "invoice.paid", DeliveryKind.FORGED)
    trial = Trial("name", "Title.", 1, 0.0, 1.0, requests=(limited, plain), deliveries=(forged,))
    assert (trial.marked(Mark.LIMITED), trial.sent(DeliveryKind.GENUINE)) == ([limited], [])
    assert pages(trial.requests, "quotes") == [plain]
