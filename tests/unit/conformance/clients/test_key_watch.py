"""Where a client's key stands, and requests without it."""

from __future__ import annotations

import base64

import pytest
from oneinvoice_conformance.clients.front.keys import KeyWatch
from oneinvoice_conformance.clients.observation import KeyPlace

KEY = "1iv_KG22OG2ZcTmfMsUSL315TeHficfpnntXEGP8QXqEokv0vyljL"
WATCH = KeyWatch(KEY)


@pytest.mark.parametrize(
    ("target", "headers", "body", "places"),
    [
        ("/", (), b"", ()),
        ("/", (("Authorization", f"Bearer {KEY}"),), b"", (KeyPlace.BEARER,)),
        ("/", (("authorization", f"bearer {KEY}"),), b"", (KeyPlace.BEARER,)),
        ("/", (("Authorization", KEY),), b"", (KeyPlace.OTHER_SCHEME,)),
        ("/", (("Authorization", f"Token {KEY}"),), b"", (KeyPlace.OTHER_SCHEME,)),
        (
            "/",
            (("Authorization", "Basic " + base64.b64encode(f"{KEY}:".encode()).decode()),),
            b"",
            (KeyPlace.OTHER_SCHEME,),
        ),
        (f"/?key={KEY}", (("Authorization", f"Bearer {KEY}"),), b"", (KeyPlace.URL, KeyPlace.BEARER)),
        (f"/?key={KEY.replace('_', '%5F')}", (), b"", (KeyPlace.URL,)),
        (f"/?key={KEY[:30]}", (), b"", (KeyPlace.URL,)),
        ("/", (("Referer", f"http://x/?k={KEY}"),), b"", (KeyPlace.URL,)),
        ("/", (("X-Api-Key", KEY),), b"", (KeyPlace.OTHER_HEADER,)),
        ("/", (("Cookie", f"key={KEY}"),), b"", (KeyPlace.OTHER_HEADER,)),
        ("/", (("X-Auth", base64.b64encode(KEY.encode()).decode()),), b"", (KeyPlace.OTHER_HEADER,)),
        ("/", (), f'{{"key": "{KEY}"}}'.encode(), (KeyPlace.BODY,)),
        ("/", (("Authorization", "Bearer 1iv_another"),), b"", ()),
    ],
)
def test_places(target: str, headers: tuple[tuple[str, str], ...], body: bytes, places: tuple[KeyPlace, ...]):
    assert WATCH.places(target, headers, body) == places


@pytest.mark.parametrize(
    "text",
    [
        f"/api/v1/members?key={KEY}",
        f"Bearer {KEY}",
        KEY.removeprefix("1iv_"),
        f"x={KEY[:28]}",
        f"/?key={KEY.replace('K', '%4B')}",
        "Basic " + base64.b64encode(f"{KEY}:".encode()).decode(),
    ],
)
def test_a_masked_text_has_no_key(text: str):
    masked = WATCH.masked(text)
    assert "$ONEINVOICE_KEY" in masked
    assert KEY[4:20] not in masked


def test_other_texts_stay():
    assert WATCH.masked("/api/v1/members?limit=50") == "/api/v1/members?limit=50"
    assert WATCH.shown_with_key(WATCH.masked(f"/?key={KEY}")) == f"/?key={KEY}"
