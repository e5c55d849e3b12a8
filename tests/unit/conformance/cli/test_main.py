"""What the command line refuses, in the same process; tests/acceptance/test_bad_input.py runs it for real."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from oneinvoice_conformance.cli.main import main

from tests.unit.conformance.fakes import KEYS


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def conform(*arguments: str, **env: str) -> Result:
    return CliRunner().invoke(main, arguments, env=env)


def assert_one_sentence(result: Result, *parts: str) -> None:
    assert result.exit_code == 2, result.output
    assert isinstance(result.exception, SystemExit)
    assert result.stdout == ""
    assert result.stderr.startswith("oneinvoice-conform: ")
    assert result.stderr.count("\n") == 1
    assert not [part for part in parts if part not in result.stderr], result.stderr
    assert not [secret for secret in (*KEYS.values(), "hunter22") if secret[:12] in result.stderr]


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (["judge", "https://staging.example"], ["'judge' is neither a command nor a URL"]),
        ([KEYS["primary"]], ["--key"]),
        (["ftp://staging.example"], ["write it like https://"]),
        (["user:hunter22@staging.example"], ["neither a command nor a URL"]),
        (["ftp://user:hunt@hunter22@staging.example"], ["write it like https://"]),
        (["http://x", "whsec_hunter22-hunter22"], ["(whsec_…"]),
        (["https://staging.example:99999999"], ["write it like https://"]),
        (["https://user:hunter22@[staging"], ["write it like https://"]),
        (["https://staging.example/#top"], ["without them"]),
        (["https://staging.example/?a=b"], ["without them"]),
        (["http://x", "--only", "FOO"], ["'FOO' is no area", "the areas are DISC, AUTH"]),
        (["http://x", "--other-key", "1iv_"], ["--other-key", "copy it whole"]),
        (["http://x", "--key", f"{KEYS['primary']} x"], ["--key", "copy it whole"]),
        (["http://x", "--key", KEYS["other"], "--revoked-key", f" {KEYS['other']}"], ["one and the same key"]),
        (["http://x", "--skip", "MEM,QUO-77"], ["'QUO-77' is no area"]),
        (["http://x", "--only", "MEM", "--skip", "MEM"], ["leave nothing to judge"]),
        (["http://x", "--only", "SPEC"], ["leave nothing to judge"]),
        (["http://x", "--header", "X-Gate"], ["'Name: value'"]),
        (["http://x", "--header", "X Gate: 1"], ["'Name: value'"]),
        (["http://x", "--header", "X-Gate: é"], ["'Name: value'"]),
        (["http://x", "--header", "X-Gate: a\r\nX-Other: b"], ["'Name: value'"]),
        (["http://x", "--header", "authorization: Bearer hunter22"], ["--key"]),
        (["http://x", "--timeout", "0"], ["--timeout"]),
        (["http://x", "--timeout", "soon"], ["--timeout"]),
        (["http://x", "--jsn", "a"], ["--jsn", "--json"]),
        (["http://x", "y"], ["(y)"]),
        (["https://x", "--ca-file", "missing.pem"], ["missing.pem", "PEM"]),
        (["https://x", "--cert", "missing.pem"], ["missing.pem can't be used as --cert (", "without a passphrase"]),
        (["http://x", "--cert", "a.pem", "--cert-key", "a.key"], ["a.pem and a.key", "--cert and --cert-key"]),
        (["https://x", "--cert-key", "missing.pem"], ["--cert-key needs --cert"]),
        (["http://x", "--proxy", "socks5://user:hunter22@proxy:1080"], ["--proxy", "no URL of an HTTP proxy"]),
        (["http://x", "--proxy", "proxy:3128"], ["write it like http://proxy.example:3128"]),
        (["http://x", "--proxy", "http://user:hunter22@proxy:99999"], ["no URL of an HTTP proxy"]),
        (["http://x", "--proxy", "http://user:hunter22@proxy/path"], ["more than scheme, host and port"]),
        (["http://x", "--map", "missing.toml"], ["missing.toml can't be read"]),
        (["http://x", "--config", "missing.toml"], ["missing.toml can't be read"]),
        (["http://x", "--json", "."], ["is a folder"]),
        (["http://x", "--json", "/dev/null"], ["a device"]),
        (["http://x", "--json", "x" * 300], ["File name too long"]),
    ],
    ids=lambda value: " ".join(value)[:40],
)
def test_bad_input(folder: Path, arguments: list[str], parts: list[str]):
    assert_one_sentence(conform(*arguments), *parts)
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("[run]\nkey = '1'", ["'run' is no setting"]),
        ("timeout = 'soon'", ["timeout"]),
        ("key = 5", ["--key does not begin with 1iv_"]),
        ("header = 'X-Gate'", ["'Name: value'"]),
        ("header = [1]", ["'Name: value'"]),
        ("strict = 'perhaps'", ["strict"]),
        ("\x00", ["conformance.toml is not TOML"]),
    ],
)
def test_bad_settings(folder: Path, text: str, parts: list[str]):
    (folder / "conformance.toml").write_text(text)
    assert_one_sentence(conform("http://x"), *parts)


@pytest.mark.parametrize(
    ("variable", "value", "part"),
    [
        ("ONEINVOICE_KEY", "hunter22-hunter22", "--key does not begin"),
        ("ONEINVOICE_URL", "ftp://x", "write it like"),
        ("ONEINVOICE_SKIP", "FOO", "'FOO' is no area"),
        ("ONEINVOICE_HEADER", "X-A: 1\nnonsense", "'Name: value'"),
        ("ONEINVOICE_JSON", "missing/report.json", "missing/report.json"),
        ("ONEINVOICE_MAP", "missing.toml", "missing.toml"),
        ("ONEINVOICE_TIMEOUT", "soon", "soon"),
        ("ONEINVOICE_CA_FILE", "missing.pem", "--ca-file"),
        ("ONEINVOICE_CERT", "missing.pem", "--cert"),
        ("ONEINVOICE_PROXY", "ftp://proxy", "--proxy"),
    ],
)
def test_every_option_has_an_environment_variable(variable: str, value: str, part: str):
    assert_one_sentence(conform(**({"ONEINVOICE_URL": "https://x"} | {variable: value})), part)


def test_a_fault_of_the_kit_shows_no_header_that_was_given(monkeypatch: pytest.MonkeyPatch):
    def fails(*_arguments: object, **_options: object) -> None:
        raise ValueError("open-sesame \x1b[2J")

    monkeypatch.setattr("oneinvoice_conformance.cli.run.run", fails)
    result = conform("https://staging.example", "--header", "X-Gate: open-sesame")
    assert result.exit_code == 4
    assert result.stderr == ("oneinvoice-conform: The kit failed (ValueError: <X-Gate> \\x1b[2J); please report it.\n")


def test_interrupted_before_there_is_a_verdict(monkeypatch: pytest.MonkeyPatch):
    def interrupted(url: str) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr("oneinvoice_conformance.options.run_options.parse_url", interrupted)
    result = conform("https://staging.example")
    assert (result.exit_code, result.stderr.count("\n")) == (3, 1)
    assert "Interrupted" in result.stderr
