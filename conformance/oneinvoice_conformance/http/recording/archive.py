"""Archive: the file of a recording, plain or packed, its log, and the bodies that stand beside it."""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, BinaryIO, cast

from oneinvoice_conformance.errors import UsageError
from oneinvoice_conformance.http.transport import BODY_LIMIT
from oneinvoice_conformance.records.long_json import Elements, parse_long

_LARGEST = 4 * 2**30  # bytes of a file; a run's own has some MiB, or some GiB where a deployment ignores limits
_LARGEST_TRANSCODED = 2**28  # bytes of one in UTF-16, which is read whole
_GZIP, _ZIP = b"\x1f\x8b", b"PK\x03\x04"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_ENTRIES = ("log", "entries")

Attachments = Callable[[str], bytes | None]
"""Reader of the body that stands under a name beside the archive; None where there is none, or a longer one."""


def read_log(path: Path, collector: Callable[[Attachments], Elements]) -> dict[str, Any]:
    """Return the log of an archive, its entries as the collector keeps them. Raises `UsageError` for no archive."""
    try:
        if not path.is_file():
            raise UsageError(f"{path} is no file; name a HAR file, as --har writes or a browser exports.")
        if path.stat().st_size > _LARGEST:
            raise UsageError(f"{path} is larger than {_LARGEST // 2**20:,} MiB; record less, or only this API.")
        with _opened(path) as (file, attachments):
            archive = parse_long(file, lambda inside: collector(attachments) if inside == _ENTRIES else Elements())
    except OSError as error:
        raise UsageError(f"{path} can't be read ({error.strerror or 'it is damaged'}); name a HAR file.") from error
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError) as error:
        raise UsageError(
            f"{path} is packed, and can't be unpacked; it may be cut short, so export it again."
        ) from error
    except ValueError as error:
        raise UsageError(f"{path} is no HAR file ({error}); it may be cut short, so export it again.") from error
    log = archive.get("log") if isinstance(archive, dict) else None
    if not isinstance(log, dict):
        raise UsageError(f"{path} is no HAR file (it has no log); it may be cut short, so export it again.")
    if not isinstance(log.get("entries"), list):
        raise UsageError(f"{path} is no HAR 1.2 file (its log has no entries); export it again, with content.")
    return log


@contextmanager
def _opened(path: Path) -> Iterator[tuple[BinaryIO, Attachments]]:
    """Open the JSON of an archive, which may be packed by gzip, or in a zip with its bodies as Playwright has it."""
    with ExitStack() as stack:
        file: BinaryIO = stack.enter_context(path.open("rb"))
        beginning = file.read(4)
        file.seek(0)
        attachments: Attachments = lambda name: _beside(path, name)  # noqa: E731  # the usual one
        if beginning == _ZIP:
            archive = stack.enter_context(zipfile.ZipFile(file))
            file = stack.enter_context(archive.open(_member(path, archive)))  # type: ignore[assignment]
            attachments = lambda name: _within(archive, name)  # noqa: E731
        elif beginning.startswith(_GZIP):
            file = cast("BinaryIO", stack.enter_context(gzip.open(file)))
        elif beginning.startswith(_UTF_16):
            if path.stat().st_size > _LARGEST_TRANSCODED:
                raise ValueError("it is in UTF-16; save it in UTF-8")
            file = io.BytesIO(file.read().decode("utf-16", "surrogatepass").encode("utf-8", "surrogatepass"))
        yield file, attachments


def _member(path: Path, archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    """Return the archive in a zip. Raises `UsageError` unless there is one."""
    members = [each for each in archive.infolist() if each.filename.lower().endswith(".har") and not _is_junk(each)]
    if len(members) != 1:
        raise UsageError(f"{path} holds {len(members)} HAR files; name a zip with one, or the HAR file itself.")
    if members[0].file_size > _LARGEST:
        raise UsageError(f"{path} unpacks to more than {_LARGEST // 2**20:,} MiB; record less, or only this API.")
    return members[0]


def _is_junk(member: zipfile.ZipInfo) -> bool:
    """Tell whether a file in a zip is one that macOS adds for its own use."""
    return member.filename.startswith("__MACOSX/") or member.filename.rpartition("/")[2].startswith("._")


def _within(archive: zipfile.ZipFile, name: str) -> bytes | None:
    try:
        with archive.open(name) as file:
            return _read(file)
    except KeyError:
        return None


def _beside(path: Path, name: str) -> bytes | None:
    """Return a body from the archive's own folder; a name that leads elsewhere is none."""
    attached = path.parent / name
    if name != attached.name or attached.is_symlink() or not attached.is_file():
        return None
    with attached.open("rb") as file:
        return _read(file)


def _read(file: Any) -> bytes | None:
    content: bytes = file.read(BODY_LIMIT + 1)
    return content if len(content) <= BODY_LIMIT else None
