"""A `curl` line that sends a request again, with the keys in environment variables."""

from __future__ import annotations

import shlex
from collections.abc import Callable

from urllib3.util import parse_url

from oneinvoice_conformance.http.client import default_headers
from oneinvoice_conformance.http.deployment import Deployment
from oneinvoice_conformance.http.exchange import Request


def curl(deployment: Deployment, request: Request, redact: Callable[[str], str] = str) -> str:
    """Return a line for a POSIX shell that sends the request and shows the answer with its headers.

    What the client sends of itself, curl sends too. Keys, files and the proxy stand there as variables, and the values
    of `--header` are left to fill in; `redact` is for whatever else may hold a secret, which is all but the
    deployment's address.
    """
    parts = ["curl -i"]
    if deployment.base.startswith("https:"):
        parts.append("--http1.1")
        parts += ['--cacert "$ONEINVOICE_CA_FILE"'] if deployment.ca_file else []
        parts += ['--cert "$ONEINVOICE_CERT"'] if deployment.cert else []
        parts += ['--key "$ONEINVOICE_CERT_KEY"'] if deployment.cert_key else []
    if deployment.proxy:
        parts.append('--proxy "$ONEINVOICE_PROXY"')
        if deployment.proxy.startswith("https:") and deployment.ca_file:
            parts.append('--proxy-cacert "$ONEINVOICE_CA_FILE"')
    if request.credential.shell and not request.credential.parameters:
        authorization = redact(f"{request.credential.header}: {request.credential.shell}")
        parts.append(f'-H "{authorization}"')
    given = {name.lower() for name, _ in deployment.headers}
    sent = {**dict(request.headers), **default_headers()}
    lines = [redact(f"{name}: {value}") for name, value in sent.items() if name.lower() not in given]
    lines += [f"{name}: …" for name, _ in deployment.headers]
    parts += [f"-H {shlex.quote(line)}" for line in lines]
    # As the client writes it: curl would take {a,b} and [1-9] for several URLs.
    address = parse_url(deployment.base).url
    url = parse_url(f"{deployment.base}{request.target}").url
    if request.is_encoded:
        url = f"{url.partition('?')[0]}?{request.target.partition('?')[2]}"
    url = f"{address}{redact(url.removeprefix(address))}" if url.startswith(address) else redact(url)
    pieces = url.split(request.credential.shell or "") if request.credential.parameters else [url]
    quoted = [shlex.quote(piece) if "'" in piece else f"'{piece}'" for piece in pieces]
    parts.append(f'"{request.credential.shell}"'.join(quoted).removesuffix("''"))
    return " ".join(parts)
