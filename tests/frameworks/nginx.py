"""Configuration of nginx, and the mistakes that people make in it."""

from __future__ import annotations

import getpass
from pathlib import Path

TEMPLATE = Path(__file__).parent / "deployments" / "nginx.conf"
CORRECT = {
    "KEY": "$http_authorization",
    "RATE": "60r/m",
    "LIMIT": "limit_req zone=api burst=59 nodelay; limit_req_status 429;",
    "HOST": "$http_host",
    "PATH": "",
    "HTTP": "",
    "SERVER": "",
    "LOCATION": "",
}
MISTAKES = {
    "half-the-rate": {"RATE": "30r/m"},
    "one-a-second-without-burst": {"RATE": "1r/s", "LIMIT": "limit_req zone=api; limit_req_status 429;"},
    "ten-a-second": {"RATE": "10r/s", "LIMIT": "limit_req zone=api burst=20 nodelay; limit_req_status 429;"},
    "limit-by-address": {"KEY": "$binary_remote_addr"},
    "limit-by-path": {"KEY": "$http_authorization$uri"},
    "limit-on-one-location": {
        "LIMIT": "",
        "SERVER": "location = /api/v1/members { limit_req zone=api burst=59 nodelay; limit_req_status 429; "
        "proxy_pass http://127.0.0.1:@UPSTREAM@; }",
    },
    "status-503": {"LIMIT": "limit_req zone=api burst=59 nodelay;"},
    "cache-for-all": {
        "HTTP": "proxy_cache_path @FOLDER@/cache keys_zone=answers:1m;",
        "LOCATION": "proxy_cache answers; proxy_cache_valid 200 1m;",
    },
    "query-dropped": {"PATH": "$uri"},
    "login-page": {
        "SERVER": "location = /login { internal; default_type text/html; return 200 '<h1>Log in</h1>'; }",
        "LOCATION": "proxy_intercept_errors on; error_page 401 =200 /login;",
    },
    "sent-to-login": {
        "LOCATION": "proxy_intercept_errors on; error_page 401 =302 https://login.example/;",
    },
    "port-dropped": {"HOST": "$host"},
    "past-the-proxy": {"HOST": "$proxy_host", "LOCATION": "proxy_redirect off;"},
}


def write_configuration(mistake: str, folder: Path, port: int, upstream: int) -> Path:
    """Write the configuration of nginx on a port, with one of the mistakes or none."""
    text = TEMPLATE.read_text("utf-8")
    places = {"USER": getpass.getuser(), "FOLDER": str(folder), "PORT": str(port), "UPSTREAM": str(upstream)}
    for word, value in {**CORRECT, **MISTAKES.get(mistake, {}), **places}.items():
        text = text.replace(f"@{word}@", value)
    path = folder / "nginx.conf"
    path.write_text(text, "utf-8")
    return path
