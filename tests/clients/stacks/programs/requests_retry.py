"""requests with urllib3's Retry, as the documentation of requests shows it for retries."""

from typing import Any

from reading import HEADERS, main
from requests import Session
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

session = Session()
retries = Retry(total=3, backoff_factor=0.1, status_forcelist=[502, 503, 504], allowed_methods={"GET"})
session.mount("http://", HTTPAdapter(max_retries=retries))
session.mount("https://", HTTPAdapter(max_retries=retries))


def get(url: str) -> Any:
    response = session.get(url, headers=HEADERS)
    response.raise_for_status()
    return response.json()


main(get)
