"""A `curl` line that sends a request again, with the keys in environment variables."""

from __future__ import annotations

import shlex

from oneinvoice_conformance.deployment import Deployment
from oneinvoice_conformance.exchange import Request


def curl(deployment: Deployment, request: Request) -> str:
    """A line for a POSIX shell that sends the request and shows the answer with its headers; it holds no secret."""
    parts = ["curl -i"]
    if request.credential.shell:
        parts.append(f'-H "Authorization: {request.credential.shell}"')
    parts += [f"-H {shlex.quote(f'{name}: {value}')}" for name, value in request.headers]
    parts += [f"-H '{name}: …'" for name, _ in deployment.headers]
    parts.append(f"'{deployment.base}{request.target}'")
    return " ".join(parts)
