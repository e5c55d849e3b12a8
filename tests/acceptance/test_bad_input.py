"""Bad input of `oneinvoice-conform`: one sentence that says what to do, the right code, and nothing written."""

from __future__ import annotations

import socket
import ssl
import subprocess
import threading
from pathlib import Path

import pytest
from werkzeug.wrappers import Request, Response

from tests.acceptance.command import KEY_OPTIONS, KEYS, READ_ONLY, Conform, assert_one_sentence
from tests.miniatures import Deployment, serve


# The many other kinds are in tests/unit/conformance/cli/test_main.py.
@pytest.mark.parametrize(
    ("arguments", "code", "parts"),
    [
        (["http://nosuch.invalid"], 4, ["can't be reached", "check the address"]),
        (["staging.example"], 2, ["'staging.example' is neither a command nor a URL", "https://"]),
        ([], 2, ["URL", "--help"]),
        (["https://user:hunter22@staging.example"], 2, ["--header"]),
        (["http://x", "--key", "abc"], 2, ["--key does not begin with 1iv_"]),
        (["http://x", "--key", KEYS["other"], "--other-key", KEYS["other"]], 2, ["one and the same key"]),
        (["http://x", "--json", "missing/report.json"], 2, ["missing/report.json", "folder that exists"]),
        (["http://x", "--json", "/proc/report.json"], 2, ["/proc/report.json"]),
    ],
    ids=lambda value: " ".join(value)[:40] if isinstance(value, list) else None,
)
def test_bad_input(conform: Conform, arguments: list[str], code: int, parts: list[str]) -> None:
    run = conform(*arguments)
    assert_one_sentence(run, code, *parts)
    assert "hunter22" not in run.stderr
    assert conform.files() == []


@pytest.mark.parametrize(
    ("text", "parts"),
    [("key = ", ["conformance.toml is not TOML"]), ("keys = '1'", ["'keys' is no setting; did you mean 'key'?"])],
)
def test_bad_settings(conform: Conform, text: str, parts: list[str]) -> None:
    (conform.folder / "conformance.toml").write_text(text)
    assert_one_sentence(conform("http://x"), 2, *parts)
    assert conform.files() == ["conformance.toml"]


def test_a_wrong_key_is_refused(conform: Conform, miniature: str) -> None:
    for key in ("1iv_wrong", KEYS["revoked"]):
        run = conform(miniature, "--key", key, "--json", "report.json")
        assert_one_sentence(run, 2, "refuses the key on every endpoint", "ONEINVOICE_KEY")
    assert conform.files() == []


@pytest.mark.parametrize(
    ("body", "status", "content_type"),
    [
        ("<!doctype html><title>Welcome</title>", 200, "text/html"),
        ('{"error": "no such route"}', 404, "application/json"),
        ("<h1>Moved</h1>", 301, "text/html"),
    ],
)
def test_what_is_no_such_api_is_told_so(conform: Conform, body: str, status: int, content_type: str) -> None:
    class Other(Deployment):
        def answer(self, request: Request) -> Response:
            return Response(body, status, content_type=content_type)

    with serve(Other()) as url:
        run = conform(url, *KEY_OPTIONS, "--json", "report.json")
    assert_one_sentence(run, 4, "is not this API", content_type, "check the address")
    assert conform.files() == []


def test_a_json_api_of_something_else_is_never_green(conform: Conform) -> None:
    class Other(Deployment):
        def answer(self, request: Request) -> Response:
            return Response('{"hello": "world"}', content_type="application/json")

    with serve(Other()) as url:
        assert conform(url, *KEY_OPTIONS, *READ_ONLY).returncode == 1


def test_https_where_nobody_speaks_it(conform: Conform, miniature: str) -> None:
    run = conform(miniature.replace("http:", "https:"), *KEY_OPTIONS, "--timeout", "2")
    assert_one_sentence(run, 4, "check the address")


def test_a_certificate_that_nobody_signed(conform: Conform, tmp_path: Path) -> None:
    folder = tmp_path.parent / f"{tmp_path.name}-tls"
    folder.mkdir()
    make = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost"
    files = ["-out", str(folder / "c.pem"), "-keyout", str(folder / "k.pem")]
    subprocess.run([*make.split(), *files], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "c.pem", folder / "k.pem")
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def shake_hands() -> None:
            connection, _ = listener.accept()
            with connection, pytest.raises(OSError, match=r".*"):
                context.wrap_socket(connection, server_side=True)

        thread = threading.Thread(target=shake_hands)
        thread.start()
        run = conform(f"https://localhost:{listener.getsockname()[1]}", *KEY_OPTIONS)
        thread.join()
    assert_one_sentence(run, 4, "can't be trusted", "--ca-file")


def test_a_report_that_can_not_be_replaced_stays(conform: Conform, miniature: str) -> None:
    (conform.folder / "report.json").mkdir()
    assert_one_sentence(conform(miniature, "--json", "report.json"), 2, "is a folder")


def test_a_report_is_replaced_whole(conform: Conform, miniature: str) -> None:
    (conform.folder / "report.json").write_text("x" * 1_000_000)
    assert conform(miniature, "--only", "DISC", "--json", "report.json").returncode == 0
    assert conform.report()["verdict"] == "conforms"
    assert conform.files() == ["report.json"]
