"""The reference for start.py and memory.py: import the three libraries, and answer a bare 200 at port ARGV[1]."""

from __future__ import annotations

import sys
import warnings
from typing import Any

warnings.simplefilter("ignore")

import connexion  # noqa: E402, F401
import sqlalchemy  # noqa: E402, F401
import uvicorn  # noqa: E402


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Answer everything with 200 and two bytes."""
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"ok"})


if __name__ == "__main__":
    uvicorn.run(app, port=int(sys.argv[1]), loop="uvloop", http="httptools", lifespan="off", log_config=None,
                access_log=False)  # fmt: skip
