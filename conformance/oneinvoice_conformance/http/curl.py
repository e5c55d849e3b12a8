"""A `curl` line that sends a request again, with the keys in environment variables."""

from __future__ import annotations

import shlex

from urllib3.util import parse_url

from oneinvoice_conformance.http.client import default_headers
from oneinvoice_conformance.http.deployment import Deployment
from oneinvoice_conformance.http.exchange import Request


def curl(deployment: Deployment, request: Request) -> str:
    """A line for a POSIX shell that sends the request and shows the answer with its headers; it holds no secret.

    What the client sends of itself, curl sends too; the values of `--header` are left to fill in.
    """
    parts = ["curl -i"]
    if deployment.base.startswith("https:"):
        parts.append("--http1.1")
        parts += ['--cacert "$ONEINVOICE_CA_FILE"'] if deployment.ca_file else []
    if request.credential.shell:
        parts.append(f'-H "{request.credential.header}: {request.credential.shell}"')
    given = {name.lower() for name, _ in deployment.headers}
    sent = {**dict(request.headers), **default_headers()}
    parts += [f"-H {shlex.quote(f'{name}: {value}')}" for name, value in sent.items() if name.lower() not in given]
    parts += [f"-H {shlex.quote(f'{name}: …')}" for name, _ in deployment.headers]
    # As the client writes it: curl would take {a,b} and [1-9] for several URLs.
    url = parse_url(f"{deployment.base}{request.target}").url
    parts.append(shlex.quote(url) if "'" in url else f"'{url}'")
    return " ".join(parts)
