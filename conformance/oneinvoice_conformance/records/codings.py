"""Content codings of bodies (RFC 9110, 8.4.1): undone piece by piece, as far as a body has to be read.

No request asks for one, but a server may choose it. Those that Python's standard library knows are undone.
"""

from __future__ import annotations

import zlib

_GZIP = ("gzip", "x-gzip")
_DEFLATE = "deflate"
# Those of IANA's registry that aren't undone. What is registered nowhere, such as UTF-8, is no coding at all.
_FOREIGN = ("aes128gcm", "br", "compress", "dcb", "dcz", "exi", "pack200-gzip", "x-compress", "zstd")
_MAGIC = b"\x1f\x8b"


class WronglyPacked(ValueError):
    """Raised where a body isn't what its Content-Encoding says; its text says why."""


class CutShort(WronglyPacked):
    """Raised where the end of a body is missing, which another answer may have."""


class _Layer:
    """One coding that is undone, of which `decompress` gives so many bytes at most."""

    def __init__(self, coding: str, most: int) -> None:
        self.coding, self._most = coding, most
        self._bits: int | None = 16 + zlib.MAX_WBITS if coding in _GZIP else None
        self._stream = zlib.decompressobj(self._bits) if self._bits else None
        self._began = self._overflows = False

    def decompress(self, data: bytes) -> bytes:
        """Return what the bytes unpack to. Raises `WronglyPacked`."""
        content = bytearray()
        self._began = self._began or bool(data)
        try:
            while data and not self._overflows:
                stream = self._stream or self._guessed(data)
                content += stream.decompress(data, self._most)
                self._overflows = bool(stream.unconsumed_tail)
                data = stream.unused_data
                if not (stream.eof and self._bits and data.startswith(_MAGIC)):
                    break  # what else stands behind the end is padding
                self._stream = zlib.decompressobj(self._bits)  # a gzip file may have several members
        except zlib.error:
            raise WronglyPacked(f"the body is not packed by {self.coding}, as its Content-Encoding says") from None
        return bytes(content)

    def _guessed(self, data: bytes) -> zlib._Decompress:
        """Return the reader of deflate, which some send without the frame that it has to have."""
        framed = data[0] & 0x0F == zlib.DEFLATED and (len(data) < 2 or int.from_bytes(data[:2], "big") % 31 == 0)
        self._stream = zlib.decompressobj(zlib.MAX_WBITS if framed else -zlib.MAX_WBITS)
        return self._stream

    def finish(self) -> None:
        """Raise `CutShort` if the end is missing."""
        if self._began and not self._overflows and not (self._stream and self._stream.eof):
            raise CutShort(f"the body is cut: its {self.coding} stream has no end")


class Unpacking:
    """Undoing of the codings that a Content-Encoding names; each gives no more than `most` bytes of a piece."""

    def __init__(self, content_encoding: str, most: int) -> None:
        names = [name.strip().lower() for name in content_encoding.split(",")]
        self._foreign = next((name for name in names if name in _FOREIGN), None)
        self._layers = [_Layer(name, most) for name in reversed(names) if name == _DEFLATE or name in _GZIP]

    def unpack(self, data: bytes) -> bytes:
        """Return what one more piece unpacks to. Raises `WronglyPacked`."""
        if self._foreign and data:
            raise WronglyPacked(f"the body has Content-Encoding: {self._foreign}, which no request asks for")
        for layer in self._layers:
            data = layer.decompress(data)
        return data

    def finish(self) -> None:
        """Raise `CutShort` if the body ended before its end."""
        for layer in self._layers:
            layer.finish()
