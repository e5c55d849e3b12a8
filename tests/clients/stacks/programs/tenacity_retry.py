"""httpx under a bare `@retry` of tenacity."""

from typing import Any

import httpx
from reading import HEADERS, main
from tenacity import retry


@retry
def get(url: str) -> Any:
    return httpx.get(url, headers=HEADERS).raise_for_status().json()


main(get)
