import gzip
import zlib

import pytest
from oneinvoice_conformance.records.codings import Unpacking, WronglyPacked

CONTENT = b'{"data": []}' * 99


def gzipped(content: bytes) -> bytes:
    return gzip.compress(content, mtime=0)  # without the time, so that each process names a test the same


def raw_deflate(content: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(content) + packer.flush()


def unpacked(body: bytes, coding: str, piece: int = 7, most: int = 2**20) -> bytes:
    """Return what a body that comes in small pieces unpacks to."""
    unpacking = Unpacking(coding, most)
    content = b"".join(unpacking.unpack(body[at : at + piece]) for at in range(0, len(body), piece))
    unpacking.finish()
    return content


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("", CONTENT),
        ("identity", CONTENT),
        ("UTF-8", CONTENT),
        ("gzip", gzipped(CONTENT)),
        ("X-GZIP", gzipped(CONTENT)),
        ("gzip", gzipped(CONTENT[:50]) + gzipped(CONTENT[50:])),
        ("gzip", gzipped(CONTENT) + b"\0" * 20),
        ("gzip, gzip", gzipped(gzipped(CONTENT))),
        ("deflate", zlib.compress(CONTENT)),
        ("deflate", raw_deflate(CONTENT)),
        ("deflate, gzip", gzipped(zlib.compress(CONTENT))),
    ],
)
def test_what_is_packed_as_it_says_is_unpacked(coding: str, body: bytes):
    assert unpacked(body, coding) == unpacked(body, coding, piece=2**16) == CONTENT


def test_a_coding_that_nobody_asked_for_is_told():
    with pytest.raises(WronglyPacked, match=r"^the body has Content-Encoding: br, which no request asks for$"):
        unpacked(CONTENT, "Br")
    assert unpacked(b"", "br") == b""


def test_no_body_at_all_is_no_cut_one():
    assert unpacked(b"", "gzip") == b""


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_what_is_cut_or_not_packed_is_told(coding: str):
    whole = gzip.compress(CONTENT) if coding == "gzip" else zlib.compress(CONTENT)
    for end in (1, 5, len(whole) // 2, len(whole) - 1):
        with pytest.raises(WronglyPacked, match=f"cut: its {coding} stream has no end"):
            unpacked(whole[:end], coding)
    with pytest.raises(WronglyPacked, match=f"not packed by {coding}"):
        unpacked(b'{"a": 1}' * 9, coding)


def test_a_piece_unpacks_to_no_more_than_is_wanted():
    bomb = gzip.compress(b"\0" * 10**6)
    assert len(Unpacking("gzip", 1000).unpack(bomb)) == 1000
