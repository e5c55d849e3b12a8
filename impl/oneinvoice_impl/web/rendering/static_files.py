"""The files beside the pages. Their names carry a hash of their content, so that browsers may keep them for good."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
from functools import cache
from http import HTTPStatus
from mimetypes import guess_type
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

_FOLDER = Path(__file__).parents[1] / "static"
_IMMUTABLE = "public, max-age=31536000, immutable"
_DIGITS = 12


def asset(name: str) -> str:
    """Return the address of a file in `static/`, such as `vendor/htmx.min.js`."""
    return f"/static/{_hashed()[name]}"


async def _serve(request: Request) -> Response:
    file = _files().get(request.path_params["name"])
    if file is None:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    media_type = guess_type(file.name)[0] or "application/octet-stream"
    headers = {"Cache-Control": _IMMUTABLE, "Vary": "Accept-Encoding"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        content = await asyncio.to_thread(_gzipped, file)
        return Response(content, media_type=media_type, headers=headers | {"Content-Encoding": "gzip"})
    return Response(file.read_bytes(), media_type=media_type, headers=headers)


ROUTE = Route("/static/{name:path}", _serve)


# Once: the largest takes as long as a hundred pages.
@cache
def _gzipped(file: Path) -> bytes:
    return gzip.compress(file.read_bytes(), mtime=0)


@cache
def _hashed() -> dict[str, str]:
    """Return the name with the hash by the name of each file."""
    files = (path for path in _FOLDER.rglob("*") if path.is_file())
    return {str(path.relative_to(_FOLDER)): _with_hash(path) for path in files}


@cache
def _files() -> dict[str, Path]:
    return {hashed: _FOLDER / name for name, hashed in _hashed().items()}


def _with_hash(path: Path) -> str:
    digest = hashlib.sha256(path.read_bytes()).hexdigest()[:_DIGITS]
    return str(path.relative_to(_FOLDER).with_name(f"{path.stem}.{digest}{path.suffix}"))
