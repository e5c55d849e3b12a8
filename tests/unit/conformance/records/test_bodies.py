import gc
import json
import os

import pytest
from oneinvoice_conformance.records import bodies
from oneinvoice_conformance.records.bodies import EMPTY, Body, BodyStore


def open_files() -> int:
    return len(os.listdir("/proc/self/fd"))


def test_equal_bodies_are_one():
    store = BodyStore()
    assert store.keep(b"[1]") is store.keep(b"[1]")
    assert store.keep(b"[1]") is not store.keep(b"[1]", is_cut=True)
    assert store.keep(b"[1]") == Body(b"[1]") != Body(b"[1]", is_cut=True)
    assert store.keep(b"") is EMPTY


def test_bodies_beyond_the_budget_are_in_a_file_that_has_no_name_and_is_closed(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    before, store = open_files(), BodyStore(in_memory=10)
    contents = [b"0123456789", b"abc" * 1000, b"", b"x", "é".encode()]
    kept = [store.keep(content) for content in contents]
    assert [body.read() for body in kept] == contents
    assert [body.read(2) for body in kept] == [content[:2] for content in contents]
    assert [body.size for body in kept] == list(map(len, contents))
    assert (open_files(), list(tmp_path.iterdir())) == (before + 1, [])
    del store, kept
    gc.collect()
    assert open_files() == before


def test_without_room_a_body_is_not_kept(monkeypatch):
    def full(*arguments: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "pwrite", full)
    with pytest.raises(OSError, match="No space left"):
        BodyStore(in_memory=2).keep(b"abc")


def test_what_was_looked_at_last_is_at_hand(monkeypatch):
    monkeypatch.setattr(bodies, "_LOOKED_AT", 100)
    store = BodyStore()
    first, second, third = (store.keep(json.dumps([{"id": name * 30}]).encode()) for name in "abc")
    listing = first.listing("members")
    assert first.listing("members") is listing
    second.listing("members"), first.listing("members"), third.listing("members")
    assert first.listing("members") is listing
    assert listing.records == [{"id": "a" * 30}]
    second.listing("members"), third.listing("members")
    assert first.listing("members") is not listing
    assert first.listing("members").records == listing.records
