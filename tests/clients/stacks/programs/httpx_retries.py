"""httpx with the retries of its transport."""

from typing import Any

import httpx
from reading import HEADERS, main

client = httpx.Client(transport=httpx.HTTPTransport(retries=3), headers=HEADERS)


def get(url: str) -> Any:
    return client.get(url).raise_for_status().json()


main(get)
