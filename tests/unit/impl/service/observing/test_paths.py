"""Paths are shown without what nobody else may know."""

from __future__ import annotations

import pytest
from oneinvoice_fixtures.keys import key_text
from oneinvoice_impl.domain.ids import new_id
from oneinvoice_impl.service.observing.paths import UNKNOWN, route, shown_path

TOKEN = "dGhpcyBpcyBubyB0b2tlbiE_"


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/", "/"),
        (f"/q/{TOKEN}", "/q/…"),
        (f"/login/{TOKEN}", "/login/…"),
        ("/login", "/login"),
        (f"/prefix//Q//{TOKEN}/more", "/prefix//Q//…/more"),
        (f"/elsewhere/{TOKEN}", "/elsewhere/…"),
        (f"/{key_text(1, 'primary')}", "/1iv_…"),
        ("/settings/api/key_OrPgJV3CWj83", "/settings/api/key_OrPgJV3CWj83"),
        ("/quotes/quo_5f1c3b0e8a7d42961b0c/send", "/quotes/quo_5f1c3b0e8a7d42961b0c/send"),
        ("/a" * 500, "/a" * 100 + "…"),
    ],
)
def test_a_path(path: str, shown: str) -> None:
    assert shown_path(path) == shown


def test_ids_of_records_are_shown() -> None:
    assert all(f"/invoices/{id}" == shown_path(f"/invoices/{id}") for id in (new_id("inv") for _ in range(20)))


def test_the_route_of_a_path() -> None:
    assert route("/api/v1/members", None, {"/api/v1/members"}) == "/api/v1/members"
    assert route("/quotes/quo_1/send", {"id": "quo_1"}, ()) == "/quotes/{id}/send"
    assert route("/static/css/app.css", {"name": "css/app.css"}, ()) == "/static/{name}"
    assert route("/wp-login.php", None, ()) == UNKNOWN
