import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from oneinvoice_conformance.cli.main import main
from oneinvoice_conformance.engine import provenance
from oneinvoice_conformance.engine.effective_options import content_hash

from tests.miniatures import Deployment, serve
from tests.unit.conformance.engine.test_effective_options import folder
from tests.unit.conformance.fakes import CONTRACT, KEYS

__all__ = ["folder"]

SECRETS = ("hunter22", *KEYS.values())


def told(url: str, *options: str) -> dict:
    arguments = ["run", url, "--key", KEYS["primary"], "--only", "DISC", "--json", "r.json", *options]
    CliRunner().invoke(main, arguments)
    text = Path("r.json").read_text()
    Path("r.json").unlink()
    assert not [secret for secret in SECRETS if secret in text]
    return json.loads(text)


BASIS = ("--header", "X-Gate: hunter22", "--map", "names.toml", "--wait-command", "hunter22 {seconds}", "--strict")


def test_the_same_options_have_the_same_hash_and_each_other_one_another():
    with serve(Deployment()) as url:
        first = told(url, *BASIS)["configuration"]
        assert first == told(url, *BASIS)["configuration"]
        others = [
            told(url, *BASIS, *more)["configuration"]
            for more in (
                ("--only", "DISC-1"),
                ("--skip", "VER"),
                ("--map", "names2.toml"),
                ("--rate-limit", "61"),
                ("--shared-key",),
                ("--allow-load",),
                ("--timeout", "9"),
                ("--other-key", KEYS["other"]),
                ("--header", "X-More: 1"),
                ("--fuzz", "1", "--fuzz-seed", "1"),
                ("--fuzz", "1", "--fuzz-seed", "2"),
                ("--expected-failures", "known.toml"),
                ("--webhook-secret", "hunter22", "--listen", "0", "--trigger", "hunter22 {event}"),
                ("--webhook-secret", "hunter22", "--listen", "0", "--guided"),
            )
        ]
    hashes = [each["sha256"] for each in (first, *others)]
    assert len(set(hashes)) == len(hashes)
    assert first["headers"] == ["X-Gate"]
    assert first["wait_command"] is True
    assert others[-1]["webhooks"] == {"by": "guided", "timeout": 120.0}
    assert others[7]["keys"] == ["primary", "other"]


@pytest.mark.parametrize("name", ["json", "html", "junit", "har"])
def test_reports_name_the_hashes_of_kit_contract_and_configuration(name: str):
    options = ["run", "--key", KEYS["primary"], "--only", "DISC", f"--{name}", "report", "--json", "r.json"]
    with serve(Deployment()) as url:
        CliRunner().invoke(main, [*options, url] if name != "json" else [*options[:-2], url])
    text = Path("report").read_text()
    configuration = json.loads(Path("r.json" if name != "json" else "report").read_text())["configuration"]["sha256"]
    hashes = (provenance.kit()["sha256"], provenance.provenance_of(CONTRACT)["sha256"], configuration)
    assert [digest for digest in hashes if digest not in text] == []


def test_a_recording_with_hashes_is_judged_again():
    with serve(Deployment()) as url:
        CliRunner().invoke(main, ["run", url, "--key", KEYS["primary"], "--only", "DISC", "--har", "r.har"])
    again = CliRunner().invoke(main, ["replay", "r.har", "--only", "DISC", "--json", "r.json"])
    assert again.exit_code == 0, again.output
    assert json.loads(Path("r.json").read_text())["configuration"]["recording"] == content_hash(Path("r.har"))
