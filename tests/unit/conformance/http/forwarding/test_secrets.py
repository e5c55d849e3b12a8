"""Secrets of clients: what is taken for one, and what stands in its place."""

import pytest
from oneinvoice_conformance.http.forwarding.observed import Observed
from oneinvoice_conformance.http.forwarding.secrets import Secrets

from tests.unit.conformance.fakes import KEYS

KEY, OTHER = KEYS["primary"], KEYS["other"]


def learnt(*headers: tuple[str, str], target: str = "/") -> Secrets:
    secrets = Secrets()
    secrets.learn(Observed(1, "GET", target, headers))
    return secrets


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (f"Bearer {KEY}", "Bearer key-1"),
        (f"bearer   {KEY}", "bearer key-1"),
        (f"Basic {KEY}", "Basic key-1"),
        (KEY, "key-1"),
        ("Bearer short", "Bearer key-1"),
        ("Bearer", "Bearer"),
        ("Bearer undefined", "Bearer undefined"),
        ("", ""),
    ],
)
def test_an_authorization_keeps_its_scheme(value: str, shown: str):
    header = ("aUTHorization", value)
    assert learnt(header).headers((header,)) == (("aUTHorization", shown),)


def test_the_same_key_has_the_same_name_wherever_it_stands():
    secrets = learnt(("Authorization", f"Bearer {KEY}"), ("X-API-Key", OTHER), ("X-Note", KEY))
    headers = (("X-Api-Key", KEY), ("Authorization", f"Bearer {OTHER}"), ("X-Note", f"my {KEY}"))
    shown = (("X-Api-Key", "key-1"), ("Authorization", "Bearer key-2"), ("X-Note", "my <key-1>"))
    assert secrets.headers(headers) == shown
    assert secrets.target(f"/a?api_key={KEY}&limit=1&q={OTHER}") == "/a?api_key=key-1&limit=1&q=<key-2>"


def test_a_key_in_the_query_is_a_secret_from_then_on():
    secrets = learnt(target="/api/v1/members?limit=1&api_key=Some%2Bodys-Own")
    assert secrets("it was Some+odys-Own") == "it was <key-1>"


def test_what_looks_like_a_key_is_never_shown():
    assert Secrets()(f"{KEY} whsec_0123456 1IV_ABCDEF") == "1iv_… whsec_… 1IV_…"


def test_words_and_numbers_beside_keys_are_no_secrets():
    given = (("X-Auth-Type", "application"), ("X-Key-Version", "20261129"), ("X-Auth-User", "somebody"))
    secrets = learnt(*given)
    assert len(secrets) == 0
    assert [value for _, value in secrets.headers(given)] == ["<key>"] * 3
    assert secrets("application 20261129 somebody") == "application 20261129 somebody"


def test_cookies_are_shown_by_their_names():
    cookie = ("Cookie", "session=abc0123456789def; theme=dark")
    secrets = learnt(cookie)
    assert secrets.headers((cookie,)) == (("Cookie", "session=<cookie>; theme=<cookie>"),)
    assert secrets("abc0123456789def dark") == "<key-1> dark"
    assert secrets.answer_headers((("Set-Cookie", "a=1; Path=/"),)) == (("Set-Cookie", "a=<cookie>; Path=/"),)


def test_so_many_are_remembered():
    secrets = Secrets()
    for number in range(600):
        secrets.learn(Observed(number, "GET", "/", (("Authorization", f"Bearer secret-{number:04}"),)))
    assert len(secrets) == 500
    late = (("Authorization", "Bearer secret-0599"),)
    assert secrets.headers(late) == (("Authorization", "Bearer <key>"),)
