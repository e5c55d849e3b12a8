"""Cursors: the place of a record as a text that says nothing to clients.

It is of one list and one filter, whose names are in its checksum: where another is asked for with it, or a character
was lost, it is refused, and no page is silently a wrong one. It grants nothing, so that nobody gains by forging one: a
place, wherever it is from, is one in the list of the organisation whose key comes with it.
"""

from __future__ import annotations

import base64
import binascii
import struct
from datetime import UTC, datetime, timedelta
from zlib import crc32

from oneinvoice_impl.store.records.cursor_query import Place

_VERSION = 1
_HEAD = struct.Struct(">BqI")
"""Version, microseconds since 1970, and the checksum; the id follows."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class BadCursor(ValueError):
    """A text is no cursor of this list and filter."""


def cursor(place: Place, resource: str, status: str | None) -> str:
    """Return the cursor for what follows a place in the list of a resource, filtered by a status if that is given."""
    time, id = (place.created_at - _EPOCH) // _MICROSECOND, place.id.encode()
    head = _HEAD.pack(_VERSION, time, _checksum(time, id, resource, status))
    return base64.urlsafe_b64encode(head + id).rstrip(b"=").decode()


def place_of(text: str, resource: str, status: str | None) -> Place:
    """Return the place that a cursor tells, for the same list. Raises `BadCursor`."""
    try:
        content = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        version, time, checksum = _HEAD.unpack_from(content)
        id = content[_HEAD.size :]
        place = Place(_EPOCH + time * _MICROSECOND, id.decode())
    except (binascii.Error, struct.error, OverflowError, ValueError) as error:
        raise BadCursor from error
    known = version == _VERSION and checksum == _checksum(time, id, resource, status)
    # The last character has bits that decoding passes over, and no database keeps a text with a NUL.
    if not known or cursor(place, resource, status) != text or b"\0" in id:
        raise BadCursor
    return place


def _checksum(time: int, id: bytes, resource: str, status: str | None) -> int:
    return crc32(b"\0".join((resource.encode(), (status or "").encode(), str(time).encode(), id)))
