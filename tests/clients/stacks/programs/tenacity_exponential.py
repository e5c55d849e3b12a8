"""httpx under tenacity with a number of attempts and exponential waits, as its documentation shows both."""

from typing import Any

import httpx
from reading import HEADERS, main
from tenacity import retry, stop_after_attempt, wait_exponential


@retry(stop=stop_after_attempt(7), wait=wait_exponential(multiplier=1, min=4, max=10))
def get(url: str) -> Any:
    return httpx.get(url, headers=HEADERS).raise_for_status().json()


main(get)
