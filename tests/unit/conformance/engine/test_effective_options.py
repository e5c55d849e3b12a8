import time
from dataclasses import replace
from pathlib import Path

import pytest
from oneinvoice_conformance.engine import provenance
from oneinvoice_conformance.engine.effective_options import EffectiveOptions, content_hash
from oneinvoice_conformance.model.scope import Scope
from oneinvoice_conformance.options.effective import from_replay
from oneinvoice_conformance.options.run_options import JudgingOptions
from oneinvoice_openapi.contract import document

from tests.unit.conformance.fakes import CONTRACT


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "names.toml").write_text("due_date = ['forfall']")
    (tmp_path / "names2.toml").write_text("due_date = ['frist']")
    (tmp_path / "known.toml").write_text("")
    return tmp_path


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
    provenance.provenance_of.cache_clear()
    began = time.process_time()
    assert provenance.kit()["sha256"] != provenance.provenance_of(CONTRACT)["sha256"]
    assert time.process_time() - began < 0.1  # 0.005 here; of the processor, since others may run beside
    assert provenance.provenance_of(CONTRACT)["version"] == document()["info"]["version"]


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
