"""Receivers that verify something else than the bytes that came."""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler

from tests.clients.base.receiver import Headers, Receiver
from tests.clients.decorators import fault


@fault("HOOK-3", "verifies the JSON as it writes it itself")
class Reserialises(Receiver):
    def signed(self, body: bytes) -> bytes:
        try:
            return json.dumps(json.loads(body), ensure_ascii=False, separators=(",", ":")).encode()
        except ValueError:
            return body


@fault("HOOK-3", "verifies the body without the spaces around it")
class Strips(Receiver):
    def signed(self, body: bytes) -> bytes:
        return body.strip()


@fault("HOOK-3", "verifies the ASCII letters of the body alone")
class AsciiAlone(Receiver):
    def signed(self, body: bytes) -> bytes:
        return body.decode("ascii", "ignore").encode()


@fault("HOOK-3", "takes the body for Latin-1, and verifies it in UTF-8")
class Latin1(Receiver):
    def signed(self, body: bytes) -> bytes:
        return body.decode("latin-1").encode()


@fault("HOOK-3", "reads 64 KiB of a body, and verifies that")
class SixtyFourKibibytes(Receiver):
    def signed(self, body: bytes) -> bytes:
        return body[: 64 * 1024]


@fault("HOOK-3", "answers 413 to more than 100 kB, as body parsers do unless they are told otherwise")
class BodyParserLimit(Receiver):
    def answer(self, headers: Headers, body: bytes) -> int:
        return 413 if len(body) > 100_000 else super().answer(headers, body)


@fault("HOOK-3", "verifies the body with the line ends of Unix and one space in the place of many")
class NormalisesSpaces(Receiver):
    def signed(self, body: bytes) -> bytes:
        return b" ".join(body.replace(b"\r\n", b"\n").split())


@fault("HOOK-3", "reads what came with the first packet, and verifies that")
class FirstPacket(Receiver):
    def body(self, handler: BaseHTTPRequestHandler) -> bytes:
        length = int(handler.headers.get("Content-Length", 0))
        first = handler.rfile.read(min(length, 16 * 1024))
        handler.rfile.read(length - len(first))
        return first
