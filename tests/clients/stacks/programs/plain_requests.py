"""requests, as its quickstart shows it."""

from typing import Any

import requests
from reading import HEADERS, main


def get(url: str) -> Any:
    response = requests.get(url, headers=HEADERS)
    response.raise_for_status()
    return response.json()


main(get)
