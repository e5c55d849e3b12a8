"""Files of archives: packed, with their bodies beside them, in another encoding, damaged, or something else."""

import gzip
import hashlib
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from oneinvoice_conformance.cli.main import main
from oneinvoice_conformance.model.outcome import Outcome

from tests.miniatures import Deployment
from tests.unit.conformance.browsing import Entry, archive, browsed, ids, replayed

ENTRIES = browsed(Deployment())
TEXT = json.dumps(archive(ENTRIES))


def detached(entries: list[Entry]) -> tuple[str, dict[str, bytes]]:
    """The archive whose bodies stand in files of their own, as Playwright names them."""
    bodies: dict[str, bytes] = {}
    without = json.loads(json.dumps(entries))
    for entry in without:
        content = entry["response"]["content"]
        body = content.pop("text").encode()
        content["_file"] = f"{hashlib.sha1(body, usedforsecurity=False).hexdigest()}.json"
        bodies[content["_file"]] = body
    return json.dumps(archive(without)), bodies


def write_zip(path: Path, *, folder: str = "") -> None:
    text, bodies = detached(ENTRIES)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, body in bodies.items():
            file.writestr(name, body)
        file.writestr(f"{folder}har.har", text)
        file.writestr("__MACOSX/._har.har", b"\0")


def write_folder(path: Path) -> None:
    text, bodies = detached(ENTRIES)
    path.write_text(text)
    for name, body in bodies.items():
        (path.parent / name).write_bytes(body)


FORMS: dict[str, Callable[[Path], object]] = {
    "x.har": lambda path: path.write_text(TEXT),
    "bom.har": lambda path: path.write_text("\ufeff" + TEXT, "utf-8"),
    "utf-16.har": lambda path: path.write_text(TEXT, "utf-16"),
    "x.har.gz": lambda path: path.write_bytes(gzip.compress(TEXT.encode())),
    "gzip.har": lambda path: path.write_bytes(gzip.compress(TEXT.encode())),
    "x.har.zip": write_zip,
    "zip.har": write_zip,
    "attached.har": write_folder,
}


@pytest.mark.parametrize("name", FORMS)
def test_every_form_of_the_file_is_read(tmp_path: Path, name: str):
    FORMS[name](tmp_path / name)
    report = replayed(tmp_path / name)
    assert ids(report, Outcome.FAILED) == set()
    assert len(ids(report, Outcome.PASSED)) >= 15
    assert not [each for each in report.notes if each.startswith("left out")]


def test_a_body_is_never_read_from_elsewhere(tmp_path: Path):
    secret = tmp_path / "secret.json"
    secret.write_text('{"data": [{"id": "stolen"}]}')
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "linked.json").symlink_to(secret)
    entries = json.loads(json.dumps(ENTRIES))
    for entry, name in zip(entries, ("../secret.json", str(secret), "linked.json", "..", ""), strict=False):
        entry["response"]["content"] = {"size": -1, "_file": name}
    report = replayed(tmp_path / "in" / "x.har", entries)
    assert [each for each in report.notes if each.startswith("left out: 5 entries without the body")]
    assert not [each for each in report.exchanges if b"stolen" in each.body.read()]


def zipped(path: Path, **members: bytes) -> None:
    with zipfile.ZipFile(path, "w") as file:
        for name, content in members.items():
            file.writestr(name.replace("_", "."), content)


@pytest.mark.parametrize(
    ("write", "code", "part"),
    [
        (lambda path: path.write_bytes(b""), 2, "cut short"),
        (lambda path: path.write_bytes(gzip.compress(TEXT.encode())[:900]), 2, "can't be unpacked"),
        (lambda path: path.write_bytes(b"\x1f\x8b nothing"), 2, "can't be"),
        (lambda path: path.write_bytes(b"PK\x03\x04 nothing"), 2, "can't be unpacked"),
        (lambda path: zipped(path, a_txt=b"x"), 2, "holds 0 HAR files"),
        (lambda path: zipped(path, a_har=b"{}", b_har=b"{}"), 2, "holds 2 HAR files"),
        (lambda path: zipped(path, a_har=b"{}"), 2, "it has no log"),
        (lambda path: path.write_text("{}"), 2, "it has no log"),
        (lambda path: path.write_text('{"log": null}'), 2, "it has no log"),
        (lambda path: path.write_text('{"log": {"entries": null}}'), 2, "its log has no entries"),
        (lambda path: path.write_text('{"log": {"entries": {}}}'), 2, "its log has no entries"),
        (lambda path: path.write_text('{"log": {"entries": []}}'), 4, "has no request of this API"),
        (lambda path: path.write_text(json.dumps({"entries": ENTRIES})), 2, "it has no log"),
        (lambda path: path.write_text("<har/>"), 2, "it begins with '<'"),
    ],
)
def test_what_is_no_archive_gets_one_sentence(tmp_path: Path, write: Callable[[Path], object], code: int, part: str):
    path = tmp_path / "x.har"
    write(path)
    ran = CliRunner().invoke(main, ["replay", str(path)])
    assert (ran.exit_code, ran.stdout, ran.stderr.count("\n")) == (code, "", 1), ran.output
    assert part in ran.stderr
    assert not [word for word in ("Traceback", "Error", "None", "[Errno") if word in ran.stderr]


def test_a_file_without_bodies_says_what_is_missing(tmp_path: Path):
    path = tmp_path / "x.har"
    entries = json.loads(json.dumps(ENTRIES))
    for entry in entries:
        del entry["response"]["content"]["text"]
    path.write_text(json.dumps(archive(entries)))
    ran = CliRunner().invoke(main, ["replay", str(path)])
    assert ran.exit_code == 4
    assert f"left out: {len(ENTRIES)} entries without the body" in ran.stderr
