"""The command line `oneinvoice-mock keys`: real processes, real HTTP."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.acceptance.test_mock import Mock, assert_one_sentence, run, running

MEMBERS = "/api/v1/members"


@pytest.fixture(scope="module")
def mock() -> Iterator[Mock]:
    with running("--port", "0") as mock:
        yield mock


def limit(mock: Mock) -> str:
    return mock.ask(MEMBERS).headers["RateLimit-Policy"]


def test_a_limit_that_is_granted_counts_at_once(mock: Mock) -> None:
    key = mock.variables["ONEINVOICE_KEY"]
    assert limit(mock) == '"minute";q=60;w=60'
    for requests, words in (("600", "600 requests"), ("1", "1 request")):
        result = run("keys", "limit", key, requests, environment=mock.variables)
        assert (result.returncode, result.stderr) == (0, "")
        assert result.stdout == f"primary (1iv_…{key[-4:]}): {words} in a minute\n"
    assert [mock.ask(MEMBERS).status for _ in range(2)] == [429, 429]


def test_keys_that_are_none_are_not_repeated(mock: Mock) -> None:
    key = mock.variables["ONEINVOICE_KEY"]
    result = run("keys", "limit", key[:-1], "600", environment=mock.variables)
    assert_one_sentence(result, 2, "There is no such key")
    assert key[:-1] not in result.stderr


KEY = "1iv_KG22OG2ZcTmfMsUSL315TeHficfpnntXEGP8QXqEokv0vyljL"


@pytest.mark.parametrize(
    "arguments",
    [["keys", "limit", "600", KEY], ["keys", KEY], [KEY], ["keys", "limit", KEY, "6", KEY], ["keys", f"--{KEY}"],
     ["--port", KEY], ["clock", "advance", KEY], ["trigger", "invoice.paid", "--set", KEY]],
)  # fmt: skip
def test_a_key_in_another_place_is_not_repeated(arguments: list[str]) -> None:
    result = run(*arguments)
    assert_one_sentence(result, 2, "oneinvoice-mock --help")
    assert KEY[4:12] not in result.stderr + result.stdout


@pytest.mark.parametrize("arguments", [["limit"], ["limit", "key_1"], ["limit", "key_1", "0"], ["limit", "key_1", "x"]])
def test_bad_usage(arguments: list[str]) -> None:
    assert_one_sentence(run("keys", *arguments), 2, "oneinvoice-mock --help")


def test_no_mock_answers() -> None:
    assert_one_sentence(run("keys", "limit", "key_1", "600", "--url", "http://127.0.0.1:1"), 4, "No mock answers")


def test_without_more_words_the_keys_of_a_seed_are_printed(mock: Mock) -> None:
    assert run("keys").stdout == "".join(f"{line}\n" for line in mock.printed if "KEY=" in line)
    assert run("keys", "--seed", "2").stdout != run("keys").stdout
