import json
import time
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from oneinvoice_conformance.cli.main import main
from oneinvoice_conformance.engine import provenance
from oneinvoice_conformance.engine.effective_options import EffectiveOptions, content_hash
from oneinvoice_conformance.model.scope import Scope
from oneinvoice_conformance.options.effective import from_replay
from oneinvoice_conformance.options.run_options import JudgingOptions
from oneinvoice_openapi.contract import document

from tests.miniatures import Deployment, serve
from tests.unit.conformance.fakes import KEYS

SECRETS = ("hunter22", *KEYS.values())


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "names.toml").write_text("due_date = ['forfall']")
    (tmp_path / "names2.toml").write_text("due_date = ['frist']")
    (tmp_path / "known.toml").write_text("")
    return tmp_path


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


def test_what_a_hash_is_of():
    configuration = EffectiveOptions({"b": [1], "a": None})
    assert configuration.as_json() == {
        "b": [1],
        "a": None,
        "sha256": "98b8af4db27ca74550205512d9b8a9a03b9d0ff1dd687e2366f5d876f5de2530",
    }


def test_files_are_told_by_their_content_and_folders_by_that_of_their_reports(folder: Path):
    assert content_hash(None) is None
    assert content_hash(folder / "missing") is None
    assert content_hash(folder / "known.toml") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    (folder / "a.json").write_text("1")
    before = content_hash(folder)
    (folder / "b.txt").write_text("1")
    assert content_hash(folder) == before
    (folder / "a.json").write_text("2")
    assert content_hash(folder) != before


def test_a_replay_is_told_by_what_was_recorded(folder: Path):
    first = from_replay(JudgingOptions(), Scope(), folder / "names.toml")
    assert first.reported["recording"] == content_hash(folder / "names.toml")
    assert first.sha256 != from_replay(JudgingOptions(), Scope(), folder / "names2.toml").sha256
    assert (
        first.sha256 != from_replay(replace(JudgingOptions(), shared_key=True), Scope(), folder / "names.toml").sha256
    )


def test_the_kit_and_the_contract_are_hashed_in_no_time():
    provenance.kit.cache_clear()
    provenance.contract.cache_clear()
    began = time.perf_counter()
    assert provenance.kit()["sha256"] != provenance.contract()["sha256"]
    assert time.perf_counter() - began < 0.1  # 0.005 where nothing else runs
    assert provenance.contract()["version"] == document()["info"]["version"]


def test_the_hash_of_the_kit_is_over_each_file_and_its_name(folder: Path, monkeypatch: pytest.MonkeyPatch):
    hashes = []
    (folder / "sub" / "__pycache__").mkdir(parents=True)
    monkeypatch.setattr(provenance, "files", lambda package: folder)
    ours = (("a.py", b"1\n"), ("a.py", b"2\n"), ("sub/b.yaml", b"2"))
    left = (("sub/__pycache__/c.pyc", b"3"), ("d.pyc", b"3"), (".a.py.swp", b"3"), ("a.py", b"2\r\n"))
    for name, content in ours + left:
        (folder / name).write_bytes(content)
        provenance.kit.cache_clear()
        hashes.append(provenance.kit()["sha256"])
    provenance.kit.cache_clear()
    assert len(set(hashes[:3])) == 3
    assert set(hashes[2:]) == {hashes[2]}, "what was compiled or left there is no part of it, nor how git ends lines"


@pytest.mark.parametrize("name", ["json", "html", "junit", "har"])
def test_reports_name_the_hashes_of_kit_contract_and_configuration(name: str):
    options = ["run", "--key", KEYS["primary"], "--only", "DISC", f"--{name}", "report", "--json", "r.json"]
    with serve(Deployment()) as url:
        CliRunner().invoke(main, [*options, url] if name != "json" else [*options[:-2], url])
    text = Path("report").read_text()
    configuration = json.loads(Path("r.json" if name != "json" else "report").read_text())["configuration"]["sha256"]
    hashes = (provenance.kit()["sha256"], provenance.contract()["sha256"], configuration)
    assert [digest for digest in hashes if digest not in text] == []


def test_a_recording_with_hashes_is_judged_again():
    with serve(Deployment()) as url:
        CliRunner().invoke(main, ["run", url, "--key", KEYS["primary"], "--only", "DISC", "--har", "r.har"])
    again = CliRunner().invoke(main, ["replay", "r.har", "--only", "DISC", "--json", "r.json"])
    assert again.exit_code == 0, again.output
    assert json.loads(Path("r.json").read_text())["configuration"]["recording"] == content_hash(Path("r.har"))
