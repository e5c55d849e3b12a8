"""The reports of `oneinvoice-conform`, and `replay`: real processes, real HTTP."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from werkzeug.wrappers import Request, Response

from tests.acceptance.command import IMPORTABLE, KEY_OPTIONS, KEYS, Conform, assert_one_sentence
from tests.miniatures import FAULTS, Deployment, serve

SCOPE = ("--skip", "HOOK,RATE")
REPORTS = {"--json": "r.json", "--junit": "r.xml", "--markdown": "r.md", "--badge": "r.svg", "--har": "r.har"}
EVERY_REPORT = [part for pair in REPORTS.items() for part in pair]
GATE = "gate-of-the-staging-network"


def judged(report: dict[str, Any]) -> dict[str, tuple[str, str]]:
    return {row["id"]: (row["outcome"], row["reason"]) for row in report["requirements"]}


@pytest.mark.parametrize(("name", "code"), [(None, 0), ("default-of-20", 1)])
def test_every_report_at_once_and_the_recording_judged_again(conform: Conform, name: str | None, code: int) -> None:
    with serve(FAULTS[name].deployment() if name else Deployment()) as url:
        run = conform(url, *KEY_OPTIONS, *SCOPE, *EVERY_REPORT)
    assert (run.returncode, run.stderr) == (code, "")
    assert [f"report: {each}" in run.stdout for each in REPORTS.values()] == [True] * len(REPORTS)
    assert conform.files() == sorted(REPORTS.values())
    again = conform("replay", "r.har", *SCOPE, "--json", "again.json")
    assert (again.returncode, again.stderr) == (code, "")
    assert "none was sent" in again.stdout
    assert judged(conform.report("again.json")) == judged(conform.report("r.json"))


class Echo(Deployment):
    """Puts the headers of each request into its answer, and into an unserved one's reason."""

    def __call__(self, environ: Any, start_response: Callable[..., Any]) -> Any:
        echo = "; ".join(f"{name}={value}" for name, value in Request(environ).headers.items())

        def with_echo(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            return start_response(status, [*headers, ("X-Echo", echo), ("Location", f"/{echo}")], *rest)

        if "offset=" in environ["QUERY_STRING"]:
            return Response(f"{echo}\n".encode() + b"\xff", 302)(environ, with_echo)
        return super().__call__(environ, with_echo)


def test_no_report_holds_a_secret(conform: Conform) -> None:
    with serve(Echo()) as url:
        run = conform(url, *KEY_OPTIONS, *SCOPE, "--header", f"X-Gate: {GATE}", *EVERY_REPORT, env=IMPORTABLE)
    assert run.returncode in (1, 3), run
    written = {name: (conform.folder / name).read_text() for name in REPORTS.values()}
    again = conform("replay", "r.har", *SCOPE)
    secrets = (*(key[4:16] for key in KEYS.values()), GATE)
    texts = [run.stdout, run.stderr, again.stdout, again.stderr, *written.values()]
    assert not [secret for secret in secrets for text in texts if secret in text]
    har = json.loads(written["r.har"])
    assert any("$ONEINVOICE_KEY" in str(entry["response"]["headers"]) for entry in har["log"]["entries"])
    assert any(entry["response"]["content"].get("encoding") == "base64" for entry in har["log"]["entries"])


def test_a_recording_that_was_cut_short_is_refused(conform: Conform) -> None:
    (conform.folder / "r.har").write_text('{"log": {"version": "1.2", "entries": [{"req')
    assert_one_sentence(conform("replay", "r.har"), 2, "r.har is no HAR file", "cut short")
