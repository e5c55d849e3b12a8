"""Content of recorded answers: the body as it was sent, or the reason why a recording hasn't got it whole."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Any

from oneinvoice_conformance.http.recording.archive import Attachments
from oneinvoice_conformance.http.transport import BODY_LIMIT
from oneinvoice_conformance.records.codings import Unpacking, WronglyPacked
from oneinvoice_conformance.records.json_text import CUT
from oneinvoice_conformance.records.listing import Listing, NotJSON

_GZIP = b"\x1f\x8b"
_ENDED_EARLY = (CUT, "it is cut short")
_BASE64 = re.compile(r"[A-Za-z0-9+/_=\s-]*")
MISSING, CUT_SHORT, PACKED = "without the body", "cut short", "with a body that can't be unpacked"


class NotKept(Exception):
    """Raised where a recording hasn't got a body whole; its text says why, behind "an entry"."""


def text_of(content: Mapping[str, Any]) -> bytes:
    """Return the bytes of a text as the suite records it."""
    text: str = content["text"]
    return base64.b64decode(text) if content.get("encoding") == "base64" else text.encode("utf-8", "surrogatepass")


def as_text(body: bytes) -> dict[str, str]:
    """Return a body as the suite records it: as text, or what is no UTF-8 as base64."""
    try:
        return {"text": body.decode("utf-8")}
    except UnicodeDecodeError:
        return {"text": base64.b64encode(body).decode("ascii"), "encoding": "base64"}


def body_of(response: Mapping[str, Any], headers: Mapping[str, str], attachments: Attachments) -> bytes:
    """Return the body of an answer that another tool recorded, unpacked. Raises `NotKept`.

    `content.size` tells more than there is where the tool cut it. The text of a JSON that ends too early was cut too,
    unless the server said that it is as long as that. `headers` are the answer's, by their names in small letters.
    """
    content = response.get("content")
    content = content if isinstance(content, dict) else {}
    data = _recorded(content, attachments)
    if not data:
        if response["status"] < 300 and headers.get("content-length", "").strip() != "0":
            raise NotKept(MISSING)
        return b""
    body = _unpacked(data, headers.get("content-encoding", ""))
    size = content.get("size")
    length = headers.get("content-length", "").strip()
    as_sent = length == str(len(body)) and "content-encoding" not in headers
    try:
        Listing(body, "").json()
    except NotJSON as problem:
        is_short = isinstance(size, (int, float)) and size > len(body)
        if is_short or (str(problem) in _ENDED_EARLY and not as_sent):
            raise NotKept(CUT_SHORT) from None
    return body


def _recorded(content: Mapping[str, Any], attachments: Attachments) -> bytes:
    """Return the bytes as they were recorded, empty where there are none. Raises `NotKept`."""
    text, name = content.get("text"), content.get("_file")
    if isinstance(text, str):
        if content.get("encoding") != "base64" or not _BASE64.fullmatch(text):
            return text.encode("utf-8", "surrogatepass")
        try:
            return base64.b64decode(text.replace("-", "+").replace("_", "/"))
        except binascii.Error:
            raise NotKept(CUT_SHORT) from None
    if isinstance(name, str):
        attached = attachments(name)
        if attached is None:
            raise NotKept(MISSING)
        return attached
    return b""


def _unpacked(data: bytes, coding: str) -> bytes:
    """Return the body without the coding that some tools leave on it. Raises `NotKept`."""
    packed = data if data.startswith(_GZIP) else _bytes_of_characters(data)
    if packed is None:
        if _is_text(data):
            return data
        packed = data
        if coding.strip().lower() != "deflate":
            raise NotKept(PACKED)
    unpacking = Unpacking("gzip" if packed.startswith(_GZIP) else "deflate", BODY_LIMIT + 1)
    try:
        body = unpacking.unpack(packed)
        unpacking.finish()
    except WronglyPacked:
        raise NotKept(PACKED) from None
    if len(body) > BODY_LIMIT:
        raise NotKept(CUT_SHORT)
    return body


def _bytes_of_characters(data: bytes) -> bytes | None:
    """Return what is packed by gzip and was recorded as if each byte were a character; None for anything else."""
    if not data.startswith(b"\x1f\xc2\x8b"):
        return None
    try:
        return data.decode().encode("latin-1")
    except UnicodeError:
        raise NotKept(PACKED) from None


def _is_text(data: bytes) -> bool:
    """Tell whether bytes may be text, as JSON and pages are: UTF-8, or an encoding with NULs or a mark of its own."""
    try:
        data.decode()
    except UnicodeDecodeError:
        return data[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in data[:2]
    return True
