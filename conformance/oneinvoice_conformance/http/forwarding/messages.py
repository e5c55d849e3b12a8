"""Messages of HTTP/1.1, read so that every byte can be passed on as it came (RFC 9112).

Parsers of HTTP take a message apart and write it anew: h11 and llhttp refuse what clients send in fact, as a target in
UTF-8, and lose the sizes of chunks, their extensions, and how a header was folded. So a head is kept here by its lines,
and of a body no more is read than where it ends.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Collection, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from http.client import IncompleteRead

_HEAD_LIMIT = 2**18  # bytes
_LINE_LIMIT = 2**16  # bytes of a chunk's first line, or of a trailer
_PIECE = 2**16
_END_OF_HEAD = re.compile(rb"\r?\n\r?\n")
_LINE = re.compile(rb"[^\n]*\n(?:[ \t][^\n]*\n)*")  # with those that it is folded into
_REQUEST = re.compile(rb"(?P<method>[\w!#$%&'*+.^`|~-]+) (?P<target>[^\s\x00]+) HTTP/1\.(?P<minor>\d)\r?\n", re.ASCII)
_ANSWER = re.compile(rb"HTTP/1\.(?P<minor>\d) (?P<status>[1-9]\d\d)(?: (?P<reason>[^\r\n]*))?\r?\n")
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;[^\n]*)?\r?\n")
_HOP_BY_HOP = frozenset({b"connection", b"keep-alive", b"proxy-connection", b"te", b"upgrade"})
_FRAMING = frozenset({b"transfer-encoding", b"content-length", b"host"})


class NotHTTP(Exception):
    """Raised for what is no message of HTTP/1.1; `start` is how it begins."""

    def __init__(self, why: str, start: bytes = b"") -> None:
        super().__init__(why)
        self.start = start


class Framing(Enum):
    """Means by which the end of a body is told."""

    NOTHING = auto()  # there is none
    LENGTH = auto()
    CHUNKED = auto()
    CLOSE = auto()


@dataclass(frozen=True, slots=True)
class Header:
    """Header by its `name` in small letters, its value, and the `line` as it came."""

    name: bytes
    value: bytes
    line: bytes

    @property
    def pair(self) -> tuple[str, str]:
        """The name in its own letter case, and the value, as text."""
        return self.line.partition(b":")[0].strip().decode("latin-1"), self.value.decode("latin-1")


@dataclass(frozen=True, slots=True)
class Head:
    """Head of a message: its first line, its headers in their order, and the empty line behind them."""

    line: bytes
    minor: int
    headers: tuple[Header, ...]
    end: bytes

    def values(self, name: bytes) -> list[bytes]:
        """Return the values of a header, whose name is in small letters, by their commas."""
        joined = b",".join(each.value for each in self.headers if each.name == name)
        return [value.strip() for value in joined.split(b",") if value.strip()]

    def has_token(self, name: bytes, token: bytes) -> bool:
        return token in [value.lower() for value in self.values(name)]

    @property
    def is_last(self) -> bool:
        """Tell whether the connection ends behind this message."""
        return self.minor == 0 or self.has_token(b"connection", b"close")

    @property
    def is_chunked(self) -> bool:
        """Tell whether the body comes in chunks, which has to be the last of its codings (RFC 9112, 6.1)."""
        return [each.lower() for each in self.values(b"transfer-encoding")][-1:] == [b"chunked"]

    @property
    def length(self) -> int | None:
        """The Content-Length, None without one. Raises `NotHTTP` for one that is no number, or of several."""
        lengths = set(self.values(b"content-length"))
        if not lengths:
            return None
        [first, *others] = lengths
        if others or not re.fullmatch(rb"\d{1,18}", first):
            raise NotHTTP("its Content-Length is none")
        return int(first)

    def forwarded(self, without: Collection[bytes] = ()) -> list[bytes]:
        """Return the lines of the headers that are not of this connection alone (RFC 9110, 7.6.1), as they came."""
        named = {value.lower() for value in self.values(b"connection")} - _FRAMING
        return [each.line for each in self.headers if each.name not in _HOP_BY_HOP | named and each.name not in without]


@dataclass(frozen=True, slots=True)
class RequestHead(Head):
    """Head of a request."""

    method: bytes
    target: bytes

    @property
    def framing(self) -> Framing:
        """Means by which the end of the body is told. Raises `NotHTTP` where two say two things (RFC 9112, 6.3)."""
        if self.values(b"transfer-encoding"):
            if not self.is_chunked or self.length is not None:
                raise NotHTTP("nobody can tell where its body ends")
            return Framing.CHUNKED
        return Framing.LENGTH if self.length else Framing.NOTHING


@dataclass(frozen=True, slots=True)
class AnswerHead(Head):
    """Head of an answer."""

    status: int
    reason: bytes

    @property
    def is_interim(self) -> bool:
        return self.status < 200

    def framing(self, method: bytes) -> Framing:
        """Return how the end of the body is told, in answer to a request of that method. Raises `NotHTTP`."""
        if method == b"HEAD" or self.is_interim or self.status in (204, 304):
            return Framing.NOTHING
        if self.values(b"transfer-encoding"):
            return Framing.CHUNKED if self.is_chunked else Framing.CLOSE
        return Framing.CLOSE if self.length is None else Framing.LENGTH


@dataclass(frozen=True, slots=True)
class Piece:
    """Piece of a body: the bytes as they came on the connection, and what of them is content."""

    raw: bytes
    content: bytes


class Incoming:
    """Messages that come on a connection, read no further than they are asked for."""

    def __init__(self, stream: asyncio.StreamReader) -> None:
        self._stream = stream
        self._buffer = bytearray()

    @property
    def has_ended(self) -> bool:
        """Tell whether the other side has ended the connection, and nothing is left of it."""
        return not self._buffer and self._stream.at_eof()

    @property
    def has_more(self) -> bool:
        """Tell whether something has come that was not asked for yet."""
        return bool(self._buffer)

    def forget(self) -> None:
        """Leave out what has come and was not asked for yet."""
        self._buffer.clear()

    async def fill(self) -> bool:
        """Wait until more has come; return whether it has, or the other side has ended the connection."""
        data = await self._stream.read(_PIECE)
        self._buffer += data
        return bool(data)

    async def request(self) -> RequestHead | None:
        """Return the head of the next request; None if none comes any more. Raises `NotHTTP`."""
        while not self._buffer.lstrip(b"\r\n"):  # empty lines in front are left out (RFC 9112, 2.2)
            self._buffer.clear()
            if not await self.fill():
                return None
        del self._buffer[: len(self._buffer) - len(self._buffer.lstrip(b"\r\n"))]
        if not self._buffer[:1].isalpha():
            raise NotHTTP("it does not begin as a request does", bytes(self._buffer[:60]))
        line, headers, end = await self._head()
        if (match := _REQUEST.fullmatch(line)) is None:
            raise NotHTTP("its first line is none of HTTP/1.1", line[:60])
        if any(each.name != each.name.strip() for each in headers):
            raise NotHTTP("a blank stands before a header's colon")
        return RequestHead(line, int(match["minor"]), headers, end, match["method"], match["target"])

    async def answer(self) -> AnswerHead:
        """Return the head of the next answer. Raises `NotHTTP`, or `EOFError` if none comes."""
        if not self._buffer and not await self.fill():
            raise EOFError
        line, headers, end = await self._head()
        if (match := _ANSWER.fullmatch(line)) is None:
            raise NotHTTP("its first line is none of HTTP/1.1", line[:60])
        headers = tuple(Header(each.name.strip(), each.value, each.line) for each in headers)
        return AnswerHead(line, int(match["minor"]), headers, end, int(match["status"]), match["reason"] or b"")

    async def _head(self) -> tuple[bytes, tuple[Header, ...], bytes]:
        while (end := _END_OF_HEAD.search(self._buffer, 0, _HEAD_LIMIT)) is None:
            if len(self._buffer) >= _HEAD_LIMIT:
                raise NotHTTP(f"its head is longer than {_HEAD_LIMIT // 2**10} KiB")
            if not await self.fill():
                raise NotHTTP("it ends within its head", bytes(self._buffer[:60]))
        head = bytes(self._buffer[: end.end()])
        del self._buffer[: end.end()]
        first, *lines, last = _LINE.findall(head)
        return first, _headers(lines), last

    async def body(self, framing: Framing, length: int | None) -> AsyncGenerator[Piece, None]:
        """Yield the body as it comes. Raises `NotHTTP`, or `IncompleteRead` if it ends before its end."""
        match framing:
            case Framing.NOTHING:
                return
            case Framing.CHUNKED:
                async for piece in self._chunks():
                    yield piece
            case Framing.LENGTH:
                async for data in self._bytes(length or 0):
                    yield Piece(data, data)
            case Framing.CLOSE:
                while self._buffer or await self.fill():
                    data = self._taken(len(self._buffer))
                    yield Piece(data, data)

    async def _bytes(self, count: int) -> AsyncGenerator[bytes, None]:
        while count:
            if not self._buffer and not await self.fill():
                raise IncompleteRead(b"", count)
            data = self._taken(count)
            count -= len(data)
            yield data

    async def _chunks(self) -> AsyncGenerator[Piece, None]:
        while True:
            first = await self._line()
            if (match := _CHUNK.fullmatch(first)) is None:
                raise NotHTTP("it is no sequence of chunks", first[:60])
            yield Piece(first, b"")
            size = int(match[1], 16)
            if not size:
                break
            async for data in self._bytes(size):
                yield Piece(data, data)
            if (end := await self._line()).strip():
                raise NotHTTP("it is no sequence of chunks", end[:60])
            yield Piece(end, b"")
        while True:  # the trailers, and the empty line behind them
            line = await self._line()
            yield Piece(line, b"")
            if not line.strip():
                return

    async def _line(self) -> bytes:
        start = 0
        while (end := self._buffer.find(b"\n", start)) < 0:
            start = len(self._buffer)
            if start > _LINE_LIMIT:
                raise NotHTTP("a line of it is longer than 64 KiB")
            if not await self.fill():
                raise IncompleteRead(b"")
        return self._taken(end + 1)

    def _taken(self, most: int) -> bytes:
        data = bytes(self._buffer[:most])
        del self._buffer[:most]
        return data


def _headers(lines: Sequence[bytes]) -> tuple[Header, ...]:
    headers = []
    for line in lines:
        name, colon, value = line.partition(b":")
        if not colon or not name.strip():
            raise NotHTTP("a line of its head is no header", line[:60])
        headers.append(Header(name.lower(), b" ".join(value.split()) if b"\n" in value[:-1] else value.strip(), line))
    return tuple(headers)
