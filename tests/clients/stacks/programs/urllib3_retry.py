"""urllib3, whose pool retries by default."""

from typing import Any

import urllib3
from reading import HEADERS, main

http = urllib3.PoolManager()


def get(url: str) -> Any:
    response = http.request("GET", url, headers=HEADERS)
    if response.status != 200:
        raise SystemExit(f"status {response.status}")
    return response.json()


main(get)
