"""httpx, as its quickstart shows it."""

from typing import Any

import httpx
from reading import HEADERS, main


def get(url: str) -> Any:
    return httpx.get(url, headers=HEADERS).raise_for_status().json()


main(get)
