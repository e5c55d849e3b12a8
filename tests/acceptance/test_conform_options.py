"""Options of `oneinvoice-conform`, its environment and its settings: real processes, real HTTP."""

from __future__ import annotations

from typing import Any

import pytest
from werkzeug.wrappers import Request, Response

from tests.acceptance.command import KEY_OPTIONS, KEYS, READ_ONLY, Conform, assert_one_sentence, without_secrets
from tests.miniatures import FREE, Deployment, serve


def test_a_base_path_and_the_version_in_the_url(conform: Conform) -> None:
    with serve(FREE["under-base-path"].deployment()) as url:
        for given in (url, f"{url}/api/v1/"):
            run = conform(given, *KEY_OPTIONS, "--only", "DISC,MEM-1")
            assert run.returncode == 0, run
            assert f"conforms  {url}\n" in run.stdout


def test_settings_from_a_file(conform: Conform, miniature: str) -> None:
    settings = f"""
        url = "{miniature}"
        key = "{KEYS["primary"]}"
        other_key = "{KEYS["other"]}"
        revoked-key = "{KEYS["revoked"]}"
        skip = ["HOOK", "RATE", "VER", "NEWS"]
        json = "from-settings.json"
    """
    (conform.folder / "conformance.toml").write_text(settings)
    run = without_secrets(conform())
    assert run.returncode == 0, run
    assert conform.report("from-settings.json")["verdict"] == "conforms"
    (conform.folder / "conformance.toml").rename(conform.folder / "other.toml")
    assert conform("--config", "other.toml", "--only", "DISC").returncode == 0


def test_an_option_outweighs_the_environment_and_that_the_file(conform: Conform, miniature: str) -> None:
    (conform.folder / "conformance.toml").write_text('only = "FOO"\njson = "file.json"')
    env = {"ONEINVOICE_ONLY": "BAR", "ONEINVOICE_KEY": KEYS["primary"], "ONEINVOICE_JSON": "environment.json"}
    assert "'BAR' is no area" in conform(miniature, env=env).stderr
    assert conform(miniature, "--only", "MEM-1", env=env).returncode == 0
    assert conform.files() == ["conformance.toml", "environment.json"]


def test_more_names_with_map(conform: Conform) -> None:
    class Norwegian(Deployment):
        """Says due date in Norwegian."""

        def invoice(self, invoice: Any) -> dict[str, Any]:
            shown = super().invoice(invoice)
            return {("forfall" if name == "due_on" else name): value for name, value in shown.items()}

    (conform.folder / "names.toml").write_text('due_date = ["forfall"]')
    with serve(Norwegian()) as url:
        assert conform(url, *KEY_OPTIONS, "--only", "INV").returncode == 1
        assert conform(url, *KEY_OPTIONS, "--only", "INV", "--map", "names.toml").returncode == 0


class Gated(Deployment):
    """Wants a header of its own on every request but discovery, and echoes it."""

    def answer(self, request: Request) -> Response:
        gate = request.headers.get("X-Gate", "")
        is_open = gate == "open sesame 42" or request.path == "/api/v1"
        answer = super().answer(request) if is_open else self.error(403, f"not '{gate}'")
        answer.headers["X-Echo"] = f"{gate} {request.headers.get('Authorization', '')}"
        return answer


def test_a_header_goes_with_every_request_and_into_no_report(conform: Conform) -> None:
    with serve(Gated()) as url:
        by_environment = {"ONEINVOICE_HEADER": "X-Other: 1\nX-Gate: open sesame 42"}
        assert conform(url, *KEY_OPTIONS, *READ_ONLY, env=by_environment).returncode == 0
        run = without_secrets(
            conform(url, *KEY_OPTIONS, *READ_ONLY, "--header", "X-Gate: wrong-sesame-42", "--json", "report.json")
        )
    assert run.returncode == 1
    text = (conform.folder / "report.json").read_text()
    conform.report()
    assert "wrong-sesame-42" not in run.stdout + text
    assert "<X-Gate>" in text


def test_the_sentence_that_stops_a_run_holds_no_secret(conform: Conform) -> None:
    class Echo(Deployment):
        def answer(self, request: Request) -> Response:
            return Response(
                "no", 404, content_type=f"text/{request.headers.get('X-Gate')}-{request.headers.get('Authorization')}"
            )

    with serve(Echo()) as url:
        run = conform(url, *KEY_OPTIONS, "--header", "X-Gate: open-sesame-42")
    assert_one_sentence(run, 4, "is not this API")
    assert "sesame" not in run.stderr


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_an_output_that_knows_few_characters_will_do(conform: Conform, miniature: str, encoding: str) -> None:
    run = conform(miniature, *KEY_OPTIONS, "--only", "MEM", env={"PYTHONIOENCODING": encoding})
    assert (run.returncode, run.stderr) == (0, "")
